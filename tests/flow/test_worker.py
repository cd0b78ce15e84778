"""A process that polls beside the daemon: what it works by, and what the operator sees of it."""

import asyncio
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import msgspec
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from syndicator.config import load, own_settings
from syndicator.errors import ConfigError, InUseError, StoreError
from syndicator.models.checkup import Grade
from syndicator.models.workers import Worker
from syndicator.runtime.daemon import run as run_daemon
from syndicator.runtime.doctor.processes import check_processes
from syndicator.runtime.lock import only_one, own_name
from syndicator.runtime.worker import run_worker
from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.stores import postgres, postgres_stopped, store_url
from tests.waiting import FAST, eventually, eventually_now, get, running

pytestmark = pytest.mark.xdist_group("postgresql")
FEEDS = {"everything": EVERYTHING}
FROM_TURKEY = 'ask_from = ["tr"]\n'
FAST_ENOUGH, LONG = timedelta(0), timedelta(minutes=1)


def main_file(tmp_path, more=""):
    return f'store = "{store_url(tmp_path / "s.db", "postgresql")}"\n{MAIN}{more}'


def named(text, *, name, language="en", more=""):
    """Return an outlet's file with another name and language, and more keys of the outlet itself."""
    text = text.replace('name = "Outlet"', f'name = "{name}"').replace('language = "en"', f'language = "{language}"')
    return text.replace("[[source]]", f"{more}[[source]]", 1)


