"""Not one byte reaches a forbidden address, whatever points there: a listener counts connections (faults A, F08)."""

import asyncio

import pytest
from aiohttp import web
from click.testing import CliRunner

from syndicator.cli import cli
from tests.flow.test_kinds import FEED_LINK, html, index, site_page
from tests.flow.test_mirrors import HOUR, watched
from tests.newsroom import MAIN, Item, Site, outlet, rss, write_config
from tests.stores import any_store
from tests.waiting import eventually

pytestmark = any_store

ONE = MAIN.replace("127.0.0.0/8", "127.0.0.1/32")
STORY = Item("Story", guid="1")
NEWER = Item("Newer", guid="2")


class Forbidden:
    """Listens where nobody may connect to, and counts who does."""

    async def __aenter__(self):
        self.connections = 0
        self._server = await asyncio.start_server(self._count, "127.0.0.9", 0)
        self.base = f"http://127.0.0.9:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _count(self, _reader, writer):
        self.connections += 1
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()


def away(to, status=302, **headers):
    return lambda _: web.Response(status=status, headers={"Location": to, **headers})


def linked(rel, to):
    return f'<link xmlns="http://www.w3.org/2005/Atom" rel="{rel}" href="{to}"/>'


def with_header(name, value):
    body = rss(STORY)
    return lambda _: web.Response(body=body, content_type="application/rss+xml", headers={name: value})


# What an outlet can answer with, and what its source is written down as.
BAITS = {
    **{f"redirect {status}": (lambda to, s=status: away(to, s), "") for status in (301, 302, 303, 307, 308)},
    "redirect after one that is fine": (lambda _to: away("/hop"), ""),
    "refresh header": (lambda to: with_header("Refresh", f"0; url={to}"), ""),
    "page that refreshes": (
        lambda to: html(f'<meta http-equiv="refresh" content="0; url={to}"><a href="/1">A headline long enough</a>'),
        'kind = "page"\nselect = { item = "a" }',
    ),
    "links in headers": (lambda to: with_header("Link", f'<{to}>; rel="hub", <{to}>; rel="self"'), ""),
    "Onion-Location": (lambda to: with_header("Onion-Location", to), ""),
    **{
        f"rel={rel}": (lambda to, r=rel: rss(STORY, extra=linked(r, to) + linked("self", to)), "")
        for rel in ("hub", "self", "next", "prev-archive", "alternate", "icon")
    },
    "base": (
        lambda to: rss(STORY, extra=f"<image><url>{to}</url></image>").replace(
            b"<channel>", f'<channel xml:base="{to}">'.encode()
        ),
        "",
    ),
    "sitemap": (lambda to: index(to, "news.xml"), 'kind = "sitemap"'),
    "stylesheet": (lambda to: rss(STORY).replace(b"<rss", f'<?xml-stylesheet href="{to}"?><rss'.encode()), ""),
    "document type": (lambda to: f'<!DOCTYPE rss SYSTEM "{to}">'.encode() + rss(STORY).partition(b"?>")[2], ""),
}


@pytest.mark.parametrize("bait", BAITS)
async def test_f03_f08_what_points_inward_is_never_connected_to(tmp_path, free_port, bait):
    """Redirects, headers, links, archives, sitemaps, hubs: two polls and a look at hubs later nobody was there."""
    answer, kind = BAITS[bait]
    async with Forbidden() as inner, Site() as site:
        site.answers |= {"/feed.xml": answer(f"{inner.base}/x"), "/hop": away(f"{inner.base}/x")}
        text = outlet(site.base, extra=kind)
        async with watched(tmp_path, free_port, text, main='websub = "on"\n' + ONE) as w:

            async def is_asked():
                return all(each["last_try_at"] for each in (await w.endpoints()).values())

            await eventually(is_asked)
            if bait == "rel=prev-archive":  # followed after a gap only
                site.answers["/feed.xml"] = rss(NEWER, extra=linked("prev-archive", f"{inner.base}/x"))
            await w.poll(site, after=25 * HOUR)
            await w.daemon.websub.renew()
            await w.command("mirrors", "find")
    assert inner.connections == 0


async def test_f03_robots_txt_that_redirects_inward_is_not_followed(tmp_path, free_port):
    """Nor is the feed asked then."""
    async with Forbidden() as inner, Site({"/feed.xml": rss(STORY)}) as site:
        site.robots = away(f"{inner.base}/robots.txt")
        async with watched(tmp_path, free_port, outlet(site.base), main=ONE) as w:

            async def is_blocked():
                return {each["outcome"] for each in (await w.endpoints()).values()} == {"blocked_address"}

            await eventually(is_blocked)
            assert site.requests == []
    assert inner.connections == 0


async def test_f08_add_follows_nothing_inward(tmp_path):
    """Feeds and sitemaps that a page or robots.txt names."""
    async with Forbidden() as inner, Site() as site:
        site.answers["/"] = html(site_page(FEED_LINK.replace("/rss/main", f"{inner.base}/rss")))
        site.robots = lambda _: web.Response(text=f"Sitemap: {inner.base}/news.xml")
        folder = write_config(tmp_path / "c", main=ONE)
        line = ["add", site.base, "--country", "IR", "--config", str(folder)]
        done = await asyncio.to_thread(CliRunner().invoke, cli, line)
        assert (done.exit_code, "found no feed" in done.output) == (1, True), done.output
    assert inner.connections == 0


async def test_the_listener_counts(tmp_path, free_port):
    """Where the operator allows the address, the very same redirect arrives there."""
    async with Forbidden() as inner, Site() as site:
        site.answers["/feed.xml"] = away(f"{inner.base}/x")
        async with watched(tmp_path, free_port, outlet(site.base)) as w:

            async def is_asked():
                return {each["outcome"] for each in (await w.endpoints()).values()} == {"not_found"}

            await eventually(is_asked)
    assert inner.connections > 0
