"""RawEntry to Entry: plain titles, safe HTML, canonical links at the outlet's home, aware datetimes in UTC. Pure."""

from __future__ import annotations

import hashlib
import html
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from syndicator import urls
from syndicator.extract.keys import Keys, keys_of, told_apart
from syndicator.fingerprint import fingerprint
from syndicator.markup import LONGEST_TEXT, clean, cut, plain_text, safe_html, words_of_safe
from syndicator.models import Entry, RawEntry, Tag
from syndicator.parse.credits import wire_credit
from syndicator.query import Details, details_of
from syndicator.text import words_of

LONGEST_TITLE = 500
LARGEST_DOCUMENT = 4_000_000
_BRIEF = 1000
_LONGEST_AUTHOR = 200
_LONGEST_CATEGORY = 100
_FEWEST_COPY_WORDS = 25
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_SLASHES_OF_HOME = 3


class Classification(NamedTuple):
    """The language of a title and text, their tags, and the feeds that hold them; no language means the source's."""

    language: str = ""
    tags: tuple[Tag, ...] = ()
    feeds: tuple[str, ...] = ()


class Normalized(NamedTuple):
    """A document's entries, oldest first, and how many of its items are none.

    ``empty`` have neither title nor link, ``repeated`` have the id of another one. ``shortened`` entries have lost the
    end of their text: the document has too much of it.
    """

    entries: tuple[Entry, ...]
    empty: int = 0
    repeated: int = 0
    shortened: int = 0


Classifier = Callable[[str, str, Details], Classification]


def unclassified(_title: str, _text: str, _details: Details) -> Classification:
    """Return a classification without language, tags and feeds."""
    return Classification()


def normalize(
    raw_entries: Sequence[RawEntry],
    *,
    url: str,
    bases: Sequence[str],
    language: str,
    now: datetime,
    classify: Classifier = unclassified,
) -> tuple[Entry, ...]:
    """Return a document's items as entries, oldest first; an item with neither title nor link is left out.

    Documents list their newest item first; where all items have dates, the order is that of the dates.

    ``url`` resolves relative links. ``bases`` are the outlet's addresses, its home first. ``now`` is when the document
    was fetched: a date more than a day later is dropped. ``classify`` is called with title, text and details of each.
    """
    return normalize_document(raw_entries, url=url, bases=bases, language=language, now=now, classify=classify).entries


def normalize_document(
    raw_entries: Sequence[RawEntry],
    *,
    url: str,
    bases: Sequence[str],
    language: str,
    now: datetime,
    classify: Classifier = unclassified,
) -> Normalized:
    """Return a document's entries, as ``normalize`` does, and what was left out or cut."""
    unreliable, room = _unreliable_guids(raw_entries), LARGEST_DOCUMENT
    made: list[tuple[Entry, Keys]] = []
    shortened = 0
    for raw in raw_entries:
        is_guid_good = _clean_guid(raw.guid) not in unreliable
        item = _entry(raw, url, bases, language, now, is_guid_good=is_guid_good, classify=classify)
        if item is None:
            continue
        entry, keys = item
        room -= len(entry.html)
        if room < 0:  # the later items of a document that large are cut
            shortened += 1
            entry = replace(entry, html=html.escape(cut(words_of_safe(entry.html), _BRIEF), quote=False))
        made.append((entry, keys))
    entries: dict[str, Entry] = {}
    for entry in _told_apart(made):
        entries.setdefault(entry.key, entry)  # RFC 4287, 4.1.1: two with one id in a document are one
    oldest_first = list(reversed(entries.values()))
    dates = [entry.published for entry in oldest_first if entry.published]
    if len(dates) == len(oldest_first):
        oldest_first.sort(key=lambda entry: entry.published or now)
    return Normalized(
        entries=tuple(oldest_first),
        empty=len(raw_entries) - len(made),
        repeated=len(made) - len(entries),
        shortened=shortened,
    )


