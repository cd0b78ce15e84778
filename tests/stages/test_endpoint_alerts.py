"""Endpoints that fail, move, are quarantined or differ, found in a real store by what polls left there."""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import event, insert

from syndicator.alerts import Doors, FailingEndpoints, Look, MirrorComparisons
from syndicator.models import (
    Certificate,
    EndpointState,
    Outcome,
    Outlet,
    OutletMode,
    Peer,
    PermanentRedirect,
    PollBounds,
    PollRecord,
    Quarantine,
    Source,
)
from syndicator.models.alerts import Alert, AlertKind, AlertState, Severity, Subject, SubjectKind
from syndicator.store import open_store
from syndicator.store.tables import appearance
from syndicator.watch import doors
from tests.conftest import NOW
from tests.stores import speaks_sqlite, store_url

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAMES = {"sana": "سانا", "irna": "ایرنا", "ria": "РИА", "trt": "TRT Haber"}


@dataclass
class MadeConfig:
    mirror_patience: timedelta = 6 * HOUR


@dataclass
class MadeRules:
    outlets: dict
    config: MadeConfig = field(default_factory=MadeConfig)

    @property
    def sources(self):
        return {source.id: source for outlet in self.outlets.values() for source in outlet.sources}


def an_outlet(name, *, paths=("a",), mirrors=0, country="SY", mode=OutletMode.FAILOVER):
    bases = [f"https://{name}.example", *(f"https://m{number}.{name}.example" for number in range(mirrors))]
    sources = [
        Source(id=f"{name}/{path}", outlet=name, endpoints=tuple(f"{base}/{path}" for base in bases), language="ar")
        for path in paths
    ]
    words = {"name": NAMES.get(name, name), "country": country, "language": "ar", "mode": mode}
    return Outlet(id=name, home=bases[0], mirrors=tuple(bases[1:]), sources=tuple(sources), **words)


class Room:
    """A store with some outlets, whose polls a test makes up."""

    def __init__(self, path, *outlets):
        self.store, self.rules = open_store(store_url(path)), MadeRules({each.id: each for each in outlets})

    async def begin(self):
        await self.store.write(lambda tx: tx.sources.sync(self.rules.sources, NOW, PollBounds()))

    async def poll(self, source, *states, peers=(), at=NOW):
        record = PollRecord(source=source, version=0, polled_at=at, due_at=at, endpoints=states, peers=peers)
        await self.store.write(lambda tx: tx.record_poll(record, pytest.fail, doors.after))

    async def has_open(self, kind, subject):
        empty = {"words": "", "evidence": (), "outlet": "", "country": "", "language": "", "stories": (), "path": ""}
        raised = {"state": AlertState.RAISED, "severity": Severity.WARNING, "since": None, "found_at": NOW}
        made = Alert(id=0, kind=kind, subject=subject, **raised, **empty)
        await self.store.write(lambda tx: tx.alerts.add(made))

    async def find(self, detector, *, now=NOW, **conditions):
        look = Look(now=now, rules=self.rules, **conditions)
        found = await self.store.read(lambda tx: list(detector.find(tx, look)))
        return {(str(each.kind), str(each.subject)): each for each in found}


@pytest.fixture
async def room(tmp_path):
    rooms = []

    async def make(*outlets):
        rooms.append(Room(tmp_path / f"{len(rooms)}.db", *outlets))
        await rooms[-1].begin()
        return rooms[-1]

    yield make
    for each in rooms:
        each.store.close()


def bad(endpoint, outcome=Outcome.TIMEOUT, *, failures=3.0, good_at=NOW - 3 * HOUR, **more):
    return EndpointState(
        endpoint=endpoint, outcome=outcome, failures=failures, tried_at=NOW, good_at=good_at, note="no answer", **more
    )


def good(endpoint, **more):
    return EndpointState(endpoint=endpoint, outcome=Outcome.OK, tried_at=NOW, good_at=NOW, **more)


async def test_an_outlet_fails_when_all_its_sources_do(room):
    """One alert on it, not one for each source; the sentence says since when, how long, and why."""
    at = await room(an_outlet("sana", paths=("a", "b")))
    for path in "ab":
        await at.poll(f"sana/{path}", bad(f"https://sana.example/{path}"))
    found = await at.find(FailingEndpoints())
    assert list(found) == [("failing", "outlet:sana")]
    finding = found["failing", "outlet:sana"]
    assert finding.words == (
        "Nothing of سانا can be read for 3 h, since 6 March 09:00 UTC: it does not answer in time."
    )
    assert (finding.outlet, finding.country, finding.path) == ("sana", "SY", "/ops/outlets/sana")
    assert finding.evidence == tuple(f"https://sana.example/{path}: timeout, no answer" for path in "ab")


