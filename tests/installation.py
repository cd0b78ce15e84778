"""An installation of the release without extras, made of what is installed here: no network is needed.

The release is built once for all tests; an installation is its wheel, unpacked, beside copies of the distributions that
it requires, without their extras.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
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
    """Copy what a distribution put into site-packages."""
    for file in distribution.files or []:
        if ".." not in file.parts and (source := Path(str(distribution.locate_file(file)))).is_file():
            target = purelib / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def built() -> Path:
    """Build the release, unless it was built of the same files before; return the wheel."""
    folder = Path(tempfile.gettempdir()) / f"syndicator-release-of-tests-{os.getuid()}" / _digest()
    wheels = list(folder.glob("*.whl"))
    if not wheels:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as new:
            command = (sys.executable, ROOT / "release/dist.py", "--out", new)
            wheel = Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
            for path in (*Path(new).glob("*.gz"), wheel):
                path.replace(folder / path.name)
        wheels = list(folder.glob("*.whl"))
    return wheels[0]


@functools.cache
def _digest() -> str:
    digest = hashlib.sha256()
    for name in ("syndicator", "release", "pyproject.toml", "docs", "deploy", "config"):
        top = ROOT / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def install(folder: Path, wheel: Path) -> Path:
    """Make a virtual environment with the wheel and what it requires, and return its program."""
    venv.create(folder, with_pip=False, symlinks=True)
    purelib = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(purelib)
    (info,) = purelib.glob("syndicator-*.dist-info")
    required = metadata.Distribution.at(info).requires or []
    for distribution in closure(requirements(required)).values():
        copy_distribution(distribution, purelib)
    subprocess.run((sys.executable, "-m", "compileall", "-q", purelib / "syndicator"), check=True, stdout=sys.stderr)
    program = folder / "bin" / "syndicator"
    program.write_text(f"#!{folder}/bin/python3\nfrom syndicator.cli import main\nmain()\n", encoding="utf-8")
    program.chmod(0o755)
    return program


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
