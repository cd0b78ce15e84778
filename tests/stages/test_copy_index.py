"""The index of copies beside the store: rolled back with it, caught up with it, and no fault of anybody when it is lost."""

import asyncio
import errno
import os
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from syndicator.fingerprint import fingerprint, keys_of
from syndicator.models import Entry, Source
from syndicator.store.copy_index import CopyIndex
from syndicator.store.sql_store import SQLStore
from tests.conftest import NOW

SINCE = NOW - timedelta(hours=72)
SOURCE = Source(id="one/a", outlet="one", endpoints=("https://one.example/a",), language="tr")
TEXTS = [
    "Bandırma feribotu sert rüzgâr yüzünden iki gün limanda kaldı ve yolcular trenle Balıkesir üzerinden gönderildi.",
    "Водоканал Самары меняет трубы на улице Фрунзе, и до пятницы автобусы пойдут по соседней набережной без остановок.",
    "أغلقت بلدية صافيتا السوق القديم أسبوعا لترميم سقفه الخشبي ونقلت الباعة إلى ساحة المدرسة قرب البرج حتى نهاية العمل.",
    "کتابخانه مرکزی شیراز پس از دو سال بازسازی با سالن تازه‌ای برای نسخه‌های خطی از روز یکشنبه به روی همه باز می‌شود.",
]


def entry(number, text=None):
    text = text or TEXTS[number]
    return Entry(
        key=f"guid:{number}",
        link=None,
        link_key=None,
        title=f"{number}",
        html=text,
        title_digest=f"t{number}",
        text_digest=f"x{number}",
        copy_digest=None,
        author=None,
        published=None,
        language="tr",
        fingerprint=fingerprint(f"{number}", text),
    )


def add(tx, number, at=NOW):
    """Add a story as ``ingest`` does."""
    (story,) = tx.stories.add([(f"tag:{number}", entry(number))], SOURCE, at)
    tx.copies.add({story: entry(number).fingerprint})
    return story


def found(tx, number):
    """Return the stories that a text may be a copy of."""
    told = tx.copies.candidates([entry(number)], {}, {}, SINCE)
    return [each.story for each in told[f"guid:{number}"]]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "s.db"


def opened(path, **more):
    return closing(SQLStore(f"sqlite:///{path}", **more))


async def test_what_was_rolled_back_is_found_under_no_number(path):
    """A work that fails takes those with it that are committed beside it; their numbers are given again."""

    def fail(tx):
        add(tx, 1)
        raise ValueError("a work that fails")

    with opened(path, patience=0.2) as store:
        assert await store.write(lambda tx: found(tx, 0)) == []
        works = [store.write(work, may_wait=True) for work in (lambda tx: add(tx, 0), fail)]
        first, failure = await asyncio.gather(*works, return_exceptions=True)
        assert isinstance(failure, ValueError)
        assert await store.write(lambda tx: add(tx, 2)) == first + 1
        assert await store.write(lambda tx: [found(tx, number) for number in range(3)]) == [[first], [], [first + 1]]


async def test_what_another_process_added_is_found_although_ours_is_newer(path):
    """A transaction that looks for nothing adds a story: those in between are not skipped."""
    with opened(path) as ours, opened(path) as theirs:
        assert await ours.write(lambda tx: found(tx, 0)) == []
        number = await theirs.write(lambda tx: add(tx, 0))
        assert await ours.write(lambda tx: add(tx, 1)) == number + 1
        assert await ours.write(lambda tx: found(tx, 0)) == [number]


async def test_an_index_made_anew_has_what_came_while_the_clock_was_ahead_and_after(path):
    """One story of next month does not make all others too old."""
    with opened(path) as store:
        await store.write(lambda tx: add(tx, 0, NOW + timedelta(days=30)))
        numbers = [await store.write(lambda tx, each=each: add(tx, each)) for each in (1, 2)]
    path.with_name("s.db-copies").unlink(missing_ok=True)
    with opened(path) as store:
        assert await store.write(lambda tx: [*found(tx, 1), *found(tx, 2)]) == numbers


async def test_the_index_of_another_database_is_of_no_use(path, tmp_path):
    """Somebody copied the wrong files: its stories are not ours."""
    with opened(path) as store:
        await store.write(lambda tx: found(tx, 0))
        await store.write(lambda tx: add(tx, 0))
    with opened(tmp_path / "other" / "s.db") as store:
        await store.write(lambda tx: add(tx, 1))
    (tmp_path / "other" / "s.db-copies").write_bytes(path.with_name("s.db-copies").read_bytes())
    with opened(tmp_path / "other" / "s.db") as store:
        assert await store.write(lambda tx: [found(tx, 0), found(tx, 1)]) == [[], [1]]


@pytest.mark.parametrize("room", [0, 200_000])
async def test_a_full_disk_leaves_the_index_in_memory(path, room):
    """At its first use, or when it should grow; copies are found as before."""
    shown = [number % len(TEXTS) for number in range(4)]

    def reserve(file, start, length):
        if start + length > room:
            raise OSError(errno.ENOSPC, "No space left on device")
        os.posix_fallocate(file, start, length)

    with opened(path) as store:
        numbers = [await store.write(lambda tx, each=each: add(tx, each)) for each in shown]
        index = CopyIndex(path.with_name("x-copies"), reserve=reserve)

        def look(connection: Connection):
            with index.settling():
                index.catch_up(connection, SINCE)
                return [index.candidates(keys_of(entry(each).fingerprint), most=5) for each in shown]

        assert await store.read(lambda tx: look(tx.connection)) == [[number] for number in numbers]
        with index.settling():
            for number in range(10_000, 14_000):
                index.add(number, range(number << 34, (number + 10) << 34, 1 << 34))
        assert await store.read(lambda tx: look(tx.connection)) == [[number] for number in numbers]
        index.close()
