"""Feeds' files as rows: what is written, what is taken over, and what becomes of faults between the two."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from syndicator.publish import FeedFiles
from syndicator.runtime.renderings import RenderingReader, RenderingWriter
from syndicator.store import Rendering, open_store
from syndicator.store.renderings import packed
from tests.conftest import NOW
from tests.stores import BOTH, store_url

pytestmark = pytest.mark.xdist_group("postgresql")
ONE, TWO = "<feed>خبر</feed>".encode(), "<feed>новость İ</feed>".encode()
LATER = NOW + timedelta(hours=1)


class Room:
    """A daemon's files and a node's, with a store between them."""

    def __init__(self, folder, store):
        self.folder, self.store = folder, store
        self.own, self.others = FeedFiles(folder / "own"), FeedFiles(folder / "others")
        self.start()

    def start(self):
        """Begin anew on both sides, as after kill -9."""
        self.writer, self.reader = RenderingWriter(self.store, self.own), RenderingReader(self.store, self.others)

    async def pass_on(self):
        await self.writer.write()
        return await self.reader.look()

    @property
    def is_same(self):
        return shown(self.own) == shown(self.others)

    async def rows(self):
        return {each.file for each in await self.store.read(lambda tx: tx.renderings.newer(0))}


def shown(files):
    names = {path.relative_to(files.folder).as_posix() for path in files.folder.rglob("*.*")}
    found = {name: files.read(name) for name in names}
    return {
        name: (each.digest, each.modified, each.body) for name, each in found.items() if each and not each.is_private
    }


@asynccontextmanager
async def a_room(tmp_path):
    store = open_store(store_url(tmp_path / "x.db", "postgresql"))
    try:
        yield Room(tmp_path, store)
    finally:
        store.close()


@pytest.mark.parametrize("kind", BOTH)
async def test_numbers_of_changes_rise_and_rows_take_each_others_places(tmp_path, kind):
    """Whoever has seen a change is told of those after it."""
    store = open_store(store_url(tmp_path / "x.db", kind))
    try:

        def put(body, *names, at=NOW):
            made = [Rendering(file=name, digest="d", modified=at, body=packed(body)) for name in names]
            return store.write(lambda tx: tx.renderings.put(made))

        async def newer(than):
            return [each.file for each in await store.read(lambda tx: tx.renderings.newer(than))]

        assert await store.read(lambda tx: tx.renderings.stamp()) == (0, 0)
        await put(ONE, "b.atom", "a/2026-11.atom")
        await put(TWO, "b.atom", at=LATER)
        assert await store.read(lambda tx: tx.renderings.stamp()) == (2, 0)
        assert (await newer(0), await newer(1), await newer(2)) == (["a/2026-11.atom", "b.atom"], ["b.atom"], [])
        found = await store.read(lambda tx: tx.renderings.get("b.atom"))
        assert (found.body, found.modified) == (packed(TWO), LATER)
        await store.write(lambda tx: tx.renderings.delete(["b.atom", "none.atom"]))
        await store.write(lambda tx: tx.renderings.delete(["none.atom"]))
        await store.write(lambda tx: tx.renderings.put([]))
        assert await store.read(lambda tx: tx.renderings.stamp()) == (3, 3)
        assert await store.read(lambda tx: tx.renderings.get("b.atom")) is None
        await put(ONE, "b.atom")
        assert await newer(3) == ["b.atom"]
    finally:
        store.close()


async def test_what_changed_while_nobody_wrote_or_read_is_found_at_the_next_start(tmp_path):
    """Killed between a file and its row, or between a row and the file; the same bytes with another date."""
    async with a_room(tmp_path) as room:
        for name in ("a.atom", "b.rss", "c.json"):
            room.own.put(name, ONE, NOW)
        assert await room.pass_on() == {"a.atom", "b.rss", "c.json"}
        assert room.is_same
        assert await room.pass_on() == set()
        room.own.put("a.atom", TWO, LATER)
        room.own.put("b.rss", ONE, LATER, keeps_date=False)
        room.own.put("new/2026-11.atom", TWO, NOW)
        room.own.keep_only(["a.atom", "b.rss", "new/2026-11.atom"])
        room.others.put("stranger.atom", TWO, NOW)
        room.start()
        assert await room.pass_on() == {"a.atom", "b.rss", "new/2026-11.atom"}
        assert room.is_same
        assert await room.rows() == {"a.atom", "b.rss", "new/2026-11.atom"}


async def test_a_file_that_is_lost_keeps_its_row_and_one_that_is_closed_does_not(tmp_path):
    """Lost ones are written again; until then readers elsewhere have what there was."""
    async with a_room(tmp_path) as room:
        for name in ("lost.atom", "inner.atom"):
            room.own.put(name, ONE, NOW)
        await room.pass_on()
        (room.own.folder / "lost.atom").unlink()
        room.own = FeedFiles(room.own.folder)
        room.own.keep_only(["lost.atom", "inner.atom"])
        room.own.keep_private(["inner"])
        room.start()
        await room.pass_on()
        assert await room.rows() == {"lost.atom"}
        assert list(shown(room.others)) == ["lost.atom"]
        room.own.put("lost.atom", TWO, LATER)
        room.own.keep_private([])
        await room.pass_on()
        assert room.is_same
        assert len(shown(room.others)) == 2
        room.own.keep_only(["inner.atom"])
        await room.pass_on()
        assert list(shown(room.others)) == ["inner.atom"]


async def test_one_file_that_cannot_be_taken_over_keeps_no_other_back(tmp_path):
    """A folder in its place, a damaged row, a name that leads elsewhere; each is tried again."""
    async with a_room(tmp_path) as room:
        (room.others.folder / "a.atom").mkdir()
        for name in ("a.atom", "b.atom", "c.atom"):
            room.own.put(name, ONE, NOW)
        await room.writer.write()
        hostile = [
            Rendering(file="../../x.atom", digest="d", modified=NOW, body=packed(TWO)),
            Rendering(file="b.atom", digest="d", modified=NOW, body=b"\xff\x00"),
        ]
        await room.store.write(lambda tx: tx.renderings.put(hostile))
        assert await room.reader.look() == {"c.atom"}
        assert "../../x.atom cannot be taken over" in room.reader.fault
        assert not list(tmp_path.parent.glob("x.atom"))
        assert list(shown(room.others)) == ["c.atom"]
        await room.store.write(lambda tx: tx.renderings.delete(["../../x.atom"]))
        await room.reader.look()
        assert "a folder" in room.reader.fault.lower() or "directory" in room.reader.fault
        (room.others.folder / "a.atom").rmdir()
        room.own.put("b.atom", TWO, LATER)
        await room.pass_on()
        assert (room.reader.fault, room.is_same) == ("", True)


async def test_a_database_that_is_an_older_one_again_is_taken_as_it_is(tmp_path):
    """As after it was restored from a backup: numbers are lower than those that were seen."""
    async with a_room(tmp_path) as room:
        for body in (ONE, TWO, ONE):
            room.own.put("a.atom", body, NOW)
            await room.pass_on()

        def restore(tx):
            tx.connection.exec_driver_sql("DELETE FROM rendering")
            tx.connection.exec_driver_sql("DELETE FROM meta WHERE key LIKE 'renderings.%%'")
            tx.renderings.put([Rendering(file="old.atom", digest="d", modified=NOW, body=packed(TWO))])

        await room.store.write(restore)
        await room.reader.look()
        assert list(shown(room.others)) == ["old.atom"]


async def test_a_folder_stays_as_it_is_until_a_daemon_has_ever_written(tmp_path):
    """As in a store that was just migrated or moved: readers have what there was."""
    async with a_room(tmp_path) as room:
        room.others.put("a.atom", ONE, NOW)
        assert await room.reader.look() == set()
        assert (list(shown(room.others)), room.reader.has_looked) == (["a.atom"], False)
        room.own.put("b.atom", TWO, NOW)
        await room.pass_on()
        assert (room.is_same, room.reader.has_looked) == (True, True)
