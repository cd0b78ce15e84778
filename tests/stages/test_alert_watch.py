"""Looks at what is watched, with a real store: what is found is kept, told in order, and survives a restart."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from syndicator.alerts import MACHINE, AlertWatch, DaemonDetector, Look, note, note_version
from syndicator.errors import Problem
from syndicator.models.alerts import (
    AlertKind,
    AlertPattern,
    AlertState,
    Finding,
    Mute,
    OpsEvent,
    Phase,
    Severity,
    Subject,
    SubjectKind,
)
from syndicator.models.settings import WatchSettings
from syndicator.store import open_store
from tests.conftest import NOW
from tests.stores import store_url

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Everything:
    """Holds whatever is asked for."""

    def __contains__(self, _):
        return True


@dataclass
class MadeConfig:
    recipients: dict[str, object] = field(default_factory=dict)
    watch: WatchSettings = field(default_factory=WatchSettings)


@dataclass
class MadeRules:
    config: MadeConfig
    outlets: object = field(default_factory=Everything)
    sources: object = field(default_factory=Everything)


class MadeDetector:
    """Finds what a test says."""

    def __init__(self, *kinds, needs_network=True):
        self.kinds, self.needs_network, self.findings = kinds, needs_network, ()

    def find(self, _tx, _look):
        return self.findings


class Watched:
    """A store that is looked at every minute."""

    def __init__(self, path, *detectors):
        self.path, self.now, self.config, self.outlets = path, NOW, MadeConfig(), Everything()
        self.detectors, self.conditions = detectors, {}
        self.open()

    def open(self):
        self.store = open_store(store_url(self.path))
        self.watch = AlertWatch(self.store, self.detectors, self.describe)

    def describe(self):
        return Look(now=self.now, rules=MadeRules(self.config, outlets=self.outlets), **self.conditions)

    async def look(self, *, times=1, after=MINUTE):
        events = []
        for _ in range(times):
            self.now += after
            events += await self.watch.look()
        return [(each.phase, str(each.subject)) for each in events]

    async def states(self):
        current = await self.store.read(lambda tx: tx.alerts.current())
        return {str(each.subject): each.state for each in current}

    async def log(self):
        return await self.store.read(lambda tx: tx.alerts.events_after(0, 1000))


@pytest.fixture
def silence():
    return MadeDetector(AlertKind.SILENT)


@pytest.fixture
def watched(tmp_path, silence):
    made = Watched(tmp_path / "s.db", silence, DaemonDetector())
    yield made
    made.store.close()


def silent(subject, *, outlet="", country="", covered_by=(), **more):
    return Finding(
        kind=AlertKind.SILENT,
        subject=Subject.parse(subject),
        words=f"{subject} خاموش است",
        outlet=outlet,
        country=country,
        covered_by=tuple(map(Subject.parse, covered_by)),
        evidence=("آخرین خبر ۱۲:۰۰",),
        **more,
    )


async def test_an_alert_is_raised_at_the_second_look_and_logged_in_the_same_transaction(watched, silence):
    silence.findings = [silent("outlet:parsi", outlet="parsi", country="IR")]
    assert await watched.look(times=5) == [(Phase.RAISED, "outlet:parsi")]
    (event,) = await watched.log()
    (alert,) = await watched.store.read(lambda tx: tx.alerts.current())
    assert event.alert == alert.id
    assert (event.words, event.evidence) == ("outlet:parsi خاموش است", ("آخرین خبر ۱۲:۰۰",))


async def test_an_alert_survives_a_restart_and_is_not_raised_twice(watched, silence):
    silence.findings = [silent("outlet:parsi")]
    await watched.look(times=2)
    watched.store.close()
    watched.open()
    assert await watched.look(times=3) == []
    silence.findings = []
    assert await watched.look(times=70) == [(Phase.CLEARED, "outlet:parsi")]


async def test_a_silent_country_is_one_alert(watched, silence):
    """Also where its outlets were found silent at the same look."""
    outlets = [silent(f"outlet:o{each}", country="IR", covered_by=["country:IR"]) for each in range(12)]
    silence.findings = [*outlets, silent("country:IR", country="IR")]
    assert await watched.look(times=5) == [(Phase.RAISED, "country:IR")]
    silence.findings = outlets[:1]
    assert await watched.look(times=70) == [(Phase.RAISED, "outlet:o0"), (Phase.CLEARED, "country:IR")]


async def test_a_wider_alert_that_only_holds_and_is_not_open_covers_nothing(watched, silence):
    wide = silent("country:IR", is_holding=True)
    silence.findings = [wide, silent("outlet:parsi", covered_by=["country:IR"])]
    assert await watched.look(times=3) == [(Phase.RAISED, "outlet:parsi")]


async def test_our_own_outage_is_one_alert_and_holds_all_others(watched, silence):
    silence.findings = [silent(f"outlet:o{each}") for each in range(50)]
    await watched.look()
    watched.conditions = {"is_offline": True, "offline_words": "this machine seems to be offline"}
    assert await watched.look(times=360) == [(Phase.RAISED, "daemon:self")]
    watched.conditions = {}
    assert await watched.look(times=10) == [(Phase.CLEARED, "daemon:self")]
    silence.findings = silence.findings[:1]  # the others recover within a quarter of an hour
    assert await watched.look(times=30) == [(Phase.RAISED, "outlet:o0")]
    assert set(await watched.states()) == {"outlet:o0"}


async def test_an_open_alert_is_neither_ended_nor_forgotten_while_our_network_is_gone(watched, silence):
    silence.findings = [silent("outlet:parsi")]
    await watched.look(times=2)
    watched.conditions, silence.findings = {"is_offline": True, "offline_words": "offline"}, []
    await watched.look(times=120)
    assert (await watched.states())["outlet:parsi"] is AlertState.RAISED


async def test_what_is_muted_in_the_store_or_in_the_file_is_logged_and_told_to_nobody(watched, silence):
    until = watched.now + DAY
    await watched.store.write(lambda tx: tx.alerts.mute(Mute(pattern=AlertPattern.parse("country:SY"), until=until)))
    watched.config.watch = WatchSettings(muted=(AlertPattern.parse("silent outlet:ruscha"),))
    silence.findings = [
        silent("outlet:idlib", outlet="idlib", country="SY"),
        silent("outlet:ruscha", outlet="ruscha", country="RU"),
        silent("outlet:parsi", outlet="parsi", country="IR"),
    ]
    await watched.look(times=2)
    assert {str(each.subject): each.is_muted for each in await watched.log()} == {
        "outlet:idlib": True,
        "outlet:ruscha": True,
        "outlet:parsi": False,
    }


async def test_a_mute_ends_and_can_be_taken_back(watched):
    pattern = AlertPattern.parse("silent outlet:parsi")
    for until in (watched.now + DAY, watched.now + 2 * DAY):
        await watched.store.write(lambda tx, until=until: tx.alerts.mute(Mute(pattern=pattern, until=until)))
    now = watched.now
    (mute,) = await watched.store.read(lambda tx: tx.alerts.mutes(now))
    assert (mute.pattern, mute.until) == (pattern, now + 2 * DAY)
    assert await watched.store.read(lambda tx: tx.alerts.mutes(now + 2 * DAY)) == []
    assert await watched.store.write(lambda tx: tx.alerts.unmute(pattern)) is True
    assert await watched.store.write(lambda tx: tx.alerts.unmute(pattern)) is False


async def test_an_operator_who_acknowledges_between_two_looks_is_heard(watched, silence):
    silence.findings = [silent("outlet:parsi")]
    await watched.look(times=2)

    def acknowledge(tx):
        (alert,) = tx.alerts.current()
        tx.alerts.save([replace(alert, acknowledged_at=watched.now)])

    await watched.store.write(acknowledge)
    assert await watched.look(times=4, after=DAY) == []


async def test_a_bad_file_is_an_alert_until_it_is_mended(watched):
    watched.conditions = {
        "config_problems": [Problem("outlets/x.toml", "home", "is missing"), Problem("a.toml", "", "?")]
    }
    assert sorted(await watched.look(times=2)) == [(Phase.RAISED, "file:a.toml"), (Phase.RAISED, "file:outlets/x.toml")]
    watched.conditions = {}
    assert len(await watched.look(times=2)) == 2


async def test_the_daemons_troubles_are_one_alert_in_words(watched):
    watched.conditions = {"trouble": ["the disk is full", "events stands still: no memory"]}
    await watched.look(times=2)
    (event,) = await watched.log()
    assert (event.kind, event.severity) == (AlertKind.TROUBLE, Severity.URGENT)
    assert "the disk is full" in event.words
    assert event.evidence == ("events stands still: no memory",)


async def test_an_upgrade_is_noted_once_and_a_first_start_is_none(watched):
    for version in ("1.0", "1.0", "1.1", "1.1"):
        await watched.store.write(
            lambda tx, version=version: note_version(tx, MadeRules(watched.config), version, watched.now)
        )
    (event,) = await watched.log()
    assert (event.kind, event.phase, event.alert) == (AlertKind.UPGRADED, Phase.NOTED, None)


async def test_the_log_is_paged_and_pruned(watched):
    def write(tx):
        for each in range(30):
            event = OpsEvent(
                at=watched.now + each * DAY,
                kind=AlertKind.TAKEOVER,
                phase=Phase.NOTED,
                subject=Subject(SubjectKind.OUTLET, f"o{each % 3}"),
                severity=Severity.NOTE,
                words=str(each),
                outlet=f"o{each % 3}",
            )
            note(tx, event, WatchSettings(), watched.now)

    await watched.store.write(write)
    page = await watched.store.read(lambda tx: tx.alerts.latest_events(4, outlet="o1", before=29))
    assert [each.words for each in page] == ["25", "22", "19", "16"]
    assert await watched.store.write(lambda tx: tx.alerts.prune(watched.now + 10 * DAY, watched.now, 4)) == 4
    assert await watched.store.write(lambda tx: tx.alerts.prune(watched.now + 10 * DAY, watched.now, 100)) == 6
    assert len(await watched.log()) == 20


async def test_nothing_is_written_where_nothing_has_changed(watched, silence):
    silence.findings = [silent("outlet:parsi")]
    await watched.look(times=2)
    before = await watched.store.read(lambda tx: tx.alerts.current())
    await watched.look(times=10)
    assert await watched.store.read(lambda tx: tx.alerts.current()) == before


def test_the_machine_is_a_subject_that_can_be_named():
    assert Subject.parse(str(MACHINE)) == MACHINE


async def test_a_clock_that_was_ahead_holds_no_alert_back(watched, silence):
    """A year ahead, our own network gone and back; then the clock is right."""
    wrong = timedelta(days=365)
    watched.now += wrong
    watched.conditions = {"is_offline": True, "offline_words": "offline"}
    await watched.look(times=3)
    watched.conditions = {}
    await watched.look(times=3)
    silence.findings = [silent("outlet:parsi")]
    await watched.look()
    watched.now -= wrong
    assert await watched.look(times=30) == [(Phase.RAISED, "outlet:parsi")]


async def test_what_is_removed_ends_and_nobody_is_told(watched, silence):
    silence.findings = [silent("outlet:parsi", outlet="parsi")]
    await watched.look(times=2)
    silence.findings, watched.outlets = [], {}
    assert await watched.look() == [(Phase.CLEARED, "outlet:parsi")]
    assert [each.is_muted for each in await watched.log()] == [False, True]
    assert await watched.states() == {}


async def test_thousands_of_alerts_are_written_with_few_statements(watched, silence):
    silence.findings = [silent(f"outlet:o{each}", outlet=f"o{each}") for each in range(3000)]
    assert len(await watched.look(times=2)) == 3000
    silence.findings = []
    assert len(await watched.look(times=65)) == 3000
    assert await watched.states() == {}
