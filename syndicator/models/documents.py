"""What requests bring, and what is read off it. Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from syndicator.models.captures import CaptureRecord, Exchange
from syndicator.models.doors import Peer
from syndicator.models.outlets import Select
from syndicator.models.stories import Enclosure, Entry, Picture, Tag


class Outcome(StrEnum):
    """How asking one endpoint ended: a closed set, shown on the status page and in the log."""

    OK = "ok"
    UNCHANGED = "unchanged"
    NOT_MODIFIED = "not_modified"
    BLOCKED_ADDRESS = "blocked_address"
    BAD_URL = "bad_url"
    DNS_ERROR = "dns_error"
    CONNECT_ERROR = "connect_error"
    PROXY_ERROR = "proxy_error"
    TLS_ERROR = "tls_error"
    TIMEOUT = "timeout"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    BAD_ENCODING = "bad_encoding"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    RATE_LIMITED = "rate_limited"
    FORBIDDEN = "forbidden"
    DISALLOWED = "disallowed"
    NOT_FOUND = "not_found"
    GONE = "gone"
    SERVER_ERROR = "server_error"
    HTTP_ERROR = "http_error"
    NOT_A_FEED = "not_a_feed"
    POISON_XML = "poison_xml"
    PARSE_TIMEOUT = "parse_timeout"
    PARSE_CRASH = "parse_crash"
    SUSPENDED = "suspended"
    SUSPECT = "suspect"
    INTERNAL_ERROR = "internal_error"

    @property
    def is_good(self) -> bool:
        """Whether the endpoint did its job."""
        return self in _GOOD

    @property
    def is_host_down(self) -> bool:
        """Whether a reader following a link to the same host would most likely fail as well."""
        return self in _HOST_DOWN

    @property
    def is_unreached(self) -> bool:
        """Whether nothing was heard of the host, so that this machine's own connection may be at fault."""
        return self in _UNREACHED

    @property
    def is_answer(self) -> bool:
        """Whether the host was heard, whatever it said."""
        return self not in _UNREACHED and self not in _UNASKED


_GOOD = frozenset({Outcome.OK, Outcome.UNCHANGED, Outcome.NOT_MODIFIED})


