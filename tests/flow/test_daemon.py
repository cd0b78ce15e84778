"""The whole daemon: loopback outlets in, output feeds out."""

import asyncio
import json
from datetime import timedelta

import feedparser
import pytest
from aiohttp import web

from syndicator.config import load
from syndicator.errors import ConfigError, GazetteerError, StoreError, SyndicatorError
from syndicator.extract import Limits
from syndicator.models import Verdict
from syndicator.runtime.app import App
from syndicator.runtime.daemon import Daemon
from syndicator.runtime.lock import only_one
from tests.newsroom import CEASEFIRE, EVERYTHING, Item, Site, outlet, rss, write_config
from tests.stores import speaks_sqlite
from tests.waiting import FAST, at_work, eventually, get, running

IDLIB = "title = \"Idlib\"\nwhere = 'region:SY-ID'\n"
TRUCE = "title = \"Truce\"\nwhere = 'region:SY and concept:ceasefire'\n"


def item(n, title, site="https://outlet.example"):
    return Item(title, link=f"{site}/{n}", guid=f"{n}", text=f"Text number {n}.")


async def entries(port, feed="everything", kind="atom"):
    page = await get(f"http://127.0.0.1:{port}/feeds/{feed}.{kind}", **{"Accept-Encoding": "identity"})
    if page.status != 200:
        return []
    parsed = feedparser.parse(page.body)
    assert not parsed.bozo, parsed.bozo_exception
    return parsed.entries


async def titles(port, feed="everything"):
    return [entry.title for entry in await entries(port, feed)]


async def test_stories_flow_from_outlets_to_the_feeds_that_want_them(tmp_path, free_port):
    """Five languages in; region and concept choose; every feed is strict Atom and RSS."""
    body = rss(
        item(1, "Ceasefire agreed in Idlib"),
        item(2, "Harvest in Normandy"),
        item(3, "هدنة في سراقب"),
        item(4, "Перемирие в Идлибе"),
        item(5, "İdlib'de ateşkes"),
        item(6, "آتش‌بس در ادلب"),
        item(7, "Shelling near Ariha"),
    )
    async with Site({"/feed.xml": body}) as site:
        folder = write_config(
            tmp_path / "c",
            port=free_port,
            outlets={"one": outlet(site.base)},
            feeds={"everything": EVERYTHING, "idlib": IDLIB, "truce": TRUCE},
            concepts={"ceasefire": CEASEFIRE},
        )
        async with running(folder, tmp_path / "s"):

            async def all_hold():
                return [len(await entries(free_port, name)) for name in ("everything", "idlib", "truce")] == [7, 6, 5]

            await eventually(all_hold)
            atom, feed = await entries(free_port, "idlib"), await entries(free_port, "idlib", "rss")
            assert [(e.id, e.title, e.link) for e in atom] == [(e.id, e.title, e.link) for e in feed]


async def test_a_retitled_item_is_an_update_with_its_id(tmp_path, free_port):
    """The new headline, the old id, one entry."""
    async with Site({"/feed.xml": rss(item(1, "First words"))}) as site:
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
        )
        async with running(folder, tmp_path / "s") as daemon:
            (before,) = await eventually(lambda: entries(free_port))
            site.answers["/feed.xml"] = rss(item(1, "Second thoughts"))

            async def is_retitled():
                return await titles(free_port) == ["Second thoughts"]

            await eventually(is_retitled)
            (after,) = await entries(free_port)
            assert (after.id, after.published) == (before.id, before.published)
            assert daemon.dispatcher.totals.verdicts[Verdict.UPDATED] == 1


async def test_when_the_home_fails_the_mirror_answers_in_the_same_poll(tmp_path, free_port):
    """No story doubles, ids stay, links lead to what works and back home when it is back."""
    async with Site() as home, Site() as mirror:

        def serve(*numbers):
            for site in (home, mirror):
                site.answers["/feed.xml"] = rss(*(item(n, f"Story {n}", site.base) for n in numbers))

        serve(1)
        folder = write_config(
            tmp_path / "c",
            port=free_port,
            outlets={"one": outlet(home.base, mirror.base)},
            feeds={"everything": EVERYTHING},
        )
        async with running(folder, tmp_path / "s") as daemon:
            (first,) = await eventually(lambda: entries(free_port))
            assert first.link == f"{home.base}/1"
            await home.fall()
            serve(1, 2)

            async def led_to(base, count):
                found = await entries(free_port)
                return len(found) == count and all(e.link.startswith(base) for e in found) and found

            found = await eventually(lambda: led_to(mirror.base, 2))
            assert found[-1].id == first.id
            assert daemon.dispatcher.totals.failovers >= 1
            assert daemon.dispatcher.totals.verdicts[Verdict.NEW] == 2
            await home.rise()
            serve(1, 2, 3)
            found = await eventually(lambda: led_to(home.base, 3))
            assert found[-1].id == first.id
            assert daemon.dispatcher.totals.verdicts[Verdict.NEW] == 3


