"""The ids of stories: given once, and never changed."""

from __future__ import annotations

import hashlib
from datetime import datetime

from syndicator.models import Entry, Source


def uid_of(authority: str, source: Source, entry: Entry, since: datetime | None = None) -> str:
    """Return the ``tag:`` URI (RFC 4151) of a new story, made from its source and its entry's key.

    ``since`` tells apart stories for which an outlet uses one key after the other.
    """
    mark = f"{source.id}\n{entry.key}" + (f"\n{since.isoformat()}" if since else "")
    digest = hashlib.blake2b(mark.encode("utf-8", "replace"), digest_size=10).hexdigest()
    return f"tag:{authority}:{source.outlet}/{digest}"
