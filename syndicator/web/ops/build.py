"""Build the pages but those of outlets: overview, alerts, configuration, progress, feeds. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from syndicator.errors import Problem
from syndicator.models.alerts import Alert, OpsEvent, SubjectKind
from syndicator.models.days import day_of
from syndicator.models.ops import NOT_WELL, Choice, CountryRow, OutletState, Step, Wanted
from syndicator.models.ops_pages import AlertsPage, ConfigurationPage, FeedsPage, OverviewPage, ProgressPage
from syndicator.plural import counted
from syndicator.web.ops.outlets import all_totals, outlet_row
from syndicator.web.ops.parts import alert_row, country_name, event_row, file_problem, frame_of
from syndicator.web.ops.records import Counts
from syndicator.web.ops.view import Chosen, OpsView, alert_key

# Of alerts the overview shows so many, the page of alerts this many at a time.
_FIRST_ALERTS, _ALERTS_AT_ONCE, _ENDED = 5, 100, 20
_RECENT = timedelta(days=7)
_MOST_COUNTRIES, _FEWEST_UNWELL, _SHARE = 6, 3, 0.2
_FEEDS_AT_ONCE = 200
# How often a page asks again: while this machine is offline, and while something is under way.
_OFFLINE_SECONDS, _BUSY_SECONDS = 30, 5
_MOST_WAITING = 20


def overview_page(view: OpsView, wanted: Wanted, chosen: Chosen, days: Counts) -> OverviewPage:
    """Return the front page."""
    status = view.status
    recent = status.made_at - _RECENT
    return OverviewPage(
        frame=frame_of(view),
        outlets=status.counts.outlets,
        sources=status.counts.sources,
        addresses=sum(len(source.endpoints) for outlet in status.outlets for source in outlet.sources),
        not_well=view.not_well,
        unpolled=status.counts.unpolled,
        alert_count=len(view.open),
        alerts=tuple(alert_row(view, each) for each in view.open[:_FIRST_ALERTS]),
        ended=sum(each.cleared_at is not None and each.cleared_at >= recent for each in view.alerts.ended),
        mirror_suggestions=status.counts.mirror_suggestions,
        unwritten_feeds=sum(each.problem is not None for each in status.feeds),
        days=all_totals(days, day_of(status.made_at)),
        countries=tuple(_countries(view))[:_MOST_COUNTRIES],
        states=tuple(_states(view)),
        choices_country=_choices(view.countries, {code: country_name(view, code) for code in view.countries}),
        choices_language=_choices(view.languages, {}),
        wanted=wanted,
        matching=chosen.matching,
        first=chosen.first,
        rows=tuple(outlet_row(view, each, days) for each in chosen.outlets),
        next_after=chosen.next_after,
        processes=status.processes,
    )


def _states(view: OpsView) -> Iterator[Choice]:
    if view.not_well:
        yield Choice(value=NOT_WELL, name=NOT_WELL, count=view.not_well)
    for state in sorted(OutletState, key=lambda each: each.rank):
        if view.states.get(state):
            yield Choice(value=state, name=state, count=view.states[state])


def _choices(counts: Mapping[str, int], names: Mapping[str, str]) -> tuple[Choice, ...]:
    found = (Choice(value=value, name=names.get(value, value), count=count) for value, count in counts.items() if value)
    return tuple(sorted(found, key=lambda each: each.name))


def _countries(view: OpsView) -> Iterator[CountryRow]:
    """Yield countries with an alert of their own, then those of whose outlets an unusual share is not well."""
    alerted = set()
    for alert in view.open:
        if alert.subject.kind is SubjectKind.COUNTRY:
            alerted.add(alert.subject.id)
            name = country_name(view, alert.subject.id)
            yield CountryRow(country=alert.subject.id, name=name, words=alert.words, detail="")
    shares = {
        code: sum(states.values()) / view.countries[code] for code, states in view.unwell_by_country.items() if code
    }
    for code in sorted(shares, key=lambda each: (-shares[each], each)):
        states, total = view.unwell_by_country[code], view.countries[code]
        if code not in alerted and sum(states.values()) >= _FEWEST_UNWELL and shares[code] >= _SHARE:
            detail = f"{shares[code]:.0%} of its outlets"
            yield CountryRow(country=code, name=country_name(view, code), words=_said(states, total), detail=detail)


def _said(states: Counter[OutletState], total: int) -> str:
    first, *more = [f"{states[state]:,} {state}" for state in sorted(states, key=lambda each: each.rank)]
    number, _, word = first.partition(" ")
    return ", ".join((f"{number} of {total:,} {word}", *more))


def alerts_page(view: OpsView, after: str, log: Sequence[OpsEvent], limit: int) -> AlertsPage:
    """Return the alerts that are open, after a key; and a part of the log, of which there is more if it is full."""
    left = [each for each in view.open if not after or alert_key(each) > _alert_after(after)]
    shown, ended = left[:_ALERTS_AT_ONCE], sorted(view.alerts.ended, key=_ended_at, reverse=True)
    last = shown[-1] if len(left) > len(shown) else None
    return AlertsPage(
        frame=frame_of(view),
        open_count=len(view.open),
        open=tuple(alert_row(view, each) for each in shown),
        next_open=f"{int(last.severity)}~{last.id}" if last else "",
        ended=tuple(alert_row(view, each) for each in ended[:_ENDED]),
        log=tuple(event_row(view, each) for each in log),
        next_before=log[-1].id if len(log) == limit else None,
    )


def _alert_after(key: str) -> tuple[int, int]:
    severity, _, id_ = key.partition("~")
    return (-int(severity), -int(id_)) if severity.isdecimal() and id_.isdecimal() else (-9, 0)


def _ended_at(alert: Alert) -> float:
    return alert.cleared_at.timestamp() if alert.cleared_at else 0.0


def configuration_page(view: OpsView) -> ConfigurationPage:
    """Return what is wrong with the configuration."""
    config, counts = view.config, view.status.counts
    known = set(map(str, config.problems))
    others = [Problem("", "", text) for text in view.status.config_problems if text not in known]
    return ConfigurationPage(
        frame=frame_of(view),
        folder=config.folder,
        problems=tuple(file_problem(each, config.left_out) for each in (*config.problems, *others)),
        warnings=tuple(file_problem(each, None) for each in config.warnings),
        outlets=counts.outlets,
        sources=counts.sources,
        feeds=counts.feeds,
        concepts=config.concepts,
    )


def progress_page(view: OpsView) -> ProgressPage:
    """Return what is under way."""
    steps = tuple(_steps(view))
    is_busy = any(each.done < each.total for each in steps)
    refresh = _OFFLINE_SECONDS if view.config.offline else _BUSY_SECONDS if is_busy else 0
    waiting = [each for each in view.outlets.values() if each.state in _WAITING][:_MOST_WAITING]
    return ProgressPage(
        frame=frame_of(view, refresh=refresh),
        headline=_headline(view),
        steps=steps,
        alerts=tuple(alert_row(view, each) for each in view.open[:_FIRST_ALERTS]) if view.config.offline else (),
        waiting=tuple(outlet_row(view, each, {}) for each in waiting),
    )


_WAITING = frozenset({OutletState.UNPOLLED, OutletState.UNREACHED})


def _headline(view: OpsView) -> str:
    status = view.status
    if view.config.offline:
        return "This machine is offline"
    if status.counts.unpolled:
        looked = status.counts.outlets - status.counts.unpolled
        return f"First look: {looked:,} of {counted(status.counts.outlets, 'outlet')}"
    if status.backfill.remaining:
        return f"{counted(status.backfill.remaining, 'story', 'stories')} still to be looked through"
    if status.search.remaining:
        return f"{counted(status.search.remaining, 'story', 'stories')} still to be indexed"
    return "Nothing is under way"


def _steps(view: OpsView) -> Iterator[Step]:
    status = view.status
    counts, backfill, search = status.counts, status.backfill, status.search
    yield Step(
        name="Configuration",
        state="with problems" if status.config_problems else "in force",
        words=f"{counted(counts.outlets, 'outlet')}, {counted(counts.feeds, 'feed')}",
        done=0,
        total=0,
    )
    looked = counts.outlets - counts.unpolled
    yield _step(
        "First look at every outlet", "What an outlet lists at first teaches what is usual.", looked, counts.outlets
    )
    if backfill.is_retagging:
        words = "Places or concepts changed: stored stories are tagged again."
        yield _step("Tags", words, backfill.total - backfill.remaining, backfill.total)
    for feed in status.feeds:
        if feed.unchecked_stories:
            words = "Its filter is new or edited: stored stories are looked through, the newest first."
            yield _step(feed.title, words, backfill.total - feed.unchecked_stories, backfill.total)
    if not search.is_supported:
        words = "This SQLite has no full-text search (FTS5): previews of filters try every story."
        yield Step(name="Index for searches", state="none", words=words, done=0, total=0)
    else:
        words = "Previews of filters look stories up in it."
        yield _step("Index for searches", words, search.total - search.remaining, search.total)


def _step(name: str, words: str, done: int, total: int) -> Step:
    state = "done" if done >= total else f"{done:,} of {total:,}"
    return Step(name=name, state=state, words=words, done=done, total=total)


def feeds_page(view: OpsView, after: str) -> FeedsPage:
    """Return the output feeds after one, by name, and the latest stories."""
    status = view.status
    left = sorted((each for each in status.feeds if each.name > after), key=lambda each: each.name)
    shown = left[:_FEEDS_AT_ONCE]
    return FeedsPage(
        frame=frame_of(view),
        feed_count=len(status.feeds),
        story_count=status.counts.stories,
        feeds=tuple(shown),
        next_after=shown[-1].name if len(left) > len(shown) else "",
        stories=() if after else status.stories,
        cross_checked=status.counts.cross_checked,
        disagreements=status.counts.disagreements,
    )
