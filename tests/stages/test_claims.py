"""Hosts that processes claim: who may poll where, until when, and what becomes of those that were away."""

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from syndicator.errors import LateError
from syndicator.fetch import HostWaits
from syndicator.models import PollBounds, Source
from syndicator.models.workers import Claim, Worker
from syndicator.runtime.claims import SharedClaims
from syndicator.store import open_store
from tests.conftest import NOW
from tests.stores import BOTH, store_url

MINUTE, NOTHING = timedelta(minutes=1), timedelta(0)
SECOND = timedelta(seconds=1)


@asynccontextmanager
async def stores(tmp_path, kind="postgresql", count=2):
    """Open a store as several processes would."""
    opened = [open_store(store_url(tmp_path / "x.db", kind)) for _ in range(count)]
    try:
        yield opened
    finally:
        for each in opened:
            each.close()


@pytest.mark.parametrize("kind", BOTH)
async def test_a_host_is_one_process_until_its_lease_ends(tmp_path, kind):
    """Its number rises with each claim, also of the same process: what that was before is another one now."""
    async with stores(tmp_path, kind, 1) as (store,):

        def claim(worker, lease=MINUTE, keys=("новости.рф", "akhbar.example")):
            return store.write(lambda tx: tx.hosts.claim(keys, worker=worker, lease=lease))

        first = await claim("one")
        assert first == [Claim("akhbar.example", 1), Claim("новости.рф", 1)]
        assert await claim("two") == []
        assert await store.read(lambda tx: tx.hosts.held_by_others("two")) == {"akhbar.example", "новости.рф"}
        assert await store.read(lambda tx: tx.hosts.held_by_others("one")) == set()
        again = await claim("one")
        assert [each.number for each in again] == [2, 2]
        assert await store.write(lambda tx: tx.hosts.hold(first, longer=NOTHING)) == set()
        assert await claim("two") == []
        assert await store.write(lambda tx: tx.hosts.hold(again[:1], longer=NOTHING)) == set(again[:1])
        assert await claim("two") == [Claim("akhbar.example", 3)]
        assert await store.read(lambda tx: tx.hosts.lost([*first, *again])) == {*first, again[0]}
        asked_by = await store.read(lambda tx: tx.hosts.last_asked_by(["akhbar.example", "новости.рф", "nobody"]))
        assert asked_by == {"akhbar.example": "two", "новости.рф": "one"}


@pytest.mark.parametrize("kind", BOTH)
async def test_what_is_held_for_impossibly_long_was_claimed_by_another_clock(tmp_path, kind):
    """A database whose clock was set back a day must not keep its hosts for a day."""
    async with stores(tmp_path, kind, 1) as (store,):
        await store.write(lambda tx: tx.hosts.claim(["a"], worker="one", lease=timedelta(days=1)))
        assert await store.write(lambda tx: tx.hosts.claim(["a"], worker="two", lease=MINUTE)) == [Claim("a", 2)]


@pytest.mark.parametrize("kind", BOTH)
async def test_nothing_is_written_by_a_claim_that_was_lost(tmp_path, kind):
    """What is committed together with it is."""
    async with stores(tmp_path, kind, 1) as (store,):
        (lost,) = await store.write(lambda tx: tx.hosts.claim(["a"], worker="one", lease=NOTHING))
        (held,) = await store.write(lambda tx: tx.hosts.claim(["a"], worker="two", lease=MINUTE))
        written = await asyncio.gather(
            *(
                store.write(lambda tx, key=key: tx.set_meta(key, "x"), may_wait=True, claim=claim)
                for key, claim in (("no", lost), ("yes", held), ("also", None))
            ),
            return_exceptions=True,
        )
        assert isinstance(written[0], LateError)
        assert "a" in str(written[0])
        assert written[1:] == [None, None]
        assert [await store.read(lambda tx, key=key: tx.get_meta(key)) for key in ("no", "yes", "also")] == [
            None,
            "x",
            "x",
        ]


@pytest.mark.xdist_group("postgresql")
async def test_of_two_that_claim_at_once_each_gets_what_the_other_does_not(tmp_path):
    """A thousand hosts, four processes, all at the same moment."""
    keys = [f"host{number}.example" for number in range(1000)]
    async with stores(tmp_path, count=4) as opened:
        got = await asyncio.gather(
            *(
                each.write(lambda tx, number=number: tx.hosts.claim(keys, worker=f"w{number}", lease=MINUTE))
                for number, each in enumerate(opened)
            )
        )
        assert sorted(claim.host for some in got for claim in some) == sorted(keys)


def source(name, *mirrors, ask_from=()):
    endpoints = (f"https://{name}.example/feed", *(f"https://{each}.example/{name}" for each in mirrors))
    return Source(id=f"{name}/feed", outlet=name, endpoints=endpoints, language="fa", ask_from=frozenset(ask_from))


KAYHAN, IRNA, MEHR = source("kayhan", "archive"), source("irna", "archive"), source("mehr", ask_from=["tr"])


@dataclass
class Process(SharedClaims):
    """The claims of a process, with its store and the waits that hosts have asked of it."""

    name: str
    labels: tuple[str, ...]
    store: object
    waits: HostWaits = field(default_factory=HostWaits)

    def __post_init__(self):
        worker = Worker(name=self.name, labels=self.labels)
        super().__init__(self.store, worker, waits=self.waits, spacing=lambda: SECOND, clock=lambda: NOW)


@asynccontextmanager
async def processes(tmp_path, **labels):
    """Give several processes on one store, by name."""
    async with stores(tmp_path, count=len(labels)) as opened:
        sources = {each.id: each for each in (KAYHAN, IRNA, MEHR)}
        await opened[0].write(lambda tx: tx.sources.sync(sources, NOW, PollBounds()))
        yield {name: Process(name, of, store) for (name, of), store in zip(labels.items(), opened, strict=True)}


