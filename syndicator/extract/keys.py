"""By what an item is known again: its guid, else its link, else its words; each as it is, and as it was written before.

Whatever two items of one document differ in tells them apart. By itself a place in a page ("#u2") does not: some
outlets count their revisions there. Pure.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from syndicator import urls

_LONGEST_KEY = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What an item may be known by.

    ``key`` is what it is known by unless the rest of the document says otherwise, and ``exact`` what tells it from
    others that share it. ``others`` are keys by which it may stand in the store. ``link`` is its page's key,
    ``other_links`` those of its other addresses.
    """

    key: str
    exact: str
    others: tuple[str, ...]
    link: str | None
    other_links: tuple[str, ...]


def keys_of(
    guid: str | None,
    link: str | None,
    other_links: Iterable[str],
    *,
    bases: Sequence[str],
    words: str,
    given: str | None = None,
) -> Keys:
    """Return the keys of an item with a guid, a canonical link and other http(s) addresses; ``words`` is a digest.

    A guid that is an address of the outlet is used without its host: the key is the same at a mirror and after a move.
    ``given`` is the link as it was written.
    """
    link_key = urls.key_of(link, bases) if link else None
    places = tuple(dict.fromkeys(_link_keys(given or link, other_links, bases)))
    if guid:
        page = link_key if guid == given else None
        key, exact, former = _of_guid(guid, link, page, bases)
        known_by = [former]
    else:
        key, exact = _of_link(link, link_key, words)
        known_by = [f"link:{each}" for each in (link_key, *places) if each]
        known_by.append(f"words:{words}")
    key, exact, *known_by = map(_bounded, (key, exact, *known_by))
    others = dict.fromkeys(each for each in (exact, *known_by) if each != key)
    return Keys(
        key=key,
        exact=exact,
        others=tuple(others),
        link=link_key,
        other_links=tuple(each for each in places if each != link_key),
    )


def told_apart(keys: Sequence[Keys], words: Sequence[tuple[str, str]]) -> Mapping[str, bool]:
    """Return the keys that items of one document share and yet differ in their exact keys and in their words.

    ``words`` are digests of titles and texts, in the same order.
    """
    said = defaultdict[str, dict[str, tuple[str, str]]](dict)
    for each, digests in zip(keys, words, strict=True):
        if each.exact != each.key:
            said[each.key].setdefault(each.exact, digests)
    return {key: True for key, found in said.items() if len(set(found.values())) > 1}


def _of_guid(guid: str, link: str | None, page: str | None, bases: Sequence[str]) -> tuple[str, str, str]:
    """Return a guid's key, its exact key and its former one; ``page`` is its key as an address, if that is known."""
    spelt = urls.without_session(guid)
    if page is None:
        if "//" not in guid or urls.absolute(guid) is None:
            return (f"guid:{spelt}",) * 3
        page = urls.link_key(guid, bases)
    former = urls.former_link_key(guid, bases) if urls.is_respelt(guid) else page
    known_as = f"guid:{former if former and former.startswith('~') else guid}"
    if not page or not page.startswith("~"):
        return f"guid:{spelt}", f"guid:{spelt}", known_as
    place = urls.anchor(guid)
    exact = f"guid:{page}#{place}" if place else f"guid:{page}"
    # A link to the same place shows that the item is a part of the page; without it the guid may count revisions.
    is_part = place and link is not None and urls.anchor(link) == place
    return exact if is_part else f"guid:{page}", exact, known_as


def _of_link(link: str | None, link_key: str | None, words: str) -> tuple[str, str]:
    """Return the key of an item without a guid, and its exact key."""
    if link is None or link_key is None:
        return f"words:{words}", f"words:{words}"
    place = urls.anchor(link)
    return (f"link:{link_key}#{place}",) * 2 if place else (f"link:{link_key}", f"words:{words}")


def _link_keys(link: str | None, others: Iterable[str], bases: Sequence[str]) -> Iterator[str]:
    """Yield the keys of an item's addresses, as they are made now and as they were before."""
    for place, address in enumerate((link, *others)):
        if address is None:
            continue
        now = urls.link_key(address, bases) if place else None
        before = urls.former_link_key(address, bases) if urls.is_respelt(address) else now
        yield from filter(None, (now, before))


def _bounded(key: str) -> str:
    if len(key) <= _LONGEST_KEY:
        return key
    return f"hash:{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}"