_HOST_DOWN = frozenset(
    {Outcome.DNS_ERROR, Outcome.CONNECT_ERROR, Outcome.TLS_ERROR, Outcome.TIMEOUT, Outcome.SERVER_ERROR}
)
_UNREACHED = frozenset(
    {Outcome.DNS_ERROR, Outcome.CONNECT_ERROR, Outcome.PROXY_ERROR, Outcome.TLS_ERROR, Outcome.TIMEOUT}
)
_UNASKED = frozenset({Outcome.BLOCKED_ADDRESS, Outcome.BAD_URL, Outcome.DISALLOWED, Outcome.INTERNAL_ERROR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What makes the next request conditional: the server's own, byte for byte (RFC 9110, 8.8), and our body hash."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a document points beside its items, and as what: ``hub``, ``self``, ``prev-archive``, ``alternate``."""

    rel: str
    href: str
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a request of one endpoint brought: bytes, or none and an outcome that says why.

    ``exchanges`` are the answers on the wire, redirects first, where the options of the request ask for them. Once they
    are captured, ``record`` says where. ``peers`` are the hosts that answered on the way to it.
    """

    endpoint: str
    outcome: Outcome
    url: str
    status: int | None = None
    body: bytes | None = None
    content_type: str = ""
    validators: Validators = field(default_factory=Validators)
    fresh_for: timedelta = timedelta(0)
    retry_after: timedelta | None = None
    moved_to: str | None = None
    onion: str = ""
    is_moved: bool = False
    links: tuple[Link, ...] = ()
    note: str = ""
    elapsed: float = 0.0
    exchanges: tuple[Exchange, ...] = ()
    record: CaptureRecord | None = None
    peers: tuple[Peer, ...] = ()


class Quarantine(StrEnum):
    """Whether what an endpoint shows is kept from readers, and by whose decision.

    ``SUSPECT`` is ours. The operator's are ``CONFIRMED``, it is lost to the outlet, and ``RELEASED``, what it shows
    next is the outlet's own whatever it looks like.
    """

    NOT = ""
    SUSPECT = "suspect"
    CONFIRMED = "confirmed"
    RELEASED = "released"

    @property
    def is_quarantined(self) -> bool:
        """Whether nothing of it is published."""
        return self in (Quarantine.SUSPECT, Quarantine.CONFIRMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PermanentRedirect:
    """Where an endpoint says, by lasting redirects, that it has moved to: since when, and at how many polls.

    Once ``is_adopted``, requests go there.
    """

    to: str
    since: datetime
    times: int = 1
    is_adopted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """What the store holds about one endpoint of a source.

    ``parser_crashes`` counts the documents in a row that crashed the parser. ``last_full_at`` is when the endpoint last
    sent a document instead of word that nothing changed. Since ``good_since`` all its answers were good. ``latency`` is
    a moving average in seconds. ``quarantine`` says whether what it shows is kept from readers, because it looked like
    another outlet's. ``missing_archive`` could not be read after a gap. ``seen_items`` indexes the items of its last
    document, packed.
    """

    endpoint: str
    validators: Validators = field(default_factory=Validators)
    outcome: Outcome | None = None
    note: str = ""
    failures: float = 0.0
    tried_at: datetime | None = None
    good_at: datetime | None = None
    good_since: datetime | None = None
    next_try_at: datetime | None = None
    parser_crashes: int = 0
    last_full_at: datetime | None = None
    quarantine: Quarantine = Quarantine.NOT
    redirect: PermanentRedirect | None = None
    latency: float = 0.0
    missing_archive: str = ""
    seen_items: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """What a document says of one item: untrusted, everything optional.

    Datetimes are UTC; a point is latitude and longitude. ``other_links`` are addresses it gives beside its link.
    """

    guid: str | None = None
    link: str | None = None
    title: str | None = None
    title_is_html: bool = True
    summary: str | None = None
    content: str | None = None
    author: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    categories: tuple[str, ...] = ()
    enclosure: Enclosure | None = None
    point: tuple[float, float] | None = None
    base: str | None = None
    other_links: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What an article's page says: plain text; ``dateline`` is the place it was written from, as it is spelt there."""

    title: str
    byline: str
    dateline: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FullText:
    """The full text of an entry, from its page: clean HTML, the author, tags, the feeds that hold it; see ``Entry``.

    ``rules_fingerprint`` is that of the rules it was tagged and selected by.
    """

    html: str
    byline: str
    tags: tuple[Tag, ...] = ()
    feeds: tuple[str, ...] = ()
    fingerprint: bytes = b""
    credit: str = ""
    rules_fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingHints:
    """When a feed itself asks to be polled: after a pause; not in some hours (UTC), nor on some days (Monday is 0)."""

    pause: timedelta = timedelta(0)
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()


NO_HINTS = PollingHints()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDocument:
    """A document after parse, normalize and tag: its own title, what it asks of pollers, its links, its entries.

    ``seen_items`` indexes the items that it listed, packed, to be passed with the endpoint's next document;
    ``known_items`` counts the items that were in the index before and are not among ``entries``. ``rules_fingerprint``
    is that of the rules the entries were tagged and selected by. ``named`` are addresses that the entries name as the
    outlet's own, each with the words that do. ``note`` says what a person should know. If it ``was_checked`` against
    another way of reading, it ``disagrees`` or not. One that ``is_cut`` breaks off before its end.
    """

    title: str
    entries: tuple[Entry, ...]
    polling_hints: PollingHints = NO_HINTS
    links: tuple[Link, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    seen_items: bytes = b""
    known_items: int = 0
    rules_fingerprint: str = ""
    note: str = ""
    was_checked: bool = False
    disagrees: bool = False
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """A document that brings no entries: what kind of fault it has, and a note for a person."""

    outcome: Outcome
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a web page says: its title, language and site's name, its head's links, its anchors with their words.

    ``named`` are addresses that it names as its outlet's own, each with the words that do; ``select`` is where it seems
    to have stories. ``refresh`` is where it sends its visitors on to.
    """

    title: str
    language: str
    name: str
    links: tuple[Link, ...]
    anchors: tuple[tuple[str, str], ...]
    text: str = ""
    named: tuple[tuple[str, str], ...] = ()
    select: Select | None = None
    refresh: str = ""
