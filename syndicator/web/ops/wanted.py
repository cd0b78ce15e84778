"""Read which outlets an address asks for, and write it back: what is not asked for is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from syndicator.models.ops import NOT_WELL, Order, OutletState, Wanted

ROWS = (40, 100, 500)
_LONGEST = 200


class NotWantedError(ValueError):
    """What is asked for makes no sense; the text says why."""


def wanted_from(query: Mapping[str, str]) -> Wanted:
    """Return what the query of an address asks for. Raise NotWantedError."""
    texts = {name: query.get(name, "").strip() for name in ("state", "country", "language", "words", "after")}
    for name, text in texts.items():
        if len(text) > _LONGEST:
            message = f"{name} is too long: {_LONGEST} letters are enough."
            raise NotWantedError(message)
    states = ("", NOT_WELL, *OutletState)
    if texts["state"] not in states:
        message = f"There is no such state; there are: {', '.join(states[1:])}."
        raise NotWantedError(message)
    return Wanted(**texts, order=_order(query.get("order", "")), rows=_rows(query.get("rows", "")))


def _order(text: str) -> Order:
    try:
        return Order(text or Order.WORST)
    except ValueError:
        message = f"There is no such order; there are: {', '.join(Order)}."
        raise NotWantedError(message) from None


def _rows(text: str) -> int:
    rows = {"": ROWS[0], **{str(each): each for each in ROWS}}
    if text not in rows:
        message = f"rows is one of {', '.join(map(str, ROWS))}."
        raise NotWantedError(message)
    return rows[text]


def query_of(wanted: Wanted, **changes: str) -> str:
    """Return what asks for the same but for some changes, from ``?`` on; empty for what is usual."""
    asked = {
        "state": wanted.state,
        "country": wanted.country,
        "language": wanted.language,
        "words": wanted.words,
        "order": "" if wanted.order is Order.WORST else wanted.order,
        "rows": "" if wanted.rows == ROWS[0] else str(wanted.rows),
        **changes,
    }
    given = {name: text for name, text in asked.items() if text}
    return f"?{urlencode(given)}" if given else ""
