"""Published files: what is on disk, what is in memory, and which digest is told of which bytes."""

import asyncio
import gzip
import hashlib
import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syndicator.publish import FeedFiles
from tests.conftest import NOW


def digest(body):
    return hashlib.blake2b(body, digest_size=16).hexdigest()


async def test_memory_is_bounded_whatever_the_number_of_files(tmp_path):
    """Publishing holds no bodies at all, and readers' requests no more than the bound."""
    files = FeedFiles(tmp_path, cache_bytes=10_000)
    for number in range(50):
        files.put(f"f{number}.atom", bytes([number]) * 3_000, NOW)
    assert files.cached_bytes == 0
    for number in range(50):
        assert (await files.get(f"f{number}.atom")).body == bytes([number]) * 3_000
        assert files.cached_bytes <= 10_000


async def test_a_body_above_the_bound_is_served_and_shared(tmp_path):
    """Those who ask for it one after another get the same bytes object, not a copy each."""
    files = FeedFiles(tmp_path, cache_bytes=10)
    files.put("a.atom", b"x" * 1000, NOW)
    assert (await files.get("a.atom")).body is (await files.get("a.atom")).body


def test_a_start_reads_no_file(tmp_path):
    """However large the files are that lie there: their digests are made when they are asked for."""
    with (tmp_path / "large.atom").open("wb") as file:
        file.truncate(1 << 40)  # takes no room on disk, and fits into no memory
    FeedFiles(tmp_path)


def test_a_start_clears_away_what_a_crash_left(tmp_path):
    """What cannot be deleted stops no start."""
    (tmp_path / ".feed-1.tmp").write_bytes(b"half a file")
    (tmp_path / ".feed-2.tmp").mkdir()
    FeedFiles(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".feed-2.tmp"]


async def test_the_digest_is_known_after_a_restart(tmp_path):
    """It is that of the bytes on disk, for the info alone as well as with the body."""
    FeedFiles(tmp_path).put("a.atom", b"one", NOW)
    files = FeedFiles(tmp_path)
    info, file = await files.info("a.atom"), await files.get("a.atom")
    assert (info.digest, info.modified) == (file.digest, file.modified) == (digest(b"one"), NOW)


async def test_a_compressed_body_is_that_of_the_file(tmp_path):
    """It has the file's digest, which the server marks."""
    files = FeedFiles(tmp_path)
    files.put("a.atom", b"one" * 1000, NOW)
    plain, packed = await files.get("a.atom"), await files.get("a.atom", is_compressed=True)
    assert gzip.decompress(packed.body) == plain.body
    assert packed.digest == plain.digest == digest(plain.body)


@pytest.mark.parametrize("size", [1_000, 400_000])
@pytest.mark.parametrize("is_compressed", [False, True])
async def test_a_digest_always_fits_its_body(tmp_path, size, is_compressed):
    """While the file is replaced all the time, small or large enough to be read in a thread."""
    files = FeedFiles(tmp_path, cache_bytes=3 * size)
    files.put("a.atom", b"\0" * size, NOW)

    def replace():
        for number in range(1, 60):
            files.put("a.atom", bytes([number]) * size, NOW)

    replacing = asyncio.create_task(asyncio.to_thread(replace))
    seen = set()
    while not replacing.done():
        for file in await asyncio.gather(*(files.get("a.atom", is_compressed=is_compressed) for _ in range(3))):
            body = gzip.decompress(file.body) if is_compressed else file.body
            assert digest(body) == file.digest
            seen.add(file.digest)
        await asyncio.sleep(0)
    await replacing
    assert seen
    assert (await files.get("a.atom")).body == bytes([59]) * size


async def test_a_file_that_somebody_else_replaced_is_served_as_it_is(tmp_path):
    """With the digest of its bytes: what memory knows is of another file."""
    files = FeedFiles(tmp_path)
    files.put("a.atom", b"one", NOW)
    before = await files.get("a.atom")
    (tmp_path / "new").write_bytes(b"two")
    (tmp_path / "new").replace(tmp_path / "a.atom")
    after, info = await files.get("a.atom"), await files.info("a.atom")
    assert (before.body, after.body) == (b"one", b"two")
    assert after.digest == info.digest == digest(b"two")
    assert files.put("a.atom", b"one", NOW + timedelta(hours=1))