@pytest.mark.parametrize("answer", [lambda _: web.Response(status=500), b"<html><body>parked</body></html>"])
async def test_a_home_that_answers_wrongly_is_carried_by_the_mirror(tmp_path, free_port, answer):
    """Server errors and web pages where a feed should be count as failures."""
    async with Site({"/feed.xml": answer}) as home, Site() as mirror:
        mirror.answers["/feed.xml"] = rss(Item("Here", link=f"{mirror.base}/1", guid="1"))
        folder = write_config(
            tmp_path / "c",
            port=free_port,
            outlets={"one": outlet(home.base, mirror.base)},
            feeds={"everything": EVERYTHING},
        )
        async with running(folder, tmp_path / "s"):
            await eventually(lambda: entries(free_port))
            status = json.loads((await get(f"http://127.0.0.1:{free_port}/status.json")).body)
            assert status["outlets"][0]["health"] == "shaky"


async def test_an_outlet_dropped_into_the_folder_is_polled(tmp_path, free_port):
    """No restart: writing the file is enough; taking it away stops the polls and keeps the stories."""
    async with Site({"/feed.xml": rss(item(1, "Found"))}) as site:
        folder = write_config(tmp_path / "c", port=free_port, feeds={"everything": EVERYTHING})
        async with running(folder, tmp_path / "s") as daemon:
            (folder / "outlets" / "late.toml").write_text(outlet(site.base))
            await eventually(lambda: entries(free_port))
            (folder / "outlets" / "late.toml").unlink()

            async def is_gone():
                return not daemon.app.config.outlets

            await eventually(is_gone)
            assert await titles(free_port) == ["Found"]


async def test_a_file_with_three_mistakes_changes_nothing(tmp_path, free_port):
    """Three messages, on the status page too; the configuration before it goes on; mending the file helps."""
    async with Site({"/feed.xml": rss(item(1, "Found"))}) as site:
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
        )
        async with running(folder, tmp_path / "s") as daemon:
            await eventually(lambda: entries(free_port))
            before = daemon.app.config
            bad = folder / "outlets" / "bad.toml"
            bad.write_text(outlet("nonsense", country="Syria", extra='colour = "red"'))

            async def has_problems():
                return len(daemon.problems) == 3

            await eventually(has_problems)
            assert daemon.app.config is before
            page = (
                await get(f"http://127.0.0.1:{free_port}/ops/configuration", **{"Accept-Encoding": "identity"})
            ).body.decode()
            assert page.count("bad.toml") == 3
            bad.unlink()

            async def is_mended():
                return not daemon.problems

            await eventually(is_mended)


@pytest.mark.parametrize("error", [GazetteerError("no room"), OSError("no room"), KeyError("no room")])
async def test_whatever_fails_in_a_reload_is_told_and_the_next_is_taken(tmp_path, error):
    """Also what nobody foresaw: who edits a file must not have to restart."""
    config = load(write_config(tmp_path / "c"), environ={}, state=tmp_path / "s")
    found = iter([error, config])

    def read():
        if isinstance(one := next(found), Exception):
            raise one
        return one

    app = App(config)
    try:
        daemon = Daemon(app, read)
        assert not await daemon.reload()
        assert "no room" in "".join(daemon.problems)
        assert await daemon.reload()
        assert not daemon.problems
    finally:
        await app.close()


