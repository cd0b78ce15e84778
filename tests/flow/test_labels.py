"""An output feed whose categories are labelled in Arabic: published by the daemon, and changed by a reload."""

import feedparser

from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config
from tests.waiting import eventually, get, running

STORIES = (
    Item("قصف في إدلب", link="https://outlet.example/1", guid="1", text="لم ترد أنباء عن إصابات"),
    Item("انفجار في موسكو", link="https://outlet.example/2", guid="2", text="لم يصب أحد"),
)
ARABIC = EVERYTHING + 'labels = "ar"\n'


def labels(body):
    """Return the labels of all categories by term."""
    return {tag.term: tag.label for entry in feedparser.parse(body).entries for tag in entry.tags if tag.scheme}


def marks(body):
    """Return what tells readers that an entry is new or changed."""
    return {(entry.id, entry.updated) for entry in feedparser.parse(body).entries}


async def test_labels_in_arabic_and_back_leave_entries_as_they_are(tmp_path, free_port):
    """The file is written anew with each language; ids and dates stay, and the feed beside it is not touched."""
    async with Site({"/feed.xml": rss(*STORIES, language="ar")}) as site:
        feeds = {"arabic": ARABIC, "plain": EVERYTHING}
        outlets = {"one": outlet(site.base, language="ar", country="SY")}
        folder = write_config(tmp_path / "c", port=free_port, outlets=outlets, feeds=feeds)
        async with running(folder, tmp_path / "s") as daemon:

            async def page(name):
                return (await get(f"http://127.0.0.1:{free_port}/feeds/{name}")).body

            async def is_there():
                return all([len(marks(await page(f"{name}.atom"))) == len(STORIES) for name in feeds])

            await eventually(is_there)
            arabic, plain = await page("arabic.atom"), await page("plain.atom")
            assert labels(arabic) == {
                "SY": "سوريا",
                "SY-ID": "إدلب",
                "RU": "روسيا",
                "RU-MOW": "موسكو",
                "RU-MOW/moscow": "موسكو",
            }
            assert labels(plain) == {
                "SY": "Syria",
                "SY-ID": "Idlib",
                "RU": "Russia",
                "RU-MOW": "Moscow",
                "RU-MOW/moscow": "Moscow",
            }
            assert "<category>إدلب</category>" in (await page("arabic.rss")).decode()

            (folder / "feeds/arabic.toml").write_text(EVERYTHING + 'labels = "fa"\n', encoding="utf-8")
            await daemon.reload()

            async def is_persian():
                return labels(await page("arabic.atom")).get("RU-MOW") == "مسکو"

            await eventually(is_persian)
            assert marks(await page("arabic.atom")) == marks(arabic)
            assert await page("plain.atom") == plain