async def test_a_source_fails_alone_beside_others_that_work(room):
    at = await room(an_outlet("irna", paths=("a", "b"), country="IR"))
    await at.poll("irna/a", good("https://irna.example/a"))
    await at.poll("irna/b", bad("https://irna.example/b", Outcome.GONE, failures=1.0))
    found = await at.find(FailingEndpoints())
    assert list(found) == [("failing", "source:irna/b")]
    assert "it says that it is gone for good (HTTP 410). Its other sources do not fail." in (
        found["failing", "source:irna/b"].words
    )


@pytest.mark.parametrize(
    "state",
    [
        bad("https://ria.example/a", failures=2.5),
        bad("https://ria.example/a", good_at=NOW - 20 * MINUTE),
        bad("https://ria.example/a", Outcome.SUSPECT, quarantine=Quarantine.SUSPECT),
        good("https://ria.example/a"),
    ],
)
async def test_what_is_too_little_to_call_failing(room, state):
    """Fewer than three failures, less than half an hour; content in quarantine is another alert."""
    at = await room(an_outlet("ria", country="RU"))
    await at.poll("ria/a", state)
    assert await at.find(FailingEndpoints()) == {}


async def test_a_mirror_that_fails_where_the_home_is_lost_is_an_outlet_that_fails(room):
    """What is in quarantine is read by nobody."""
    at = await room(an_outlet("sana", mirrors=1))
    home, mirror = at.rules.sources["sana/a"].endpoints
    await at.poll("sana/a", bad(home, Outcome.SUSPECT, quarantine=Quarantine.CONFIRMED), bad(mirror))
    found = await at.find(FailingEndpoints())
    assert [key for key, each in found.items() if not each.is_holding] == [("failing", "outlet:sana")]


async def test_what_never_answered_must_fail_for_half_an_hour(room):
    at = await room(an_outlet("trt", country="TR"))
    await at.poll("trt/a", bad("https://trt.example/a", good_at=None))
    (finding,) = (await at.find(FailingEndpoints())).values()
    assert finding.wait == 30 * MINUTE
    assert "from the first request on" in finding.words


async def test_what_this_machine_cannot_reach_is_nobodys_fault(room):
    at = await room(an_outlet("sana"))
    await at.poll("sana/a", bad("https://sana.example/a"))
    assert await at.find(FailingEndpoints(), unreached={"https://sana.example/a"}) == {}


async def test_most_outlets_of_a_country_failing_are_one_event(room):
    """A shutdown: the country covers its outlets, and is held while half of them fail."""
    at = await room(*(an_outlet(f"ir{number}", country="IR") for number in range(4)), an_outlet("sana"))
    for number in range(3):
        await at.poll(f"ir{number}/a", bad(f"https://ir{number}.example/a"))
    found = await at.find(FailingEndpoints())
    country = found["failing", "country:IR"]
    assert country.words.startswith("3 of 4 outlets of Iran cannot be read for 3 h")
    assert not country.is_holding
    assert all(country.subject in each.covered_by for each in found.values() if each is not country)
    await at.poll("ir0/a", good("https://ir0.example/a"))
    assert (await at.find(FailingEndpoints()))["failing", "country:IR"].is_holding


async def test_a_mirror_that_fails_beside_a_home_that_works_is_a_note(room):
    """A home that fails beside a mirror is a warning; a mirror not asked for days is nothing at all."""
    at = await room(an_outlet("sana", mirrors=2))
    home, first, second = at.rules.sources["sana/a"].endpoints
    old = EndpointState(endpoint=second, outcome=Outcome.TIMEOUT, failures=9.0, tried_at=NOW - 3 * DAY)
    await at.poll("sana/a", good(home), bad(first), old)
    found = await at.find(FailingEndpoints())
    assert list(found) == [("mirror-down", "endpoint:https://m0.sana.example")]
    assert [each.severity for each in found.values()] == [Severity.NOTE]
    await at.poll("sana/a", bad(home), good(first))
    found = await at.find(FailingEndpoints())
    assert list(found) == [("mirror-down", "endpoint:https://sana.example")]
    assert [each.severity for each in found.values()] == [Severity.WARNING]


