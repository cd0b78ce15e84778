"""Which outlets are on which page of the operators' list, and in which state. Pure."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.models.alerts import AlertKind, AlertState, Severity, Subject, SubjectKind
from syndicator.models.ops import NOT_WELL, Order, OutletState, Wanted
from syndicator.models.status import Health
from syndicator.web.ops.records import AlertRecords, ConfigurationRecords
from syndicator.web.ops.view import OpsView
from syndicator.web.ops.wanted import NotWantedError, query_of, wanted_from
from tests.conftest import NOW
from tests.made_ops import made_alert, made_status


def view(status, *alerts, quiet=()):
    raised = [replace(each, id=number) for number, each in enumerate(alerts, 1)]
    return OpsView(status, AlertRecords(raised=raised, quiet=quiet), ConfigurationRecords())


def on(outlet, kind=AlertKind.SILENT, **more):
    return replace(made_alert(kind, Subject(SubjectKind.OUTLET, outlet), outlet=outlet), **more)


def well(count):
    """Make outlets that all work."""
    made = made_status(count)
    return replace(made, outlets=tuple(replace(each, health=Health.WORKING) for each in made.outlets))


def ids(chosen):
    return [each.status.id for each in chosen.outlets]


def walk(wanted, views):
    """Follow the pages to the end, each shown by the next of the views."""
    found = []
    for shown in views:
        chosen = shown.choose(wanted)
        found += ids(chosen)
        if not chosen.next_after:
            return found
        wanted = replace(wanted, after=chosen.next_after)
    raise AssertionError("there is no end")


@pytest.mark.parametrize("order", Order)
def test_the_pages_hold_every_outlet_once(order):
    """In each order, by key."""
    shown = view(made_status(300), on("outlet7"))
    found = walk(Wanted(order=order), [shown] * 20)
    assert len(found) == len(set(found)) == 300
    if order is Order.WORST:
        ranks = [shown.outlets[each].state.rank for each in found]
        assert ranks == sorted(ranks)
        assert shown.outlets[found[0]].state is OutletState.QUARANTINED


def test_an_outlet_that_gets_well_between_two_pages_moves_no_other():
    """Nor one that has left the configuration: pages go on after a key, not after a number of rows."""
    status = made_status(300)
    before = view(status)
    first = before.choose(Wanted())
    changed = tuple(
        replace(each, health=Health.WORKING) if each.id == ids(first)[0] else each
        for each in status.outlets
        if each.id != ids(first)[-1]
    )
    rest = walk(Wanted(after=first.next_after), [view(replace(status, outlets=changed))] * 20)
    expected = walk(Wanted(after=first.next_after), [before] * 20)
    assert [each for each in rest if each != ids(first)[0]] == expected


@pytest.mark.parametrize(
    ("wanted", "are_all"),
    [
        (Wanted(state=NOT_WELL), lambda each: not each.state.is_well),
        (Wanted(state="failing"), lambda each: each.state is OutletState.FAILING),
        (Wanted(country="IR", language="fa"), lambda each: each.status.country == "IR"),
        (Wanted(words="ПОЛЯРНЫЙ"), lambda each: "Полярный" in each.status.name),
        (Wanted(words="انار"), lambda each: "انار" in each.status.name),
        (Wanted(words="m44.mirror"), lambda each: each.status.id == "outlet44"),
    ],
)
def test_only_outlets_that_are_asked_for_are_shown(wanted, are_all):
    """By state, country, language, and words of the name or an address, however they are written."""
    shown = view(made_status(300))
    chosen = shown.choose(replace(wanted, rows=500))
    assert chosen.outlets
    assert all(map(are_all, chosen.outlets))
    assert chosen.matching == len(chosen.outlets) == sum(map(are_all, shown.outlets.values()))


@pytest.mark.parametrize(
    ("health", "alerts", "quiet", "state"),
    [
        (Health.WORKING, [], [], OutletState.WORKING),
        (Health.WORKING, [], ["outlet0"], OutletState.QUIET),
        (Health.WORKING, [on("outlet0")], ["outlet0"], OutletState.SILENT),
        (Health.WORKING, [on("outlet0", AlertKind.THINNED)], [], OutletState.SHAKY),
        (Health.WORKING, [on("outlet0", AlertKind.CERTIFICATE, severity=Severity.NOTE)], [], OutletState.WORKING),
        (Health.FAILING, [on("outlet0")], ["outlet0"], OutletState.FAILING),
        (
            Health.SHAKY,
            [on("outlet0", AlertKind.HIJACK, severity=Severity.URGENT), on("outlet0")],
            [],
            OutletState.QUARANTINED,
        ),
        (Health.SHAKY, [on("outlet0", AlertKind.HIJACK), on("outlet0")], [], OutletState.SILENT),
        (Health.UNREACHED, [on("outlet0")], [], OutletState.UNREACHED),
    ],
)
def test_who_does_not_answer_is_never_called_silent(health, alerts, quiet, state):
    """Nor quiet; alerts on an outlet that answers are its state."""
    status = well(9)
    first = replace(status.outlets[0], health=health)
    assert view(replace(status, outlets=(first,)), *alerts, quiet=quiet).outlets["outlet0"].state is state


def test_alerts_that_a_wider_one_covers_are_not_told_beside_it():
    """They make the state of their outlet all the same."""
    wide = made_alert(AlertKind.SILENT, Subject(SubjectKind.COUNTRY, "IQ"), country="IQ")
    shown = view(well(9), wide, on("outlet5", is_covered=True))
    assert [str(each.subject) for each in shown.open] == ["country:IQ"]
    assert shown.outlets["outlet5"].state is OutletState.SILENT


def test_past_silences_are_known_by_the_alerts_that_ended():
    """From when it began until it was cleared."""
    ended = on("outlet1", state=AlertState.CLEARED, since=NOW - timedelta(days=9), cleared_at=NOW - timedelta(days=7))
    shown = OpsView(well(9), AlertRecords(ended=[ended]), ConfigurationRecords())
    (span,) = shown.silences_of["outlet1"]
    assert (span.since, span.until) == (ended.since, ended.cleared_at)


@pytest.mark.parametrize("after", ["~", "x~y", "1", "nan~outlet1", "-9999999999999~", "1~" + "z" * 150])
def test_any_key_is_some_place(after):
    """An address that somebody made up shows a page."""
    assert view(made_status(9)).choose(Wanted(after=after)).matching == 9


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"state": "not well", "country": "SY", "rows": "100"},
        {"language": "fa", "words": "رادیو & <b>", "order": "news", "after": "3~outlet5"},
    ],
)
def test_what_an_address_asks_for_can_be_written_back(query):
    """Only what is not usual is in it."""
    wanted = wanted_from(query)
    asked = query_of(wanted, after=wanted.after)
    assert len([each for each in asked.removeprefix("?").split("&") if each]) == len(query)
    assert "<" not in asked


@pytest.mark.parametrize(
    "query", [{"state": "tired"}, {"order": "best"}, {"rows": "7"}, {"rows": "-1"}, {"words": "x" * 201}]
)
def test_what_makes_no_sense_is_refused_and_says_what_does(query):
    """With the words that there are."""
    with pytest.raises(NotWantedError, match=r"there are|is one of|too long"):
        wanted_from(query)
