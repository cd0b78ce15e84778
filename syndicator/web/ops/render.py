"""From the models of operators' pages to HTML: no JavaScript, everything escaped."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from urllib.parse import urlsplit

from jinja2 import Environment
from markupsafe import Markup, escape

from syndicator import urls
from syndicator.models.ops import Command, DayTotal, Order, Wanted
from syndicator.models.ops_pages import (
    AlertsPage,
    ConfigurationPage,
    FeedsPage,
    OpsPage,
    OutletPage,
    OverviewPage,
    ProgressPage,
)
from syndicator.models.status import EndpointStatus
from syndicator.web.ops import drawings
from syndicator.web.ops.wanted import ROWS, query_of
from syndicator.web.templating import ago, environment

_TEMPLATES: dict[type[OpsPage], str] = {
    OverviewPage: "overview",
    OutletPage: "outlet",
    AlertsPage: "alerts",
    ConfigurationPage: "configuration",
    ProgressPage: "progress",
    FeedsPage: "feeds",
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_FEW = 10


def render_ops(page: OpsPage, *, root: str, twin: str) -> str:
    """Render a page. ``root`` is the relative address of what ``/`` is, ``twin`` that of the JSON."""
    here = _TEMPLATES[type(page)]
    return _environment().get_template(f"ops/{here}.html").render(page=page, root=root, twin=twin, here=here)


@cache
def _environment() -> Environment:
    made = environment()
    made.filters = {
        **made.filters,
        "age": age,
        "lasting": lasting,
        "naming": naming,
        "moment": moment,
        "stamp": stamp,
        "span": span,
        "signed": signed,
        "short_date": short_date,
        "per_day": per_day,
        "percent": percent,
        "sentence": sentence,
        "sentence_case": sentence_case,
        "strip": drawings.strip,
        "swatch": drawings.swatch,
        "day_bars": day_bars,
        "most_new": most_new,
        "query": query,
        "short_names": short_names,
        "host_key": urls.host_key,
        "decisions": decisions,
    }
    made.globals = {**made.globals, "orders": tuple(Order), "row_counts": ROWS}
    return made


def age(at: datetime, now: datetime) -> str:
    """Return how long ago a moment is: "22 min"."""
    return ago(at, now).removesuffix(" ago")


def lasting(since: datetime, now: datetime) -> str:
    """Return for how long something has lasted: "3 h 40"."""
    return span(max(0, int((now - since).total_seconds())))


def naming(words: str, name: str, language: str) -> Markup:
    """Return words of ours with a name in them set apart: it may be written from the other side."""
    if not name or name not in words:
        return escape(words)
    before, _, after = words.partition(name)
    return Markup('{}<bdi lang="{}">{}</bdi>{}').format(before, language, name, after)


def moment(at: datetime) -> str:
    """Return a moment in UTC: "6 Mar 2026, 14:02"."""
    return f"{at.day} {at:%b %Y, %H:%M}"


def stamp(at: datetime, now: datetime) -> str:
    """Return a moment as short as it can be understood: the time today, else the date too."""
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at.day} {at:%b %H:%M}"


def span(seconds: int) -> str:
    """Return a length of time: "1 h 20"; of less than a minute the seconds."""
    if seconds < _MINUTE:
        return f"{seconds} s"
    hours, minutes = seconds // _HOUR, seconds % _HOUR // _MINUTE
    if seconds >= _DAY:
        return f"{seconds // _DAY} d {hours % 24} h"
    return f"{hours} h {minutes:02}" if hours else f"{minutes} min"


def signed(seconds: int) -> str:
    """Return how much later something came, or earlier: "+ 9 min"."""
    return f"{'+' if seconds >= 0 else '−'} {span(abs(seconds))}"


def short_date(text: str) -> str:
    """Return a date without its year: "6 Feb"."""
    day = date.fromisoformat(text)
    return f"{day.day} {day:%b}"


def per_day(number: float) -> str:
    """Return a number of items a day; of few items the tenths count."""
    return f"{number:.1f}".removesuffix(".0") if number < _FEW else f"{number:,.0f}"


def percent(part: int, whole: int) -> int:
    """Return a share in percent."""
    return part * 100 // max(whole, 1)


def sentence(text: str) -> str:
    """Return words as a sentence."""
    return sentence_case(text if text.endswith((".", "!", "?")) else f"{text}.")


def sentence_case(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def day_bars(days: Sequence[DayTotal], label: str) -> Markup:
    """Draw new items a day."""
    numbers = [day.new for day in days if day.new is not None]
    unseen = len(days) - len(numbers)
    said = f"{label}, {short_date(days[0].date)} to {short_date(days[-1].date)}: " + (
        f"{min(numbers):,} to {max(numbers):,}" if numbers else "none known"
    )
    said += f"; on {unseen} of the days we did not look" if unseen and numbers else ""
    return drawings.bars(said, [(short_date(day.date), day.new) for day in days])


def most_new(days: Sequence[DayTotal]) -> int:
    """Return the largest number of new items on a day."""
    return max((day.new or 0 for day in days), default=0)


def query(wanted: Wanted, **changes: str) -> str:
    """Return the query of an address that asks for outlets."""
    return query_of(wanted, **changes)


def short_names(addresses: Sequence[str]) -> dict[str, str]:
    """Return by address what tells it apart from others: its host, that with its port, or all but the scheme."""
    names = {each: urlsplit(each).hostname or each for each in addresses}
    for longer in (urls.host_key, _without_scheme):
        repeated = {name for name, count in Counter(names.values()).items() if count > 1}
        names = {each: longer(each) if name in repeated else name for each, name in names.items()}
    return names


def _without_scheme(address: str) -> str:
    return address.partition("://")[2] or address


def decisions(endpoint: EndpointStatus) -> tuple[Command, ...]:
    """Return the commands that decide on an endpoint in quarantine."""
    address = shlex.quote(endpoint.url)
    return (
        Command(line=f"syndicator release {address}", effect="it is the outlet’s own: what it shows next is accepted"),
        Command(
            line=f"syndicator confirm {address}", effect="it is lost: asked once in thirty days, and not published"
        ),
    )