async def test_a_reload_that_the_store_refused_is_made_up_for_when_it_is_well(tmp_path, free_port):
    """Nobody touches the files again for that; other faults wait for the next change."""
    config = load(write_config(tmp_path / "c", port=free_port), environ={}, state=tmp_path / "s")
    found = iter([StoreError("the store fails: disk full"), KeyError("no sense"), config])

    def read(**_):
        if isinstance(one := next(found), Exception):
            raise one
        return one

    app = App(config)
    try:
        daemon = Daemon(app, read, intervals=FAST)
        async with at_work(daemon):
            assert not await daemon.reload()

            async def is_tried_again():
                return "no sense" in "".join(daemon.problems)

            await eventually(is_tried_again)
            await daemon.check_health()
            assert await daemon.reload()
            assert not daemon.problems
    finally:
        await app.close()


async def test_a_new_feed_is_filled_from_the_store_and_an_edited_one_anew(tmp_path, free_port):
    """Stories that came before the feed are in it; what an edited filter no longer holds is out of it."""
    async with Site({"/feed.xml": rss(item(1, "Calm in Idlib"), item(2, "Rain in Paris"))}) as site:
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
        )
        async with running(folder, tmp_path / "s"):
            await eventually(lambda: entries(free_port))
            feed = folder / "feeds" / "mine.toml"

            async def holds(*wanted):
                return await titles(free_port, "mine") == list(wanted)

            feed.write_text("title = \"M\"\nwhere = 'region:SY'\n")
            await eventually(lambda: holds("Calm in Idlib"))
            feed.write_text("title = \"M\"\nwhere = 'region:FR'\n")
            await eventually(lambda: holds("Rain in Paris"))
            (folder / "concepts" / "rain.toml").write_text('label = "Rain"\n[terms]\nen = ["rain"]\n')
            feed.write_text("title = \"M\"\nwhere = 'concept:rain'\n")
            await eventually(lambda: holds("Rain in Paris"))
            (folder / "concepts" / "rain.toml").write_text('label = "Rain"\n[terms]\nen = ["calm"]\n')
            await eventually(lambda: holds("Calm in Idlib"))
            feed.unlink()

            async def is_gone():
                return (await get(f"http://127.0.0.1:{free_port}/feeds/mine.atom")).status == 410

            await eventually(is_gone)


async def test_a_story_that_stops_matching_stays_where_readers_have_seen_it(tmp_path, free_port):
    """An outlet's edit does not take an entry away."""
    async with Site({"/feed.xml": rss(Item("Calm in Idlib", guid="1"))}) as site:
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"idlib": IDLIB}
        )
        async with running(folder, tmp_path / "s"):
            (before,) = await eventually(lambda: entries(free_port, "idlib"))
            site.answers["/feed.xml"] = rss(Item("Calm at last", guid="1"))

            async def is_retitled():
                return await titles(free_port, "idlib") == ["Calm at last"]

            await eventually(is_retitled)
            assert (await entries(free_port, "idlib"))[0].id == before.id


async def test_a_restart_is_seamless(tmp_path, free_port):
    """The feeds are served at once, byte for byte; the first request to the outlet is conditional."""
    async with Site({"/feed.xml": rss(item(1, "Kept"))}) as site:
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
        )
        url = f"http://127.0.0.1:{free_port}/feeds/everything.atom"
        async with running(folder, tmp_path / "s"):
            await eventually(lambda: entries(free_port))
            before = await get(url)
        asked = len(site.requests)
        async with running(folder, tmp_path / "s"):
            after = await get(url)
            assert (after.body, after.headers["ETag"]) == (before.body, before.headers["ETag"])

            async def is_polled():
                return len(site.requests) > asked

            await eventually(is_polled)
        assert "If-None-Match" in site.requests[asked].headers
        assert (await asyncio.to_thread((tmp_path / "s" / "feeds" / "everything.atom").read_bytes)) != b""


async def test_files_stand_still_while_nothing_changes(tmp_path, free_port):
    """Polls that bring nothing touch no file and no ETag."""
    async with Site({"/feed.xml": rss(item(1, "Quiet"))}) as site:
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
        )
        async with running(folder, tmp_path / "s"):
            await eventually(lambda: entries(free_port))
            path = tmp_path / "s" / "feeds" / "everything.atom"
            before, asked = path.stat(), len(site.requests)

            async def is_polled_twice():
                return len(site.requests) >= asked + 2

            await eventually(is_polled_twice)
            after = path.stat()
            assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


