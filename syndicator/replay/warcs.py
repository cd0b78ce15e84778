"""WARC files as steps: our own, whose notes tell how each poll went, and those of other programs, as far as feeds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from syndicator import urls
from syndicator.capture import CapturedAnswer, RecordKind, read_answer, read_warc
from syndicator.config import Config
from syndicator.errors import SyndicatorError
from syndicator.fetch import FetchSettings
from syndicator.fetch.exchange import body_of, document_of, is_document, known_document_of, location_of
from syndicator.models import (
    Document,
    Exchange,
    FetchOptions,
    Outcome,
    Outlet,
    PollNote,
    RequestNote,
    Source,
    Validators,
)
from syndicator.replay.captures import captures_in
from syndicator.replay.step import Step

_SUFFIXES = (".warc", ".warc.gz")
_FEED = re.compile(rb"<(?:\w{1,20}:)?(?:rss|feed|RDF|urlset)[\s>]|https?://jsonfeed\.org/version/")
_NEAR = 4096
_UNFIT = re.compile(r"[^a-z0-9_-]+")


def find_steps(place: Path, config: Config) -> Sequence[Step]:
    """Find captured feed files and WARC files in a folder, or read one WARC file; return steps in order of time.

    Raise SyndicatorError where there is nothing to play, or a file cannot be read.
    """
    index = _Index(config)
    for path in _files(place):
        index.read(path)
    steps: list[Step] = [*index.steps(), *sorted(captures_in(place) if place.is_dir() else ())]
    if not steps:
        raise SyndicatorError(
            f"{place} holds no captures: no files like OUTLET/20210916T212418Z.xml, and no feeds in WARC files"
        )
    return sorted(steps, key=lambda each: (each.committed[-1], each.serial))


def _files(place: Path) -> Iterable[Path]:
    if not place.is_dir():
        return (place,)
    return sorted(path for path in place.rglob("*") if path.name.endswith(_SUFFIXES) and path.is_file())


@dataclass(frozen=True, slots=True)
class _Request:
    """How a request ended, and its record, if there is one. Answers of other programs have no note."""

    note: RequestNote | None
    answer: CapturedAnswer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Poll:
    """See ``Step``."""

    at: datetime
    committed: Sequence[datetime]
    serial: int = 0
    source: Source
    requests: Mapping[str, _Request]
    index: _Index
    is_push: bool = False

    @property
    def has_failures(self) -> bool:
        """Whether a request failed."""
        return any(each.answer is None for each in self.requests.values())

    def source_in(self, outlet: Outlet) -> Source | None:
        """Return the outlet's source of the same id."""
        return next((each for each in outlet.sources if each.id == self.source.id), None)

    def answer(self, url: str, known: Validators, options: FetchOptions) -> Document:
        """Answer as was captured; an address of which nothing was is not reached."""
        request = self.requests.get(_key(url))
        if request is None:
            return Document(endpoint=url, url=url, outcome=Outcome.CONNECT_ERROR, note="not captured")
        note, answer = request.note, request.answer
        if answer is not None:
            document = self.index.document(answer, note, url, known, options)
            return document if note is None else replace(document, moved_to=note.moved_to, peers=note.peers)
        outcome = _outcome(note)
        if note is None or outcome.is_good:
            return Document(endpoint=url, url=url, outcome=Outcome.CONNECT_ERROR, note="its record is missing")
        return Document(
            endpoint=url,
            url=note.url,
            outcome=outcome,
            status=note.status,
            note=note.note,
            retry_after=note.retry_after,
            moved_to=note.moved_to,
            peers=note.peers,
        )

    def push(self) -> Document | None:
        """Return what a hub has sent."""
        if not self.is_push:
            return None
        answer = next(iter(self.requests.values())).answer
        if answer is None:
            return None
        exchange = read_answer(answer)
        return Document(
            endpoint=self.source.home,
            outcome=Outcome.OK,
            url=exchange.url,
            body=exchange.body,
            content_type=answer.content_type,
        )


