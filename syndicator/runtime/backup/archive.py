"""The format of a backup: a tar archive in zstd, whose last member says what all others must be.

Names are ``config/…``, ``state/…``, ``secrets/N`` and ``store.db``; ``manifest.json`` comes last.
"""

from __future__ import annotations

import grp
import hashlib
import io
import os
import pwd
import stat
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

import msgspec

from syndicator.errors import BackupError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FORMAT = 1
STORE, MANIFEST = "store.db", "manifest.json"
_LEVEL = 6
_PIECE = 1 << 20
_LARGEST_MANIFEST = 1 << 28
# Gets the name of a step, the bytes that are done, and all there are.
Progress = Callable[[str, int, int], None]


class Rights(msgspec.Struct, frozen=True):
    """Whose a file or folder was, by name, and its permissions."""

    mode: int
    owner: str
    group: str

    @classmethod
    def of(cls, found: os.stat_result) -> Rights:
        """Return what a file has. A user who is there for the time of a run only has a number."""
        return cls(stat.S_IMODE(found.st_mode), _name(pwd.getpwuid, found.st_uid), _name(grp.getgrgid, found.st_gid))


class Member(msgspec.Struct, frozen=True):
    """What a member must be."""

    size: int
    sha256: str
    rights: Rights


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is: of which version, of which folders; ``revision`` of the tables is empty without a database.

    ``secrets`` are the paths of the members of that name, which lay outside of the configuration; ``folders`` are those
    of ``config`` and ``state``.
    """

    format: int
    version: str
    made_at: str
    revision: str
    config: str
    state: str
    secrets: Mapping[str, str]
    folders: Mapping[str, Rights]
    members: Mapping[str, Member]


def _name(look_up: Callable[[int], pwd.struct_passwd | grp.struct_group], number: int) -> str:
    try:
        return str(look_up(number)[0])
    except KeyError:
        return ""


class Readable(Protocol):
    """What can be read by pieces."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes."""


class Digesting:
    """Reads a file and remembers what it was; calls ``tell`` with the size of each piece."""

    def __init__(self, source: Readable, tell: Callable[[int], None]) -> None:
        self._source, self._tell = source, tell
        self.size, self.digest = 0, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        """Return the next piece."""
        piece = self._source.read(size)
        self.digest.update(piece)
        self.size += len(piece)
        self._tell(len(piece))
        return piece


class Writer:
    """Writes members, and at last the manifest."""

    def __init__(self, tar: tarfile.TarFile, tell: Callable[[int], None]) -> None:
        self._tar, self._tell = tar, tell
        self.members: dict[str, Member] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file as long as it is now: what is appended meanwhile is left out. Raise FileNotFoundError."""
        with path.open("rb") as file:
            found, now = tarfile.TarInfo(name), os.fstat(file.fileno())
            found.size, found.mtime, found.mode = now.st_size, int(now.st_mtime), stat.S_IMODE(now.st_mode)
            source = Digesting(file, self._tell)
            self._tar.addfile(found, source)
            self.members[name] = Member(now.st_size, source.digest.hexdigest(), Rights.of(now))

    def add_manifest(self, manifest: Manifest) -> None:
        """Write the last member."""
        content = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        found = tarfile.TarInfo(MANIFEST)
        found.size = len(content)
        self._tar.addfile(found, io.BytesIO(content))


@contextmanager
def writing(path: Path, tell: Callable[[int], None]) -> Iterator[Writer]:
    """Write an archive to ``path``, which is there and empty."""
    with zstd.open(path, "wb", level=_LEVEL) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        yield Writer(tar, tell)


def verify(path: Path, progress: Progress) -> tuple[Manifest, Mapping[str, bytes]]:
    """Return an archive's manifest, and the content of what the manifest and a start need: see ``_KEPT``.

    Raise BackupError, naming the member, if anything differs from the manifest.
    """
    found: dict[str, tuple[int, str]] = {}
    kept: dict[str, bytes] = {}
    with telling_damage(path):
        for name, source in members(path, progress, "Checking"):
            pieces = iter(partial(source.read, _PIECE), b"")
            kept[name] = b"".join(piece for piece in pieces if name in _KEPT)
            found[name] = source.size, source.digest.hexdigest()
    found.pop(MANIFEST, None)
    manifest = _manifest(path, kept.get(MANIFEST))
    for name in found.keys() ^ manifest.members.keys():
        raise BackupError(f"{path}: {name} is {'not in its manifest' if name in found else 'missing'}; {_ANOTHER}")
    for name in manifest.folders:
        if not _is_safe(f"{name}/file"):
            raise BackupError(f"{path}: {name}: is no folder that a backup has; {_ANOTHER}")
    for name, member in manifest.members.items():
        if found[name] != (member.size, member.sha256):
            raise BackupError(f"{path}: {name} is not what was backed up; {_ANOTHER}")
    return manifest, kept


MAIN_MEMBER = "config/syndicator.toml"
_KEPT = frozenset((MANIFEST, MAIN_MEMBER))
_ANOTHER = "nothing was changed: take another backup"


def _manifest(path: Path, content: bytes | None) -> Manifest:
    if content is None:
        raise BackupError(f"{path}: it breaks off, or is no backup of this program; {_ANOTHER}")
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise BackupError(f"{path}: {MANIFEST}: {error}; {_ANOTHER}") from error
    if manifest.format != FORMAT:
        raise BackupError(f"{path} has format {manifest.format}, this program reads {FORMAT}: use the version"
                          f" that made it, {manifest.version}")  # fmt: skip
    return manifest


def members(path: Path, progress: Progress, step: str) -> Iterator[tuple[str, Digesting]]:
    """Yield names and contents, each to be read before the next, within ``telling_damage``.

    Raise BackupError for names that lead elsewhere.
    """
    total = path.stat().st_size
    with path.open("rb") as file, zstd.open(file) as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
        for each in tar:
            content = tar.extractfile(each)
            if content is None or not _is_safe(each.name):
                raise BackupError(f"{path}: {each.name}: is no file that a backup has; {_ANOTHER}")
            if each.name == MANIFEST and each.size > _LARGEST_MANIFEST:
                raise BackupError(f"{path}: {MANIFEST} is too large; {_ANOTHER}")
            yield each.name, Digesting(content, lambda _: progress(step, file.tell(), total))


@contextmanager
def telling_damage(path: Path) -> Iterator[None]:
    """Raise BackupError for what the libraries raise when an archive is damaged or none."""
    try:
        yield
    except (tarfile.TarError, zstd.ZstdError, EOFError) as error:
        raise BackupError(f"{path}: it is damaged, or no backup of this program ({error}); {_ANOTHER}") from error


def _is_safe(name: str) -> bool:
    """Return whether a name leads below the folder it is unpacked in."""
    parts = PurePosixPath(name).parts
    return name in (STORE, MANIFEST) or (
        len(parts) > 1 and parts[0] in ("config", "state", "secrets") and ".." not in parts and "\0" not in name
    )


def copy(source: Readable, target: BinaryIO) -> None:
    """Copy by pieces."""
    while piece := source.read(_PIECE):
        target.write(piece)