def _told_apart(made: Sequence[tuple[Entry, Keys]]) -> Iterator[Entry]:
    """Yield entries, with their exact keys where the document has several that share the usual one."""
    shared = told_apart([keys for _, keys in made], [(entry.title_digest, entry.text_digest) for entry, _ in made])
    for entry, keys in made:
        if keys.key in shared and keys.exact != keys.key:
            others = (keys.key, *(each for each in keys.others if each != keys.exact))
            yield replace(entry, key=keys.exact, other_keys=others)
        else:
            yield entry


def _entry(
    raw: RawEntry,
    url: str,
    bases: Sequence[str],
    language: str,
    now: datetime,
    *,
    is_guid_good: bool,
    classify: Classifier,
) -> tuple[Entry, Keys] | None:
    base = url if raw.base in (None, url) else urls.absolute(raw.base, url) or url
    link = urls.absolute(raw.link, base)
    folded = urls.canonical(urls.fold(urls.unwrapped(link), bases)) if link else None
    markup = safe_html(raw.content or raw.summary or "", base)
    text = cut(words_of_safe(markup), LONGEST_TEXT)
    title = _title(raw) or cut(text, 100)
    if not title and not folded:
        return None
    title_digest, text_digest, copy_digest = _digests(title, text)
    guid = _clean_guid(raw.guid) if is_guid_good else None
    others = [found for each in raw.other_links if (found := urls.absolute(each, base))]
    keys = keys_of(guid, folded, others, bases=bases, words=title_digest + text_digest, given=link)
    author = _name(raw.author, _LONGEST_AUTHOR) or None if raw.author else None
    entry = Entry(
        key=keys.key,
        other_keys=keys.others,
        link=folded,
        link_key=keys.link,
        other_links=keys.other_links,
        title=title or folded or "",
        html=markup,
        title_digest=title_digest,
        text_digest=text_digest,
        copy_digest=copy_digest,
        author=author,
        published=_plausible(raw.published or raw.updated, now),
        language=language,
        categories=tuple(dict.fromkeys(filter(None, (_name(each, _LONGEST_CATEGORY) for each in raw.categories)))),
        enclosure=raw.enclosure,
        point=raw.point,
        pictures=raw.pictures,
        fingerprint=fingerprint(title, text),
        credit=wire_credit(title, text, author) or "",
    )
    of = classify(title, text, details_of(entry, ""))
    return replace(entry, language=of.language or language, tags=of.tags, feeds=of.feeds), keys


def _name(text: str, longest: int) -> str:
    """Return a name as plain text; no element says whether it is HTML, so whatever looks like HTML is dropped."""
    if "<" not in text and "&" not in text:
        return cut(" ".join(clean(text).split()), longest).replace(">", "")
    return cut(plain_text(text), longest).replace("<", "").replace(">", "")


def _unreliable_guids(raw_entries: Sequence[RawEntry]) -> set[str | None]:
    """Return the guids of items with different links in one document: they identify no item.

    Neither does a home page that is the guid of items with different titles.
    """
    links = defaultdict(set)
    for raw in raw_entries:
        guid = _clean_guid(raw.guid)
        links[guid].add((raw.link, raw.title if guid and _is_home_page(guid) else None))
    return {guid for guid, seen in links.items() if len(seen) > 1}


def _is_home_page(guid: str) -> bool:
    return guid.count("/") <= _SLASHES_OF_HOME and (home := urls.absolute(guid)) is not None and not urls.link_key(home)


def _clean_guid(guid: str | None) -> str | None:
    return guid.strip() or None if guid else None


def _title(raw: RawEntry) -> str:
    title = raw.title or ""
    return cut(plain_text(title if raw.title_is_html else html.escape(title)), LONGEST_TITLE)


def _plausible(date: datetime | None, now: datetime) -> datetime | None:
    return date if date is not None and _OLDEST <= date <= now + _DAY else None


def _digests(title: str, text: str) -> tuple[str, str, str | None]:
    of_title, of_text = words_of(title).folded(), words_of(text).folded()
    head, body = (" ".join(words).encode("utf-8", "replace") for words in (of_title, of_text))
    is_long = len(of_title) + len(of_text) >= _FEWEST_COPY_WORDS
    return _digest(head), _digest(body), _digest(b" ".join(filter(None, (head, body)))) if is_long else None


def _digest(text: bytes) -> str:
    return hashlib.blake2b(text, digest_size=12).hexdigest()
