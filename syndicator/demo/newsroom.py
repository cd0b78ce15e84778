"""Invented outlets on loopback: real servers with real feeds that follow a script, one beat after the other."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import socket
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from aiohttp import web

_MORNING = datetime(2020, 3, 6, 6, tzinfo=UTC)
_FEED = "/feed.xml"
_TYPES = {"atom": "application/atom+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One outlet's part: its stories by beat, how its mirrors behave, when its home is down or sold."""

    id: str
    name: str
    language: str
    country: str
    format: str
    story: Sequence[Mapping[str, Any]]
    mirrors: Sequence[str] = ()
    has_dates: bool = True
    home_is_down: Sequence[int] = ()
    home_is_sold: Sequence[int] = ()

    @property
    def is_compared(self) -> bool:
        """Whether one of its mirrors is unfaithful, so that the daemon should compare them."""
        return any(mirror != "faithful" for mirror in self.mirrors)

    def stories(self, beat: int, role: str = "home") -> list[dict[str, Any]]:
        """Return the stories that the home or a mirror shows at a beat, newest first, headlines as of then."""
        shown = []
        for story in self.story:
            if story["beat"] <= (beat - 2 if role == "lags" and beat > 2 else beat):  # noqa: PLR2004
                later = story.get("becomes")
                is_changed = later is not None and later["beat"] <= beat
                title = later["title"] if is_changed and later else story["title"]
                shown.append({**story, "title": story.get("edited", title) if role == "edits" else title})
        if role == "drops":
            shown = [story for story in shown if not story.get("is_dropped")]
        return sorted(shown, key=lambda story: int(story["beat"]), reverse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """The script of all outlets, and a line of text for each beat."""

    beats: Sequence[str]
    outlets: Sequence[Script]


def load_play() -> Play:
    """Load the bundled script."""
    table = tomllib.loads(resources.files(__package__).joinpath("play.toml").read_text("utf-8"))
    return Play(beats=table["beats"], outlets=[Script(**outlet) for outlet in table["outlet"]])


class Newsroom:
    """The servers of all outlets. ``beat`` counts from 1; ``turn_to`` sets it."""

    def __init__(self, play: Play) -> None:
        """Prepare the servers; ``open`` starts them."""
        self.play, self.beat = play, 1
        self.sites: dict[tuple[str, str], _Site] = {}

    async def open(self) -> None:
        """Listen on free ports of 127.0.0.1, one for each home and each mirror."""
        for script in self.play.outlets:
            for role in ("home", *script.mirrors):
                site = _Site(self, script, role)
                await site.rise()
                self.sites[script.id, role] = site

    async def close(self) -> None:
        """Stop all servers."""
        for site in self.sites.values():
            await site.close()

    async def turn_to(self, beat: int) -> None:
        """Set the beat: stories appear, headlines change, servers go down and come back."""
        self.beat = beat
        for (_, role), site in self.sites.items():
            is_down = role == "home" and beat in site.script.home_is_down
            await (site.fall() if is_down else site.rise())

    async def all_asked(self) -> None:
        """Wait until every outlet has had a request at this beat: at its home, or at its mirror while the home is lost.

        Where mirrors are compared, wait for each of them. Do not wait for a broken feed: it is polled less and less.
        """
        for script in self.play.outlets:
            if script.format == "broken" and self.beat > 1:
                continue
            is_lost = self.beat in (*script.home_is_down, *script.home_is_sold)
            roles = ("home", *script.mirrors) if script.is_compared else ("faithful",) if is_lost else ("home",)
            for role in roles:
                await self.sites[script.id, role].wait_until_asked(self.beat)

    def write_config(self, folder: Path, *, listen: str, interval: str = "1s") -> None:
        """Write a configuration with these outlets and the bundled feeds and concepts."""
        for section in ("feeds", "concepts"):
            with resources.as_file(resources.files(__package__).joinpath(section)) as bundled:
                shutil.copytree(bundled, folder / section, dirs_exist_ok=True)
        (folder / "outlets").mkdir(parents=True, exist_ok=True)
        (folder / "syndicator.toml").write_text(_MAIN.format(listen=listen), encoding="utf-8")
        for script in self.play.outlets:
            text = _OUTLET.format(
                script=script,
                home=self.sites[script.id, "home"].base,
                mirrors=[self.sites[script.id, role].base for role in script.mirrors],
                mode="compare" if script.is_compared else "failover",
                interval="250ms" if script.is_compared else interval,
                path=_FEED,
            )
            (folder / "outlets" / f"{script.id}.toml").write_text(text, encoding="utf-8")


_MAIN = """listen = "{listen}"
base_url = "http://{listen}"
title = "syndicator demo"
[tag]
authority = "demo.syndicator.invalid"
[poll]
interval = "1s"
shortest = "1s"
probe = "1s"
[mirrors]
patience = "500ms"
[politeness]
spacing = "10ms"
allow_private = ["127.0.0.0/8"]
"""
_OUTLET = """name = "{script.name}"
country = "{script.country}"
language = "{script.language}"
home = "{home}"
mirrors = {mirrors}
mode = "{mode}"
[[source]]
path = "{path}"
interval = "{interval}"
"""


class _Site:
    """One domain: a server that can go down and come back at the same address."""

    def __init__(self, newsroom: Newsroom, script: Script, role: str) -> None:
        self.newsroom, self.script, self.role = newsroom, script, role
        self.port, self.asked_at_beat = 0, 0
        self.asked = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._reservation: socket.socket | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def rise(self) -> None:
        if self._runner is not None:
            return
        self._release()
        application = web.Application()
        application.router.add_get(_FEED, self._feed)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        # Any free port at first, later the same one: a domain keeps its address.
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = int(self._runner.addresses[0][1])

    async def fall(self) -> None:
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()
            # Bound and not listening: connections are refused, and nobody else gets the port meanwhile.
            self._reservation = socket.socket()
            self._reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._reservation.bind(("127.0.0.1", self.port))

    async def close(self) -> None:
        await self.fall()
        self._release()

    def _release(self) -> None:
        if self._reservation is not None:
            self._reservation.close()
            self._reservation = None

    async def wait_until_asked(self, beat: int) -> None:
        async with self.asked:
            await self.asked.wait_for(lambda: self.asked_at_beat >= beat)

    async def _feed(self, request: web.Request) -> web.Response:
        beat = self.newsroom.beat
        is_sold = self.role == "home" and beat in self.script.home_is_sold
        body = (_sold(self.base) if is_sold else render(self.script, beat, self.base, self.role)).encode()
        etag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
        async with self.asked:
            self.asked_at_beat = max(self.asked_at_beat, beat)
            self.asked.notify_all()
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        kind = _TYPES.get(self.script.format, "application/rss+xml")
        response = web.Response(body=body, content_type=kind, charset="utf-8", headers={"ETag": etag})
        response.enable_compression()
        return response


def render(script: Script, beat: int, base: str, role: str = "home") -> str:
    """Return an outlet's feed as its home or a mirror shows it at a beat, with links to that domain."""
    stories = script.stories(beat, role)
    if script.format == "atom":
        return _atom(script, stories, base)
    items = "".join(_rss_item(script, story, base) for story in stories)
    feed = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>{escape(script.name)}</title>'
        f"<link>{base}/</link><description>{escape(script.name)}</description>"
        f"<language>{script.language}</language>{items}</channel></rss>"
    )
    return feed[: feed.index("</description></item>")] if script.format == "broken" else feed


