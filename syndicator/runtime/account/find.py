"""Find a story by what people know it by: its number, its uid, or the address of a page that tells it."""

from __future__ import annotations

from collections.abc import Iterator

from syndicator import urls
from syndicator.rules import Rules
from syndicator.store import Page, Transaction

_MOST_DIGITS = 12  # of a story's number


def number_of(tx: Transaction, rules: Rules, wanted: str) -> int | None:
    """Return the number of a story, None if it is known by nothing like that."""
    if wanted.isdecimal():
        return int(wanted) if len(wanted) <= _MOST_DIGITS else None
    if wanted.startswith("tag:"):
        return tx.stories.number_of(wanted)
    own_page = f"{rules.config.base_url}/stories/"
    if wanted.startswith(own_page):
        number = wanted.removeprefix(own_page)
        return number_of(tx, rules, number) if number.isdecimal() else None
    return next(iter(tx.copies.at_pages(list(_pages(rules, wanted)))), None)


def _pages(rules: Rules, address: str) -> Iterator[Page]:
    """Yield the pages under which an outlet may know an address."""
    absolute = urls.absolute(address)
    if absolute is None:
        return
    owner = rules.owner_of(absolute)
    own = urls.link_key(absolute, owner.bases) if owner else None
    if owner and own:
        yield Page(own, outlet=owner.id)
    if anyones := urls.link_key(absolute):
        yield Page(anyones)
