"""Compare what an outlet's endpoints show: lag, missing items, differing texts. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from syndicator.models import Appearance

# Older appearances say nothing about the present state of an endpoint.
WINDOW = timedelta(days=7)
_LEAST_LAG = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One item that differs between an endpoint and the home, in ``fields``: some of title, text and link."""

    key: str
    fields: tuple[str, ...]
    title: str
    home_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One endpoint compared with the others of its source.

    ``lag`` is the median time for which the endpoint was observed without items that another endpoint had. ``missing``
    are the titles of items that only others have. ``seen`` counts the items compared.
    """

    endpoint: str
    lag: timedelta
    seen: int
    missing: tuple[str, ...]
    differences: tuple[Difference, ...]


def compare(
    appearances: Iterable[Appearance], home: str, good_at: Mapping[str, datetime | None], *, patience: timedelta
) -> list[Comparison]:
    """Compare the endpoints of one source; ``good_at`` is each endpoint's last success.

    An item is missing at an endpoint that succeeded after others had shown the item for longer than ``patience``. Items
    from before the first request to every endpoint are ignored: they prove neither a lag nor an omission.
    """
    by_key: dict[str, dict[str, Appearance]] = defaultdict(dict)
    began: dict[str, datetime] = {}
    for each in appearances:
        by_key[each.key][each.endpoint] = each
        began[each.endpoint] = min(each.first_at, began.get(each.endpoint, each.first_at))
    since = max(began.values(), default=None)
    if since is None:
        return []
    return [
        _compared(endpoint, by_key, home=home, since=since, until=at - patience)
        for endpoint, at in good_at.items()
        if at is not None and endpoint in began
    ]


def _compared(
    endpoint: str, by_key: Mapping[str, Mapping[str, Appearance]], *, home: str, since: datetime, until: datetime
) -> Comparison:
    """Compare an endpoint by items that first appeared after ``since``; it should have those from before ``until``."""
    lags, missing, differences = [], [], []
    for key, by_endpoint in by_key.items():
        own, first = by_endpoint.get(endpoint), min(each.first_at for each in by_endpoint.values())
        if own is None:
            if since < first < until:
                missing.append(next(iter(by_endpoint.values())).title)
            continue
        if first > since and len(by_endpoint) > 1:
            lags.append(max(0.0, ((own.absent_at or first) - first).total_seconds()))
        at_home = by_endpoint.get(home)
        if at_home is not None and (fields := changes(own, at_home)):
            differences.append(Difference(key=key, fields=fields, title=own.title, home_title=at_home.title))
    return Comparison(
        endpoint=endpoint,
        lag=timedelta(seconds=median(lags)) if lags else timedelta(0),
        seen=sum(endpoint in by_endpoint for by_endpoint in by_key.values()),
        missing=tuple(missing),
        differences=tuple(differences),
    )


def changes(one: Appearance, other: Appearance) -> tuple[str, ...]:
    """Return the fields in which two appearances of an item differ."""
    pairs = (
        ("title", one.title_digest, other.title_digest),
        ("text", one.text_digest, other.text_digest),
        ("link", one.link_key, other.link_key),
    )
    return tuple(name for name, here, there in pairs if here != there)


def describe(comparison: Comparison) -> list[str]:
    """Return notes for the operator, the most serious first; none if nothing differs."""
    notes = []
    if comparison.differences:
        each = comparison.differences[0]
        more = f", and {len(comparison.differences) - 1} more" if len(comparison.differences) > 1 else ""
        notes.append(f'shows another {" and ".join(each.fields)} of "{each.home_title[:80]}"{more}')
    if comparison.missing:
        more = f", and {len(comparison.missing) - 1} more" if len(comparison.missing) > 1 else ""
        notes.append(f'does not show "{comparison.missing[0][:80]}"{more}')
    if comparison.lag >= _LEAST_LAG:
        notes.append(f"lags by at least {_span(comparison.lag)}")
    return notes


def _span(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds} s"