@pytest.mark.parametrize("name", ["a.atom\n", "a.exe", "A.atom", "x\na.atom", "..atom", ".atom", "a.atom.tmp"])
async def test_a_file_of_another_name_is_not_ours(tmp_path, name):
    """It is not served, not deleted, and cannot be written."""
    (tmp_path / name).write_bytes(b"somebody's")
    files = FeedFiles(tmp_path)
    files.keep_only([])
    assert await files.get(name) is None
    assert await files.info(name) is None
    assert (tmp_path / name).read_bytes() == b"somebody's"
    with pytest.raises(ValueError, match="not the name of a feed's file"):
        files.put(name, b"x", NOW)


async def test_files_lie_in_folders_below_ours(tmp_path):
    """As deep as names go; they are found again after a restart, and readable to whoever serves them."""
    names = ["outlet/bbc.atom", "region/SY-ID/saraqib.rss", "region/SY-ID/saraqib/2026-11.atom"]
    files = FeedFiles(tmp_path)
    for name in names:
        assert files.put(name, name.encode(), NOW)
    files.sync()
    again = FeedFiles(tmp_path)
    for name in names:
        assert (await again.get(name)).body == name.encode()
        assert not again.put(name, name.encode(), NOW)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_dir()} == {0o755}
    assert not list(tmp_path.rglob(".*"))


def test_folders_of_feeds_that_are_gone_go(tmp_path):
    """When they are empty; what somebody else has put there stays, and so does a resting feed's archive."""
    files = FeedFiles(tmp_path)
    for name in ("region/SY-ID/saraqib.atom", "a.atom", "a/2026-11.atom", "b/2026-11.atom", "c/2026-11.atom"):
        files.put(name, b"x", NOW)
    (tmp_path / "a" / "thesis.txt").write_text("years of work")
    assert files.keep_only([], resting=["b"]) == set()
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {"a", "a/thesis.txt", "b", "b/2026-11.atom"}


def test_a_new_folders_name_lasts_once_it_is_synced(tmp_path):
    """Each folder above the file is synced, the one that was deleted since is passed over."""
    synced = []
    files = FeedFiles(tmp_path, fsync=lambda number: synced.append(Path(f"/proc/self/fd/{number}").readlink()))
    files.sync()
    files.put("region/SY-ID/saraqib.atom", b"x", NOW)
    files.put("region/SY-HM/hama.atom", b"x", NOW)
    files.keep_only(["region/SY-ID/saraqib.atom"])
    synced.clear()
    files.sync()
    assert synced == [tmp_path, tmp_path / "region", tmp_path / "region/SY-ID"]


async def test_a_linked_folder_is_not_looked_into(tmp_path):
    """It may lead anywhere."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.atom").write_bytes(b"somebody's")
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "outlet").symlink_to(tmp_path / "elsewhere")
    files = FeedFiles(tmp_path / "feeds")
    files.keep_only([])
    assert await files.get("outlet/x.atom") is None
    assert (tmp_path / "elsewhere" / "x.atom").exists()


def test_a_file_in_a_folders_place_is_left_alone(tmp_path):
    """It is this one feed that cannot be written."""
    (tmp_path / "outlet").write_text("years of work")
    files = FeedFiles(tmp_path)
    with pytest.raises(OSError, match="outlet"):
        files.put("outlet/x.atom", b"x", NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["outlet"]


async def test_a_path_leads_nowhere(tmp_path):
    """Neither out of the folder nor into another."""
    (tmp_path / "out.atom").write_bytes(b"x")
    files = FeedFiles(tmp_path / "feeds")
    assert await files.get("../out.atom") is None
    with pytest.raises(ValueError, match="not the name"):
        files.put("../out.atom", b"y", NOW)


async def test_what_is_no_file_is_not_served(tmp_path):
    """A folder or a pipe in a file's place is not read, and reading does not wait for it."""
    (tmp_path / "folder.atom").mkdir()
    os.mkfifo(tmp_path / "pipe.atom")
    files = FeedFiles(tmp_path)
    files.put("later.atom", b"x", NOW)
    (tmp_path / "later.atom").unlink()
    os.mkfifo(tmp_path / "later.atom")
    for name in ("folder.atom", "pipe.atom", "later.atom"):
        assert await files.get(name) is None
        assert await files.info(name) is None


async def test_a_lost_file_that_readers_ask_for_is_told_once(tmp_path):
    """So that it can be written again; one that was never there is not lost."""
    files = FeedFiles(tmp_path)
    files.put("a.atom", b"one", NOW)
    (tmp_path / "a.atom").unlink()
    assert await files.get("a.atom") is None
    assert await files.info("never.atom") is None
    assert files.take_lost() == {"a.atom"}
    assert files.take_lost() == set()