async def test_an_address_that_moved_for_good_is_to_be_written_down(room):
    at = await room(an_outlet("trt", country="TR"))
    moved = PermanentRedirect(to="https://trt.example/new", since=NOW - DAY, times=3, is_adopted=True)
    await at.poll("trt/a", good("https://trt.example/a", redirect=moved))
    (finding,) = (await at.find(FailingEndpoints())).values()
    assert finding.kind is AlertKind.MOVED
    assert finding.words == (
        "https://trt.example/a of TRT Haber has moved for good to https://trt.example/new: it says so since "
        "5 March 12:00 UTC. Write the new address into outlets/trt.toml."
    )
    await at.poll("trt/a", good("https://trt.example/a", redirect=PermanentRedirect(to=moved.to, since=NOW)))
    assert await at.find(FailingEndpoints()) == {}


def certificate(issuer="Let's Encrypt", *, days=60):
    return Certificate(issuer=issuer, key="ab", valid_from=NOW + (days - 90) * DAY, valid_until=NOW + days * DAY)


async def met(at, *peers, start=NOW - 2 * DAY):
    """Poll a host every hour, and see these answer."""
    for number, each in enumerate(peers):
        home = "https://sana.example/a"
        await at.poll("sana/a", good(home), peers=(each,), at=start + number * HOUR)


def seen(prefix="5.160.0.0/16", shown=None):
    return Peer(host="sana.example", prefix=prefix, certificate=shown or certificate())


async def test_new_networks_alone_are_a_note_and_with_a_new_issuer_a_warning(room):
    """Its content is its own: it may only have moved, and the sentence says so."""
    at = await room(an_outlet("sana"))
    elsewhere = [seen("45.10.0.0/16")] * 3
    await met(at, seen(), *elsewhere)
    found = await at.find(Doors())
    assert list(found) == [("addresses", "host:sana.example")]
    assert "it answers from other networks since 4 March 13:00 UTC (45.10.0.0/16)" in (
        found["addresses", "host:sana.example"].words
    )
    await met(at, *[seen("45.10.0.0/16", certificate("Other Trust"))] * 3, start=NOW - DAY)
    found = await at.find(Doors())
    assert [key for key, each in found.items() if not each.is_holding] == [("hijack", "host:sana.example")]
    hijack = found["hijack", "host:sana.example"]
    assert hijack.severity is Severity.WARNING
    assert hijack.words.endswith("What it shows is still the outlet's own: it may only have moved.")


async def test_foreign_content_from_other_networks_is_urgent_at_the_first_poll(room):
    at = await room(an_outlet("sana", mirrors=1))
    await met(at, seen(), seen("45.10.0.0/16"))
    await at.poll("sana/a", bad("https://sana.example/a", Outcome.SUSPECT, quarantine=Quarantine.SUSPECT))
    found = await at.find(Doors())
    found = {key: each for key, each in found.items() if not each.is_holding}
    assert list(found) == [("hijack", "host:sana.example")]
    assert [each.severity for each in found.values()] == [Severity.URGENT]
    await at.poll("sana/a", bad("https://sana.example/a", Outcome.SUSPECT, quarantine=Quarantine.CONFIRMED))
    assert list(await at.find(Doors())) == []


@pytest.mark.parametrize(("days", "kinds"), [(40, []), (17, ["certificate"]), (-1, ["certificate"])])
async def test_a_certificate_is_late_by_a_fifth_of_its_lifetime(room, days, kinds):
    at = await room(an_outlet("sana"))
    await met(at, seen(shown=certificate(days=days)), start=NOW - MINUTE)
    assert [kind for kind, _ in await at.find(Doors())] == kinds


async def test_a_certificate_that_nobody_saw_lately_is_not_judged(room):
    """A mirror that is not asked has renewed its own by now, as far as anybody knows."""
    at = await room(an_outlet("sana"))
    await met(at, seen(shown=certificate(days=40)))
    assert await at.find(Doors(), now=NOW + 39 * DAY) == {}


async def shows(at, endpoint, items):
    """Say which items an endpoint shows, each since so many hours after the first."""
    rows = [
        {
            "source": "sana/a",
            "key": key,
            "endpoint": endpoint,
            "first_at": NOW - 3 * DAY + hours * HOUR,
            "absent_at": NOW - 3 * DAY + hours * HOUR - MINUTE,
            "title": title,
            "title_digest": title,
            "text_digest": "t",
            "link_key": "l",
        }
        for key, (hours, title) in items.items()
    ]
    await at.store.write(lambda tx: tx.connection.execute(insert(appearance), rows))


