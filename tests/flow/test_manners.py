"""How outlets are asked, by the numbers of the fetcher's contract; through the running daemon."""

from datetime import timedelta

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from tests.flow.test_mirrors import HOUR, watched
from tests.newsroom import Item, Site, outlet, rss
from tests.waiting import eventually, moment

HOURLY = 'interval = "1s"'


def tagged(body, tag, status=200, **headers):
    """Answer with an ETag, and 304 whoever knows it; a status of 304 says so to everybody."""
    headers["ETag"] = tag

    def answer(request):
        if status == 304 or request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type="application/rss+xml", headers=headers)

    return answer


async def test_must_03_after_a_restart_the_first_question_is_conditional(tmp_path, free_port):
    """Validators outlive the process."""
    async with Site({"/feed.xml": tagged(rss(Item("Story", guid="1")), '"a"')}) as site:
        for number in range(2):
            async with watched(tmp_path, free_port, outlet(site.base)) as w:
                await w.shows("Story")
                await w.poll(site, after=(number + 1) * HOUR)
        assert [request.headers.get("If-None-Match") for request in site.requests] == [None, '"a"', '"a"']


async def test_must_04_a_304_keeps_the_stories_and_renews_what_is_stored(tmp_path, free_port):
    """Its ETag stands for the next question, its max-age for the pause."""
    async with Site({"/feed.xml": tagged(rss(Item("Story", guid="1")), '"a"')}) as site:
        text = outlet(site.base).replace(HOURLY, "")
        async with watched(tmp_path, free_port, text) as w:
            await w.shows("Story")
            site.answers["/feed.xml"] = tagged(b"", '"b"', 304, **{"Cache-Control": "max-age=7200"})
            await w.poll(site)
            (source,) = (await w.status())["sources"]
            assert moment(source["due_at"]) > w.clock.now + timedelta(hours=1.8)
            await w.poll(site, after=3 * HOUR)
            assert list(await w.entries()) == ["Story"]
        assert [request.headers.get("If-None-Match") for request in site.requests] == [None, '"a"', '"b"']


async def test_must_08_only_the_operator_goes_below_the_shortest_pause_and_that_is_logged(tmp_path, free_port):
    """A source's own interval counts as it is written; the default does not go below the shortest."""
    async with Site({"/feed.xml": rss(Item("Story", guid="1"))}) as site:
        text = outlet(site.base).replace('"1s"', '"500ms"')
        with capture_logs() as told:
            async with watched(tmp_path, free_port, text) as w:
                await w.shows("Story")
    assert "asked more often than poll.shortest" in {each["event"] for each in told}


async def test_must_18_what_is_asked_against_robots_txt_is_logged(tmp_path, free_port):
    """The operator's word, for one source."""
    forbid = lambda _: web.Response(text="User-agent: *\nDisallow: /")  # noqa: E731
    async with Site({"/feed.xml": rss(Item("Story", guid="1"))}) as site:
        site.robots = forbid
        with capture_logs() as told:
            async with watched(tmp_path, free_port, outlet(site.base)) as w:
                (endpoint,) = (await w.endpoints()).values() if await eventually(w_asked(w)) else ()
                assert (endpoint["outcome"], "robots.txt" in endpoint["note"]) == ("disallowed", True)
                assert site.requests == []
                (w.config / "outlets" / "one.toml").write_text(outlet(site.base, extra="robots = false"))

                async def is_taken_in():
                    w.clock.now += HOUR  # until the file is read
                    return "Story" in await w.entries()

                await eventually(is_taken_in)
    assert "asked whatever robots.txt says" in {each["event"] for each in told}


def w_asked(w):
    async def is_asked():
        return all(each["last_try_at"] for each in (await w.endpoints()).values())

    return is_asked


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_must_11_a_passing_redirect_changes_no_address(tmp_path, free_port, status):
    """However often and long it stands; lasting ones are F21's."""
    async with Site({"/new": rss(Item("Story", guid="1"))}) as site:
        site.answers["/feed.xml"] = lambda _: web.Response(status=status, headers={"Location": "/new"})
        async with watched(tmp_path, free_port, outlet(site.base)) as w:
            await w.shows("Story")
            for _ in range(4):
                await w.poll(site, after=12 * HOUR)
            (endpoint,) = (await w.endpoints()).values()
            assert (endpoint["moved_to"], endpoint["url"]) == (None, f"{site.base}/feed.xml")
            assert "No suggestions" in (await w.command("mirrors"))[1]


