"""The table that finds stories by the keys of their fingerprints."""

import errno
import os
import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator.store.fingerprint_table import REPEATED, FingerprintTable

SMALL = 1024


def made_keys(story, count=20):
    chance = random.Random(f"{story}")
    return [chance.getrandbits(64) for _ in range(count)]


@pytest.fixture
def table():
    with FingerprintTable(None, 2**14) as made:
        yield made


def test_a_story_is_found_by_some_of_its_keys(table):
    table.add(7, made_keys(7))
    assert table.candidates(made_keys(7)[:3] + made_keys(8)) == [(7, 3)]


def test_most_shared_keys_come_first_then_the_oldest_story(table):
    shared = made_keys(0)
    for story, count in ((5, 3), (3, 6), (9, 6), (2, 1)):
        table.add(story, shared[:count] + made_keys(story))
    assert table.candidates(shared) == [(3, 6), (9, 6), (5, 3), (2, 1)]
    assert table.candidates(shared, most=2, least=3) == [(3, 6), (9, 6)]


def test_adding_a_story_again_changes_nothing(table):
    for _ in range(20):
        table.add(7, made_keys(7))
    table.add(3, made_keys(7)[:2])
    assert table.candidates(made_keys(7)) == [(7, 20), (3, 2)]


def test_what_many_stories_say_is_remembered_of_the_latest_ones(table):
    for story in range(1, 200):
        table.add(story, [*made_keys(story), 99])
    assert [story for story, _ in table.candidates([99], most=10)] == [196, 197, 198, 199]
    assert table.candidates([*made_keys(20), 99])[0] == (20, 20)


def test_a_common_key_takes_no_room_of_others():
    """Filler that each story ends with shares a bucket with keys that a single story has."""
    with FingerprintTable(None, SMALL) as table:
        own = [(place << 32) | 5 for place in range(1, 5)]
        table.add(1, own)
        for story in range(2, 500):
            table.add(story, [5 | (77 << 32)])
        assert table.candidates(own) == [(1, 4)]


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 1500))
def test_at_any_size_nearly_every_story_is_found_by_all_its_keys(count):
    """Buckets are split one after another; those yet to be split overflow now and then, and forget a key."""
    with FingerprintTable(None, 2**14) as table:
        for story in range(1, count + 1):
            table.add(story, made_keys(story, 12))
        found = [dict(table.candidates(made_keys(story, 12))).get(story, 0) for story in range(1, count + 1)]
    assert min(found) >= 4
    assert sum(found) >= 0.94 * 12 * count


def test_at_its_largest_the_oldest_stories_are_forgotten():
    with FingerprintTable(None, SMALL) as table:
        for story in range(1, 3001):
            table.add(story, made_keys(story))
        assert table.size < 80_000
        assert table.candidates(made_keys(1)) == []
        assert table.candidates(made_keys(3000))[0][1] > 18


def test_a_table_of_two_stories_takes_little_room(tmp_path):
    with FingerprintTable(tmp_path / "t") as table:
        table.add(1, made_keys(1))
        assert (tmp_path / "t").stat().st_blocks * 512 < 300_000


def test_what_a_file_holds_is_found_after_it_was_closed(tmp_path):
    with FingerprintTable(tmp_path / "t", SMALL, store="a") as table:
        table.add(REPEATED + 9, made_keys(9))
        assert table.position == REPEATED + 9
    with FingerprintTable(tmp_path / "t", SMALL, store="a") as table:
        assert table.candidates(made_keys(9)) == [(REPEATED + 9, 20)]
        assert table.position == 9  # what a power cut may have taken is added again


@pytest.mark.parametrize("other", [{"store": "b"}, {"buckets": 2048}])
def test_a_file_of_another_store_or_size_is_emptied(tmp_path, other):
    with FingerprintTable(tmp_path / "t", SMALL, store="a") as table:
        table.add(9, made_keys(9))
    with FingerprintTable(tmp_path / "t", **{"buckets": SMALL, "store": "a", **other}) as table:
        assert (table.position, table.candidates(made_keys(9))) == (0, [])


