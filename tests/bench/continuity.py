"""How often is another outlet noticed, and how often is an outlet taken for another? Over archives of real feeds.

A sale is played by showing under one outlet's address what another published: with its own links, and with links to the
outlet's own host. All sixteen write English about the same events, which is as hard as it gets.
"""

from __future__ import annotations

import os
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from syndicator.errors import NotAFeedError, UnsafeDocumentError
from syndicator.extract.document import extract_document
from syndicator.extract.job import Job
from syndicator.models import ParsedDocument, SourceProfile
from syndicator.replay import Capture, find_captures
from syndicator.watch import learn, mismatch_reason

Doubted = Callable[[SourceProfile, ParsedDocument], bool]
_EVERY = 5


def continuity() -> None:
    """Print false alarms and noticed sales, ours beside going by the feed's title alone."""
    folder = os.environ.get("SYNDICATOR_CORPORA")
    if not folder:
        print("continuity: set SYNDICATOR_CORPORA to the folder of the shared corpora")
        return
    with tempfile.TemporaryDirectory() as unpacked:
        with tarfile.open(Path(folder) / "series/outlets_2021.tar.xz") as archive:
            archive.extractall(unpacked, filter="data")
        (root,) = Path(unpacked).iterdir()
        documents = _documents(find_captures(root))
    fetch_options: dict[str, Doubted] = {
        "ours": lambda profile, found: bool(mismatch_reason(profile, found.title, found.entries)),
        "hands new": lambda profile, found: bool(
            mismatch_reason(profile, found.title, found.entries, new=("issuer", "network"))
        ),
        "title alone": lambda profile, found: profile.title != found.title,
    }
    for name, is_doubted in fetch_options.items():
        print(f"continuity, {name:<12} {_false_alarms(documents, is_doubted)}   {_noticed(documents, is_doubted)}")


def _documents(captures: Sequence[Capture]) -> dict[str, list[tuple[Capture, ParsedDocument]]]:
    found: dict[str, list[tuple[Capture, ParsedDocument]]] = {}
    for capture in captures:
        base = f"https://{capture.outlet}.example"
        job = Job(url=base, outlet=capture.outlet, content_type="", bases=(base,), language="en", now=capture.at)
        try:
            prepared = extract_document(job, capture.path.read_bytes())
        except (NotAFeedError, UnsafeDocumentError):
            continue
        if prepared.entries:
            found.setdefault(capture.outlet, []).append((capture, prepared))
    return found


def _false_alarms(documents: dict[str, list[tuple[Capture, ParsedDocument]]], is_doubted: Doubted) -> str:
    """Know each outlet by its first document alone, and look at all later ones that share no item with it."""
    alarms = looked_at = 0
    for (first, start), *later in documents.values():
        profile, known = learn(start.title, start.entries, None, first.at), {entry.key for entry in start.entries}
        for _, found in later:
            if profile and known.isdisjoint(entry.key for entry in found.entries):
                looked_at += 1
                alarms += is_doubted(profile, found)
    return f"false alarms {alarms} of {looked_at}"


def _noticed(documents: dict[str, list[tuple[Capture, ParsedDocument]]], is_doubted: Doubted) -> str:
    """Know each outlet by all its documents, and show it others' under its address."""
    noticed = disguised = shown = 0
    for outlet, own in documents.items():
        profile: SourceProfile | None = None
        for capture, found in own:
            profile = learn(found.title, found.entries, profile, capture.at) or profile
        assert profile is not None
        link = f"https://{profile.hosts[0]}/page"
        for other, theirs in documents.items():
            for _, found in theirs[::_EVERY] if other != outlet else ():
                shown += 1
                noticed += is_doubted(profile, found)
                entries = tuple(replace(entry, link=link) for entry in found.entries)
                disguised += is_doubted(profile, replace(found, entries=entries))
    return (
        f"another outlet noticed {noticed / shown:.0%} of {shown}, with links to the own host {disguised / shown:.0%}"
    )
