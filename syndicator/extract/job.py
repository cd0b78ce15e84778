"""What goes to a child and what comes back: rules, jobs, results, and their codecs."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from pathlib import Path

import msgspec

from syndicator.models import Concept, FullText, Page, ParsedDocument, Select, SourceKind, Story, Tag
from syndicator.query import NO_DETAILS, Details, details_of
from syndicator.query.tree import Where


class Operation(IntEnum):
    """What a child does with a job; the first byte of a request's header."""

    DOCUMENT = 1
    FULL_TEXT = 2
    INSPECT = 3
    CLASSIFY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassificationRules:
    """What stories are tagged and selected by: the operator's places, concepts and filters.

    ``gazetteer`` is a file's path; without one nothing is tagged. ``countries`` are ISO 3166-1 codes by outlet.
    ``fingerprint`` changes whenever any of the others does.
    """

    gazetteer: Path | None = None
    countries: Mapping[str, str] = field(default_factory=dict)
    concepts: tuple[Concept, ...] = ()
    filters: Mapping[str, Where] = field(default_factory=dict)
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a child must know about a document beside its bytes.

    ``seen_items`` indexes the items that its endpoint listed before, packed. ``shares`` are the outlet's places, see
    ``OutletHistory``. ``title`` and ``details`` are those of the story whose page the document is.
    """

    url: str
    content_type: str
    outlet: str
    bases: tuple[str, ...]
    language: str
    now: datetime
    seen_items: bytes = b""
    kind: SourceKind = SourceKind.FEED
    select: Select | None = None
    title: str = ""
    source: str = ""
    details: Details = NO_DETAILS
    shares: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryWords:
    """The part of a story that tags and filters depend on."""

    title: str
    html: str
    language: str
    outlet: str
    outlets: tuple[str, ...]
    tags: tuple[Tag, ...]
    revised: tuple[str, ...] = ()
    is_deleted: bool = False
    details: Details = NO_DETAILS
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyJob:
    """Stories to be selected anew, and tagged anew if ``retag``; ``shares`` by outlet, see ``OutletHistory``.

    Their age is counted up to ``now``.
    """

    stories: tuple[StoryWords, ...]
    retag: bool
    now: datetime | None = None
    shares: Mapping[str, Mapping[int, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """Tags of stories and the names of the feeds that hold them, in the order in which the stories were given.

    ``rules_fingerprint`` is that of the rules they were tagged and selected by.
    """

    rules_fingerprint: str
    results: tuple[tuple[tuple[Tag, ...], tuple[str, ...]], ...]


def words_of_story(story: Story, events: tuple[int, ...] = ()) -> StoryWords:
    """Return what a child must know of a story, which is on these events."""
    return StoryWords(
        title=story.title,
        html=story.html,
        language=story.language,
        outlet=story.outlet,
        outlets=story.outlets,
        tags=story.tags,
        revised=story.revised,
        is_deleted=story.deleted_at is not None,
        details=details_of(story, story.source),
        events=events,
    )


# --- to a child ------------------------------------------------------------------------------------------

encode = msgspec.msgpack.Encoder().encode
decode_job = msgspec.msgpack.Decoder(Job).decode
decode_classify_job = msgspec.msgpack.Decoder(ClassifyJob).decode


def encode_rules(rules: ClassificationRules) -> bytes:
    """Encode the set-up of a child."""
    return pickle.dumps(rules)


def decode_rules(set_up: bytes) -> ClassificationRules:
    """Decode the set-up of a child: bytes of the parent, which a child may trust."""
    rules: ClassificationRules = pickle.loads(set_up)  # noqa: S301 - made by encode_rules
    return rules


def encode_request(operation: Operation, job: Job | ClassifyJob) -> bytes:
    """Encode a request's header."""
    return bytes((operation,)) + encode(job)


def split_request(header: bytes) -> tuple[Operation, memoryview]:
    """Return what is to be done, and the encoded job."""
    return Operation(header[0]), memoryview(header)[1:]


# --- from a child: it has read hostile bytes, so that its answers are validated and never unpickled --------

decode_document = msgspec.msgpack.Decoder(ParsedDocument).decode
decode_full_text = msgspec.msgpack.Decoder(FullText).decode
decode_page = msgspec.msgpack.Decoder(Page).decode
decode_classified = msgspec.msgpack.Decoder(Classified).decode
