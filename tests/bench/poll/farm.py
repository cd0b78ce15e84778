"""Made-up news feeds on loopback, one address each: ``python -m tests.bench.poll.farm --feeds 1000``.

The first line it prints is its port. ``GET /control`` at 127.0.0.1 tells how many items there have been and how it answered;
``?conditional=0`` ends support of conditional requests, ``?bump=0.05`` gives five feeds in a hundred a new item,
``?reset=1`` counts from nought. A seed decides every byte.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from urllib.parse import parse_qs, urlsplit

import uvloop

from tests.bench.poll.words import TONGUES

ITEMS = 25
_SIZE = 31_000 // ITEMS
_BEGAN = datetime(2026, 3, 6, 12, tzinfo=UTC)
_ATOM, _TRUCE, _LONG, _PICTURED, _SIGNED = 0.3, 0.05, 0.3, 0.3, 0.6
_SECTIONS = ("world", "region", "business", "sport", "culture")


def address(number: int) -> str:
    """Give the loopback address that feed ``number`` lives at."""
    return f"127.{1 + number // 62_500}.{number // 250 % 250 + 1}.{number % 250 + 1}"


def number_of(host: str) -> int:
    """Give the number of the feed that lives at an address."""
    _, a, b, c = map(int, host.split("."))
    return (a - 1) * 62_500 + (b - 1) * 250 + c - 1


class Outlet:
    """One feed: what all of its items share, and how many items it has had so far."""

    def __init__(self, seed: int, number: int, port: int) -> None:
        self._mark = f"{seed} {number}"
        chance = random.Random(self._mark)
        self.tongue = TONGUES[number % len(TONGUES)]
        self.is_atom = chance.random() < _ATOM
        self._is_long, self._is_signed = chance.random() < _LONG, chance.random() < _SIGNED
        self._is_cdata, self._is_pictured = chance.random() < 0.5, chance.random() < _PICTURED
        self.home = f"http://{address(number)}:{port}"
        self.title = f"{self.tongue.sentence(chance, 2)} {number}"
        self.had = ITEMS
        self._items = [self._item(n) for n in reversed(range(ITEMS))]

    def bump(self) -> None:
        """Publish one more item; the oldest falls out."""
        self._items = [self._item(self.had), *self._items[:-1]]
        self.had += 1

    @property
    def etag(self) -> str:
        return f'"{self._mark.replace(" ", "-")}-{self.had}"'

    @property
    def changed(self) -> str:
        return format_datetime(self._at(self.had), usegmt=True)

    @property
    def body(self) -> bytes:
        """The document as it is now."""
        title, now = escape(self.title), self._at(self.had)
        if self.is_atom:
            head = (
                '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
                f' xmlns:media="http://search.yahoo.com/mrss/" xml:lang="{self.tongue.language}"><title>{title}</title>'
                f'<link href="{self.home}/"/><link rel="self" href="{self.home}/feed.xml"/><id>{self.home}/</id>'
                f"<updated>{now.isoformat()}</updated>\n"
            )
            return b"".join((head.encode(), *self._items, b"</feed>\n"))
        head = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
            ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">'
            f"<channel><title>{title}</title><link>{self.home}/</link><description>{title}</description>"
            f"<language>{self.tongue.language}</language><lastBuildDate>{format_datetime(now)}</lastBuildDate>\n"
        )
        return b"".join((head.encode(), *self._items, b"</channel></rss>\n"))

    def _at(self, place: int) -> datetime:
        return _BEGAN + timedelta(minutes=17 * place)

    def _item(self, place: int) -> bytes:
        """Write item ``place``, the first ever being 0: its fields, then as much text as there is room for."""
        chance, tongue = random.Random(f"{self._mark} {place}"), self.tongue
        title = tongue.sentence(chance, max(5, int(70 / tongue.weight) + chance.randint(-1, 3)))
        if chance.random() < _TRUCE:
            title += " " + chance.choice(tongue.truce)
        section, name = chance.choice(_SECTIONS), f"{chance.getrandbits(40):010x}"
        link = f"{self.home}/{section}/2026/03/{name}"
        author = chance.choice(tongue.names) if self._is_signed else ""
        topics = [chance.choice(tongue.words) for _ in range(chance.randint(0, 3))]
        picture = f"{self.home}/pictures/{name}.jpg" if self._is_pictured else ""
        write = self._entry if self.is_atom else self._rss_item
        bare = write(title, link, self._at(place), author, topics, picture, "", "")
        room = _SIZE - len(bare.encode()) - (150 if self._is_long else 115)  # for markup and the last word
        brief = tongue.text(chance, room // 4 if self._is_long else room)
        whole = self._markup(tongue.text(chance, room * 3 // 4), link) if self._is_long else ""
        brief = brief if self._is_long else self._markup(brief, link)
        return write(title, link, self._at(place), author, topics, picture, brief, whole).encode()

    def _markup(self, text: str, link: str) -> str:
        """Put a little HTML around a text."""
        first, _, rest = text.partition(". ")
        return f'<p>{first}.</p><p>{rest} <a href="{link}">…</a></p>' if rest else f"<p><b>{first}</b></p>"

    def _quoted(self, html: str) -> str:
        return f"<![CDATA[{html}]]>" if self._is_cdata else escape(html)

    def _rss_item(self, title, link, at, author, topics, picture, brief, whole) -> str:
        return (
            f"<item><title>{escape(title)}</title><link>{link}</link>"
            + (f'<guid isPermaLink="true">{link}</guid>' if self._is_cdata else f"<guid>{link}#item</guid>")
            + f"<pubDate>{format_datetime(at)}</pubDate>"
            + (f"<dc:creator>{escape(author)}</dc:creator>" if author else "")
            + "".join(f"<category>{escape(topic)}</category>" for topic in topics)
            + (f'<enclosure url="{picture}" type="image/jpeg" length="48213"/>' if picture else "")
            + f"<description>{self._quoted(brief)}</description>"
            + (f"<content:encoded><![CDATA[{whole}]]></content:encoded>" if whole else "")
            + "</item>\n"
        )

    def _entry(self, title, link, at, author, topics, picture, brief, whole) -> str:
        return (
            f'<entry><title>{escape(title)}</title><link rel="alternate" href="{link}"/>'
            f"<id>tag:{urlsplit(self.home).hostname},2026:{link[-10:]}</id>"
            f"<published>{at.isoformat()}</published><updated>{at.isoformat()}</updated>"
            + (f"<author><name>{escape(author)}</name></author>" if author else "")
            + "".join(f'<category term="{escape(topic)}"/>' for topic in topics)
            + (f'<media:thumbnail url="{picture}" width="320" height="180"/>' if picture else "")
            + f'<summary type="html">{self._quoted(brief)}</summary>'
            + (f'<content type="html">{self._quoted(whole)}</content>' if whole else "")
            + "</entry>\n"
        )


class Farm:
    """All feeds, how they answer, and a tally of what they answered."""

    def __init__(self, feeds: int, seed: int = 1) -> None:
        self._feeds, self._seed, self._bumps = feeds, seed, 0
        self.is_conditional = True
        self.tally: Counter[str] = Counter()
        self.outlets: list[Outlet] = []

    def build(self, port: int) -> None:
        """Write every document now, so that nobody waits for it later."""
        self.outlets = [Outlet(self._seed, number, port) for number in range(self._feeds)]

    def control(self, query: str) -> bytes:
        """Obey, then tell."""
        asked = {key: values[-1] for key, values in parse_qs(query).items()}
        if "conditional" in asked:
            self.is_conditional = asked["conditional"] == "1"
        if "reset" in asked:
            self.tally.clear()
        if share := float(asked.get("bump", 0)):
            self._bumps += 1
            chance = random.Random(f"{self._seed} bump {self._bumps}")
            for outlet in chance.sample(self.outlets, round(share * len(self.outlets))):
                outlet.bump()
        told = {"items": sum(outlet.had for outlet in self.outlets), "answers": dict(self.tally)}
        return _answer("200 OK", "Content-Type: application/json\r\n", json.dumps(told).encode())

    def feed(self, number: int, headers: dict[str, str]) -> bytes:
        """Answer one request for a feed."""
        outlet = self.outlets[number]
        validators = f"ETag: {outlet.etag}\r\nLast-Modified: {outlet.changed}\r\n" if self.is_conditional else ""
        if self.is_conditional and self._is_known(outlet, headers):
            self.tally["304"] += 1
            return _answer("304 Not Modified", validators, b"")
        self.tally["200"] += 1
        kind = "atom" if outlet.is_atom else "rss"
        return _answer("200 OK", f"Content-Type: application/{kind}+xml; charset=utf-8\r\n{validators}", outlet.body)

    def _is_known(self, outlet: Outlet, headers: dict[str, str]) -> bool:
        """Compare as RFC 9110, 13.2.2 has it: a date counts only where there is no tag."""
        if tag := headers.get("if-none-match"):
            return tag == outlet.etag
        return headers.get("if-modified-since") == outlet.changed


def _answer(status: str, headers: str, body: bytes) -> bytes:
    size = "" if status.startswith("304") else f"Content-Length: {len(body)}\r\n"
    return f"HTTP/1.1 {status}\r\nServer: farm\r\n{headers}{size}Connection: close\r\n\r\n".encode() + body


class _Exchange(asyncio.Protocol):
    """One connection, one answer."""

    def __init__(self, farm: Farm) -> None:
        self._farm, self._asked = farm, b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._asked += data
        if not self._asked.endswith(b"\r\n\r\n"):
            return
        first, *lines = self._asked.decode("latin-1").split("\r\n")
        path, _, query = first.split(" ")[1].partition("?")
        if path == "/control":
            self._transport.write(self._farm.control(query))
        else:
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            number = number_of(self._transport.get_extra_info("sockname")[0])
            self._transport.write(self._farm.feed(number, headers))
        self._transport.close()


async def serve(farm: Farm) -> None:
    """Serve until cancelled; print the port when every document is written."""
    server = await asyncio.get_running_loop().create_server(lambda: _Exchange(farm), "0.0.0.0", 0, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    farm.build(port)
    print(port, flush=True)
    await server.serve_forever()


def main() -> None:
    """Run a farm until it is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(Farm(asked.feeds, asked.seed)))


if __name__ == "__main__":
    main()
