"""The part of the flow that runs in a killable child: parse | normalize | tag | select. One hop per document."""

from __future__ import annotations

import pickle
import socket
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from html import escape
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from syndicator.errors import EndedError, NotAFeedError, UnsafeDocumentError, WorkerError
from syndicator.markup import clean, safe_html, words_of_safe
from syndicator.models import Concept, Document, FullText, Outcome, Page, ParsedDocument, Select, Source
from syndicator.normalize import Classification, Classifier, normalize, unclassified
from syndicator.parse import MOST_ENTRIES, PARSERS, ItemIndex, ParsedFeed, Pool, parse_whole, read_article, read_page
from syndicator.parse.worker import Handler, serve_template
from syndicator.query import Filters, Subject
from syndicator.query.grammar import Where
from syndicator.tag import OutletHistory, Tagger, detect, warm_up
from syndicator.watch import named_addresses

# A gazetteer's path may follow, to be mapped before children are forked: they share it.
COMMAND = (sys.executable, "-m", "syndicator.prepare")
# One document in so many is read by feedparser as well, and the two are compared.
_CHECK_ONE_IN = 100
_MOST_NAMED = 20
_ARTICLE, _INSPECT = "article", "survey"
_MOST_ANCHORS = 500
_Answer = TypeVar("_Answer")
_LONGEST_BYLINE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a child must know about a document beside its bytes.

    ``items`` is what its endpoint listed before, ``earlier`` where its outlet's stories were: see ``OutletHistory``.
    """

    url: str
    content_type: str
    outlet: str
    bases: tuple[str, ...]
    language: str
    now: datetime
    items: bytes = b""
    kind: str = "feed"
    select: Select | None = None
    title: str = ""
    earlier: Mapping[int, float] = field(default_factory=dict)


_write = msgspec.msgpack.Encoder().encode
_read_job = msgspec.msgpack.Decoder(Job).decode
# The child has read hostile bytes: what it says is checked, not unpickled.
_read_prepared = msgspec.msgpack.Decoder(ParsedDocument).decode
_read_page = msgspec.msgpack.Decoder(Page).decode
_read_whole = msgspec.msgpack.Decoder(FullText).decode


class Opinions(NamedTuple):
    """What stories are judged by: the operator's concepts, filters and places, and a print of these.

    ``countries`` are the outlets' own. Without a ``gazetteer`` nothing is tagged.
    """

    gazetteer: Path | None = None
    countries: Mapping[str, str] = {}
    concepts: tuple[Concept, ...] = ()
    filters: Mapping[str, Where] = {}
    print: str = ""


def prepare(job: Job, body: bytes, classify: Classifier = unclassified) -> ParsedDocument:
    """Parse, normalize and judge one document; see ``parse_feed`` for the errors.

    Items that are known are left out, unless others of the document can only be judged beside them.
    """
    parsed, items = _parse(job, body)
    was_checked = job.kind == "feed" and bool(parsed.hashes) and zlib.crc32(body) % _CHECK_ONE_IN == 0
    disagrees = was_checked and not _agrees(parsed, ItemIndex(job.items), job, body)
    if disagrees:
        parsed, items = parse_whole(body, url=job.url, content_type=job.content_type, is_well_formed=True), b""
    return ParsedDocument(
        title=parsed.title.strip()[:200],
        entries=normalize(
            parsed.entries, url=job.url, bases=job.bases, language=job.language, now=job.now, classify=classify
        ),
        polling_hints=parsed.polling_hints,
        links=parsed.links,
        items=items,
        known=max(0, len(parsed.hashes) - len(parsed.entries)),
        note="; ".join(_notes(parsed, disagrees=disagrees)),
        was_checked=was_checked,
        disagrees=disagrees,
    )


def _notes(parsed: ParsedFeed, *, disagrees: bool) -> Iterator[str]:
    if parsed.listed > MOST_ENTRIES:
        yield f"lists {parsed.listed} items, only the first {MOST_ENTRIES} are read"
    if disagrees:
        yield "two ways of reading this document disagree; it was taken as feedparser reads it"


def _parse(job: Job, body: bytes) -> tuple[ParsedFeed, bytes]:
    before = ItemIndex(job.items)
    read = partial(PARSERS[job.kind], body, url=job.url, content_type=job.content_type)
    if job.select:
        read = partial(read, select=job.select)
    parsed = read(known=before.hashes)
    items = before.after(parsed.hashes, parsed.entries) if parsed.hashes else b""
    if items is None:
        parsed = read()
        items = ItemIndex().after(parsed.hashes, parsed.entries)
    return parsed, items or b""


def _agrees(parsed: ParsedFeed, known: ItemIndex, job: Job, body: bytes) -> bool:
    """Say whether feedparser, given all of the document, reads the same."""
    whole = parse_whole(body, url=job.url, content_type=job.content_type, is_well_formed=True)
    if (whole.title, whole.listed) != (parsed.title, parsed.listed):
        return False
    if len(parsed.entries) == len(whole.entries):
        return parsed.entries == whole.entries
    hashes = zip(parsed.hashes, whole.entries, strict=True)
    return parsed.entries == tuple(entry for one, entry in hashes if one not in known.hashes)


def whole(job: Job, body: bytes, classify: Classifier, is_place: Callable[[str], bool]) -> FullText:
    """Read the article of an entry's page, called ``job.title`` there; see ``read_article`` for the errors."""
    article = read_article(body, url=job.url, content_type=job.content_type, title=job.title, is_place=is_place)
    markup = safe_html("".join(f"<p>{escape(each, quote=False)}</p>" for each in article.paragraphs), job.url)
    judged = classify(job.title, words_of_safe(markup))
    byline = clean(article.byline)[:_LONGEST_BYLINE]
    return FullText(html=markup, byline=byline, tags=judged.tags, feeds=judged.feeds)


