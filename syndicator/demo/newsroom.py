"""Invented outlets on loopback: real servers with feeds and pages that follow a script, one beat after the other."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from aiohttp import web

from syndicator.demo.documents import RSS, TYPES, render, render_sold
from syndicator.demo.pages import front_page, story_page
from syndicator.demo.play import Play, Script

MORNING = datetime(2020, 3, 6, 6, tzinfo=UTC)
_BETWEEN = timedelta(minutes=5)
_LARGEST_PORT = 65535
_FEED = "/feed.xml"
_NEW_OWNER = "Lucky Wheel"
_OFFERS = ("Free spins for new players", "Which slot machine pays out tonight", "Bonus codes that never expire")


class Newsroom:
    """The servers of all outlets. ``beat`` counts from 1; ``turn_to`` sets it.

    Stories bear dates before ``start``, five minutes from beat to beat: the last beat's story bears ``start``.
    """

    def __init__(self, play: Play, *, start: datetime = MORNING, first_port: int = 0) -> None:
        """Prepare the servers; ``open`` starts them, at ``first_port`` and the ports after it where those are free."""
        self.play, self.beat, self._first_port = play, 1, first_port
        self._first_beat_at = start.replace(second=0, microsecond=0) - _BETWEEN * len(play.beats)
        self.sites: dict[tuple[str, str], _Site] = {}

    async def open(self) -> None:
        """Listen on ports of 127.0.0.1, one for each home and each mirror, in the order of the script."""
        roles = [(script, role) for script in self.play.outlets for role in ("home", *script.mirrors)]
        for number, (script, role) in enumerate(roles):
            site = _Site(self, script, role)
            await site.open(self._first_port + number if self._first_port else 0)
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

    def moment(self, story: Mapping[str, Any]) -> datetime:
        """Return the date that a story bears."""
        return self._first_beat_at + _BETWEEN * int(story["beat"])

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

    async def open(self, port: int) -> None:
        """Listen on ``port``, or on any free one if it is taken or 0."""
        self.port = port if port <= _LARGEST_PORT else 0
        try:
            await self.rise()
        except OSError:
            self.port = 0
            await self.rise()

    async def rise(self) -> None:
        if self._runner is not None:
            return
        self._release()
        application = web.Application()
        application.router.add_get(_FEED, self._feed)
        application.router.add_get("/", self._front)
        application.router.add_get("/{path:.+}", self._story)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        # Any free port at first, later the same one: a domain keeps its address.
        try:
            await web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner, self.port = runner, int(runner.addresses[0][1])

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

    @property
    def _is_sold(self) -> bool:
        return self.role == "home" and self.newsroom.beat in self.script.home_is_sold

    def _render(self) -> str:
        stories = self.script.stories(self.newsroom.beat, self.role)
        return render(self.script, stories, self.base, self.newsroom.moment)

    async def _front(self, _request: web.Request) -> web.Response:
        feed = (_FEED, TYPES.get(self.script.format, RSS))
        name, language = (_NEW_OWNER, "en") if self._is_sold else (self.script.name, self.script.language)
        return _html(front_page(name, language, feed, [(path, title) for path, title, _ in self._pages()]))

    async def _story(self, request: web.Request) -> web.Response:
        name, language = (_NEW_OWNER, "en") if self._is_sold else (self.script.name, self.script.language)
        for path, title, text in self._pages():
            if path == request.path:
                return _html(story_page(name, language, title, text))
        return web.Response(status=404, text="Not found\n")

    def _pages(self) -> list[tuple[str, str, str]]:
        """Return path, headline and text of each page that there is now, the latest first."""
        if self._is_sold:
            return [(f"/offer/{number}", offer, "Play now.") for number, offer in enumerate(_OFFERS)]
        stories = self.script.stories(self.newsroom.beat, self.role)
        return [(each["path"], each["title"], each["text"]) for each in stories]

    async def _feed(self, request: web.Request) -> web.Response:
        beat = self.newsroom.beat
        body = (render_sold(_NEW_OWNER, _OFFERS, self.base) if self._is_sold else self._render()).encode()
        etag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
        async with self.asked:
            self.asked_at_beat = max(self.asked_at_beat, beat)
            self.asked.notify_all()
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        kind = TYPES.get(self.script.format, RSS)
        response = web.Response(body=body, content_type=kind, charset="utf-8", headers={"ETag": etag})
        response.enable_compression()
        return response


def _html(page: str) -> web.Response:
    return web.Response(text=page, content_type="text/html", charset="utf-8")
