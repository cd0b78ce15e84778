"""The parent's side: documents, pages and stories in; what a child makes of them out."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import msgspec
import structlog

from syndicator.errors import WorkerError
from syndicator.extract.job import (
    ClassificationRules,
    Classified,
    ClassifyJob,
    Job,
    Operation,
    decode_classified,
    decode_document,
    decode_full_text,
    decode_page,
    encode_request,
    encode_rules,
    words_of_story,
)
from syndicator.extract.pool import Pool
from syndicator.extract.shared_file import SharedFile
from syndicator.models import Document, FullText, Outcome, Page, ParsedDocument, Rejected, Source, Story
from syndicator.query import NO_DETAILS, Details
from syndicator.tag import OutletHistory

COMMAND = (sys.executable, "-P", "-m", "syndicator.extract.child")
# A job of stories must stay as short as one of a document: documents wait for the same children.
_MOST_STORIES, _MOST_CHARACTERS = 50, 500_000
_Answer = TypeVar("_Answer")
_log = structlog.get_logger()


class Extractor:
    """Extract entries from documents in a pool's children, by one set of rules."""

    def __init__(
        self,
        pool: Pool,
        rules: ClassificationRules = ClassificationRules(),  # noqa: B008 - immutable
        history: OutletHistory | None = None,
    ) -> None:
        """Use a ``pool`` that was made with ``COMMAND``; see ``adopt`` for the others."""
        self._pool = pool
        self._gazetteer: SharedFile | None = None
        self.adopt(rules, history or OutletHistory(lambda _: None))

    def adopt(self, rules: ClassificationRules, history: OutletHistory) -> None:
        """Put rules in force for all children of the pool; documents that a child has already keep the rules before.

        ``history`` holds the places of outlets' stories; it learns from each document. Raise LocalFaultError, with the
        rules before still in force, if the gazetteer cannot be read.
        """
        if rules.gazetteer != (self._gazetteer.path if self._gazetteer else None):
            self._gazetteer = SharedFile(rules.gazetteer) if rules.gazetteer else None
        self._rules, self._history = rules, history
        self._pool.set_up(encode_rules(rules), shared=[self._gazetteer] if self._gazetteer else [])

    async def document(
        self, document: Document, *, source: Source, bases: Sequence[str], now: datetime, seen_items: bytes = b""
    ) -> ParsedDocument | Rejected:
        """Parse, normalize and classify a document's body; a fault of the document is returned, not raised."""
        job = Job(
            url=document.url,
            content_type=document.content_type,
            outlet=source.outlet,
            source=source.id,
            bases=tuple(bases),
            language=source.language,
            now=now,
            seen_items=seen_items,
            kind=source.kind,
            select=source.select,
            shares=self._history.shares(source.outlet),
        )
        try:
            parsed = await self._run(Operation.DOCUMENT, job, document.body, decode_document)
        except WorkerError as error:
            return Rejected(Outcome(error.reason), str(error))
        self._history.learn(source.outlet, (entry.tags for entry in parsed.entries))
        return parsed

    async def full_text(
        self, document: Document, *, source: Source, title: str, now: datetime, details: Details = NO_DETAILS
    ) -> FullText | None:
        """Read the page of the story called ``title``; None if no article is found."""
        job = replace(
            _page_job(document, now),
            outlet=source.outlet,
            language=source.language,
            title=title,
            source=source.id,
            details=details,
            shares=self._history.shares(source.outlet),
        )
        try:
            return await self._run(Operation.FULL_TEXT, job, document.body, decode_full_text)
        except WorkerError:
            return None

    async def inspect(self, document: Document, *, now: datetime) -> Page | None:
        """Read a web page's statements about its site; None if it is no page."""
        try:
            return await self._run(Operation.INSPECT, _page_job(document, now), document.body, decode_page)
        except WorkerError:
            return None

    async def classify(
        self,
        stories: Sequence[Story],
        *,
        retag: bool,
        now: datetime | None = None,
        events: Mapping[int, int] | None = None,
    ) -> Classified:
        """Select stored stories anew, and tag them anew if ``retag``, by the rules in force.

        Their age is counted up to ``now``; ``events`` are those that they are on, by their numbers.

        A story that no child survives keeps its tags. If a child survives it where it is not tagged, it is in the feeds
        that its old tags select, otherwise in none. The fingerprint is empty if the rules were changed meanwhile.
        """
        classifying = _Classifying(self, retag=retag, now=now, events=events or {})
        classified = [each for batch in _batches(stories) for each in await classifying(batch)]
        fingerprints = {each.rules_fingerprint for each in classified}
        return Classified(
            rules_fingerprint=fingerprints.pop() if len(fingerprints) == 1 else "",
            results=tuple(result for each in classified for result in each.results),
        )

    async def classify_batch(self, job: ClassifyJob) -> Classified:
        """Classify some stories in one job; raise WorkerError if a child does not survive that."""
        shares = {
            outlet: self._history.shares(outlet) for outlet in {story.outlet for story in job.stories} if job.retag
        }
        classified = await self._run(Operation.CLASSIFY, replace(job, shares=shares), None, decode_classified)
        if len(classified.results) != len(job.stories):
            raise WorkerError(Outcome.PARSE_CRASH, _NONSENSE)
        return classified

    @property
    def rules_fingerprint(self) -> str:
        """The fingerprint of the rules in force."""
        return self._rules.fingerprint

    async def _run(
        self, operation: Operation, job: Job | ClassifyJob, body: bytes | None, decode: Callable[[bytes], _Answer]
    ) -> _Answer:
        """Run one job in a child; raise WorkerError for a fault of what it was given."""
        try:
            return decode(await self._pool.run(encode_request(operation, job), body or b""))
        except (ValueError, msgspec.MsgspecError) as error:
            raise WorkerError(Outcome.PARSE_CRASH, _NONSENSE) from error