@pytest.mark.parametrize(
    ("at_mirror", "kinds"),
    [
        ({}, {}),
        ({"lag": 3}, {"mirror-lagging": False}),
        ({"lag": 0.7}, {"mirror-lagging": True}),
        ({"without": 4}, {"mirror-dropping": False}),
        ({"without": 1}, {"mirror-dropping": True}),
        ({"title": "قراءة أخرى"}, {"mirror-differing": False}),
    ],
)
async def test_mirrors_that_lag_drop_or_differ(room, at_mirror, kinds):
    """A little of it only holds what was raised."""
    at = await room(an_outlet("sana", mirrors=1, mode=OutletMode.COMPARE))
    home, mirror = at.rules.sources["sana/a"].endpoints
    await at.poll("sana/a", good(home), good(mirror))
    titles = {str(number): f"خبر رقم {number}" for number in range(10)}
    await shows(at, home, {key: (int(key) * 4, title) for key, title in titles.items()})
    lag, without = at_mirror.get("lag", 0), at_mirror.get("without", 0)
    mirrored = {key: (int(key) * 4 + (lag if key != "0" else 0), title) for key, title in titles.items()}
    if "title" in at_mirror:
        mirrored["5"] = (20, at_mirror["title"])
    await shows(at, mirror, dict(list(mirrored.items())[: len(mirrored) - without]))
    detector = MirrorComparisons()
    for _ in range(2):  # the second time nothing was polled since, and nothing is read again
        found = await at.find(detector)
        assert {kind: each.is_holding for (kind, _), each in found.items()} == kinds
        assert all(each.subject.id == mirror for each in found.values())


async def test_what_differed_before_a_start_is_held_until_it_is_compared_again(room):
    """A new process compares a few sources at each look."""
    names = [f"o{number}" for number in range(5)]
    at = await room(*(an_outlet(name, mirrors=1, mode=OutletMode.COMPARE) for name in names))
    for name in names:
        await at.poll(f"{name}/a", *map(good, at.rules.sources[f"{name}/a"].endpoints))
        mirror = at.rules.sources[f"{name}/a"].endpoints[1]
        await at.has_open(AlertKind.MIRROR_DIFFERING, Subject(SubjectKind.ENDPOINT, mirror))
    detector = MirrorComparisons()
    for left in (3, 1, 0):
        found = await at.find(detector)
        assert [each.is_holding for each in found.values()] == [True] * left
    assert all(each.kind is AlertKind.MIRROR_DIFFERING for each in found.values())


async def test_a_mirror_is_still_down_when_the_home_is_too(room):
    """What was raised is held, and nothing new is: the outlet that cannot be read is the news."""
    at = await room(an_outlet("sana", mirrors=1))
    home, mirror = at.rules.sources["sana/a"].endpoints
    await at.poll("sana/a", bad(home), bad(mirror))
    found = await at.find(FailingEndpoints())
    held = {subject for (kind, subject), each in found.items() if each.is_holding and kind == "mirror-down"}
    assert held == {"endpoint:https://sana.example", "endpoint:https://m0.sana.example"}
    assert not found["failing", "outlet:sana"].is_holding


async def test_a_source_that_is_held_is_covered_by_its_outlet(room):
    """Else it is reminded of beside the outlet, in words that were true before."""
    at = await room(an_outlet("irna", paths=("a", "b"), country="IR"))
    source, outlet, country = (Subject.parse(each) for each in ("source:irna/a", "outlet:irna", "country:IR"))
    for path in "ab":
        await at.poll(f"irna/{path}", bad(f"https://irna.example/{path}"))
    for each in (source, outlet):
        await at.has_open(AlertKind.FAILING, each)
    found = await at.find(FailingEndpoints())
    assert found["failing", str(source)].is_holding
    assert found["failing", str(source)].covered_by == (outlet, country)
    await at.poll("irna/a", good("https://irna.example/a", good_since=NOW))
    await at.poll("irna/b", good("https://irna.example/b", good_since=NOW))
    found = await at.find(FailingEndpoints())
    assert found["failing", str(outlet)].is_holding
    assert found["failing", str(outlet)].covered_by == (country,)


def suspect(endpoint):
    return bad(endpoint, Outcome.SUSPECT, failures=1.0, quarantine=Quarantine.SUSPECT)


