"""Notices, with a real store: what the log has new is planned and sent, tried again, and survives a restart."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from syndicator.alerts import AlertWatch, Look, NoticeService, UndeliveredNotices
from syndicator.alerts.notices import RETRIES
from syndicator.errors import StoreError
from syndicator.models.alerts import (
    Alert,
    AlertKind,
    AlertPattern,
    AlertState,
    Mute,
    OpsEvent,
    Phase,
    Severity,
    Subject,
    SubjectKind,
)
from syndicator.models.notify import Address, DigestPlan, MailSecurity, MailSettings, Recipient, RecipientState, Sent
from syndicator.models.settings import WatchSettings
from syndicator.notify.message import Sender, trial_message
from syndicator.query import parse
from syndicator.query.vocabulary import Vocabulary
from syndicator.store import open_store
from tests.apps import Clock, Shown, an_app, source_of
from tests.conftest import NOW
from tests.newsroom import Item, rss
from tests.stores import store_url

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DESK = Address.parse("https://desk.example/hook?token=passwort")
NIGHT = Address.parse("mailto:night@example.org")


@dataclass
class MadeConfig:
    recipients: dict = field(default_factory=dict)
    recipient_filters: dict = field(default_factory=dict)
    resting_recipients: frozenset = frozenset()
    mail: MailSettings | None = None
    watch: WatchSettings = field(default_factory=WatchSettings)
    title: str = "syndicator"
    base_url: str = "http://127.0.0.1:8080"


class MadeRules:
    """Rules of nothing but recipients and the names of outlets."""

    def __init__(self, **recipients):
        self.config = MadeConfig(recipients=recipients)
        self.filters, self.feeds = {}, {}
        self.outlets = {"sada": SimpleNamespace(name="صدى إدلب")}


def recipient(name="desk", *addresses, **changes):
    values = {"kinds": frozenset(AlertKind), "lowest": Severity.NOTE, "wait": MINUTE * 0, "every": MINUTE * 0}
    return Recipient(name=name, addresses=addresses or (DESK,), **(values | changes))


class Receivers:
    """Stands in for all channels: what each address got, and what it answers."""

    def __init__(self):
        self.got, self.addressed, self.answers, self.hanging = [], [], {}, {}

    async def __call__(self, of, message, addresses):
        if (gate := self.hanging.get(of.name)) is not None:
            await gate.wait()
        self.got += [(of.name, message) for _ in addresses]
        self.addressed += [(address, message) for address in addresses]
        return {each: self.answers.get(each, Sent()) for each in addresses}

    def told(self, name="desk"):
        return [message.title for to, message in self.got if to == name]


class Desk:
    """A store, a clock, and a service that is run when a test says so."""

    def __init__(self, path, rules):
        self.path, self.rules, self.now, self.receivers = path, rules, NOW, Receivers()
        self.is_offline = False
        self.open()

    def open(self):
        self.store = open_store(store_url(self.path))
        self.service = NoticeService(
            self.store,
            self.receivers,
            rules=lambda: self.rules,
            clock=lambda: self.now,
            is_offline=lambda: self.is_offline,
        )

    async def reopen(self):
        await self.close()
        self.open()

    async def close(self):
        await self.service.close()
        self.store.close()

    async def run(self, *events, after=timedelta(0)):
        """Let time pass, log events, and let the service do all that is to be done now."""
        self.now += after
        if events:
            await self.store.write(lambda tx: tx.alerts.log(events))
        await self.service.run_once()
        await self.service.settled()

    async def findings(self):
        look = Look(now=self.now, rules=self.rules)
        return await self.store.read(lambda tx: list(UndeliveredNotices().find(tx, look)))


@pytest.fixture
async def desk(tmp_path):
    made = Desk(tmp_path / "db", MadeRules(desk=recipient()))
    await made.run()  # the recipient is known
    yield made
    await made.close()


def event(phase=Phase.NOTED, **changes):
    values = {
        "at": NOW,
        "kind": AlertKind.SILENT,
        "phase": phase,
        "subject": Subject.parse("outlet:sada"),
        "severity": Severity.WARNING,
        "words": "صدى إدلب has published nothing for 31 h.",
        "outlet": "sada",
        "country": "SY",
        "language": "ar",
    }
    return OpsEvent(**(values | changes))


TITLE = "\u2068صدى إدلب\u2069: silent"


async def test_what_is_logged_is_told_once_though_the_daemon_starts_anew(desk):
    await desk.run(event())
    await desk.reopen()
    await desk.run(after=HOUR)
    assert desk.receivers.told() == [TITLE]


async def test_a_new_recipient_begins_with_what_is_open_and_hears_nothing_of_the_past(desk):
    """In one message; nothing that is known to the operator, covered by a wider alert, or muted since."""

    def alert(id_, **changes):
        values = {
            "id": 0, "kind": AlertKind.SILENT, "subject": Subject.parse(f"outlet:{id_}"), "state": AlertState.RAISED,
            "severity": Severity.WARNING, "words": "w", "evidence": (), "outlet": "", "country": "", "language": "",
            "stories": (), "path": "", "since": None, "found_at": NOW,
        }  # fmt: skip
        return Alert(**(values | changes))

    def write(tx):
        for name, changes in (
            ("one", {}),
            ("two", {"kind": AlertKind.FAILING}),
            ("known", {"acknowledged_at": NOW}),
            ("covered", {"is_covered": True}),
            ("muted", {"subject": Subject.parse("outlet:muted")}),
            ("over", {"state": AlertState.CLEARED, "cleared_at": NOW}),
        ):
            number = tx.alerts.add(alert(name, **changes))
            kind = changes.get("kind", AlertKind.SILENT)
            subject = Subject.parse(f"outlet:{name}")
            tx.alerts.log([event(Phase.RAISED, alert=number, outlet="", subject=subject, kind=kind)])
        tx.alerts.log([event(words="a note of long ago")])
        tx.alerts.mute(Mute(pattern=AlertPattern.parse("outlet:muted"), until=NOW + DAY))

    await desk.store.write(write)
    desk.rules = MadeRules(desk=recipient(), night=recipient("night", NIGHT))
    await desk.run()
    assert desk.receivers.told("night") == ["2 alerts: one: silent; two: cannot be read"]


async def test_a_failure_is_tried_again_over_hours_with_the_same_key_and_then_given_up(desk):
    """And what is given up is a finding, of which others are told, without the address."""
    desk.receivers.answers[DESK] = Sent(error="answered 503")
    await desk.run(event())
    for number, wait in enumerate(RETRIES, start=1):
        await desk.run(after=wait - MINUTE / 60)
        assert len(desk.receivers.got) == number
        await desk.run(after=MINUTE / 60)
        assert len(desk.receivers.got) == number + 1
    await desk.run(after=10 * DAY)
    assert len(desk.receivers.got) == 1 + len(RETRIES)
    assert len({message.key for _, message in desk.receivers.got}) == 1
    (finding,) = await desk.findings()
    assert finding.subject == Subject(SubjectKind.RECIPIENT, "desk")
    assert finding.words == f"Notices to desk have failed since {NOW:%Y-%m-%d %H:%M} UTC. The last one was given up."
    assert finding.evidence == ("https://desk.example/…: answered 503",)


async def test_a_recipient_that_answers_again_gets_all_that_it_missed_and_is_no_finding_any_more(desk):
    """At once: after six hours offline, nobody waits for the hour of the next try."""
    desk.receivers.answers[DESK] = Sent(error="no answer")
    await desk.run(event())
    for wait in RETRIES[:3]:
        await desk.run(after=wait)
    assert await desk.findings() != []
    desk.receivers.answers.clear()
    desk.receivers.got.clear()
    await desk.run(event(kind=AlertKind.FAILING))
    assert desk.receivers.told() == ["\u2068صدى إدلب\u2069: cannot be read", TITLE]
    assert await desk.findings() == []


async def test_others_are_told_that_notices_to_one_fail_and_that_they_arrive_again(desk):
    """By an alert like any other; not the one whom it is on."""
    desk.rules = MadeRules(desk=recipient(), night=recipient("night", NIGHT, kinds=frozenset({AlertKind.NOTICES})))
    desk.rules.config.watch = WatchSettings()
    watch = AlertWatch(desk.store, [UndeliveredNotices()], lambda: Look(now=desk.now, rules=desk.rules))
    desk.receivers.answers[DESK] = Sent(error="no answer")
    await desk.run(event())
    for wait in (*RETRIES[:2], MINUTE, MINUTE):
        await desk.run(after=wait)
        await watch.look()
    await desk.run()
    assert desk.receivers.told("night") == ["desk: cannot be told"]
    desk.receivers.answers.clear()
    await desk.run(event())
    for _ in range(3):
        desk.now += MINUTE
        await watch.look()
    await desk.run()
    assert desk.receivers.told("night") == ["desk: cannot be told", "desk: cannot be told (over)"]


async def test_a_server_that_wants_to_be_left_alone_is(desk):
    """Retry-After outranks the usual wait where it is longer."""
    desk.receivers.answers[DESK] = Sent(error="answered 429", retry_after=HOUR)
    await desk.run(event())
    await desk.run(after=HOUR - MINUTE)
    assert len(desk.receivers.got) == 1
    await desk.run(after=MINUTE)
    assert len(desk.receivers.got) == 2


async def test_a_server_that_wants_to_be_left_alone_gets_no_other_notice_either(desk):
    """Others of the same recipient do, and nothing is given up for that."""
    desk.rules = MadeRules(desk=recipient("desk", DESK, NIGHT))
    desk.receivers.answers[DESK] = Sent(error="answered 429", retry_after=10 * HOUR)
    await desk.run(event())
    desk.receivers.answers.clear()
    for _ in range(9):
        await desk.run(event(kind=AlertKind.FAILING), after=HOUR)
    assert [address for address, _ in desk.receivers.addressed].count(DESK) == 1
    assert [address for address, _ in desk.receivers.addressed].count(NIGHT) == 10
    for _ in range(2):
        await desk.run(after=HOUR)
    assert [address for address, _ in desk.receivers.addressed].count(DESK) == 11
    assert await desk.store.read(lambda tx: tx.notices.counts()) == {"desk": (10, 0, 0)}


async def test_while_we_are_offline_nothing_is_given_up_and_all_is_sent_once_we_are_back(desk):
    """Whatever is on this machine is told meanwhile: that we are offline, above all."""
    here = Address.parse("http://127.0.0.1:8090/")
    desk.rules = MadeRules(desk=recipient("desk", DESK), both=recipient("both", here, DESK))
    await desk.run()
    desk.receivers.answers[DESK] = Sent(error="no answer")
    await desk.run(event())  # before it is known
    desk.is_offline = True
    for _ in range(20):
        await desk.run(event(kind=AlertKind.FAILING), after=HOUR)
    assert [address for address, _ in desk.receivers.addressed].count(DESK) == 2
    assert [address for address, _ in desk.receivers.addressed].count(here) == 21
    desk.is_offline = False
    desk.receivers.answers.clear()
    await desk.run(after=MINUTE)
    assert await desk.store.read(lambda tx: tx.notices.counts()) == {"both": (21, 0, 0), "desk": (21, 0, 0)}


async def test_a_service_here_that_needs_the_network_is_no_failure_while_we_are_offline(desk):
    """Nor is it asked all the time."""
    here = Address.parse("signal://localhost:8090/+491/+492")
    desk.rules, desk.is_offline = MadeRules(desk=recipient("desk", here)), True
    desk.receivers.answers[here] = Sent(error="no route to the host")
    await desk.run(event())
    for _ in range(60):
        await desk.run(after=MINUTE / 6)
    assert len(desk.receivers.got) == 11
    desk.receivers.answers.clear()
    await desk.run(after=DAY)
    assert await desk.store.read(lambda tx: tx.notices.counts()) == {"desk": (1, 0, 0)}


async def test_mail_goes_to_a_server_of_this_machine_though_we_are_offline(desk):
    """It keeps what it cannot deliver yet."""
    desk.rules, desk.is_offline = MadeRules(desk=recipient("desk", NIGHT)), True
    await desk.run(event())
    assert desk.receivers.told() == []
    desk.rules.config.mail = MailSettings(server="localhost", port=25, security=MailSecurity.NONE, sender="n@x.example")
    await desk.run(after=MINUTE)
    assert desk.receivers.told() == [TITLE]


async def test_only_addresses_that_lack_a_notice_are_tried_again(desk):
    desk.rules = MadeRules(desk=recipient("desk", DESK, NIGHT))
    desk.receivers.answers[DESK] = Sent(error="no answer")
    await desk.run(event())
    desk.receivers.answers.clear()
    await desk.run(after=MINUTE)
    assert len(desk.receivers.got) == 3
    assert await desk.store.read(lambda tx: tx.notices.counts()) == {"desk": (1, 0, 0)}


async def test_a_recipient_that_hangs_holds_nobody_else_up_and_gets_one_message_at_a_time(desk):
    desk.rules = MadeRules(desk=recipient(), night=recipient("night", NIGHT))
    await desk.run()
    desk.receivers.hanging["desk"] = gate = asyncio.Event()
    await desk.store.write(lambda tx: tx.alerts.log([event()]))
    await desk.service.run_once()
    await desk.store.write(lambda tx: tx.alerts.log([event(kind=AlertKind.FAILING)]))
    await desk.service.run_once()
    while len(desk.receivers.told("night")) < 2:
        await desk.service.run_once()
        await asyncio.sleep(0)
    assert desk.receivers.told("desk") == []
    gate.set()
    await desk.service.settled()
    assert len(desk.receivers.told("desk")) == 2


async def test_two_runs_at_once_send_nothing_twice(desk):
    await desk.store.write(lambda tx: tx.alerts.log([event()]))
    await asyncio.gather(*(desk.service.run_once() for _ in range(5)))
    await desk.service.settled()
    assert desk.receivers.told() == [TITLE]


async def test_what_was_on_its_way_when_the_daemon_ended_is_sent_after_it_starts_with_the_same_key(desk):
    desk.receivers.hanging["desk"] = asyncio.Event()
    await desk.store.write(lambda tx: tx.alerts.log([event()]))
    await desk.service.run_once()
    await desk.reopen()
    desk.receivers.hanging.clear()
    await desk.run()
    assert desk.receivers.told() == [TITLE]


async def test_a_store_that_takes_nothing_has_nobody_told_again_and_again(desk):
    """A disk that is full for an hour must not fill a mailbox."""

    async def full(*_, **__):
        raise StoreError("the disk is full")

    await desk.store.write(lambda tx: tx.alerts.log([event()]))
    await desk.store.write(lambda tx: desk.service._planner.store(tx, desk.now))
    desk.service._store = SimpleNamespace(read=desk.store.read, write=full)
    for _ in range(5):
        await desk.run(after=MINUTE)
    desk.service._store = desk.store
    await desk.run(after=MINUTE)
    assert desk.receivers.told() == [TITLE]
    assert await desk.store.read(lambda tx: tx.notices.counts()) == {"desk": (1, 0, 0)}


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_fails_and_ends_every_event_is_told_and_no_message_has_two_keys(tmp_path, seed):
    """Servers fail at random, the daemon starts anew at random, the clock is put back at random."""
    chance = random.Random(seed)
    addresses = [DESK, NIGHT]
    desk = Desk(tmp_path / "db", MadeRules(desk=recipient("desk", *addresses, every=MINUTE)))
    try:
        await desk.run()
        logged = 0
        for _ in range(30):
            desk.receivers.answers = {each: Sent(error="no answer") for each in addresses if chance.random() < 0.3}
            new = [event(words=f"событие-{logged + number}") for number in range(chance.randrange(3))]
            logged += len(new)
            await desk.run(*new, after=timedelta(seconds=chance.choice([-600, 0, 20, 61, 400, 2000])))
            if chance.random() < 0.3:
                await desk.reopen()
        desk.receivers.answers = {}
        for _ in range(20):
            await desk.run(after=HOUR)
        texts = {message.key: message.body for _, message in desk.receivers.got}
        told = Counter(word for body in texts.values() for word in body.split() if word.startswith("событие-"))
        assert told == {f"событие-{number}": 1 for number in range(logged)}
        sent, waiting, given_up = (await desk.store.read(lambda tx: tx.notices.counts()))["desk"]
        assert (sent, waiting, given_up) == (len(texts), 0, 0)
    finally:
        await desk.close()


async def test_a_channel_that_breaks_is_a_failure_like_others(desk):
    """One poisoned message is recorded, and tried again."""

    async def broken(*_):
        raise RuntimeError("poison")

    desk.service._send = broken
    await desk.run(event())
    desk.service._send = desk.receivers
    await desk.run(after=MINUTE)
    assert desk.receivers.told() == [TITLE]


async def test_a_message_that_is_there_already_keeps_nobody_else_from_being_told(desk):
    message = trial_message(Sender(recipient="desk", title="Вести", base_url="", now=NOW))

    def write(tx):
        tx.notices.add("desk", message, ())
        tx.notices.add("desk", message, ())

    await desk.store.write(write)
    await desk.run()
    assert desk.receivers.told() == ["A test by Вести"]


async def test_a_recipient_that_is_gone_is_forgotten_and_one_whose_file_is_bad_is_not(desk):
    desk.receivers.answers[DESK] = Sent(error="no answer")
    await desk.run(event())
    desk.rules = MadeRules()
    desk.rules.config.resting_recipients = frozenset({"desk"})
    await desk.run(after=MINUTE)
    assert (await desk.store.read(lambda tx: tx.notices.recipients())).keys() == {"desk"}
    desk.rules.config.resting_recipients = frozenset()
    await desk.run(after=MINUTE)
    assert await desk.store.read(lambda tx: tx.notices.recipients()) == {}
    assert await desk.store.read(lambda tx: tx.notices.counts()) == {}


async def test_nothing_is_written_while_nothing_happens(desk):
    """A look at whom to tell what is a read: a night of quiet hours costs no commit."""
    desk.rules = MadeRules(desk=recipient(wait=HOUR))
    await desk.run(event())

    async def no_write(*_, **__):
        raise AssertionError("written")

    desk.service._store = SimpleNamespace(read=desk.store.read, write=no_write)
    await desk.run(after=MINUTE)


@pytest.mark.parametrize(
    ("where", "changes", "is_told"),
    [
        ("outlet:sada", {}, True),
        ("outlet:other", {}, False),
        ("region:SY and lang:ar", {}, True),
        ("about:SY", {}, True),
        ("region:IR", {}, False),
        ("published", {}, True),
        ("source:sada/rss", {"subject": Subject.parse("source:sada/rss")}, True),
        ("region:IR", {"subject": Subject.parse("daemon:self"), "outlet": "", "country": ""}, True),
    ],
)
async def test_the_language_of_filters_chooses_among_alerts_too(desk, where, changes, is_told):
    """An outlet is about its country, and in its language; what the whole daemon suffers from is everybody's."""
    vocabulary = Vocabulary(values={"region": {"SY": "Syria", "IR": "Iran"}})
    desk.rules = MadeRules(desk=recipient(where=where))
    desk.rules.config.recipient_filters["desk"] = parse(where, vocabulary)
    await desk.run(event(**changes))
    assert bool(desk.receivers.told()) is is_told


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [
        ({"countries": frozenset({"SY"})}, True),
        ({"countries": frozenset({"IR"})}, False),
        ({"languages": frozenset({"fa"})}, False),
        ({"outlets": frozenset({"sada"})}, True),
        ({"outlets": frozenset({"sada"}), "languages": frozenset({"fa"})}, False),
    ],
)
async def test_short_forms_choose_by_where_an_outlet_is(desk, changes, is_told):
    desk.rules = MadeRules(desk=recipient(**changes))
    await desk.run(event())
    assert bool(desk.receivers.told()) is is_told


