"""Build a Debian package: ``python deploy/release/deb.py --site SITE_PACKAGES --out dist``, with dpkg-deb alone.

``SITE_PACKAGES`` has the program with all that it requires, as ``pip install --target`` leaves it. They become a
virtual environment below /usr/lib/syndicator: Debian has most of the libraries in other versions, or not at all, and
the parse children are started by that environment's interpreter. The package is for the Python that builds it, which
must be the system's.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "deploy" / "release" / "debian"
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
PLACE = Path("usr/lib/syndicator")
_UNIT = Path("usr/lib/systemd/system/syndicator.service")
_DOC = Path("usr/share/doc/syndicator")
_CONTROL = """\
Package: syndicator
Version: {version}
Section: net
Priority: optional
Architecture: {architecture}
Maintainer: The syndicator authors <syndicator@localhost>
Depends: python3 (>= {python}), python3 (<< {next_python}), {python_package}, libc6 (>= 2.28), libstdc++6
Recommends: systemd
Suggests: nginx | caddy
Installed-Size: {size}
Description: news feed syndication and monitoring
 A daemon that polls news outlets and their mirrors, recognises the same story
 wherever it comes from, and republishes filtered feeds.
"""
_PROGRAM = """\
#!/{place}/bin/python3
from syndicator.cli import main

main()
"""


def main() -> None:
    """Build what the command line says, and print the path of the package."""
    parser = argparse.ArgumentParser(description="Build a Debian package.")
    parser.add_argument("--site", type=Path, required=True, help="the program with all that it requires")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--config", type=Path, default=ROOT / "config", help="what goes to /etc/syndicator")
    parser.add_argument("--revision", default="1")
    parser.add_argument("--compression", default="xz", choices=("xz", "zstd", "none"))
    asked = parser.parse_args()
    _check_python()
    tree = asked.out / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    lay_out(tree, asked.site, asked.config)
    version = f"{_version(asked.site)}-{asked.revision}"
    package = asked.out / f"syndicator_{version}_{_architecture()}.deb"
    describe(tree, version)
    _run("dpkg-deb", "--root-owner-group", f"-Z{asked.compression}", "--build", str(tree), str(package))
    shutil.rmtree(tree)
    sys.stdout.write(f"{package}\n")


def lay_out(tree: Path, site: Path, config: Path) -> None:
    """Lay out the files of the package."""
    packages = tree / PLACE / "lib" / PYTHON / "site-packages"
    shutil.copytree(site, packages, ignore=shutil.ignore_patterns("__pycache__"))
    for scripts in ("bin", "share"):  # by pip, with paths of where it was built
        shutil.rmtree(packages / scripts, ignore_errors=True)
    _run(sys.executable, "-m", "compileall", "-q", "-s", str(tree), "-p", "/", "--invalidation-mode", "unchecked-hash",
         str(packages))  # fmt: skip
    _write(tree / PLACE / "pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n")
    (tree / PLACE / "bin").mkdir()
    (tree / PLACE / "bin" / "python3").symlink_to(f"/usr/bin/{PYTHON}")
    _write(tree / "usr/bin/syndicator", _PROGRAM.format(place=PLACE), mode=0o755)
    _write(tree / _UNIT, unit())
    _write(tree / "usr/lib/sysusers.d/syndicator.conf", (SCRIPTS / "syndicator.sysusers").read_text("utf-8"))
    shutil.copytree(config, tree / "etc/syndicator")
    for each in (tree / "etc/syndicator").rglob("*"):
        each.chmod(0o755 if each.is_dir() else 0o644)
    _add_documents(tree / _DOC)


def unit() -> str:
    """Return the unit as it is shipped, with the package's paths."""
    text = (ROOT / "deploy" / "syndicator.service").read_text("utf-8")
    text = re.sub(r"\A(?:#.*\n)+", "", text)
    text = text.replace("/opt/syndicator/bin/syndicator", "/usr/bin/syndicator")
    text = text.replace("/opt/syndicator/share/doc/syndicator", f"/{_DOC}")
    if "/opt/" in text:
        raise SystemExit("the unit names other paths below /opt than deb.py knows")
    return text


def _add_documents(folder: Path) -> None:
    shutil.copytree(ROOT / "docs", folder)
    shutil.copytree(ROOT / "deploy", folder / "examples")
    (folder / "examples" / "syndicator.service").unlink()
    shutil.copy2(ROOT / "constraints.txt", folder / "constraints.txt")
    changes = gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), mtime=0)
    (folder / "changelog.gz").write_bytes(changes)
    license_text = "".join(
        f" {line}".rstrip() + "\n" if line.strip() else " .\n"
        for line in (ROOT / "LICENSE").read_text("utf-8").splitlines()[4:]
    )
    _write(folder / "copyright", (SCRIPTS / "copyright").read_text("utf-8") + license_text)


def describe(tree: Path, version: str) -> None:
    """Write what dpkg reads: the control file, the list of configuration files, the scripts."""
    size = sum(path.lstat().st_size for path in tree.rglob("*")) // 1024
    major, minor = sys.version_info[:2]
    control = _CONTROL.format(
        version=version, architecture=_architecture(), size=size, python=f"{major}.{minor}",
        next_python=f"{major}.{minor + 1}", python_package=PYTHON,
    )  # fmt: skip
    _write(tree / "DEBIAN" / "control", control)
    files = sorted(path.relative_to(tree) for path in (tree / "etc").rglob("*") if path.is_file())
    _write(tree / "DEBIAN" / "conffiles", "".join(f"/{path}\n" for path in files))
    for script in ("postinst", "prerm", "postrm"):
        _write(tree / "DEBIAN" / script, (SCRIPTS / script).read_text("utf-8"), mode=0o755)


def _version(site: Path) -> str:
    text = (site / "syndicator" / "__init__.py").read_text("utf-8")
    found = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    if found is None:
        raise SystemExit(f"{site} has no syndicator: install it there with pip install --target")
    return found[1]


def _check_python() -> None:
    system = _run("/usr/bin/python3", "-c", "import sys; print('python%d.%d' % sys.version_info[:2])").strip()
    if system != PYTHON:
        raise SystemExit(
            f"the system's Python is {system}, and this one {PYTHON}: make PYTHON=/usr/bin/python3 clean deb"
        )


def _architecture() -> str:
    return _run("dpkg", "--print-architecture").strip()


def _run(*command: str) -> str:
    environ = os.environ | {"SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", "315532800")}
    environ.pop("PYTHONPATH", None)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=environ)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit status {done.returncode}")
    return done.stdout


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


if __name__ == "__main__":
    main()