async def test_outlets_that_share_a_host_are_told_apart(room):
    """What one shows is not the first one's, in quarantine or with a new issuer."""
    outlets = []
    for name in ("sana", "irna"):
        made, base = an_outlet(name), f"https://t.example/{name}"
        outlets.append(replace(made, home=base, sources=(replace(made.sources[0], endpoints=(f"{base}/rss",)),)))
    at = await room(*outlets)
    await at.poll("irna/a", suspect("https://t.example/irna/rss"))
    ((key, finding),) = (await at.find(Doors())).items()
    assert (key, finding.outlet) == (("quarantined", "endpoint:https://t.example/irna"), "irna")
    for issuer in ("Let's Encrypt", "Other Trust"):
        shown = Peer(host="t.example", prefix="5.160.0.0/16", certificate=certificate(issuer))
        await at.poll("irna/a", suspect("https://t.example/irna/rss"), peers=(shown,), at=NOW - HOUR)
    hijack = (await at.find(Doors()))["hijack", "host:t.example"]
    assert hijack.outlet == "irna"
    assert [each.partition(": ")[0] for each in hijack.evidence] == ["https://t.example/irna/rss"]


async def test_a_quarantine_goes_on_beside_a_hijack_and_after_it(room):
    """A second sign ends nothing, nor does it when that sign is news no more: only a decision does."""
    at = await room(an_outlet("sana"))
    home, subject = "https://sana.example/a", Subject(SubjectKind.HOST, "sana.example")
    await met(at, seen(), seen(shown=certificate("Other Trust")))
    await at.poll("sana/a", suspect(home))
    holding = {kind: each.is_holding for (kind, _), each in (await at.find(Doors())).items()}
    assert holding == {"hijack": False, "quarantined": True, "issuer": True}
    later = NOW + 8 * DAY
    assert [kind for kind, _ in await at.find(Doors(), now=later)] == ["quarantined"]
    await at.has_open(AlertKind.HIJACK, subject)
    holding = {kind: each.is_holding for (kind, _), each in (await at.find(Doors(), now=later)).items()}
    assert holding == {"hijack": True, "quarantined": True}
    await at.poll("sana/a", good(home))
    assert await at.find(Doors(), now=later) == {}


async def test_a_hijack_is_dated_by_what_is_new(room):
    """An issuer that came months ago has nothing to do with networks of today, nor is it spoken of."""
    at = await room(an_outlet("sana"))
    other = certificate("Other Trust")
    await met(at, seen(), seen(shown=other), start=NOW - 60 * DAY)
    await met(at, *[seen("45.10.0.0/16", other)] * 3, start=NOW - DAY)
    await at.poll("sana/a", suspect("https://sana.example/a"))
    hijack = (await at.find(Doors()))["hijack", "host:sana.example"]
    assert hijack.since == NOW - DAY
    assert "issued" not in hijack.words


async def test_nothing_is_found_of_what_left_the_configuration(room):
    at = await room(an_outlet("sana", mirrors=1, mode=OutletMode.COMPARE), an_outlet("irna"))
    home, mirror = at.rules.sources["sana/a"].endpoints
    await met(at, seen(), seen(shown=certificate("Other Trust", days=5)))
    await at.poll("sana/a", suspect(home), bad(mirror))
    await at.has_open(AlertKind.FAILING, Subject(SubjectKind.OUTLET, "sana"))
    await at.has_open(AlertKind.MIRROR_LAGGING, Subject(SubjectKind.ENDPOINT, mirror))
    del at.rules.outlets["sana"]
    for detector in (FailingEndpoints(), Doors(), MirrorComparisons()):
        assert await at.find(detector) == {}


@contextmanager
def noted(connection, asked):
    """Note what is asked over a connection."""

    def note(_connection, _cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", note)


@speaks_sqlite
async def test_no_look_reads_all_endpoints_or_hosts(room):
    """Each statement of a look is planned over an index of the few rows that are not well (EXPLAIN QUERY PLAN)."""
    at = await room(an_outlet("sana"))
    asked = []

    def find(tx):
        connection = tx.connection
        execute = connection.exec_driver_sql
        look = Look(now=NOW, rules=at.rules)
        with noted(connection, asked):
            for detector in (FailingEndpoints(), Doors()):
                list(detector.find(tx, look))
        return [row[3] for statement, given in asked for row in execute(f"EXPLAIN QUERY PLAN {statement}", given)]

    plans = await at.store.read(find)
    assert len(asked) >= 5
    assert [each for each in plans if each.startswith("SCAN") and "ix_endpoint_unwell" not in each] == []
