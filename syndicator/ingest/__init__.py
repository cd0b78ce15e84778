"""Entries to stories, inside a transaction: which story an entry is, what is written, which feeds it joins."""

from syndicator.ingest.identity import COPY_WINDOW, decide, shared_links
from syndicator.ingest.ingest import ingest

__all__ = ["COPY_WINDOW", "decide", "ingest", "shared_links"]
