"""How do an outlet's endpoints differ in what they show? Who is first, what is missing, what reads otherwise. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from syndicator.models import Appearance

# What was shown longer ago than this says nothing of how an endpoint is now.
WINDOW = timedelta(days=7)
_WORTH_TELLING = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One item that an endpoint shows otherwise than the home: ``fields`` of title, text and link."""

    key: str
    fields: tuple[str, ...]
    title: str
    home_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One endpoint beside the others of its source.

    ``lag`` is the median time for which it was seen to lack items that somebody showed already; ``missing`` are the
    titles of items that others have and it has not; ``seen`` counts the items it was judged by.
    """

    endpoint: str
    lag: timedelta
    seen: int
    missing: tuple[str, ...]
    differences: tuple[Difference, ...]


def compare(
    showings: Iterable[Appearance], home: str, good_at: Mapping[str, datetime | None], *, patience: timedelta
) -> list[Comparison]:
    """Compare the endpoints of one source, ``good_at`` saying when each last answered well.

    An item is missing at an endpoint that answered well after others had shown it for longer than ``patience``. What
    was there before all of them had been asked tells nothing of who was first, or of what is missing.
    """
    by_key: dict[str, dict[str, Appearance]] = defaultdict(dict)
    began: dict[str, datetime] = {}
    for showing in showings:
        by_key[showing.key][showing.endpoint] = showing
        began[showing.endpoint] = min(showing.first_at, began.get(showing.endpoint, showing.first_at))
    since = max(began.values(), default=None)
    if since is None:
        return []
    return [
        _compared(endpoint, by_key, home=home, since=since, until=asked_at - patience)
        for endpoint, asked_at in good_at.items()
        if asked_at is not None and endpoint in began
    ]


def _compared(
    endpoint: str, by_key: Mapping[str, Mapping[str, Appearance]], *, home: str, since: datetime, until: datetime
) -> Comparison:
    """Judge an endpoint by what was first shown after ``since``; it should have what was shown before ``until``."""
    lags, missing, differences = [], [], []
    for key, shown in by_key.items():
        own, first = shown.get(endpoint), min(each.first_at for each in shown.values())
        if own is None:
            if since < first < until:
                missing.append(next(iter(shown.values())).title)
            continue
        if first > since and len(shown) > 1:
            lags.append(max(0.0, ((own.absent_at or first) - first).total_seconds()))
        origin = shown.get(home)
        if origin is not None and (fields := changes(own, origin)):
            differences.append(Difference(key=key, fields=fields, title=own.title, home_title=origin.title))
    return Comparison(
        endpoint=endpoint,
        lag=timedelta(seconds=median(lags)) if lags else timedelta(0),
        seen=sum(endpoint in shown for shown in by_key.values()),
        missing=tuple(missing),
        differences=tuple(differences),
    )


def changes(one: Appearance, other: Appearance) -> tuple[str, ...]:
    """Say in what two showings of an item differ."""
    pairs = (
        ("title", one.title_digest, other.title_digest),
        ("text", one.text_digest, other.text_digest),
        ("link", one.link_key, other.link_key),
    )
    return tuple(name for name, here, there in pairs if here != there)


def told(comparison: Comparison) -> list[str]:
    """Say it in words, the worst first; nothing when there is nothing to say."""
    words = []
    if comparison.differences:
        each = comparison.differences[0]
        more = f", and {len(comparison.differences) - 1} more" if len(comparison.differences) > 1 else ""
        words.append(f'shows another {" and ".join(each.fields)} of "{each.home_title[:80]}"{more}')
    if comparison.missing:
        more = f", and {len(comparison.missing) - 1} more" if len(comparison.missing) > 1 else ""
        words.append(f'does not show "{comparison.missing[0][:80]}"{more}')
    if comparison.lag >= _WORTH_TELLING:
        words.append(f"lags by at least {_span(comparison.lag)}")
    return words


def _span(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds} s"
