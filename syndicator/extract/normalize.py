"""RawEntry to Entry: plain titles, safe HTML, canonical links at the outlet's home, aware datetimes in UTC. Pure."""

from __future__ import annotations

import hashlib
import html
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from syndicator import urls
from syndicator.markup import LONGEST_TEXT, clean, cut, plain_text, safe_html, words_of_safe
from syndicator.models import Entry, RawEntry, Tag
from syndicator.text import words_of

LONGEST_TITLE = 500
LARGEST_DOCUMENT = 4_000_000
_BRIEF = 1000
_LONGEST_AUTHOR = 200
_LONGEST_CATEGORY = 100
_LONGEST_KEY = 1024
_FEWEST_COPY_WORDS = 25
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Classification(NamedTuple):
    """The language of a title and text, their tags, and the feeds that hold them; no language means the source's."""

    language: str = ""
    tags: tuple[Tag, ...] = ()
    feeds: tuple[str, ...] = ()


Classifier = Callable[[str, str], Classification]


def unclassified(_title: str, _text: str) -> Classification:
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
    was fetched: a date more than a day later is dropped. ``classify`` is called with title and text of each item.
    """
    unreliable, room = _unreliable_guids(raw_entries), LARGEST_DOCUMENT
    entries: dict[str, Entry] = {}
    for raw in raw_entries:
        is_guid_good = _clean_guid(raw.guid) not in unreliable
        entry = _entry(raw, url, bases, language, now, is_guid_good=is_guid_good, classify=classify)
        if entry is None:
            continue
        room -= len(entry.html)
        if room < 0:  # the later items of a document that large are cut
            entry = replace(entry, html=html.escape(cut(words_of_safe(entry.html), _BRIEF), quote=False))
        entries.setdefault(entry.key, entry)  # RFC 4287, 4.1.1: two with one id in a document are one
    oldest_first = list(reversed(entries.values()))
    dates = [entry.published for entry in oldest_first if entry.published]
    if len(dates) == len(oldest_first):
        oldest_first.sort(key=lambda entry: entry.published or now)
    return tuple(oldest_first)


def _entry(
    raw: RawEntry,
    url: str,
    bases: Sequence[str],
    language: str,
    now: datetime,
    *,
    is_guid_good: bool,
    classify: Classifier,
) -> Entry | None:
    base = url if raw.base in (None, url) else urls.absolute(raw.base, url) or url
    link = urls.absolute(raw.link, base)
    folded = urls.canonical(urls.fold(link, bases)) if link else None
    markup = safe_html(raw.content or raw.summary or "", base)
    text = cut(words_of_safe(markup), LONGEST_TEXT)
    title = _title(raw) or cut(text, 100)
    if not title and not folded:
        return None
    title_digest, text_digest, copy_digest = _digests(title, text)
    classification = classify(title, text)
    guid = _clean_guid(raw.guid) if is_guid_good else None
    link_key = urls.link_key(folded, bases) if folded else None
    return Entry(
        key=_key(guid, raw.link, link_key, bases, title_digest + text_digest),
        link=folded,
        link_key=link_key,
        title=title or folded or "",
        html=markup,
        title_digest=title_digest,
        text_digest=text_digest,
        copy_digest=copy_digest,
        author=_name(raw.author, _LONGEST_AUTHOR) or None if raw.author else None,
        published=_plausible(raw.published or raw.updated, now),
        language=classification.language or language,
        categories=tuple(dict.fromkeys(filter(None, (_name(each, _LONGEST_CATEGORY) for each in raw.categories)))),
        enclosure=raw.enclosure,
        point=raw.point,
        tags=classification.tags,
        feeds=classification.feeds,
    )


def _name(text: str, longest: int) -> str:
    """Return a name as plain text; no element says whether it is HTML, so whatever looks like HTML is dropped."""
    if "<" not in text and "&" not in text:
        return cut(" ".join(clean(text).split()), longest).replace(">", "")
    return cut(plain_text(text), longest).replace("<", "").replace(">", "")


def _unreliable_guids(raw_entries: Sequence[RawEntry]) -> set[str | None]:
    """Return the guids of items with different links in one document: they identify no item."""
    links = defaultdict(set)
    for raw in raw_entries:
        links[_clean_guid(raw.guid)].add(raw.link)
    return {guid for guid, seen in links.items() if len(seen) > 1}


def _clean_guid(guid: str | None) -> str | None:
    return guid.strip() or None if guid else None


def _key(guid: str | None, link: str | None, link_key: str | None, bases: Sequence[str], digest: str) -> str:
    """Return what identifies an item within its source: its guid, else its link, else a digest of its words.

    A guid that is an address of the outlet is used without its host: the key is the same at a mirror and after a move.
    """
    if guid:
        address = link_key if guid == link else _address(guid, bases)
        key = "guid:" + (address if address and address.startswith("~") else guid)
    elif link_key:
        key = f"link:{link_key}"
    else:
        key = "words:" + digest
    return key if len(key) <= _LONGEST_KEY else f"hash:{_digest(key.encode())}"


def _address(guid: str, bases: Sequence[str]) -> str | None:
    return urls.link_key(guid, bases) if "//" in guid and urls.absolute(guid) else None


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