def test_lost_files_are_missing_at_a_reload(tmp_path):
    """Also while memory still knows what they held."""
    files = FeedFiles(tmp_path)
    files.put("a.atom", b"one", NOW)
    files.put("b.atom", b"one", NOW)
    (tmp_path / "a.atom").unlink()
    assert files.keep_only(["a.atom", "b.atom", "c.atom"]) == {"a.atom", "c.atom"}


def test_a_file_that_cannot_be_deleted_stops_no_reload(tmp_path):
    """A folder has taken its place: it is left, and the others are deleted."""
    files = FeedFiles(tmp_path)
    for name in ("a.atom", "b.atom"):
        files.put(name, b"one", NOW)
    (tmp_path / "a.atom").unlink()
    (tmp_path / "a.atom").mkdir()
    assert files.keep_only([]) == set()
    assert [path.name for path in tmp_path.iterdir()] == ["a.atom"]


def test_replacing_lasts_once_it_is_synced(tmp_path):
    """The file's bytes are on disk before it has its name, and its name after ``sync``."""
    synced = []

    def record(descriptor):
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append("folder" if is_folder else f"file, in place: {(tmp_path / 'a.atom').exists()}")

    files = FeedFiles(tmp_path, fsync=record)
    files.put("a.atom", b"one", NOW)
    files.sync()
    files.sync()
    assert synced == ["file, in place: False", "folder"]


def test_a_folder_that_failed_to_sync_is_synced_again(tmp_path):
    """Though nothing was written since."""
    calls = []

    def fail_once(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            calls.append(descriptor)
            if len(calls) == 1:
                raise OSError(5, "Input/output error")

    files = FeedFiles(tmp_path, fsync=fail_once)
    files.put("a.atom", b"one", NOW)
    with pytest.raises(OSError, match="Input/output"):
        files.sync()
    files.sync()
    assert len(calls) == 2


def test_a_full_disk_leaves_nothing_behind(tmp_path):
    """The file before stays, and no temporary file does."""

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    FeedFiles(tmp_path).put("a.atom", b"one", NOW)
    files = FeedFiles(tmp_path, fsync=full)
    with pytest.raises(OSError, match="No space"):
        files.put("a.atom", b"two", NOW)
    with pytest.raises(OSError, match="No space"):
        files.check_writable()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.atom", b"one")]


async def test_a_file_is_written_only_when_it_changed(tmp_path):
    """The same bytes keep their date."""
    shelf = FeedFiles(tmp_path)
    assert shelf.put("a.atom", b"one", NOW)
    assert not shelf.put("a.atom", b"one", NOW + timedelta(hours=1))
    assert (await shelf.get("a.atom")).modified == NOW
    assert await FeedFiles(tmp_path).get("a.atom") == await shelf.get("a.atom")


def test_f56_readers_never_see_half_a_file(tmp_path):
    """While it is replaced again and again, every read is one whole version, and its digest fits."""
    shelf = FeedFiles(tmp_path)
    versions = [bytes([n]) * 50_000 for n in range(20)]
    shelf.put("a.atom", versions[0], NOW)
    done = threading.Event()
    torn = []

    def look():
        while not done.is_set():
            body = (tmp_path / "a.atom").read_bytes()
            if body not in versions:
                torn.append(len(body))

    reader = threading.Thread(target=look)
    reader.start()
    for n in range(200):
        shelf.put("a.atom", versions[n % 20], datetime(2026, 1, 1, tzinfo=UTC))
    done.set()
    reader.join()
    assert torn == []
    assert not list(tmp_path.glob(".*"))


def test_other_peoples_files_are_left_alone(tmp_path):
    """The shelf owns its feeds and nothing else in the folder."""
    (tmp_path / "thesis.txt").write_text("years of work")
    FeedFiles(tmp_path).keep_only([])
    assert (tmp_path / "thesis.txt").exists()


def test_a_lost_file_is_written_again(tmp_path):
    """Also when its bytes have not changed, and when the folder is gone as well."""
    shelf = FeedFiles(tmp_path / "feeds")
    shelf.put("a.atom", b"one", NOW)
    (tmp_path / "feeds" / "a.atom").unlink()
    (tmp_path / "feeds").rmdir()
    assert shelf.put("a.atom", b"one", NOW)


async def test_files_of_feeds_that_are_gone_go(tmp_path):
    """Only what is configured is kept."""
    shelf = FeedFiles(tmp_path)
    shelf.put("a.atom", b"x", NOW)
    shelf.keep_only(["b.atom"])
    assert await shelf.get("a.atom") is None
    assert not (tmp_path / "a.atom").exists()
