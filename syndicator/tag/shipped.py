"""What a release carries compiled: the gazetteer without custom places, and the common words of languages.

    ship -> shipped/gazetteer.json, gazetteer.bin.xz, common_words/LANGUAGE.txt.xz -> unpack -> the cache

A tree of source has none of it, and compiles.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import lzma
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

from syndicator.errors import GazetteerError

FOLDER = Path(__file__).parent / "shipped"
_MANIFEST, _PACKED, _WORDS = "gazetteer.json", "gazetteer.bin.xz", "common_words"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the packed gazetteer is: its file name, what it was compiled from, and what it is once unpacked.

    ``name`` is made of the compiler's version and tables as well, so that a stale one is known by it.
    """

    name: str
    unicode: str
    packages: Mapping[str, str]
    byteorder: str
    size: int
    sha256: str


@cache
def read_manifest(folder: Path = FOLDER) -> Manifest | None:
    """Return what this installation carries; None if it carries no gazetteer that this machine can map.

    Raise GazetteerError for a damaged manifest.
    """
    path = folder / _MANIFEST
    try:
        found = Manifest(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise GazetteerError(f"{path}: is damaged ({error}); install syndicator again") from error
    return found if found.byteorder == sys.byteorder else None


def unpack(manifest: Manifest, path: Path, folder: Path = FOLDER) -> None:
    """Write the packed gazetteer to ``path``, whole or not at all.

    Raise GazetteerError if it is missing or not what the manifest says, OSError if ``path`` cannot be written.
    """
    packed, new = folder / _PACKED, path.with_name(f"{path.name}.new")
    try:
        with new.open("wb") as target:
            digest, size = hashlib.sha256(), 0
            for piece in _pieces(packed):
                digest.update(piece)
                size += target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        _compare(manifest, packed, size, digest.hexdigest())
        new.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def _pieces(packed: Path) -> Iterator[bytes]:
    """Yield the unpacked content; what is wrong with it is told from what is wrong with the cache."""
    try:
        with lzma.open(packed) as source:
            yield from iter(partial(source.read, _PIECE), b"")
    except (lzma.LZMAError, EOFError, OSError) as error:
        raise GazetteerError(f"{packed}: is damaged ({error}); install syndicator again") from error


def _compare(manifest: Manifest, packed: Path, size: int, sha256: str) -> None:
    if (size, sha256) != (manifest.size, manifest.sha256):
        raise GazetteerError(f"{packed}: is not what {_MANIFEST} beside it says; install syndicator again")


def common_words(language: str, folder: Path = FOLDER) -> frozenset[str] | None:
    """Return the common words of a language, folded, as they were packed; None where none are.

    Raise GazetteerError if they are damaged.
    """
    path = folder / _WORDS / f"{language}.txt.xz"
    try:
        return frozenset(lzma.decompress(path.read_bytes()).decode().split("\n"))
    except FileNotFoundError:
        return None
    except (lzma.LZMAError, OSError, ValueError) as error:
        raise GazetteerError(f"{path}: is damaged ({error}); install syndicator again") from error


def pack(folder: Path, gazetteer: Path, manifest: Manifest, words: Mapping[str, frozenset[str]]) -> None:
    """Write a folder that ``read_manifest``, ``unpack`` and ``common_words`` read."""
    (folder / _WORDS).mkdir(parents=True, exist_ok=True)
    (folder / _PACKED).write_bytes(lzma.compress(gazetteer.read_bytes()))
    (folder / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")
    for language, common in words.items():
        packed = lzma.compress("\n".join(sorted(common)).encode())
        (folder / _WORDS / f"{language}.txt.xz").write_bytes(packed)
