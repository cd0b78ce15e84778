"""The resolver: what a name costs those who ask, and those who ask for others."""

import asyncio
import socket
import subprocess
import sys
import threading
from contextlib import asynccontextmanager

import pytest

from syndicator.errors import LocalFaultError
from syndicator.fetch.resolver import MOST_NAMES, ResolveError, Resolver, ResolverSettings, system_look_up
from tests.names import HERE, Names
from tests.scarcity import no_descriptors
from tests.waiting import eventually, eventually_now


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@asynccontextmanager
async def resolving(names, clock=None, **settings):
    """Make a resolver; whatever happens, no thread hangs when it is closed."""
    resolver = Resolver(names, ResolverSettings(**{"patience": 3600, **settings}), clock=clock or Clock())
    try:
        yield resolver
    finally:
        names.released.set()
        await resolver.close()


async def addresses(resolver, host, port=80):
    return [(each["host"], each["port"]) for each in await resolver.resolve(host, port)]


async def test_dead_names_hold_up_no_other():
    """Twenty-four names hang, and a healthy one is resolved."""
    dead = [f"dead{n}.example" for n in range(24)]
    names = Names(*dead)
    async with resolving(names) as resolver:
        waiting = [asyncio.create_task(resolver.resolve(host)) for host in dead]
        await names.hang(24)
        assert await addresses(resolver, "good.example") == [("127.0.0.1", 80)]
        assert not any(each.done() for each in waiting)
        names.released.set()
        failures = await asyncio.gather(*waiting, return_exceptions=True)
    assert {str(each) for each in failures} == {"the name does not resolve"}


async def test_a_name_that_hangs_has_failed_and_is_not_looked_up_again_while_its_thread_does():
    """However long that is, and however often somebody asks."""
    names, clock = Names("dead.example"), Clock()
    async with resolving(names, clock, patience=0.01) as resolver:
        for _ in range(3):
            with pytest.raises(ResolveError, match=r"^the name server does not answer within 0\.01 s$"):
                await resolver.resolve("dead.example")
            clock.now += 3600
        await names.hang(1)
        assert names.asked == ["dead.example"]


async def test_an_answer_that_comes_late_is_taken():
    """It stands in place of the failure."""
    release = threading.Event()

    class Late(Names):
        def __call__(self, host, family):
            super().__call__(host, family)
            release.wait()
            return HERE

    names = Late()
    async with resolving(names, patience=0.01) as resolver:
        try:
            with pytest.raises(ResolveError):
                await resolver.resolve("late.example")
        finally:
            release.set()

        async def is_known():
            try:
                return await addresses(resolver, "late.example")
            except ResolveError:
                return None

        assert await eventually(is_known) == [("127.0.0.1", 80)]
    assert names.asked == ["late.example"]


async def test_all_who_ask_at_once_share_one_look_up():
    """Whatever the port; one of them who leaves takes nothing from the others."""
    release = threading.Event()

    class Slow(Names):
        def __call__(self, host, family):
            super().__call__(host, family)
            release.wait()
            return HERE

    names = Slow()
    async with resolving(names) as resolver:
        waiting = [asyncio.create_task(addresses(resolver, "one.example", port)) for port in range(5)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        release.set()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert names.asked == ["one.example"]
    assert isinstance(answers[0], asyncio.CancelledError)
    assert answers[1:] == [[("127.0.0.1", port)] for port in range(1, 5)]


async def test_addresses_are_kept_for_seconds_and_failures_for_a_minute():
    """Then the name is looked up anew."""
    names, clock = Names("dead.example"), Clock()
    names.released.set()
    async with resolving(names, clock) as resolver:
        for seconds, count in ((0, 1), (9, 1), (2, 2)):
            clock.now += seconds
            await resolver.resolve("good.example")
            assert names.asked.count("good.example") == count
        for seconds, count in ((0, 1), (59, 1), (2, 2)):
            clock.now += seconds
            with pytest.raises(ResolveError):
                await resolver.resolve("dead.example")
            assert names.asked.count("dead.example") == count


async def test_a_look_up_waits_for_a_thread_and_its_patience_begins_then():
    """A name that waited for others has not failed."""
    names = Names("dead1.example", "dead2.example")
    async with resolving(names, most_threads=2) as resolver:
        dead = [asyncio.create_task(resolver.resolve(host)) for host in sorted(names.dead)]
        await names.hang(2)
        good = asyncio.create_task(addresses(resolver, "good.example"))
        await asyncio.sleep(0)
        assert "good.example" not in names.asked
        names.released.set()
        assert await good == [("127.0.0.1", 80)]
        await asyncio.gather(*dead, return_exceptions=True)


async def test_a_name_that_gets_no_thread_is_a_fault_of_this_machine():
    """It says nothing of the name, so nothing is kept of it."""
    names = Names("dead.example")
    async with resolving(names, most_threads=1, queueing=0.01) as resolver:
        dead = asyncio.create_task(resolver.resolve("dead.example"))
        await names.hang(1)
        with pytest.raises(LocalFaultError, match=r"^1 look-ups of names hang: .*name server"):
            await resolver.resolve("good.example")
        names.released.set()
        await asyncio.gather(dead, return_exceptions=True)
        assert await addresses(resolver, "good.example") == [("127.0.0.1", 80)]


def count_threads():
    return sum(thread.name == "resolver" for thread in threading.enumerate())


async def threads_are(ask):
    """Wait until the number of the resolver's threads is as it should be."""

    async def are_they():
        return ask(count_threads())

    await eventually(are_they)


async def test_threads_end_when_they_are_idle_and_are_never_more_than_allowed():
    """After a burst of names a few are left; after the end none."""
    await threads_are(lambda count: count == 0)
    names = Names(*(f"dead{n}.example" for n in range(40)))
    async with resolving(names, most_threads=16) as resolver:
        waiting = [asyncio.create_task(resolver.resolve(host)) for host in sorted(names.dead)]
        await names.hang(16)
        await threads_are(lambda count: count == 16)
        names.released.set()
        await asyncio.gather(*waiting, return_exceptions=True)
        await threads_are(lambda count: count <= 4)
    await threads_are(lambda count: count == 0)


def test_a_thread_ends_when_its_loop_has_ended_before_it():
    """Nobody is left to tell it so when it returns."""
    names, loop = Names("dead.example"), asyncio.new_event_loop()

    async def leave():
        resolver = Resolver(names, ResolverSettings(patience=0.01))
        with pytest.raises(ResolveError):
            await resolver.resolve("dead.example")
        await names.hang(1)
        await resolver.close()

    try:
        loop.run_until_complete(leave())
    finally:
        names.released.set()
    eventually_now(lambda: count_threads() == 0)
    loop.close()


async def test_what_is_kept_of_names_is_bounded():
    """Whoever redirects to ever new names fills no memory; the oldest make room, and what is past goes first."""
    names, clock = Names(), Clock()
    async with resolving(names, clock) as resolver:
        for number in range(MOST_NAMES + 10):
            await resolver.resolve(f"n{number}.example")
        assert len(resolver._kept) == MOST_NAMES
        assert ("n9.example", 0) not in resolver._kept
        clock.now += 11
        await resolver.resolve("last.example")
        assert list(resolver._kept) == [("last.example", 0)]
        assert resolver._pending == {}


@pytest.mark.parametrize("literal", ["127.0.0.1", "::1", "fe80::1%eth0", "2001:db8::a"])
async def test_an_address_is_not_looked_up(literal):
    """It is its own answer."""
    names = Names()
    async with resolving(names) as resolver:
        assert await addresses(resolver, literal) == [(literal, 80)]
    assert names.asked == []


@pytest.mark.parametrize(
    ("error", "note"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), "the name does not resolve"),
        (UnicodeError("label empty or too long"), "the name does not resolve"),
        (OSError("something else"), "the name does not resolve"),
    ],
)
async def test_whatever_a_look_up_ends_with_is_a_name_that_does_not_resolve(error, note):
    """With a note for a person."""
    async with resolving(Names(error=error)) as resolver:
        with pytest.raises(ResolveError, match=f"^{note}$"):
            await resolver.resolve("name.example")