# --- with stories ----------------------------------------------------------------------------------


async def test_whoever_heard_the_beginning_hears_the_end_whatever_it_weighs_and_says(desk):
    """And nobody else does."""
    night = recipient("night", NIGHT, lowest=Severity.URGENT)
    desk.rules = MadeRules(desk=recipient(lowest=Severity.WARNING, where="nothing"), night=night)
    desk.rules.config.recipient_filters = {"desk": parse("nothing", Vocabulary())}
    await desk.run()
    await desk.run(event(Phase.RAISED, alert=7))
    end = event(Phase.CLEARED, alert=7, severity=Severity.NOTE, words="صدى إدلب speaks again.")
    await desk.run(end, replace(end, alert=8), after=HOUR)
    assert desk.receivers.told() == [TITLE, f"{TITLE} (over)"]
    assert desk.receivers.told("night") == []
    await desk.run(event(Phase.RAISED, alert=9), replace(end, alert=9), after=HOUR)
    assert desk.receivers.told()[2:] == [f"{TITLE} (over)"]


async def test_an_edit_is_told_to_whom_the_story_concerns_with_its_headline_and_its_page(tmp_path):
    """Whatever country the outlet is of: the filter looks at the story."""
    shown = Shown(rss(Item("Ateşkes İdlib'de sürüyor", guid="1", text="İdlib'de pazarlar açıldı."), language="tr"))
    async with an_app(tmp_path, shown) as app:
        await app.pipeline.poll(source_of(app))
        receivers = Receivers()
        people = {"syria": "region:SY", "iran": "region:IR"}
        config = replace(
            app.config,
            recipients={name: recipient(name) for name in people},
            recipient_filters={name: parse(where, app.config.vocabulary) for name, where in people.items()},
        )
        config = replace(
            config, recipients={name: replace(each, where=people[name]) for name, each in config.recipients.items()}
        )
        rules = replace(app.rules, config=config)
        service = NoticeService(app.store, receivers, rules=lambda: rules, clock=app.clock)
        await service.run_once()
        told = event(kind=AlertKind.RETITLED, outlet="one", country="GB", stories=(1,), words="One has rewritten it.")
        await app.store.write(lambda tx: tx.alerts.log([told]))
        await service.run_once()
        await service.settled()
        ((name, message),) = receivers.got
        assert name == "syria"
        assert "Ateşkes İdlib'de sürüyor (Outlet) http://127.0.0.1:0/stories/1" in message.body


