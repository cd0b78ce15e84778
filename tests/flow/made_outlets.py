"""Outlets, one with a mirror, whose feeds a test edits; and an application that polls them, crashes, and starts again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from sqlalchemy import select

from syndicator.config import load
from syndicator.extract import Pool
from syndicator.models import Document, Outcome, Source, Validators
from syndicator.runtime.app import App
from syndicator.store.tables import entry, member, story
from tests.apps import Clock
from tests.flow.made_news import Words
from tests.newsroom import Item, outlet, rss, write_config

HOMES = {"agency": "https://agency.example", "paper": "https://paper.example", "digest": "https://digest.example"}
MIRROR = "https://mirror.example"
_LISTED = 15
_INDEX_SIZE = 1 << 20
_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(eq=False)
class Piece:
    """An item of an outlet, with all that it has said, and what it tells: pieces of one ``matter`` are one story."""

    outlet: str
    slug: str
    language: str
    matter: int
    editions: list[Words]
    is_listed: bool = True
    # What of it has been taken in, and whether from the home.
    is_known: bool = False
    said_by_home: Words | None = None

    @property
    def now(self) -> Words:
        return self.editions[-1]


@dataclass(eq=False)
class Outlets:
    """What the outlets show. ``mirror`` says how far the agency's mirror is from its home."""

    pieces: list[Piece] = field(default_factory=list)
    is_home_down: bool = False
    mirror: str = "same"
    _asked: int = 0

    def listed(self, of: str) -> list[Piece]:
        """Return what an outlet lists, the latest first."""
        return [each for each in reversed(self.pieces) if each.outlet == of and each.is_listed][:_LISTED]

    def edition(self, piece: Piece, base: str) -> Words:
        """Return what an address of an outlet shows of a piece."""
        if base != MIRROR or self.mirror == "same":
            return piece.now
        if self.mirror == "behind":
            return piece.editions[0]
        edited = (*piece.now.sentences, f"Mirrored {len(piece.slug)} words.")
        return Words(title=f"{piece.now.title} mirrored", sentences=edited)

    async def fetch(self, url: str, known: Validators, options: object) -> Document:
        """Answer a request as the outlet would."""
        self._asked += 1
        base = url.rpartition("/")[0]
        of = "agency" if base == MIRROR else next(key for key, home in HOMES.items() if home == base)
        if base == HOMES["agency"] and self.is_home_down:
            return Document(endpoint=url, outcome=Outcome.CONNECT_ERROR, url=url)
        shown = [(each, self.edition(each, base)) for each in self.listed(of)]
        items = (Item(w.title, link=f"{base}/{p.slug}", guid=p.slug, text=w.text) for p, w in shown)
        return Document(
            endpoint=url,
            outcome=Outcome.OK,
            url=url,
            status=200,
            body=rss(*items, title=of.title()),
            validators=Validators(body_hash=str(self._asked)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the store and the published files hold: by uids, and by the keys of entries."""

    numbers: dict[str, int]
    outlets: dict[str, str]
    titles: dict[str, str]
    links: dict[str, str]
    seen: dict[str, object]
    uid_of: dict[tuple[str, str], str | None]
    members: dict[str, list[str]]
    published: dict[str, list[str]]
    wanted: dict[str, frozenset[str]]


class Room:
    """An application over the outlets, whose configuration and state lie in a folder. Children outlive a crash."""

    def __init__(self, folder: Path, pool: Pool) -> None:
        self.folder, self.pool = folder, pool
        self.clock, self.outlets = Clock(), Outlets()
        self.preferred: set[str] = set()
        self.word = "Aleppo"
        self.app: App | None = None

    @property
    def database(self) -> Path:
        return self.folder / "s" / "syndicator.db"

    async def start(self) -> None:
        """Start the application on what lies in its folder."""
        config = self._config()
        self.app = App(config, fetch=self.outlets.fetch, clock=self.clock, pool=self.pool)
        await self.app.adopt(config)

    async def stop(self) -> None:
        if self.app is not None:
            await self.app.close()
            self.app = None

    async def reload(self) -> None:
        """Put the configuration in force, as it is by now, and fill feeds that were edited."""
        await self.app.adopt(self._config())
        while await self.app.backfill.step():
            pass

    async def poll(self, of: str) -> str | None:
        """Poll an outlet; return the base of the address that answered."""
        report = await self.app.pipeline.poll(self.source(of))
        last = report.documents[-1]
        return last.endpoint.rpartition("/")[0] if last.outcome.is_good else None

    def source(self, of: str) -> Source:
        (source,) = self.app.config.outlets[of].sources
        return source

    def image(self) -> dict[str, bytes]:
        """Return the files of the store as they lie on disk, by their endings."""
        return {ending: self._read(ending) for ending in ("", "-wal", "-copies")}

    async def crash(self, image: dict[str, bytes]) -> None:
        """Go on from the files of an earlier moment, written over those that are there."""
        await self.stop()
        for ending, content in image.items():
            with self._path(ending).open("r+b" if self._path(ending).exists() else "wb") as file:
                file.truncate()
                file.write(content)
        await self.start()

    def _path(self, ending: str) -> Path:
        return self.database.with_name(f"{self.database.name}{ending}")

    def _read(self, ending: str) -> bytes:
        # The index of copies is a large file with little in it.
        with self._path(ending).open("rb") as file:
            return file.read(_INDEX_SIZE if ending == "-copies" else -1)

    async def stored(self) -> Stored:
        """Publish what is behind, and read everything."""
        await self.app.publisher.publish()
        rules = self.app.rules

        def read(tx):
            stories = tx.connection.execute(select(story)).all()
            uids = {row.id: row.uid for row in stories}
            entries = tx.connection.execute(select(entry.c.outlet, entry.c.key, entry.c.story)).all()
            members = {name: [] for name in rules.feeds}
            for name, number in tx.connection.execute(select(member.c.feed, member.c.story)):
                members[name].append(uids[number])
            full = tx.stories.newest(100_000)
            return Stored(
                numbers={row.uid: row.id for row in stories},
                outlets={row.uid: row.outlet for row in stories},
                titles={row.uid: row.title for row in stories},
                links={row.uid: row.link for row in stories},
                seen={row.uid: row.first_seen for row in stories},
                uid_of={(row.outlet, row.key): uids.get(row.story) for row in entries},
                members=members,
                published={name: self._published(name) for name in rules.feeds},
                wanted={each.uid: rules.feeds_of(each) for each in full},
            )

        return await self.app.store.read(read)

    def _published(self, name: str) -> list[str]:
        path = self.folder / "s" / "feeds" / f"{name}.atom"
        root = ET.parse(path).getroot()
        return [each.findtext(f"{_ATOM}id") for each in root.iter(f"{_ATOM}entry")]

    def _config(self):
        outlets = {
            key: outlet(home, *([MIRROR] if key == "agency" else []), name=key.title(), preferred=key in self.preferred)
            for key, home in HOMES.items()
        }
        feeds = {
            "all": 'title = "All"\nwhere = ""\nlimit = 1000\n',
            "paper": 'title = "Paper"\nwhere = "outlet:paper"\nlimit = 1000\n',
            "word": f'title = "Word"\nwhere = "{self.word}"\nlimit = 1000\n',
        }
        folder = write_config(self.folder / "c", outlets=outlets, feeds=feeds)
        return load(folder, environ={}, state=self.folder / "s")