class _Index:
    """What is in the files, without the bodies: these are read again when they are played."""

    def __init__(self, config: Config) -> None:
        self._settings: FetchSettings = config.politeness
        self._sources = dict(config.sources)
        self._endpoints = {_key(each): source for source in self._sources.values() for each in source.endpoints}
        self._answers: dict[str, CapturedAnswer] = {}
        self._notes: dict[PollNote, None] = {}  # in order, and each once: a file may be there twice
        self._feeds: dict[str, tuple[Source, CapturedAnswer]] = {}
        self._bodies: dict[str, CapturedAnswer] = {}

    def read(self, path: Path) -> None:
        """Read a file. Raise WarcError.

        Where it has notes, only they say what was taken in. Another one's feeds are each a poll of its own.
        """
        feeds, is_ours = _Feeds(self._endpoints, self._settings), False
        for each in read_warc(path):
            if isinstance(each, PollNote):
                self._notes[each] = None
                is_ours = True
                continue
            answer = replace(each, exchange=replace(each.exchange, body=b""))
            self._answers[answer.id] = answer
            if answer.kind is not RecordKind.REVISIT:
                self._bodies[answer.digest] = self._bodies[_key(answer.exchange.url)] = answer
            if not is_ours:
                feeds.add(each, answer)
        if not is_ours:
            self._feeds |= feeds.found

    def steps(self) -> Iterator[Step]:
        """Yield all polls, in no order."""
        for note in self._notes:
            for request in note.requests:
                answer = self._answers.get(request.record or "")
                if answer is not None and answer.kind is not RecordKind.REVISIT and request.body_hash:
                    self._bodies[request.body_hash] = answer
        yield from map(self._noted, self._notes)
        for source, answer in self._feeds.values():
            at, endpoint = answer.exchange.at, source.home
            requests = {_key(endpoint): _Request(None, answer), _key(answer.exchange.url): _Request(None, answer)}
            yield _Poll(at=at, committed=(at,), source=source, requests=requests, index=self)

    def document(
        self, answer: CapturedAnswer, note: RequestNote | None, url: str, known: Validators, options: FetchOptions
    ) -> Document:
        """Return an answer as a document. One that brought what was known then has the body where it is not known."""
        if answer.kind is not RecordKind.REVISIT:
            return document_of(read_answer(answer), url, known, options, self._settings)
        body_hash = note.body_hash if note is not None else None
        if known.body_hash is not None and known.body_hash == body_hash:
            return known_document_of(answer.exchange, url, known)
        original = self._original(answer, body_hash)
        if original is None:
            return Document(endpoint=url, url=url, outcome=Outcome.CONNECT_ERROR, note="what it was then is missing")
        return document_of(_with_body_of(original, answer.exchange), url, known, options, self._settings)

    def _original(self, answer: CapturedAnswer, body_hash: str | None) -> CapturedAnswer | None:
        keys = (body_hash or "", answer.refers_to.digest, _key(answer.refers_to.url), _key(answer.exchange.url))
        return next((self._bodies[key] for key in keys if key and key in self._bodies), None)

    def _noted(self, note: PollNote) -> _Poll:
        requests: dict[str, _Request] = {}
        for each in note.requests:
            request = _Request(each, self._answers.get(each.record or ""))
            addresses = [each.url, each.endpoint]
            for address in addresses:
                requests[_key(address)] = request
        times = [each.answer.exchange.at for each in requests.values() if each.answer is not None]
        return _Poll(
            at=min([*times, note.committed[0]]),
            committed=note.committed,
            serial=note.serial,
            source=self._sources.get(note.source) or _source_of(note),
            requests=requests,
            index=self,
            is_push=note.is_push,
        )


class _Feeds:
    """Tells what in a file of another program is a feed, by its address or its first bytes, and of which source."""

    def __init__(self, endpoints: Mapping[str, Source], settings: FetchSettings) -> None:
        self.found: dict[str, tuple[Source, CapturedAnswer]] = {}
        self._sources, self._settings = dict(endpoints), settings
        self._asked: dict[str, str] = {}

    def add(self, answer: CapturedAnswer, without_body: CapturedAnswer) -> None:
        """Add an answer if it is a feed. A redirect's target has the source of the address that was asked."""
        if urls.absolute(answer.exchange.url) is None:  # what programs keep of themselves
            return
        key = _key(answer.exchange.url)
        key = self._asked.get(key, key)
        if (target := location_of(answer.exchange)) is not None:
            self._asked[_key(target)] = key
            return
        is_revisit = answer.kind is RecordKind.REVISIT
        if key not in self._sources and not is_revisit and self._is_feed(answer):
            self._sources[key] = _source_at(key)
        source = self._sources.get(key)
        if source is not None and (is_revisit or is_document(answer.exchange)):
            self.found[answer.id] = (source, without_body)

    def _is_feed(self, answer: CapturedAnswer) -> bool:
        if answer.kind is RecordKind.RESPONSE and is_document(answer.exchange):
            return _FEED.search(body_of(answer.exchange, self._settings)[:_NEAR]) is not None
        return False


def _key(url: str) -> str:
    """Return an address in one spelling: some have it encoded, others not."""
    return urls.canonical(url) if urls.absolute(url) else url


def _with_body_of(original: CapturedAnswer, exchange: Exchange) -> Exchange:
    """Return an answer with the body that it was captured without; it may have come from another address."""
    whole = read_answer(original)
    head = exchange.head if is_document(exchange) else whole.head
    return replace(whole, url=exchange.url, at=exchange.at, head=head)


def _outcome(note: RequestNote | None) -> Outcome:
    """Return how a request failed; a newer version may know more ways."""
    try:
        return Outcome(note.outcome if note else "")
    except ValueError:
        return Outcome.INTERNAL_ERROR


def _source_at(url: str) -> Source:
    """Return a source for a feed that is not configured: of an outlet by its host."""
    outlet = _UNFIT.sub("-", urls.host_key(url))
    path = urls.redact(url).partition("://")[2].partition("/")[2]
    return Source(id=f"{outlet}/{path}", outlet=outlet, endpoints=(url,), language="und")


def _source_of(note: PollNote) -> Source:
    """Return the source of a poll if it is not configured any more."""
    endpoints = dict.fromkeys(each.endpoint for each in note.requests if not each.is_followed)
    outlet = note.source.partition("/")[0]
    return Source(id=note.source, outlet=outlet, endpoints=tuple(endpoints), language="und")
