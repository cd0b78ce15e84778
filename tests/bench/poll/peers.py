"""Other readers of feeds, and floors: ``python -m tests.bench.poll.peers NAME URLS STATE``.

``get`` asks and reads and does nothing else; ``expat`` counts only a pass of expat over what ``get`` got.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from xml.parsers import expat

import aiohttp

from tests.bench.poll.talk import obey

_AT_ONCE = 50


class Reader:
    """The library ``reader``, as it comes."""

    def __init__(self, addresses: list[str], folder: Path) -> None:
        from reader import make_reader  # noqa: PLC0415 - its memory is its own

        self._reader = make_reader(str(folder / "reader.db"))
        for address in addresses:
            self._reader.add_feed(address)

    def again(self) -> None:
        self._reader.update_feeds(scheduled=False)

    def count(self) -> dict:
        return {"entries": self._reader.get_entry_counts().total}


class Newsboat:
    """newsboat, run once a round."""

    def __init__(self, addresses: list[str], folder: Path) -> None:
        self._cache, self._folder = folder / "cache.db", folder
        urls, settings = folder / "urls", folder / "config"
        urls.write_text("\n".join(addresses) + "\n", encoding="utf-8")
        settings.write_text(f"reload-threads {_AT_ONCE}\n", encoding="utf-8")
        self._command = ["newsboat", "-q", "-u", urls, "-c", self._cache, "-C", settings, "-x", "reload"]

    def again(self) -> None:
        environment = {**os.environ, "HOME": str(self._folder), "LC_ALL": "C.UTF-8"}
        subprocess.run(self._command, env=environment, check=True, stdout=subprocess.DEVNULL)

    def count(self) -> dict:
        with sqlite3.connect(self._cache) as cache:
            return {"entries": cache.execute("SELECT count(*) FROM rss_item").fetchone()[0]}


class Get:
    """Conditional requests with a stock aiohttp; what comes is read and thrown away."""

    def __init__(self, addresses: list[str], _: Path) -> None:
        self._known: dict[str, dict[str, str]] = {address: {} for address in addresses}

    def again(self) -> dict | None:
        asyncio.run(self._round())

    def count(self) -> dict:
        return {}

    async def _round(self) -> None:
        turns = asyncio.Semaphore(_AT_ONCE)
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(self._get(session, turns, address) for address in self._known))

    async def _get(self, session: aiohttp.ClientSession, turns: asyncio.Semaphore, address: str) -> None:
        async with turns, session.get(address, headers=self._known[address]) as response:
            body = await response.read()
            if response.status == 200:
                pairs = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
                self._known[address] = {to: response.headers[of] for to, of in pairs if of in response.headers}
                self._take(body)

    def _take(self, body: bytes) -> None:
        """Do nothing with a document."""


class Expat(Get):
    """The cheapest look at every tag of every document that came."""

    def again(self) -> dict:
        self._bodies: list[bytes] = []
        super().again()
        began = time.process_time()
        for body in self._bodies:
            parser = expat.ParserCreate()
            parser.StartElementHandler = parser.CharacterDataHandler = lambda *_: None
            parser.Parse(body, True)
        return {"cpu": time.process_time() - began}

    def _take(self, body: bytes) -> None:
        self._bodies.append(body)


ALL = {kind.__name__.lower(): kind for kind in (Reader, Newsboat, Get, Expat)}

if __name__ == "__main__":
    peer = ALL[sys.argv[1]](Path(sys.argv[2]).read_text(encoding="utf-8").split(), Path(sys.argv[3]))
    obey(peer.again, peer.count)
