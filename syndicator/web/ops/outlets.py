"""Build what is shown of outlets: rows, and the page of one with its addresses side by side. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from syndicator import urls
from syndicator.models import Appearance
from syndicator.models.days import EVERY_SOURCE, STRIP_DAYS, DayCount, by_day, date_of, day_of, letters
from syndicator.models.ops import Carried, DayTotal, OutletRow, OutletState, SourcePanel
from syndicator.models.ops_pages import OutletPage
from syndicator.models.status import EndpointStatus, Health, SourceStatus
from syndicator.web.ops.parts import alert_row, country_name, event_row, frame_of
from syndicator.web.ops.records import Counts, OutletRecords
from syndicator.web.ops.view import Listed, OpsView

BAR_DAYS = 30
# So many days tell what is usual; no less do.
_LEAST_DAYS = 7
_LONGEST_NOTE = 52
_MOST_CARRIED = 12


def sources_of(outlets: Iterable[Listed]) -> list[str]:
    """Return the ids of all sources of some outlets."""
    return [source.id for each in outlets for source in each.status.sources]


def outlet_row(view: OpsView, outlet: Listed, days: Counts) -> OutletRow:
    """Return an outlet's row; ``days`` are by source."""
    status, today = outlet.status, day_of(view.status.made_at)
    counts = _counts(outlet, days)
    return OutletRow(
        id=status.id,
        name=status.name,
        country=status.country,
        language=status.language,
        state=outlet.state,
        strip=letters(counts, today, view.silences_of.get(status.id, ())),
        per_day=_per_day(counts, today),
        last_news_at=outlet.last_news_at,
        note=_cut(_note(view, outlet).removeprefix(f"{status.name} ")),
    )


def outlet_page(view: OpsView, outlet: Listed, records: OutletRecords) -> OutletPage:
    """Return the page of an outlet."""
    status, today = outlet.status, day_of(view.status.made_at)
    counts = _counts(outlet, records.days)
    return OutletPage(
        frame=frame_of(view),
        outlet=status,
        country_name=country_name(view, status.country),
        state=outlet.state,
        file=f"outlets/{status.id}.toml",
        alerts=tuple(alert_row(view, each) for each in view.alerts_of.get(status.id, ())),
        strip=letters(counts, today, view.silences_of.get(status.id, ())),
        per_day=_per_day(counts, today),
        days=day_totals(counts, today),
        sources=tuple(_panel(each, records, today) for each in status.sources),
        rhythm=records.rhythm,
        events=tuple(event_row(view, each) for each in records.events),
    )


def day_totals(counts: Mapping[int, DayCount], today: int) -> tuple[DayTotal, ...]:
    """Return the last days with how many new items each brought."""
    return tuple(
        DayTotal(date=date_of(day).isoformat(), new=counts[day].new if day in counts and counts[day].polls else None)
        for day in range(today - BAR_DAYS + 1, today + 1)
    )


def all_totals(days: Counts, today: int) -> tuple[DayTotal, ...]:
    """Return the last days of all sources together."""
    return day_totals(by_day(days.get(EVERY_SOURCE, ())), today)


def first_day(made_at: datetime) -> int:
    """Return the first day of a strip that ends today."""
    return day_of(made_at) - STRIP_DAYS + 1


def _counts(outlet: Listed, days: Counts) -> dict[int, DayCount]:
    return by_day(count for source in outlet.status.sources for count in days.get(source.id, ()))


def _per_day(counts: Mapping[int, DayCount], today: int) -> float | None:
    """Return the mean of new items on the days before today on which anybody answered; of fewer than a week, None."""
    seen = [
        each.new
        for day, each in counts.items()
        if today - BAR_DAYS <= day < today and (each.new or each.failed < each.polls)
    ]
    return round(sum(seen) / len(seen), 1) if len(seen) >= _LEAST_DAYS else None


def _note(view: OpsView, outlet: Listed) -> str:
    """Return the one thing to say in a row: the alert of who is silent, else what the worst address says."""
    alerts = view.alerts_of.get(outlet.status.id, ())
    if alerts and outlet.state in (OutletState.SILENT, OutletState.SHAKY, OutletState.QUARANTINED):
        return alerts[0].words
    endpoints = [each for source in outlet.status.sources for each in source.endpoints]
    worst = max(endpoints, key=lambda each: each.health.severity, default=None)
    if worst is None:
        return ""
    if worst.health not in (Health.WORKING, Health.UNPOLLED):
        return ": ".join(filter(None, ((worst.outcome or "").replace("_", " "), worst.note)))
    return next((note for each in endpoints for note in _remarks(each)), "")


def _remarks(endpoint: EndpointStatus) -> Iterator[str]:
    if endpoint.comparison:
        yield from endpoint.comparison.notes
    if endpoint.moved_to:
        yield f"has moved to {endpoint.moved_to}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_NOTE else f"{text[: _LONGEST_NOTE - 1].rstrip()}…"


def _panel(source: SourceStatus, records: OutletRecords, today: int) -> SourcePanel:
    carried = list(_carried(source, records.shown.get(source.id, ())))
    hosts = {urls.host_key(each.url) for each in source.endpoints}
    return SourcePanel(
        source=source,
        strip=letters(by_day(records.days.get(source.id, ())), today),
        carried=tuple(carried[:_MOST_CARRIED]),
        carried_count=len(carried),
        polled=records.polled.get(source.id, ""),
        doors={host: door for host, door in records.doors.items() if host in hosts},
    )


def _carried(source: SourceStatus, shown: Sequence[Appearance]) -> Iterator[Carried]:
    """Yield the items that addresses showed, the latest first, with how much later than the home each did."""
    if len(source.endpoints) < 2:  # noqa: PLR2004
        return
    addresses = [each.url for each in source.endpoints]
    items: dict[str, dict[str, Appearance]] = {}
    for each in shown:
        items.setdefault(each.key, {})[urls.redact(each.endpoint)] = each
    for at in sorted(items.values(), key=_first_at, reverse=True):
        yield _carried_item(at, addresses[0], addresses[1:])


def _first_at(at: Mapping[str, Appearance]) -> datetime:
    return min(each.first_at for each in at.values())


def _carried_item(at: Mapping[str, Appearance], home: str, others: Sequence[str]) -> Carried:
    first = at.get(home)
    base = first.first_at if first else _first_at(at)
    told = first or next(iter(at.values()))
    return Carried(
        title=told.title,
        at=first.first_at if first else None,
        later={each: int((at[each].first_at - base).total_seconds()) if each in at else None for each in others},
        differing=tuple(
            each for each in others if first and each in at and at[each].title_digest != first.title_digest
        ),
    )
