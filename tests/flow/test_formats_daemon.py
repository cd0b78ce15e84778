"""Every format by the whole daemon, over HTTP: pictures, policies, titles, the list of feeds; and what a reload changes."""

import json
from functools import partial

from lxml import etree

from syndicator.models.formats import FORMAT_NAMES
from tests.newsroom import Site, outlet, write_config
from tests.validity.reading import read
from tests.validity.rules import faults_of
from tests.waiting import eventually, get, running

WORDS = " ".join(f"كلمة{n}" for n in range(120))
BODY = (
    '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:georss="http://www.georss.org/georss"><channel><title>صوت</title>'
    "<item><title>هدنة في إدلب</title><guid>1</guid><link>https://o.example/1</link>"
    f"<description>{WORDS}</description><georss:point>35.93 36.63</georss:point>"
    '<media:content url="https://o.example/a.jpg" medium="image" width="640" height="480"/></item></channel></rss>'
).encode()
FEED = f'title = "إدلب"\nwhere = ""\nlanguage = "ar"\nformats = {list(FORMAT_NAMES)}\n'


async def test_must_47_all_formats_are_served_and_follow_a_reload(tmp_path, free_port):
    """Full texts with their picture at first; then excerpts under other titles, with the same ids, and no private feed."""
    async with Site({"/feed.xml": BODY}) as site:
        written = outlet(site.base, language="ar", country="SY")
        feeds = {"idlib": FEED, "maps": 'title = "M"\nwhere = ""\nformats = ["kml"]\n'}
        folder = write_config(tmp_path / "c", port=free_port, outlets={"one": written}, feeds=feeds)

        async def page(path):
            return await get(f"http://127.0.0.1:{free_port}{path}")

        async def entries():
            """Return the entries of each format, each free of faults; nothing before all are there."""
            found = {kind: await page(f"/feeds/idlib.{kind}") for kind in FORMAT_NAMES}
            if any(each.status != 200 for each in found.values()):
                return {}
            assert [faults_of(f"x.{kind}", each.body) for kind, each in found.items()] == [[]] * len(found)
            return {kind: read(kind, each.body).entries for kind, each in found.items()}

        async def shows(title):
            """Return whether each format has one story, of that title."""
            found = await entries()
            return bool(found) and [[each.title for each in entry] for entry in found.values()] == [[title]] * len(
                found
            )

        async def lists(*titles):
            """Return whether the list has these feeds; maps are none."""
            listed = await page("/feeds.opml")
            if listed.status != 200:
                return False
            assert faults_of("feeds.opml", listed.body) == []
            assert listed.headers["Content-Type"].startswith("text/x-opml")
            found = [each.get("title") for each in etree.fromstring(listed.body).iter("outline") if each.get("xmlUrl")]
            return sorted(found) == sorted(titles)

        async with running(folder, tmp_path / "s") as daemon:
            await eventually(partial(shows, "هدنة في إدلب"))
            before = await entries()
            feed = await page("/feeds/idlib.json")
            assert feed.headers["Content-Type"].startswith("application/feed+json")
            (item,) = json.loads(feed.body)["items"]
            assert item["image"] == "https://o.example/a.jpg"
            assert "كلمة119" in item["content_html"]
            assert (
                (await page("/feeds/idlib.kml"))
                .headers["Content-Type"]
                .startswith("application/vnd.google-earth.kml+xml")
            )
            await eventually(partial(lists, "إدلب"))

            (folder / "outlets/one.toml").write_text(f'republish = "excerpt"\n{written}', encoding="utf-8")
            (folder / "feeds/idlib.toml").write_text(FEED + 'entry_title = "{outlet}: {title}"\n', encoding="utf-8")
            (folder / "feeds/second.toml").write_text('title = "Вторая"\nwhere = ""\n', encoding="utf-8")
            await daemon.reload()

            await eventually(partial(shows, "Outlet: هدنة في إدلب"))
            after = await entries()
            assert {kind: each[0].id for kind, each in after.items()} == {
                kind: each[0].id for kind, each in before.items()
            }
            assert "كلمة49…" in after["atom"][0].html
            await eventually(partial(lists, "إدلب", "Вторая"))
