"""Every feed file of fourteen libraries' tests: what it comes to, and whether both ways of reading agree on it."""

from __future__ import annotations

import os
import tarfile
import time
from collections import Counter
from pathlib import Path

from syndicator.errors import NotAFeedError, UnsafeDocumentError
from syndicator.parse import ParsedFeed, parse_feed, parse_whole

URL = "https://outlet.example/feeds/all.xml"


def fixtures() -> None:
    """List outcome and entry counts by file; then totals, agreement, and CPU seconds beside feedparser alone."""
    folder = os.environ.get("SYNDICATOR_CORPORA")
    if not folder:
        print("fixtures: set SYNDICATOR_CORPORA to the folder of the shared corpora")
        return
    totals: Counter[str] = Counter()
    ours = theirs = 0.0
    with tarfile.open(Path(folder) / "feeds/fixtures.tar.xz") as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is None:
                continue
            body = file.read()
            before = time.process_time()
            outcome, found = _read(body)
            between = time.process_time()
            word = _agreement(body, found) if found else ""
            ours, theirs = ours + between - before, theirs + time.process_time() - between
            count = len(found.entries) if found else 0
            totals.update({outcome: 1, "files": 1, "entries": count, word or "refused": 1})
            print(f"{member.name:<75} {outcome:<12} {count:>5} entries  {word}")
    print(", ".join(f"{count} {what}" for what, count in totals.most_common()))
    print(f"CPU s: ours {ours:.2f}, feedparser on whole documents {theirs:.2f}")


def _read(body: bytes) -> tuple[str, ParsedFeed | None]:
    try:
        return "ok", parse_feed(body, url=URL)
    except NotAFeedError:
        return "not_a_feed", None
    except UnsafeDocumentError:
        return "poison_xml", None


def _agreement(body: bytes, found: ParsedFeed) -> str:
    whole = parse_whole(body, url=URL, is_well_formed=True)
    if not found.hashes:
        return "whole"
    return "sliced, agrees" if (found.title, found.entries) == (whole.title, whole.entries) else "sliced, DIFFERS"
