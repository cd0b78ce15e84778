"""The running daemon when something is wrong with its published files."""

from syndicator.publish.retry import FIRST_WAIT
from tests.conftest import NOW
from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config
from tests.waiting import eventually, get, running

STORY = Item("Story", link="https://outlet.example/1", guid="1", text="w")


async def test_one_feed_that_cannot_be_written_stops_no_other(tmp_path, free_port):
    """A folder lies in the first one's place. Once it is gone, the feed comes by itself."""
    (tmp_path / "s" / "feeds" / "aaa.atom").mkdir(parents=True)
    async with Site({"/feed.xml": rss(STORY)}) as site:
        feeds = dict.fromkeys(("aaa", "bbb", "zzz"), EVERYTHING)
        folder = write_config(tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds=feeds)
        now = [NOW]
        async with running(folder, tmp_path / "s", clock=lambda: now[0]) as daemon:

            async def shown():
                pages = [await get(f"http://127.0.0.1:{free_port}/feeds/{name}.atom") for name in ("bbb", "zzz")]
                return all(b"Story" in page.body for page in pages)

            await eventually(shown)
            assert list(daemon.app.publisher.problems) == ["aaa"]
            (tmp_path / "s" / "feeds" / "aaa.atom").rmdir()
            now[0] += FIRST_WAIT

            async def is_there():
                return b"Story" in (await get(f"http://127.0.0.1:{free_port}/feeds/aaa.atom")).body

            await eventually(is_there)

            async def is_well():
                return daemon.app.publisher.problems == {}

            await eventually(is_well)


async def test_deleted_files_come_back_when_readers_ask_for_them(tmp_path, free_port):
    """Also when their folder is gone."""
    async with Site({"/feed.xml": rss(STORY)}) as site:
        folder = write_config(
            tmp_path / "c", port=free_port, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
        )
        async with running(folder, tmp_path / "s"):
            address = f"http://127.0.0.1:{free_port}/feeds/everything.atom"

            async def is_there():
                return b"Story" in (await get(address)).body

            await eventually(is_there)
            before = await get(address)
            (tmp_path / "s" / "feeds").rename(tmp_path / "gone")  # whole: the daemon may be writing in it
            await eventually(is_there)
            after = await get(address)
            assert (after.body, after.headers["ETag"]) == (before.body, before.headers["ETag"])