def _sold(base: str) -> str:
    """Return the feed of the new owner of a sold domain."""
    offers = ("Free spins for new players", "Which slot machine pays out tonight", "Bonus codes that never expire")
    items = "".join(
        f"<item><title>{offer}</title><link>{base}/offer/{number}</link><description>Play now.</description></item>"
        for number, offer in enumerate(offers)
    )
    return f'<rss version="2.0"><channel><title>Lucky Wheel</title><link>{base}/</link>{items}</channel></rss>'


def _rss_item(script: Script, story: Mapping[str, Any], base: str) -> str:
    date = f"<pubDate>{format_datetime(_moment(story))}</pubDate>" if script.has_dates else ""
    return (
        f"<item><title>{escape(story['title'])}</title><link>{base}{story['path']}?utm_source=rss</link>"
        f'<guid isPermaLink="true">{base}{story["path"]}</guid>{date}'
        f"<description>{escape('<p>' + escape(story['text']) + '</p>')}</description></item>"
    )


def _atom(script: Script, stories: Sequence[Mapping[str, Any]], base: str) -> str:
    updated = max((_moment(story) for story in stories), default=_MORNING).isoformat()
    entries = "".join(
        f"<entry><id>urn:demo:{script.id}:{story['path']}</id><title>{escape(story['title'])}</title>"
        f'<link href="{base}{story["path"]}"/><updated>{_moment(story).isoformat()}</updated>'
        f'<content type="html">{escape("<p>" + escape(story["text"]) + "</p>")}</content></entry>'
        for story in stories
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{script.language}">'
        f"<id>urn:demo:{script.id}</id><title>{escape(script.name)}</title><updated>{updated}</updated>{entries}</feed>"
    )


def _moment(story: Mapping[str, Any]) -> datetime:
    return _MORNING + timedelta(hours=int(story["beat"]))