_NONSENSE = "the parse child gave an answer that makes no sense"


class _Classifying:
    """Classifies stored stories; a batch that kills its child is halved until the story that does it is found."""

    def __init__(self, extractor: Extractor, *, retag: bool, now: datetime | None, events: Mapping[int, int]) -> None:
        self._extractor, self._retag, self._now, self._events = extractor, retag, now, events

    async def __call__(self, stories: Sequence[Story]) -> list[Classified]:
        try:
            return [await self._batch(stories, retag=self._retag)]
        except WorkerError as error:
            if len(stories) == 1:
                return [await self._keep(stories[0], error)]
        middle = len(stories) // 2
        return [each for half in (stories[:middle], stories[middle:]) for each in await self(half)]

    async def _batch(self, stories: Sequence[Story], *, retag: bool) -> Classified:
        words = (words_of_story(each, self._events_of(each)) for each in stories)
        return await self._extractor.classify_batch(ClassifyJob(stories=tuple(words), retag=retag, now=self._now))

    def _events_of(self, story: Story) -> tuple[int, ...]:
        event = self._events.get(story.id)
        return () if event is None else (event,)

    async def _keep(self, story: Story, error: WorkerError) -> Classified:
        """Return a poisonous story with the tags it has."""
        _log.warning("a story cannot be classified and keeps its tags", story=story.uid, reason=str(error))
        if self._retag:
            with contextlib.suppress(WorkerError):
                return await self._batch([story], retag=False)
        return Classified(rules_fingerprint=self._extractor.rules_fingerprint, results=((story.tags, ()),))


def _page_job(document: Document, now: datetime) -> Job:
    """Return the job of reading a page, which is no source's document."""
    return Job(url=document.url, content_type=document.content_type, outlet="", bases=(), language="und", now=now)


def _batches(stories: Sequence[Story]) -> Iterator[Sequence[Story]]:
    """Yield the stories in parts that are bounded by number and size."""
    start, size = 0, 0
    for place, story in enumerate(stories):
        size += len(story.title) + len(story.html)
        if place > start and (place - start == _MOST_STORIES or size > _MOST_CHARACTERS):
            yield stories[start:place]
            start, size = place, len(story.title) + len(story.html)
    if start < len(stories):
        yield stories[start:]