@pytest.mark.parametrize("content", [b"", b"x", b"SQLite format 3\0" * 5000])
def test_a_file_that_is_no_table_is_emptied(tmp_path, content):
    (tmp_path / "t").write_bytes(content)
    with FingerprintTable(tmp_path / "t", SMALL) as table:
        assert (table.position, table.candidates(made_keys(9))) == (0, [])
        table.add(9, made_keys(9))
        assert table.candidates(made_keys(9)) == [(9, 20)]


@pytest.mark.parametrize("word", [8, 9, 10])
@pytest.mark.parametrize("value", [0, 2**14, 2**40, 2**64 - 1])
def test_a_file_with_a_damaged_header_is_emptied_or_as_good_as_before(tmp_path, word, value):
    """Its level, its next bucket to split, its count: none leads outside of the table, or makes it grow for ever."""
    with FingerprintTable(tmp_path / "t", SMALL) as table:
        table.add(9, made_keys(9))
    with (tmp_path / "t").open("r+b") as file:
        file.seek(8 * word)
        file.write(value.to_bytes(8, sys.byteorder))
    with FingerprintTable(tmp_path / "t", SMALL) as table:
        for story in range(10, 3000):
            table.add(story, made_keys(story))
        assert table.candidates(made_keys(2999))[0] == (2999, 20)
        assert table.size <= 4096 + 64 * SMALL


class Disk:
    """A disk that has room for so many bytes."""

    def __init__(self, room):
        self.room = room

    def __call__(self, file, start, length):
        if start + length > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        os.posix_fallocate(file, start, length)


def test_a_table_for_which_the_disk_has_no_room_is_refused(tmp_path):
    with pytest.raises(OSError, match="No space"):
        FingerprintTable(tmp_path / "t", reserve=Disk(4096))


def add_many(table):
    for story in range(1, 5000):
        table.add(story, made_keys(story))


def test_a_table_that_cannot_grow_forgets_the_oldest_stories(tmp_path):
    """No page of the file is touched for which there is no room: that would kill the process."""
    with FingerprintTable(tmp_path / "t", reserve=Disk(300_000)) as table:
        add_many(table)
        assert table.size <= (tmp_path / "t").stat().st_blocks * 512
        assert table.candidates(made_keys(table.position))[0][0] == table.position


def test_emptied_it_holds_nothing_and_takes_new_stories(table):
    for story in range(1, 2000):
        table.add(story, made_keys(story))
    table.reset()
    assert (table.position, table.candidates(made_keys(1999))) == (0, [])
    for story in range(1, 2000):
        table.add(story, made_keys(-story))
    assert not any(table.candidates(made_keys(story), least=2) for story in range(1, 2000))


def test_a_reader_sees_what_is_written_while_it_is_open(tmp_path):
    with (
        FingerprintTable(tmp_path / "t", SMALL) as table,
        FingerprintTable(tmp_path / "t", SMALL, read_only=True) as reader,
    ):
        for story in range(1, 300):
            table.add(story, made_keys(story))
        assert reader.candidates(made_keys(200))[0] == (200, 20)
        assert reader.position == 299


def test_a_reader_finds_nothing_in_the_table_of_another_store(tmp_path):
    with FingerprintTable(tmp_path / "t", SMALL, store="a") as table:
        table.add(9, made_keys(9))
    with FingerprintTable(tmp_path / "t", SMALL, store="b", read_only=True) as reader:
        assert (reader.position, reader.candidates(made_keys(9))) == (0, [])


@pytest.mark.parametrize("buckets", [0, 512, 3000, -1024])
def test_a_number_of_buckets_that_cannot_be_is_refused(buckets):
    with pytest.raises(ValueError, match="power of two"):
        FingerprintTable(None, buckets)


def test_a_key_whose_tag_is_zero_is_found(table):
    table.add(7, [0, 5])
    assert table.candidates([0, 5]) == [(7, 2)]


def test_without_room_on_the_disk_the_table_stays_small_and_goes_on(tmp_path):
    """Writing to a mapped hole of a full disk would kill the process. A file open for reading only takes no more room."""
    with FingerprintTable(tmp_path / "t") as table, (tmp_path / "t").open("rb") as unwritable:
        os.dup2(unwritable.fileno(), table._file)
        for story in range(1, 2001):
            table.add(story, made_keys(story))
        assert table.size < 80_000
        assert table.candidates(made_keys(2000))[0][0] == 2000