async def test_a_digest_lists_what_is_new_since_the_last_and_an_empty_one_is_not_sent(tmp_path):
    """At seven by the clock in Istanbul, over a change of the day; each story once, though two feeds hold it."""
    clock = Clock(datetime(2026, 3, 6, 3, 0, tzinfo=UTC))
    shown = Shown(rss(Item("هدنة في إدلب", guid="1"), Item("Перемирие в Газе", guid="2"), language="ar"))
    feeds = {name: f'title = "{name.title()}"\nwhere = ""\n' for name in ("all", "more")}
    async with an_app(tmp_path, shown, clock=clock, feeds=feeds) as app:
        plan = DigestPlan(feeds=("all", "more"), at=time(7), zone=ZoneInfo("Europe/Istanbul"))
        of = recipient(digest=plan, kinds=frozenset({AlertKind.HIJACK}))
        rules = replace(app.rules, config=replace(app.config, recipients={"desk": of}))
        receivers = Receivers()
        service = NoticeService(app.store, receivers, rules=lambda: rules, clock=clock)

        async def tell():
            await service.run_once()
            await service.settled()

        await tell()
        clock.move(30 * MINUTE)
        await app.pipeline.poll(source_of(app))
        await app.outbox.run()
        await tell()
        assert receivers.got == []
        clock.move(30 * MINUTE)
        await tell()
        ((_, message),) = receivers.got
        assert message.title == "2 new stories: All, More"
        assert Counter(message.body.split("\n"))["\u2068هدنة في إدلب\u2069"] == 1
        assert "Перемирие в Газе" in message.body
        clock.move(DAY)
        await tell()
        assert len(receivers.got) == 1
        state = await app.store.read(lambda tx: tx.notices.recipients())
        assert state["desk"][1] == RecipientState(digest_at=clock.now)
