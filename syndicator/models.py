"""The nouns, in the field's own terms. Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

# --- what the operator wrote down ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How an endpoint is asked: through which proxy (an address, ``environment``, none), and by robots.txt or not."""

    proxy: str = ""
    heeds_robots: bool = True


DIRECT = Way()


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """CSS selectors for the stories of a page, and for what each says; what is empty is found as it usually stands."""

    item: str
    link: str = ""
    title: str = ""
    text: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One thing that is polled. Asked at each of its endpoint URLs, the home one first.

    ``kind`` is feed, sitemap or page; a page's stories are where ``select`` points. Where ``text`` is page, not feed,
    what is thin is read whole at its own address. ``ways`` has the endpoints that are not simply asked.
    """

    id: str
    outlet: str
    endpoints: tuple[str, ...]
    language: str
    interval: timedelta | None = None
    kind: str = "feed"
    select: Select | None = None
    text: str = "feed"
    ways: Mapping[str, Way] = field(default_factory=dict, hash=False)

    @property
    def home(self) -> str:
        """The endpoint at the outlet's own domain."""
        return self.endpoints[0]

    def way(self, endpoint: str) -> Way:
        """Give how an endpoint is asked."""
        return self.ways.get(endpoint, DIRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher under one identity, however many addresses it has.

    ``mode`` is failover; or race, where the next endpoint is asked too when one is slow; or compare, where endpoints
    that need not answer are read as well, at a lower rate. Mirrors that are ``trusted`` may add items that lead
    elsewhere.
    """

    id: str
    name: str
    country: str
    language: str
    home: str
    mirrors: tuple[str, ...] = ()
    links: str = "working"
    mode: str = "failover"
    trusted: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def bases(self) -> tuple[str, ...]:
        """Home and mirrors, home first."""
        return (self.home, *self.mirrors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A topic in several languages; ``terms`` are exact words, phrases, or beginnings ending in ``*``."""

    id: str
    label: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """An output feed: everything that ``where`` holds, newest ``limit`` first."""

    name: str
    title: str
    where: str
    description: str = ""
    formats: tuple[str, ...] = ("atom", "rss")
    limit: int = 100


# --- what a poll brings ----------------------------------------------------------------------------


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
    QUARANTINED = "quarantined"
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


_GOOD = frozenset({Outcome.OK, Outcome.UNCHANGED, Outcome.NOT_MODIFIED})
_HOST_DOWN = frozenset(
    {Outcome.DNS_ERROR, Outcome.CONNECT_ERROR, Outcome.TLS_ERROR, Outcome.TIMEOUT, Outcome.SERVER_ERROR}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave to make the next request conditional, byte for byte (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What asking one endpoint brought: bytes, or none and an outcome that says why."""

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
    links: tuple[Link, ...] = ()
    note: str = ""
    elapsed: float = 0.0


class Held(StrEnum):
    """Whether what an endpoint shows is kept from readers, and by whose word.

    ``SUSPECT`` is ours. The operator's are ``CONFIRMED``, it is lost to the outlet, and ``RELEASED``, what it shows
    next is the outlet's own whatever it looks like.
    """

    NOT = ""
    SUSPECT = "suspect"
    CONFIRMED = "confirmed"
    RELEASED = "released"

    @property
    def is_held(self) -> bool:
        """Whether nothing of it is published."""
        return self in (Held.SUSPECT, Held.CONFIRMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where an endpoint says, by lasting redirects, that it has moved to: since when, and at how many polls.

    Once ``is_adopted`` it is asked there.
    """

    to: str
    since: datetime
    times: int = 1
    is_adopted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """What is remembered of one endpoint of a source.

    ``kills`` counts the documents in a row that the parser did not survive; ``whole_at`` is when it last gave a
    document, the same or another, instead of word that nothing changed. ``latency`` is how many seconds an answer
    takes, the latest counting most. What it shows is ``held`` back, since it looked like another outlet's, until the
    operator has decided. ``wanted`` is the archive that could not be read after a gap.
    """

    endpoint: str
    validators: Validators = field(default_factory=Validators)
    outcome: Outcome | None = None
    note: str = ""
    failures: float = 0.0
    tried_at: datetime | None = None
    good_at: datetime | None = None
    next_try_at: datetime | None = None
    kills: int = 0
    whole_at: datetime | None = None
    held: Held = Held.NOT
    move: Move | None = None
    latency: float = 0.0
    wanted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """What a document says of one item: untrusted, everything optional.

    Datetimes are UTC; a point is latitude and longitude.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What an article's page says: plain text; ``dateline`` is the place it was written from, as it is spelt there."""

    title: str
    byline: str
    dateline: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """An attached media file."""

    url: str
    type: str
    length: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item made safe: plain title, clean HTML, canonical link, folded onto the outlet's home.

    ``key`` tells it from the source's other items. Its plain text is read off ``html``: see ``markup.words_of_safe``.
    Digests are of folded words, so that a change of markup, case or punctuation is none; ``copy_digest`` is None where
    there are too few words to tell a copy from a coincidence. ``feeds`` are those whose filters held it when it was
    made.
    """

    key: str
    link: str | None
    link_key: str | None
    title: str
    html: str
    title_digest: str
    text_digest: str
    copy_digest: str | None
    author: str | None
    published: datetime | None
    language: str
    categories: tuple[str, ...] = ()
    enclosure: Enclosure | None = None
    point: tuple[float, float] | None = None
    tags: tuple[Tag, ...] = ()
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """An entry's whole text, as its page has it: clean HTML, who wrote it, what it is about, which feeds hold it.

    ``asked`` is the print of what it was tagged and chosen by.
    """

    html: str
    byline: str
    tags: tuple[Tag, ...] = ()
    feeds: tuple[str, ...] = ()
    asked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a feed itself asks to be polled: after a pause; not in some hours (UTC), nor on some days (Monday is 0)."""

    pause: timedelta = timedelta(0)
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()


AT_ANY_TIME = Rhythm()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a document points beside its items, and as what: ``hub``, ``self``, ``prev-archive``, ``alternate``."""

    rel: str
    href: str
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A document after parse, normalize and tag: its own title, what it asks of pollers, its links, its entries.

    ``items`` is what it listed, packed, to be given back with the endpoint's next document; ``known`` counts the items
    that were known by that, and are not among ``entries``. ``asked`` is the print of what the entries were
    tagged and chosen by. ``named`` are addresses that the entries name as the outlet's own, each with the words that
    do. ``note`` says what a person should know. If it ``was_checked`` against another way of reading,
    it ``disagrees`` or not.
    """

    title: str
    entries: tuple[Entry, ...]
    rhythm: Rhythm = AT_ANY_TIME
    links: tuple[Link, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    items: bytes = b""
    known: int = 0
    asked: str = ""
    note: str = ""
    was_checked: bool = False
    disagrees: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a source is known by: its title, the hosts its items lead to, the scripts and words of their titles.

    ``hosts`` and ``words`` have the latest first; ``scripts`` are shares of all letters; ``familiar`` is the share of a
    new document's words that is known by experience.
    """

    title: str
    hosts: tuple[str, ...]
    scripts: Mapping[str, float]
    words: tuple[str, ...]
    familiar: float
    learned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a web page says: its title, language and site's name, its head's links, its anchors with their words.

    ``named`` are addresses that it names as its outlet's own, each with the words that do; ``select`` is where it seems
    to have stories.
    """

    title: str
    language: str
    name: str
    links: tuple[Link, ...]
    anchors: tuple[tuple[str, str], ...]
    text: str = ""
    named: tuple[tuple[str, str], ...] = ()
    select: Select | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A hub that a source's home names, and the topic to subscribe to there (WebSub, 4)."""

    source: str
    hub: str
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What was asked of a hub. ``token`` is the secret part of our callback; ``until`` is when it ends."""

    token: str
    source: str
    hub: str
    topic: str
    secret: str
    is_active: bool = False
    until: datetime | None = None


class HintKind(StrEnum):
    """What a suggested address rests on."""

    NAMED = "named"
    ONION = "onion"
    MOVED = "moved"
    LINKED = "linked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """An address that may be an outlet's as well, and the words or header that say so."""

    outlet: str
    address: str
    kind: HintKind
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A hint as it was met: since when, how often, and whether the operator wants none of it."""

    hint: Hint
    first_at: datetime
    last_at: datetime
    times: int
    is_dismissed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """An item as one endpoint shows it: since when, and what it says.

    At ``absent_at`` the endpoint was read last without it; None if it stood in the first document.
    """

    key: str
    endpoint: str
    first_at: datetime
    absent_at: datetime | None
    title: str
    title_digest: str
    text_digest: str
    link_key: str | None


# --- what is decided and kept ----------------------------------------------------------------------


class Verdict(StrEnum):
    """What an entry is to us."""

    NEW = "new"
    UPDATED = "updated"
    COPY = "copy"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An entry as it was last taken in: which story it stands for, what it said.

    ``story`` is None once retention has let the story go: the entry is still known, and must not come back as new.
    ``is_confirmed`` says that the story has been shown by its outlet's home, not only by a mirror.
    """

    id: int
    source: str
    story: int | None
    origin: str
    title_digest: str
    text_digest: str
    link_key: str | None
    published: datetime | None
    seen_at: datetime
    is_confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows that bears on one document's entries.

    ``sightings`` by entry key within the source, ``links`` by link key within the outlet, ``texts``: the number of
    the story that first had these very words, by copy digest, anywhere.
    """

    sightings: Mapping[str, Sighting]
    links: Mapping[str, Sighting]
    texts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done with one entry, and why, in words.

    ``story`` is the story it belongs to; for a new one it is None, and None too where ``repeats`` says that it belongs
    to the new story of an earlier decision of the same document. ``sighting`` is the known entry that this one is,
    ``retires`` the one whose key it takes over: what that stood for is still known by its page and words. ``changed``
    names what the source now says otherwise (title, text, link); only with UPDATED does the story follow.
    ``is_rekeyed``: the known entry has another key now; ``is_confirming``: the outlet's home shows a story that only a
    mirror had.
    """

    verdict: Verdict
    entry: Entry
    reason: str
    story: int | None = None
    sighting: int | None = None
    repeats: int | None = None
    changed: tuple[str, ...] = ()
    is_rekeyed: bool = False
    is_confirming: bool = False
    retires: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The words a tag rests on: ``field`` is title or text, ``start`` and ``end`` count characters in it."""

    field: str
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A statement about a story. ``path`` runs from the widest holder to the term itself: SY, SY-ID."""

    scheme: str
    term: str
    label: str
    path: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What readers get. ``uid`` never changes; ``updated`` moves only when its words did."""

    id: int
    uid: str
    outlet: str
    source: str
    source_title: str
    title: str
    html: str
    link: str | None
    author: str | None
    language: str
    published: datetime | None
    first_seen: datetime
    updated: datetime
    categories: tuple[str, ...] = ()
    enclosure: Enclosure | None = None
    point: tuple[float, float] | None = None
    tags: tuple[Tag, ...] = ()
    outlets: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One poll of one source, told: what each endpoint asked answered, and what came of it.

    ``compared`` are documents of endpoints that need not have been asked.
    """

    source: str
    documents: tuple[Document, ...]
    verdicts: Mapping[Verdict, int]
    revised: Mapping[str, int]
    next_due: datetime
    compared: tuple[Document, ...] = ()
    failed_over: bool = False

    @property
    def outcome(self) -> Outcome:
        """The outcome of the last endpoint asked, which is the one that counts."""
        return self.documents[-1].outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """How far an output feed's files are behind its members."""

    name: str
    version: int
    rendered: int
    changed_at: datetime
    members: int = 0