def inspect(job: Job, body: bytes) -> Page:
    """Read what a web page says of its site, and which addresses it names; its words stay here."""
    page = read_page(body, url=job.url, content_type=job.content_type)
    named = tuple(islice(named_addresses(page.text), _MOST_NAMED))
    return replace(page, text="", named=named, anchors=page.anchors[:_MOST_ANCHORS])


class Extractor:
    """Has documents prepared in a pool's children."""

    def __init__(
        self,
        pool: Pool,
        opinions: Opinions = Opinions(),  # noqa: B008 - immutable
        earlier: OutletHistory | None = None,
    ) -> None:
        """Use ``pool``, whose children must have been started by this module's ``COMMAND``.

        ``earlier`` knows where outlets' stories were, and learns it of what is prepared.
        """
        self._pool, self._earlier = pool, earlier or OutletHistory(lambda _: None)
        pool.set_up(pickle.dumps(opinions))

    async def __call__(
        self, document: Document, *, source: Source, bases: Sequence[str], now: datetime, items: bytes = b""
    ) -> ParsedDocument | tuple[Outcome, str]:
        """Prepare a document's body; what is wrong with it comes back as an outcome and a note, not raised."""
        job = Job(
            url=document.url,
            content_type=document.content_type,
            outlet=source.outlet,
            bases=tuple(bases),
            language=source.language,
            now=now,
            items=items,
            kind=source.kind,
            select=source.select,
            earlier=self._earlier.shares(source.outlet),
        )
        try:
            prepared = _read_prepared(await self._pool.run(_write(job), document.body or b""))
        except WorkerError as error:
            return Outcome(error.reason), str(error)
        except (ValueError, msgspec.MsgspecError):  # a worker that answers nonsense
            return Outcome.PARSE_CRASH, "the parse child gave an answer that makes no sense"
        self._earlier.learn(source.outlet, (entry.tags for entry in prepared.entries))
        return prepared

    async def whole(self, document: Document, *, source: Source, title: str, now: datetime) -> FullText | None:
        """Have an article's page read; None if nothing comes of it."""
        job = replace(
            _page_job(document, now),
            outlet=source.outlet,
            language=source.language,
            title=title,
            kind=_ARTICLE,
            earlier=self._earlier.shares(source.outlet),
        )
        return await self._ask(job, document, _read_whole)

    async def inspect(self, document: Document, *, now: datetime) -> Page | None:
        """Have a web page read for what it says of its site; None if nothing comes of it."""
        return await self._ask(replace(_page_job(document, now), kind=_INSPECT), document, _read_page)

    async def _ask(self, job: Job, document: Document, read: Callable[[bytes], _Answer]) -> _Answer | None:
        try:
            return read(await self._pool.run(_write(job), document.body or b""))
        except (WorkerError, ValueError, msgspec.MsgspecError):
            return None


def _page_job(document: Document, now: datetime) -> Job:
    """Give the job of looking at a page, which is no source's document."""
    return Job(url=document.url, content_type=document.content_type, outlet="", bases=(), language="und", now=now)


def _handler(set_up: bytes) -> Handler:
    opinions: Opinions = pickle.loads(set_up)  # noqa: S301 - the parent's own words
    tag = Tagger(opinions.concepts, opinions.gazetteer) if opinions.gazetteer else None
    if tag:
        tag("Calm in Idlib", "", "en")  # what the first story costs is no document's fault
    marker_words = tag.regions.gazetteer.marker_words if tag else {}
    select = Filters(opinions.filters)

    def is_place(name: str) -> bool:
        found = tag.regions.locate("", name).places if tag else ()
        return any(each.span.to - each.span.at == len(name) for each in found)

    def handle(header: bytes, body: bytes) -> bytes:
        job = _read_job(header)

        named: dict[str, str] = {}

        def classify(title: str, text: str) -> Classification:
            language = detect(title, text, (job.language,), marker_words)
            country = opinions.countries.get(job.outlet, "")
            tags = tag(title, text, language, country, job.earlier) if tag else ()
            named.update(named_addresses(text))
            return Classification(language, tags, tuple(select(Subject(title, text, language, (job.outlet,), tags))))

        try:
            if job.kind == _ARTICLE:
                return _write(replace(whole(job, body, classify, is_place), asked=opinions.print))
            if job.kind == _INSPECT:
                return _write(inspect(job, body))
            prepared = prepare(job, body, classify)
            return _write(replace(prepared, asked=opinions.print, named=tuple(named.items())[:_MOST_NAMED]))
        except NotAFeedError as error:
            raise WorkerError(Outcome.NOT_A_FEED, str(error)) from error
        except EndedError as error:
            raise WorkerError(Outcome.GONE, str(error)) from error
        except UnsafeDocumentError as error:
            raise WorkerError(Outcome.POISON_XML, str(error)) from error

    return handle


if __name__ == "__main__":
    *given, descriptor = sys.argv[1:]
    warm_up(*map(Path, given))  # once, for all that are forked
    with socket.socket(fileno=int(descriptor)) as control_socket:
        serve_template(control_socket, _handler)