@pytest.mark.xdist_group("postgresql")
async def test_home_and_mirrors_are_claimed_together_or_not_at_all(tmp_path):
    """Two that each held what the other waits for would wait for ever."""
    async with processes(tmp_path, one=(), two=()) as by_name:
        one, two = by_name["one"], by_name["two"]
        taken = await one.take({"kayhan.example": [KAYHAN]})
        assert taken.states[KAYHAN.id].id == KAYHAN.id
        claim = taken.claims["kayhan.example"]
        assert one.has(claim)
        # Its home is free, the archive is not.
        assert (await two.take({"irna.example": [IRNA]})).claims == {}
        assert (await one.take({"irna.example": [IRNA]})).claims.keys() == {"irna.example"}
        one.end("kayhan.example")
        assert not one.has(claim)
        await one.renew()
        # The archive is still asked for the other one.
        assert (await two.take({"kayhan.example": [KAYHAN]})).claims == {}
        one.end("irna.example")
        await one.renew()
        assert (await two.take({"kayhan.example": [KAYHAN]})).claims == {}  # a pause comes between two processes
        await one.leave()
        taken = await one.take({"kayhan.example": [KAYHAN]})
        assert taken.claims["kayhan.example"].number == claim.number + 1


@pytest.mark.xdist_group("postgresql")
async def test_what_another_process_has_polled_meanwhile_is_not_due_any_more(tmp_path):
    """Its host is ours, but there is nothing to ask for."""
    async with processes(tmp_path, one=(), two=()) as by_name:
        await by_name["two"].store.write(lambda tx: tx.sources.postpone(IRNA.id, NOW + MINUTE))
        taken = await by_name["one"].take({"irna.example": [IRNA]})
        assert (taken.states, list(taken.claims)) == ({}, ["irna.example"])


@pytest.mark.xdist_group("postgresql")
async def test_a_lease_that_is_not_renewed_is_lost_and_noticed(tmp_path):
    """A process that was stopped and wakes finds that others have gone on."""
    async with processes(tmp_path, one=(), two=()) as by_name:
        one, two = by_name["one"], by_name["two"]
        claim = (await one.take({"mehr.example": [MEHR]})).claims["mehr.example"]
        await two.store.write(lambda tx: tx.hosts.hold([claim], longer=NOTHING))  # as if it ended
        assert (await two.take({"mehr.example": [MEHR]})).claims.keys() == {"mehr.example"}
        assert one.has(claim)
        await one.renew()
        assert not one.has(claim)


@pytest.mark.xdist_group("postgresql")
async def test_a_host_that_asks_one_process_to_wait_is_left_alone_by_all(tmp_path):
    """Whoever claims next knows of it."""
    async with processes(tmp_path, one=(), two=()) as by_name:
        one, two = by_name["one"], by_name["two"]
        one.waits.put("mehr.example", NOW + MINUTE, NOW)  # as the fetcher does
        await one.take({"mehr.example": [MEHR]})
        await two.take({"irna.example": [IRNA]})
        assert two.waits.until("mehr.example", NOW) == NOW + MINUTE


@pytest.mark.xdist_group("postgresql")
async def test_an_outlet_says_which_processes_may_ask_it(tmp_path):
    """One label of several is enough; without any, everybody may."""
    async with processes(tmp_path, one=(), two=("eu", "tr")) as by_name:
        assert [each.may_ask(MEHR) for each in by_name.values()] == [False, True]
        assert [each.may_ask(IRNA) for each in by_name.values()] == [True, True]
        await by_name["two"].renew()
        (seen,) = await by_name["one"].store.read(lambda tx: tx.workers.all())
        assert (seen.name, seen.labels) == ("two", ("eu", "tr"))
        await by_name["two"].leave()
        assert await by_name["one"].store.read(lambda tx: tx.workers.all()) == []


@pytest.mark.xdist_group("postgresql")
async def test_others_come_in_between_where_much_is_to_be_written_slowly(tmp_path):
    """A process far from its server must not keep all others waiting for a hundred documents."""

    def slow(tx):
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            tx.get_meta("x")
        return tx.connection.exec_driver_sql("SELECT txid_current()").scalar()

    async with stores(tmp_path, count=1) as (store,):
        numbers = await asyncio.gather(*(store.write(slow, may_wait=True) for _ in range(5)))
        assert len(set(numbers)) in (2, 3)
        quick = await asyncio.gather(*(store.write(lambda tx: tx.get_meta("x"), may_wait=True) for _ in range(5)))
        assert quick == [None] * 5


@pytest.mark.xdist_group("postgresql")
async def test_nothing_is_written_by_rules_that_are_not_in_force_any_more(tmp_path):
    """A new feed is filled with what came before its rules: what came after by those before would be in no feed."""
    async with stores(tmp_path, count=2) as (daemon, worker):
        await daemon.write(lambda tx: tx.configuration.save({"syndicator.toml": ""}, "before"))
        await worker.write(lambda tx: tx.set_meta("story", "1"), rules=lambda: "before")
        await daemon.write(lambda tx: tx.configuration.save({"syndicator.toml": ""}, "after"))
        with pytest.raises(LateError, match="another configuration"):
            await worker.write(lambda tx: tx.set_meta("story", "2"), rules=lambda: "before")
        assert await daemon.read(lambda tx: tx.get_meta("story")) == "1"
        await worker.write(lambda tx: tx.set_meta("story", "3"), rules=lambda: "after")
        assert await daemon.read(lambda tx: tx.get_meta("story")) == "3"