async def test_one_page_in_two_sections_is_one_story(tmp_path, free_port):
    """Two sources of an outlet, polled side by side."""
    bodies = {
        "/a.xml": rss(item(1, "Same page")),
        "/b.xml": rss(Item("Same page", link="https://outlet.example/1", guid="b1")),
    }
    async with Site(bodies) as site:
        text = outlet(site.base, path="/a.xml") + '[[source]]\npath = "/b.xml"\ninterval = "1s"\n'
        folder = write_config(tmp_path / "c", port=free_port, outlets={"one": text}, feeds={"everything": EVERYTHING})
        async with running(folder, tmp_path / "s") as daemon:

            async def is_copied():
                return daemon.dispatcher.totals.verdicts[Verdict.COPY]

            await eventually(is_copied)
            await eventually(lambda: entries(free_port))
            assert await titles(free_port) == ["Same page"]


async def test_f43_must_21_a_forged_guid_at_another_outlet_changes_nothing(tmp_path, free_port):
    """Each outlet's guids are its own."""
    forged = rss(Item("Forged words", link="https://evil.example/x", guid="1"))
    async with Site({"/feed.xml": rss(item(1, "True words"))}) as site, Site({"/feed.xml": forged}) as evil:
        folder = write_config(
            tmp_path / "c",
            port=free_port,
            outlets={"one": outlet(site.base), "evil": outlet(evil.base)},
            feeds={"everything": EVERYTHING},
        )
        async with running(folder, tmp_path / "s"):

            async def both():
                return len(await titles(free_port)) == 2

            await eventually(both)
            assert set(await titles(free_port)) == {"True words", "Forged words"}


async def test_a_poisoned_source_does_not_hold_up_the_others(tmp_path, free_port):
    """A feed that costs its parser everything, beside one that is well."""
    poison = rss(Item("t", guid="1")).replace(b"</item>", b"<x/>" * 1_000_000 + b"</item>")
    poison = poison.replace(b"<rss", b"<!DOCTYPE rss><rss")  # so that feedparser reads all of it
    async with Site({"/feed.xml": poison}) as bad, Site({"/feed.xml": rss(item(1, "Well"))}) as good:
        folder = write_config(
            tmp_path / "c",
            port=free_port,
            outlets={"bad": outlet(bad.base), "good": outlet(good.base)},
            feeds={"everything": EVERYTHING},
        )
        async with running(folder, tmp_path / "s", limits=Limits(cpu=3)) as daemon:
            await eventually(lambda: entries(free_port))
            assert await titles(free_port) == ["Well"]
            (source,) = daemon.app.config.outlets["bad"].sources
            assert (await daemon.app.store.read(lambda tx: tx.sources.state(source))).polled_at is None
            assert bad.requests


async def test_only_one_daemon_works_on_a_state_folder(tmp_path):
    """The second says so."""
    with only_one(tmp_path), pytest.raises(SyndicatorError, match="another syndicator"), only_one(tmp_path):
        pass


async def test_a_bad_configuration_does_not_start(tmp_path):
    """Nothing is made before the configuration is known to be good."""
    folder = write_config(tmp_path / "c", main="nonsense = 1")
    with pytest.raises(ConfigError):
        async with running(folder, tmp_path / "s"):
            pass
    assert not (tmp_path / "s").exists()


async def test_dates_do_not_matter(tmp_path, free_port):
    """Future dates and missing ones: order and dates come from first sight."""
    future = "Fri, 06 Mar 2099 12:00:00 GMT"
    async with Site({"/feed.xml": rss(Item("Old", guid="1", date=future))}) as site:
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
        )
        async with running(folder, tmp_path / "s") as daemon:
            await eventually(lambda: entries(free_port))
            site.answers["/feed.xml"] = rss(Item("Old", guid="1", date=future), Item("New", guid="2"))

            async def both():
                return await titles(free_port) == ["New", "Old"]

            await eventually(both)
            limit = daemon.app.clock() + timedelta(seconds=1)
            for entry in await entries(free_port):
                assert entry.published < limit.isoformat()


async def test_the_newest_items_of_a_document_come_first_out(tmp_path, free_port):
    """Feeds list their newest first, and so do ours, whatever the limit."""
    async with Site({"/feed.xml": rss(*(item(n, f"Item {n}") for n in (5, 4, 3, 2, 1)))}) as site:
        folder = write_config(
            tmp_path / "c",
            port=free_port,
            outlets={"one": outlet(site.base)},
            feeds={"everything": EVERYTHING + "limit = 2\n"},
        )
        async with running(folder, tmp_path / "s"):
            await eventually(lambda: entries(free_port))
            assert await titles(free_port) == ["Item 5", "Item 4"]