@asynccontextmanager
async def worker(tmp_path, *, name="ankara", labels="tr", state="w", intervals=FAST, **settings):
    """Run a worker on the store of ``main_file``; give it when it is ready."""
    store = store_url(tmp_path / "s.db", "postgresql")
    given = {"store": store, "worker.name": name, "worker.labels": labels, **settings}
    own = own_settings(None, environ={}, state=tmp_path / state, overrides=given)
    made = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run_worker(own, intervals=intervals, ready=made.set_result))
    try:
        await asyncio.wait([task, made], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield made.result()
    finally:
        if made.done():
            made.result().stop()
        await task


async def titles(daemon):
    stories = await daemon.app.store.read(lambda tx: tx.stories.newest(100))
    return {each.title for each in stories}


async def has(daemon, *wanted):
    async def there():
        return set(wanted) <= await titles(daemon)

    await eventually(there)


async def tells(daemon, *notes):
    """Wait until these are the notes for operators."""

    async def are_told():
        await daemon.check_health()
        return daemon.notes() == notes

    await eventually(are_told)


async def test_an_outlet_is_asked_from_where_it_can_be_reached_and_the_operator_sees_from_where(tmp_path, free_port):
    """Without such a process nobody asks it, and that is said; with it, its pages say who."""
    async with Site() as here, Site() as there:
        here.answers["/feed.xml"] = rss(Item("خبر من دمشق", link=f"{here.base}/1", guid="1"))
        there.answers["/feed.xml"] = rss(Item("Ankara'dan haber", link=f"{there.base}/1", guid="1"))
        outlets = {
            "here": named(outlet(here.base), name="سانا", language="ar"),
            "there": named(outlet(there.base), name="Haber", language="tr", more=FROM_TURKEY),
        }
        folder = write_config(tmp_path / "c", port=free_port, outlets=outlets, feeds=FEEDS, main=main_file(tmp_path))
        async with running(folder, tmp_path / "s") as daemon:
            await has(daemon, "خبر من دمشق")
            await tells(daemon, "nobody asks 1 outlet (there): no process at work has a label of tr")
            assert there.requests == []
            async with worker(tmp_path):
                await has(daemon, "Ankara'dan haber")
                await tells(daemon)

                async def is_shown():
                    status = msgspec.json.decode((await get(f"http://127.0.0.1:{free_port}/status.json")).body)
                    asked_by = {each["id"]: each["sources"][0]["asked_by"] for each in status["outlets"]}
                    is_listed = ("ankara", ["tr"]) in [(each["name"], each["labels"]) for each in status["processes"]]
                    return is_listed and asked_by == {"here": daemon.app.config.worker.name, "there": "ankara"}

                await eventually(is_shown)
                page = (await get(f"http://127.0.0.1:{free_port}/ops/outlets/there")).body.decode()
                assert "Asked last by the process <bdi>ankara</bdi>." in page
                front = (await get(f"http://127.0.0.1:{free_port}/ops/")).body.decode()
                assert "<bdi>ankara</bdi> (tr)" in front

            async def feed_has_both():
                return b"Ankara'dan haber" in (await get(f"http://127.0.0.1:{free_port}/feeds/everything.atom")).body

            await eventually(feed_has_both)


async def test_a_worker_follows_what_the_daemon_is_told(tmp_path, free_port):
    """A new outlet, a feed with another filter, a setting of the command line: at its next look."""
    async with Site() as first, Site() as second:
        for site, title in ((first, "Первая новость"), (second, "خبر دوم")):
            site.answers["/feed.xml"] = rss(Item(title, link=f"{site.base}/1", guid="1"))
        outlets = {"first": named(outlet(first.base), name="Первый", language="ru", more=FROM_TURKEY)}
        folder = write_config(tmp_path / "c", port=free_port, outlets=outlets, feeds=FEEDS, main=main_file(tmp_path))
        async with running(folder, tmp_path / "s") as daemon, worker(tmp_path) as process:
            await has(daemon, "Первая новость")
            text = named(outlet(second.base), name="دوم", language="fa", more=FROM_TURKEY)
            (folder / "outlets" / "second.toml").write_text(text)
            (folder / "feeds" / "persian.toml").write_text("title = \"فارسی\"\nwhere = 'lang:fa'\n")
            assert await daemon.reload()
            await has(daemon, "خبر دوم")
            assert process.app.rules.fingerprint == daemon.app.rules.fingerprint
            assert process.trouble() == ()

            async def is_published():
                return "خبر دوم".encode() in (await get(f"http://127.0.0.1:{free_port}/feeds/persian.atom")).body

            await eventually(is_published)


async def test_what_a_worker_says_of_itself_stands_and_secrets_stay_where_they_are(tmp_path, free_port):
    """Tokens and passwords lie beside the daemon's configuration; a private feed is filled all the same."""
    async with Site() as site:
        site.answers["/feed.xml"] = rss(Item("Haber", link=f"{site.base}/1", guid="1"))
        feeds = {"private": EVERYTHING + 'token_file = "tokens"\n'}
        folder = write_config(
            tmp_path / "c",
            port=free_port,
            outlets={"one": named(outlet(site.base), name="Haber", more=FROM_TURKEY)},
            feeds=feeds,
            main=main_file(tmp_path, "[worker]\nname = 'head'\n").replace("store", "capture = true\nstore", 1),
        )
        (folder / "tokens").write_text("reader: 0123456789abcdef0123456789abcdef\n")
        (folder / "alerts").mkdir()
        (folder / "alerts" / "me.toml").write_text('to = ["mailto:me@example.org"]\n')
        async with running(folder, tmp_path / "s") as daemon:
            assert await daemon.app.store.read(lambda tx: "alerts/me.toml" not in tx.configuration.texts())
            settings = {"politeness.at_once": "7"}
            async with worker(tmp_path, **settings) as process:
                await has(daemon, "Haber")
                config = process.app.config
                assert (config.worker.name, config.at_once, config.state) == ("ankara", 7, tmp_path / "w")
                assert config.feeds["private"].is_private
                assert not any(each.is_captured for each in config.sources.values())
                assert not list((tmp_path / "w").rglob("*.atom"))

                async def is_member():
                    return await daemon.app.store.read(lambda tx: tx.feeds.states()[0].members) == 1

                await eventually(is_member)


async def test_who_cannot_work_is_told_why(tmp_path, free_port):
    """A file for a store, no store at all, a name that another process has."""
    with pytest.raises(ConfigError, match="needs the address of the store"):
        own_settings(None, environ={}, state=tmp_path / "w", overrides={})
    on_file = own_settings(None, environ={}, state=tmp_path / "w", overrides={"store": f"sqlite:///{tmp_path}/x.db"})
    with pytest.raises(StoreError, match="several processes can work on"):
        await run_worker(on_file)
    folder = write_config(tmp_path / "c", port=free_port, feeds=FEEDS, main=main_file(tmp_path))
    async with running(folder, tmp_path / "s"), worker(tmp_path):
        with pytest.raises(InUseError, match='another syndicator is called "ankara"'):
            async with worker(tmp_path, state="other"):
                pass


@contextmanager
def quicker(hold, store):
    """Hold what another process holds: the server forgets it, as one that is restarted, until we have it first."""
    database = store.rpartition("/")[2]
    holders = f"SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database WHERE datname = '{database}'"
    with ExitStack() as stack:

        def is_ours():
            postgres().execute(f"SELECT pg_terminate_backend(pid) FROM ({holders} AND locktype = 'advisory') AS holder")
            with suppress(InUseError):
                return stack.enter_context(hold())
            return None

        eventually_now(is_ours)
        yield


async def test_a_process_ends_if_another_has_its_name_or_its_store_when_the_server_is_back(tmp_path, free_port):
    """A worker whose name is taken, a daemon whose store is; what nobody took meanwhile they have taken again."""
    folder = write_config(tmp_path / "c", port=free_port, feeds=FEEDS, main=main_file(tmp_path))
    store = store_url(tmp_path / "s.db", "postgresql")
    often = replace(FAST, lease=0.6)
    read = partial(load, folder, environ={}, state=tmp_path / "s", is_strict=False)
    ready = asyncio.get_running_loop().create_future()
    ends = asyncio.create_task(run_daemon(read, intervals=often, ready=ready.set_result))
    daemon = await ready

    async def is_alone():
        (first, *others) = await daemon.app.store.read(lambda tx: tx.workers.all())
        return first.name == daemon.app.config.worker.name and not others

    async def lose_a_name():
        async with worker(tmp_path, name="zonguldak", intervals=often):
            assert not await is_alone()
            with quicker(lambda: own_name(store, "zonguldak"), store):
                await eventually(is_alone)

    with pytest.raises(InUseError, match='another syndicator is called "zonguldak"'):
        await lose_a_name()
    assert not ends.done()
    with (
        quicker(lambda: only_one(tmp_path / "other", store), store),
        pytest.raises(InUseError, match="another syndicator works on postgresql://"),
    ):
        await asyncio.wait_for(ends, 120)


async def test_a_process_that_ends_while_the_server_is_gone_ends_as_always(tmp_path, free_port):
    """With a story that was just stored, and a host that is held: a daemon and a worker."""
    async with Site() as site:
        site.answers["/feed.xml"] = rss(Item("Перемирие в Идлибе", link=f"{site.base}/1", guid="1"))
        outlets = {"one": named(outlet(site.base), name="Весть", language="ru", more=FROM_TURKEY)}
        folder = write_config(tmp_path / "c", port=free_port, outlets=outlets, feeds=FEEDS, main=main_file(tmp_path))
        read = partial(load, folder, environ={}, state=tmp_path / "s", is_strict=False)
        ready = asyncio.get_running_loop().create_future()
        ends = asyncio.create_task(run_daemon(read, intervals=FAST, ready=ready.set_result))
        daemon = await ready
        with ExitStack() as stack:
            async with worker(tmp_path):
                await has(daemon, "Перемирие в Идлибе")
                stack.enter_context(postgres_stopped())
            daemon.stop()
            await asyncio.wait_for(ends, 120)


async def test_a_poll_of_a_host_that_another_has_by_now_leaves_no_mark(tmp_path, free_port):
    """No story, no failure, no answer that is kept: as if it had not been asked."""
    async with Site() as site:
        asked, answer = asyncio.Event(), asyncio.Event()

        async def slow(request):
            asked.set()
            await answer.wait()
            raise ConnectionResetError

        site.answers["/feed.xml"] = slow
        outlets = {"one": named(outlet(site.base), name="Haber", more=FROM_TURKEY)}
        folder = write_config(tmp_path / "c", port=free_port, outlets=outlets, feeds=FEEDS, main=main_file(tmp_path))
        async with running(folder, tmp_path / "s") as daemon, worker(tmp_path) as process:
            store = daemon.app.store
            await asked.wait()
            with capture_logs() as logs:
                # As if its lease had ended and another one had come.
                key = site.base.removeprefix("http://")
                (ours,) = (each.claim for each in process.dispatcher.claims._held.values())
                await store.write(lambda tx: tx.hosts.hold([ours], longer=FAST_ENOUGH))
                assert await store.write(lambda tx: tx.hosts.claim([key], worker="izmir", lease=LONG))
                answer.set()
                await process.dispatcher.settled()
            assert "a poll is dropped" in {each["event"] for each in logs}
            (source,) = process.app.config.sources.values()
            state = await store.read(lambda tx: tx.sources.state(source))
            assert (state.polled_at, state.endpoints[0].failures, state.endpoints[0].outcome) == (None, 0, None)


async def test_a_story_that_is_on_its_way_during_a_reload_is_in_the_new_feed(tmp_path, free_port):
    """Whether the worker has heard of the feed or not when the story is stored."""
    async with Site() as site:
        asked, answer = asyncio.Event(), asyncio.Event()
        body = rss(*(Item(f"Новость {number}", link=f"{site.base}/{number}", guid=f"{number}") for number in range(30)))

        async def slow(request):
            asked.set()
            await answer.wait()
            return web.Response(body=body)

        site.answers["/feed.xml"] = slow
        outlets = {"one": named(outlet(site.base), name="Новости", language="ru", more=FROM_TURKEY)}
        folder = write_config(tmp_path / "c", port=free_port, outlets=outlets, feeds=FEEDS, main=main_file(tmp_path))
        async with running(folder, tmp_path / "s") as daemon, worker(tmp_path):
            await asked.wait()
            (folder / "feeds" / "russian.toml").write_text('title = "Россия"\nwhere = "outlet:one"\n')
            reloading = asyncio.create_task(daemon.reload())
            answer.set()
            assert await reloading

            async def is_filled():
                states = await daemon.app.store.read(lambda tx: tx.feeds.states())
                return {each.name: each.members for each in states} == {"everything": 30, "russian": 30}

            await eventually(is_filled)


async def test_the_doctor_looks_at_clocks_and_at_who_is_missing(tmp_path, free_port):
    """What stops a worker, and what operators would miss."""
    folder = write_config(tmp_path / "c", port=free_port, feeds=FEEDS, main=main_file(tmp_path))
    async with running(folder, tmp_path / "s") as daemon, worker(tmp_path):
        store, config = daemon.app.store, daemon.app.config

        async def found(now):
            return [(each.grade, each.words) async for each in check_processes(config, now)]

        shown = await store.read(lambda tx: tx.workers.clock())
        assert await found(shown) == [(Grade.WELL, "2 processes at work")]
        ((grade, told), _) = await found(shown + LONG)
        assert grade is Grade.FAULT
        assert "s off that of postgresql://" in told
        await store.write(long_gone)
        assert [grade for grade, _ in await found(shown)] == [Grade.WARNING, Grade.WELL]
        assert (await found(shown))[0][1].startswith("izmir was last seen at ")

        async def is_told():
            await daemon.check_health()
            return any(each.startswith("the worker izmir was last seen at ") for each in daemon.notes())

        await eventually(is_told)


def long_gone(tx):
    """Note that a worker was at work, an hour ago."""
    tx.workers.see(Worker(name="izmir"))
    tx.connection.exec_driver_sql("UPDATE worker SET seen_at = seen_at - 3600000000 WHERE name = 'izmir'")