async def test_a_name_without_addresses_does_not_resolve():
    """Nothing to connect to is a failure like any other."""
    async with resolving(Names(answer=())) as resolver:
        with pytest.raises(ResolveError, match="the name has no address"):
            await resolver.resolve("name.example")


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), MemoryError()])
async def test_a_fault_of_this_machine_is_not_kept_as_the_names(error):
    """As soon as the machine has what it lacked, the name resolves."""
    names = Names(error=error)
    async with resolving(names) as resolver:
        with pytest.raises(LocalFaultError):
            await resolver.resolve("name.example")
        names.error = None
        assert await addresses(resolver, "name.example") == [("127.0.0.1", 80)]


async def test_an_error_that_nobody_expects_reaches_who_asks():
    """It is neither lost nor kept."""
    names = Names(error=ZeroDivisionError())
    async with resolving(names) as resolver:
        with pytest.raises(ZeroDivisionError):
            await resolver.resolve("name.example")
        assert resolver._kept == {}


async def test_a_lack_of_descriptors_is_not_a_name_that_does_not_exist():
    """The system's resolver says the one for the other."""
    resolver = Resolver()
    try:
        await resolver.resolve("localhost")  # what is imported on first use needs descriptors of its own
        with no_descriptors(), pytest.raises(LocalFaultError, match="LimitNOFILE"):
            await resolver.resolve("other.invalid")
    finally:
        await resolver.close()


def test_the_systems_own_look_up_is_asked():
    """Names of ``/etc/hosts`` are known."""
    assert (int(socket.AF_INET), "127.0.0.1") in system_look_up("localhost", 0)
    with pytest.raises(OSError):
        system_look_up("name.invalid", 0)


async def test_closing_fails_those_who_wait():
    """Nobody waits for a thread that hangs."""
    names = Names("dead.example")
    async with resolving(names, most_threads=1) as resolver:
        waiting = [asyncio.create_task(resolver.resolve(host)) for host in ("dead.example", "queued.example")]
        await names.hang(1)
        await resolver.close()
        failures = await asyncio.gather(*waiting, resolver.resolve("new.example"), return_exceptions=True)
    assert [str(each) for each in failures] == ["the resolver is closed"] * 3


HANGING = """
import asyncio, threading
from syndicator.fetch.resolver import Resolver, ResolverSettings, ResolveError

async def main():
    resolver = Resolver(lambda *_: threading.Event().wait(), ResolverSettings(patience=0.01))
    try:
        await resolver.resolve("dead.example")
    except ResolveError as error:
        print(error)
    await resolver.close()

asyncio.run(main())
"""


def test_a_look_up_that_hangs_does_not_keep_the_process_from_ending():
    """Its thread ends with it."""
    done = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=60, check=True)
    assert "does not answer" in done.stdout
