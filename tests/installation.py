"""An installation of the release without extras, made of what is installed here: no network is needed.

The release is built once for all tests; an installation is its wheel, unpacked, beside copies of the distributions that
it requires, without their extras.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
_CLEAN = ("PYTHONPATH", "PYTHONHOME")


def requirements(of: Iterator[str] | list[str], extras: frozenset[str] = frozenset()) -> Iterator[Requirement]:
    """Yield those that count here, for these extras."""
    for text in of:
        requirement = Requirement(text)
        environments = [{"extra": extra} for extra in extras or {""}]
        if requirement.marker is None or any(map(requirement.marker.evaluate, environments)):
            yield requirement


def closure(wanted: Iterator[Requirement]) -> dict[str, metadata.Distribution]:
    """Return all distributions that requirements bring along, by name."""
    found: dict[str, metadata.Distribution] = {}
    left = list(wanted)
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        key = f"{name}{sorted(requirement.extras)}"
        if key not in found:
            found[key] = metadata.distribution(name)
            left += requirements(found[key].requires or [], frozenset(requirement.extras))
    return {canonicalize_name(each.name): each for each in found.values()}


def copy_distribution(distribution: metadata.Distribution, purelib: Path) -> None:
    """Copy what a distribution put into site-packages, by links where the file system is the same."""
    for file in distribution.files or []:
        if ".." not in file.parts and (source := Path(str(distribution.locate_file(file)))).is_file():
            target = purelib / file
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                target.hardlink_to(source)
            except OSError:
                shutil.copy2(source, target)


@functools.cache
def released() -> Path:
    """Build the release and install it without extras, unless that was done of the same files; return the folder.

    In it are the sdist, the wheel, and the virtual environment ``venv``, for all tests to read and none to change.
    """
    top = Path("/var/tmp") / f"syndicator-release-of-tests-{os.getuid()}"
    top.mkdir(mode=0o755, exist_ok=True)
    with (top / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = top / _digest()
        if not folder.exists():
            for old in (each for each in top.iterdir() if each.is_dir()):
                shutil.rmtree(old)
            new = top / "new"
            subprocess.run(
                (sys.executable, ROOT / "deploy/release/dist.py", "--out", new), check=True, capture_output=True
            )
            _install(new / "venv", next(new.glob("*.whl")), program=folder / "venv" / "bin")
            new.rename(folder)
    return folder


def _digest() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for name in ("syndicator", "pyproject.toml", "docs", "deploy", "config"):
        top = ROOT / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _install(folder: Path, wheel: Path, *, program: Path) -> None:
    """Make a virtual environment, which will be moved, with the wheel and what it requires."""
    venv.create(folder, with_pip=False, symlinks=True)
    purelib = site_packages(folder)
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(purelib)
    (info,) = purelib.glob("syndicator-*.dist-info")
    required = metadata.Distribution.at(info).requires or []
    for distribution in closure(requirements(required)).values():
        copy_distribution(distribution, purelib)
    subprocess.run((sys.executable, "-m", "compileall", "-q", purelib / "syndicator"), check=True, stdout=sys.stderr)
    script = folder / "bin" / "syndicator"
    script.write_text(f"#!{program}/python3\nfrom syndicator.cli import main\nmain()\n", encoding="utf-8")
    script.chmod(0o755)


def site_packages(environment: Path) -> Path:
    """Return where the packages of a virtual environment are."""
    (found,) = environment.glob("lib/python*/site-packages")
    return found


def package(folder: Path, site: Path, config: Path, revision: str = "1") -> Path:
    """Build a package by the script that make deb runs, of an installation that there is."""
    command = (
        sys.executable, ROOT / "deploy/release/deb.py", "--site", site, "--config", config, "--revision", revision,
        "--out", folder, "--compression", "none",
    )  # fmt: skip
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def megabytes(folder: Path) -> float:
    """Return what a folder takes on disk, in units of 2**20 bytes."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*")) / (1 << 20)


def environ(cache: Path, **more: str) -> dict[str, str]:
    """Return the environment for a program of an installation: nothing of the tree of source."""
    kept = {name: value for name, value in os.environ.items() if name not in _CLEAN and not name.startswith("SYND")}
    return kept | {"SYNDICATOR_CACHE": str(cache), "PYTHONDONTWRITEBYTECODE": "1"} | more


@dataclass(slots=True)
class Spent:
    """CPU seconds of a process and all below it."""

    seconds: float = 0.0


@contextlib.contextmanager
def spent_by(pid: int, spent: Spent) -> Iterator[None]:
    """Count what a process, and those that it started, have used since they began, at the end of the block."""
    yield
    spent.seconds = sum(_cpu(each) for each in _tree(pid))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _tree(int(child))


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process and of its children that have ended: fields 14 to 17 of proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
