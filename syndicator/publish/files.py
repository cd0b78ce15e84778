"""Files that readers fetch: replaced whole or not at all, and known by the hash of their bytes."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_NAME = re.compile(r"^[a-z0-9_-]+\.(?:atom|rss)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A file's bytes, also compressed, with what identifies them."""

    body: bytes
    compressed: bytes
    digest: str
    modified: datetime


class FeedFiles:
    """A folder of published files, held in memory as well so that an ETag always fits its body."""

    def __init__(self, folder: Path) -> None:
        """Take up the feeds that lie in ``folder``: readers are served before the first poll.

        A missing folder is made; other files in it are nobody's business here.
        """
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(".feed-*.tmp"):
            leftover.unlink()
        self._files = {
            path.name: _published(path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC))
            for path in folder.iterdir()
            if path.is_file() and _NAME.match(path.name)
        }

    def get(self, name: str) -> Published | None:
        """Give a file, or None."""
        return self._files.get(name)

    def put(self, name: str, body: bytes, modified: datetime) -> bool:
        """Put ``body`` in place atomically, dated ``modified``; False when it already stands there."""
        present = self._files.get(name)
        path = self.folder / name
        if present is not None and present.body == body and path.exists():
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=".feed-", suffix=".tmp", dir=self.folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            os.utime(temporary, (modified.timestamp(), modified.timestamp()))
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        self._files[name] = _published(body, modified)
        return True

    def keep_only(self, names: Iterable[str]) -> set[str]:
        """Take away all other files, of feeds no longer configured; give those of ``names`` that are missing."""
        wanted = set(names)
        for name in self._files.keys() - wanted:
            (self.folder / name).unlink(missing_ok=True)
            del self._files[name]
        return wanted - self._files.keys()


def _published(body: bytes, modified: datetime) -> Published:
    return Published(
        body=body,
        compressed=gzip.compress(body, 6, mtime=0),
        digest=hashlib.blake2b(body, digest_size=16).hexdigest(),
        modified=modified.replace(microsecond=0),
    )