async def test_an_outlet_that_moves_keeps_its_stories(tmp_path, free_port):
    """The new domain as home, the old one as mirror: the same ids, no story twice."""
    async with Site() as old, Site() as new:
        for site in (old, new):
            links = (f"{site.base}/{n}" for n in (2, 1))
            site.answers["/feed.xml"] = rss(*(Item(f"Story {link[-1]}", link=link, guid=link) for link in links))
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(old.base)}, feeds={"everything": EVERYTHING}
        )
        async with running(folder, tmp_path / "s"):
            before = await eventually(lambda: entries(free_port))
            (folder / "outlets" / "one.toml").write_text(outlet(new.base, old.base))

            async def leads_to_new():
                found = await entries(free_port)
                return all(entry.link.startswith(new.base) for entry in found) and found

            async def is_asked():
                return new.requests

            await eventually(is_asked)
            after = await eventually(leads_to_new)
            assert [entry.id for entry in after] == [entry.id for entry in before]


async def test_lost_files_are_written_again(tmp_path, free_port):
    """A feeds folder that was emptied while the daemon was down is full again after its start."""
    async with Site({"/feed.xml": rss(item(1, "Kept"))}) as site:
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
        )
        async with running(folder, tmp_path / "s"):
            await eventually(lambda: entries(free_port))
        for path in (tmp_path / "s" / "feeds").iterdir():
            path.unlink()
        async with running(folder, tmp_path / "s"):
            await eventually(lambda: entries(free_port))


async def test_a_config_folder_that_is_replaced_is_watched_on(tmp_path, free_port):
    """By a rename, as deployments do; and edits in the new folder are seen."""
    async with Site({"/feed.xml": rss(item(1, "Found"))}) as site:
        folder = write_config(tmp_path / "c", port=free_port, feeds={"everything": EVERYTHING})
        async with running(folder, tmp_path / "s") as daemon:
            write_config(tmp_path / "next", port=free_port, feeds={"everything": EVERYTHING, "second": EVERYTHING})
            folder.rename(tmp_path / "before")
            (tmp_path / "next").rename(folder)

            async def has_second():
                return "second" in daemon.app.config.feeds

            await eventually(has_second)

            async def has_outlet():
                (folder / "outlets" / "late.toml").write_text(outlet(site.base))
                return daemon.app.config.outlets

            await eventually(has_outlet)


async def test_a_story_that_cannot_be_rendered_keeps_no_other_back(tmp_path, free_port):
    """Whatever got into the store: the rest of the feed is published."""
    async with Site({"/feed.xml": rss(item(2, "Poison"), item(1, "Well"))}) as site:
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
        )
        async with running(folder, tmp_path / "s") as daemon:
            await eventually(lambda: entries(free_port))

            def poison(tx):
                tx.connection.exec_driver_sql("UPDATE story SET uid = 'tag:x:\x01' WHERE title = 'Poison'")
                tx.feeds.touch(["everything"], daemon.app.clock())

            await daemon.app.store.write(poison)

            async def is_rid_of_it():
                return await titles(free_port) == ["Well"]

            await eventually(is_rid_of_it)


@speaks_sqlite
async def test_f55_a_store_that_cannot_be_written_pauses_polling_and_is_no_secret(tmp_path, free_port):
    """Outlets are not stormed, what is published is served, health says why, and it recovers by itself."""
    async with Site({"/feed.xml": rss(item(1, "Kept"))}) as site:
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
        )
        async with running(folder, tmp_path / "s") as daemon:
            await eventually(lambda: entries(free_port))
            # Not a constraint, which would be a fault of what is asked, but an error of the database.
            block = "CREATE TRIGGER full BEFORE UPDATE ON source BEGIN SELECT abs(-9223372036854775808); END"
            await daemon.app.store.write(lambda tx: tx.connection.exec_driver_sql(block))

            async def is_paused():
                return daemon.dispatcher.is_paused

            await eventually(is_paused)
            assert await titles(free_port) == ["Kept"]
            await daemon.app.store.write(lambda tx: tx.connection.exec_driver_sql("DROP TRIGGER full"))
            asked = len(site.requests)

            async def is_polling():
                return len(site.requests) > asked and not daemon.dispatcher.is_paused

            await eventually(is_polling)