@pytest.mark.parametrize(
    ("status", "least"),
    [(410, timedelta(days=29)), (401, 4 * HOUR), (403, 4 * HOUR), (404, timedelta(0)), (500, timedelta(0))],
)
async def test_must_12_failures_are_not_hammered(tmp_path, free_port, status, least):
    """Gone is gone for a month, forbidden waits four hours, all others back off, more with each failure."""
    async with Site() as site:
        site.answers["/feed.xml"] = lambda _: web.Response(status=status)
        async with watched(tmp_path, free_port, outlet(site.base)) as w:
            await eventually(w_asked(w))
            waits = []
            for _ in range(8):
                (source,) = (await w.status())["sources"]
                waits.append(moment(source["endpoints"][0]["next_try_at"]))
                assert waits[-1] >= w.clock.now + least
                await w.poll(site, after=timedelta(days=31))
            assert len(site.requests) == 9


async def test_must_15_a_mirrors_validators_are_not_told_to_the_home(tmp_path, free_port):
    """Each address has its own; so has a page with a query."""
    story = rss(Item("Story", guid="1"))
    async with Site() as home, Site() as mirror:
        home.answers["/feed.xml"], mirror.answers["/feed.xml"] = tagged(story, '"home"'), tagged(story, '"mirror"')
        async with watched(tmp_path, free_port, outlet(home.base, mirror.base)) as w:
            await w.shows("Story")
            home.answers["/feed.xml"] = lambda _: web.Response(status=500)
            await w.poll(home, mirror)
            await w.poll(mirror)
            home.answers["/feed.xml"] = tagged(story, '"home"')
            await w.poll(home, after=5 * HOUR)
        told = {site.base: {r.headers.get("If-None-Match") for r in site.requests} for site in (home, mirror)}
    assert told == {home.base: {None, '"home"'}, mirror.base: {None, '"mirror"'}}


@pytest.mark.parametrize("extra", ["", '<fh:complete xmlns:fh="http://purl.org/syndication/history/1.0"/>'])
async def test_must_26_absence_is_no_deletion(tmp_path, free_port, extra):
    """What was published stays, whatever the feed says it holds: readers have seen it."""
    async with Site() as site:
        site.answers["/feed.xml"] = rss(Item("One", guid="1"), Item("Two", guid="2"), extra=extra)
        async with watched(tmp_path, free_port, outlet(site.base)) as w:
            await w.shows("One", "Two")
            site.answers["/feed.xml"] = rss(Item("Three", guid="3"), extra=extra)
            await w.poll(site)
            await w.shows("One", "Two", "Three")


async def test_f49_a_mirror_that_is_ahead_makes_no_second_story(tmp_path, free_port):
    """The home shows it later, with another guid and date: one item, with the id it has."""
    async with Site() as home, Site() as mirror:
        home.answers["/feed.xml"] = rss(Item("Old", link=f"{home.base}/old", guid="old"))
        ahead = Item("هدنة", link=f"{mirror.base}/1", guid="m-1", date="Thu, 05 Mar 2026 10:00:00 GMT")
        mirror.answers["/feed.xml"] = rss(ahead, Item("Old", link=f"{mirror.base}/old", guid="old"))
        async with watched(tmp_path, free_port, outlet(home.base, mirror.base, mode="compare")) as w:
            before = await w.shows("هدنة", "Old")
            item = Item("هدنة", link=f"{home.base}/1", guid="h-1", date="Thu, 05 Mar 2026 11:00:00 GMT")
            home.answers["/feed.xml"] = rss(item, Item("Old", link=f"{home.base}/old", guid="old"))
            await w.poll(home)
            assert await w.entries() == before
            assert before["هدنة"][1] == f"{home.base}/1"


BANNER = "<html><title>Domain seized</title><p>This website has been seized.</p></html>"


@pytest.mark.parametrize(
    "answer",
    [
        web.Response,
        lambda: web.Response(text=BANNER, content_type="text/html"),
        lambda: web.Response(text="<h1>Welcome to nginx!</h1>", content_type="text/html"),
        lambda: web.Response(body=BANNER.encode(), content_type="application/rss+xml"),
    ],
)
async def test_f51_a_banner_in_place_of_the_feed_is_none_and_the_mirror_carries_on(tmp_path, free_port, answer):
    """A seized domain, a default page: nothing of it comes out, nothing is lost, links lead to the mirror."""
    async with Site() as home, Site() as mirror:
        for site in (home, mirror):
            site.answers["/feed.xml"] = rss(Item("Story", link=f"{site.base}/1", guid="1"))
        async with watched(tmp_path, free_port, outlet(home.base, mirror.base)) as w:
            before = await w.shows("Story")
            home.answers["/feed.xml"] = lambda _: answer()
            mirror.answers["/feed.xml"] = rss(
                Item("Later", link=f"{mirror.base}/2", guid="2"), Item("Story", link=f"{mirror.base}/1", guid="1")
            )
            await w.poll(home, mirror)
            after = await w.shows("Story", "Later")
            assert after["Story"][0] == before["Story"][0]
            assert (await w.endpoints())[home.base]["outcome"] == "not_a_feed"
