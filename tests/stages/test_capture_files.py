"""The files of captures: whole whatever happens to who writes them, bounded, and read by other programs."""

import asyncio
import gzip
import random
import signal
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from syndicator.capture import Recorder, WarcError, read_answer, read_warc
from syndicator.capture.files import CaptureFiles
from syndicator.capture.records import info_record, note_record, response_record
from syndicator.errors import LocalFaultError
from syndicator.models import Document, Exchange, Outcome, PollNote, RequestNote, Validators
from tests.apps import Clock
from tests.conftest import NOW
from tests.newsroom import Item, rss
from tests.processes import run, started

DAY = date(2026, 3, 6)
ROOT = Path(__file__).parents[2]
ARABIC = "https://أخبار.example/سراقب"


def exchange(n=0, body=None, url="https://one.example/feed", head=b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n"):
    return Exchange(url=url, at=NOW + timedelta(seconds=n), head=head, body=b"<rss/>%d" % n if body is None else body)


def a_folder(path):
    return CaptureFiles(path, info_record("one", "t/1", NOW))


def append(files, n=0, day=DAY, **more):
    (place,) = files.append("one", day, [response_record(exchange(n, **more))], is_synced=False)
    return place


def records(path):
    """Return type and block of a file's records, as warcio reads them; a wrong digest is an error."""
    with path.open("rb") as file:
        return [(record.rec_type, record.raw_stream.read()) for record in ArchiveIterator(file, check_digests="raise")]


def is_sound(path):
    return Checker(SimpleNamespace(inputs=[str(path)], verbose=False)).process_all() == 0


def bodies(path):
    return [block for kind, block in records(path) if kind == "response"]


def test_a_torn_end_at_any_byte_costs_only_its_own_record(tmp_path):
    """Cut at each byte of the last member; a new process cuts off the rest, and appends after what is whole."""
    files = a_folder(tmp_path / "whole")
    append(files, 1)
    last = append(files, 2)
    data = (tmp_path / "whole" / last.file).read_bytes()
    for end in range(last.offset, len(data)):
        path = tmp_path / str(end) / last.file
        path.parent.mkdir(parents=True)
        path.write_bytes(data[:end])
        place = append(a_folder(tmp_path / str(end)), 3)
        assert place.offset == last.offset
        assert bodies(path) == [b"<rss/>1", b"<rss/>3"]


def test_a_file_that_ends_within_a_record_is_read_as_far_as_it_goes(tmp_path):
    """Cut at each byte of the last member: a copy made while it was written."""
    files = a_folder(tmp_path)
    append(files, 1)
    last = append(files, 2)
    data = (tmp_path / last.file).read_bytes()
    copy = tmp_path / "copy.warc.gz"
    for end in range(last.offset, len(data) - 8):  # the checksum and the length are the last eight
        copy.write_bytes(data[:end])
        assert [each.exchange.body for each in read_warc(copy)] in ([b"<rss/>1"], [b"<rss/>1", b"<rss/>2"])


def mutations(seeds, count):
    """Yield damaged copies of files: bytes changed, lost and put in between."""
    chance = random.Random(28500)
    for _ in range(count):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(len(data))
            wrong = chance.choice([b"", b"\0", b"\r\n", b"http://[", b"Content-Length: 9999999999\r\n", b"2026-99-01"])
            data[at : at + chance.choice([0, 1, 1, 40])] = wrong
        yield bytes(data) or b"x"


def test_damaged_files_are_read_or_refused(tmp_path):
    """Packed or not, whatever the damage: never another error, and never without end."""
    files = a_folder(tmp_path)
    document = append(files, body=rss(Item("Дорога", "https://one.example/1", "1"))).member.id
    asked = RequestNote(
        endpoint="https://one.example/feed", url="https://one.example/feed", outcome="ok", record=document
    )
    note = PollNote(source="one/feed", committed=(NOW,), serial=1, requests=(asked,))
    (place,) = files.append("one", DAY, [note_record(note)], is_synced=False)
    packed = (tmp_path / place.file).read_bytes()
    path, read, refusals = tmp_path / "damaged.warc", 0, []
    for data in mutations([packed, gzip.decompress(packed)], 500):
        path.write_bytes(data)
        try:
            for each in read_warc(path):
                if not isinstance(each, PollNote):
                    read_answer(each)
            read += 1
        except WarcError as error:
            refusals.append(str(error))
    assert min(read, len(refusals)) > 20
    assert all(str(path) in each for each in refusals)


def test_a_whole_file_is_appended_to_as_it_is(tmp_path):
    """By another process, after a peaceful end; and nothing is set aside."""
    first = append(a_folder(tmp_path), 1)
    append(a_folder(tmp_path), 2)
    assert bodies(tmp_path / first.file) == [b"<rss/>1", b"<rss/>2"]
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["2026-03-06.warc.gz"]


def test_a_file_torn_within_its_first_record_begins_anew(tmp_path):
    """With its own first record again."""
    path = tmp_path / append(a_folder(tmp_path)).file
    path.write_bytes(path.read_bytes()[:40])
    append(a_folder(tmp_path), 5)
    assert [kind for kind, _ in records(path)] == ["warcinfo", "response"]


def test_what_lies_behind_damage_is_set_aside(tmp_path):
    """A bad sector in the midst: no byte is lost, and the file can be read again."""
    files = a_folder(tmp_path)
    second = [append(files, n) for n in range(4)][1]
    path = tmp_path / second.file
    data = bytearray(path.read_bytes())
    data[second.offset + 30 : second.offset + 40] = b"\xff" * 10
    path.write_bytes(data)
    append(a_folder(tmp_path), 9)
    assert bodies(path) == [b"<rss/>0", b"<rss/>9"]
    (aside,) = path.parent.glob("*.damaged")
    assert aside.read_bytes() == bytes(data[second.offset :])


def test_the_latest_file_of_each_outlet_is_repaired_at_the_start(tmp_path):
    """Though nothing may ever be appended to it again: the crash was yesterday."""
    files = a_folder(tmp_path)
    torn = tmp_path / append(files, 2).file
    torn.write_bytes(torn.read_bytes() + b"\x1f\x8b\x08")
    a_folder(tmp_path).repair()
    assert is_sound(torn)
    assert bodies(torn) == [b"<rss/>2"]


_WRITER = """
import sys
from pathlib import Path
from datetime import date
from tests.stages.test_capture_files import a_folder, append
files = a_folder(Path(sys.argv[1]))
for n in range(100_000):
    append(files, n, body=b"%d " % n + bytes(i * i % 251 for i in range(n % 5000)))
    print(n, flush=True)
"""


@pytest.mark.parametrize("after", [0, 1, 7, 40, 133])
async def test_a_writer_that_is_killed_loses_at_most_the_record_in_flight(tmp_path, after):
    """SIGKILL while it writes: all that it had reported is there, at most one record more, and the file is sound."""
    pipe = asyncio.subprocess.PIPE
    async with started(sys.executable, "-c", _WRITER, tmp_path, stdout=pipe, cwd=ROOT) as writer:
        for _ in range(after + 1):
            last = await writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        rest = (await writer.stdout.read()).split()
        await writer.wait()
    reported = int(rest[-1] if rest else last)
    a_folder(tmp_path).repair()
    (path,) = (tmp_path / "one").iterdir()
    assert is_sound(path)
    kept = [int(body.split(b" ")[0]) for body in bodies(path)]
    assert kept == list(range(len(kept)))
    assert reported <= kept[-1] <= reported + 1


_FULL = """
import resource, sys
from pathlib import Path
from tests.stages.test_capture_files import a_folder, append, bodies
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
files = a_folder(Path(sys.argv[1]))
path = Path(sys.argv[1]) / append(files, 1).file
size = path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, resource.RLIM_INFINITY))
try:
    append(files, 2)
except OSError as error:
    print(error.strerror)
print(path.stat().st_size == size)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
append(files, 3)
print(bodies(path))
"""


async def test_a_disk_that_is_full_in_the_midst_of_a_record_leaves_the_file_whole(tmp_path):
    """A part of the record fits: it is taken back, and the next one follows what is whole."""
    done = await run(sys.executable, "-c", _FULL, tmp_path, cwd=ROOT)
    assert done.stdout.decode().splitlines() == ["File too large", "True", "[b'<rss/>1', b'<rss/>3']"], done.stderr


def test_bytes_are_kept_as_they_came(tmp_path):
    """Fields and bodies in windows-1256 and koi8-r, which no reader may take for UTF-8 or ASCII."""
    arabic = "عودة الأهالي إلى سراقب".encode("windows-1256")
    head = b"HTTP/1.1 200 \xc7\xe1\r\nX-\xd1\xc0: " + arabic + b"\r\nX-Orig-Transfer-Encoding: chunked\r\n\r\n"
    russian = "Мост в Алеппо открыт".encode("koi8-r")
    place = append(a_folder(tmp_path), head=head, body=russian + b"\r\n\r\n", url=ARABIC)
    (answer,) = read_warc(tmp_path / place.file)
    assert (answer.exchange.head, answer.exchange.body) == (head, russian + b"\r\n\r\n")
    assert answer.exchange.url == ARABIC
    assert (answer.offset, answer.exchange.at) == (place.offset, NOW)
    assert is_sound(tmp_path / place.file)


def test_old_files_and_those_beyond_the_size_are_outdated_the_oldest_first(tmp_path):
    """Of all outlets together; what somebody else put there is left alone."""
    files = a_folder(tmp_path)
    for n in range(5):
        append(files, day=DAY + timedelta(days=n))
    (tmp_path / "one" / "notes.txt").write_text("mine")
    (tmp_path / "one" / "other.warc.gz").write_bytes(b"mine")
    size = max(each.size for each in files.all())
    names = [each.name for each in files.outdated(DAY + timedelta(days=2), 10 * size)]
    assert names == ["one/2026-03-06.warc.gz", "one/2026-03-07.warc.gz"]
    assert len(files.outdated(DAY, 3 * size)) == 2
    assert len(files.outdated(DAY, 0)) == 5
    assert files.outdated(DAY, 5 * size) == []
    files.delete(names)
    assert [each.day.day for each in files.all()] == [8, 9, 10]
    append(files, 7, day=DAY)  # the clock was set back: a new file, with its first record
    assert [kind for kind, _ in records(tmp_path / names[0])] == ["warcinfo", "response"]


def a_document(n, url="https://one.example/feed", outcome=Outcome.OK, **more):
    return Document(
        endpoint=url,
        url=url,
        outcome=outcome,
        validators=Validators(body_hash=str(n)),
        exchanges=(exchange(n, url=url, **more),),
    )


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def recorder(tmp_path, clock):
    recorder = Recorder(tmp_path / "captures", clock=clock, user_agent=lambda: "t/1")
    yield recorder
    recorder.close()


async def test_two_sources_of_an_outlet_at_once_are_written_one_after_another(tmp_path, recorder):
    """Each record lies where its document says."""
    kept = await asyncio.gather(
        *(recorder.keep("one", a_document(n, f"https://one.example/{n % 2}")) for n in range(40))
    )
    path = tmp_path / "captures" / kept[0].record.file
    found = {each.offset: each for each in read_warc(path)}
    assert len(found) == 40
    for n, document in enumerate(kept):
        assert found[document.record.offset].id == document.record.id
        assert found[document.record.offset].exchange.body == b"<rss/>%d" % n
        assert document.exchanges == ()


async def test_a_day_has_its_file_and_a_clock_that_is_set_back_goes_on_with_yesterdays(tmp_path, recorder, clock):
    """By UTC, as the clock has it when it is written."""
    files = []
    for at in ("2026-03-06T23:59:59", "2026-03-07T00:00:00", "2026-03-06T12:00:00"):
        clock.now = datetime.fromisoformat(at).replace(tzinfo=UTC)
        files.append((await recorder.keep("one", a_document(len(files)))).record.file)
    assert files == ["one/2026-03-06.warc.gz", "one/2026-03-07.warc.gz", "one/2026-03-06.warc.gz"]
    assert len(bodies(tmp_path / "captures" / files[0])) == 2


async def test_the_same_body_is_written_once_a_day(tmp_path, recorder, clock):
    """What says the same again refers to it. Another coding of the same is another payload; a new day begins anew."""
    first = await recorder.keep("one", a_document(1))
    again = await recorder.keep("one", a_document(1, outcome=Outcome.UNCHANGED))
    packed = await recorder.keep("one", a_document(1, outcome=Outcome.UNCHANGED, body=b"packed otherwise"))
    clock.move(timedelta(days=1))
    next_day = await recorder.keep("one", a_document(1, outcome=Outcome.UNCHANGED))
    assert [each.record.is_whole for each in (first, again, packed, next_day)] == [True, False, True, True]
    _, revisit, _ = read_warc(tmp_path / "captures" / first.record.file)
    assert revisit.refers_to.digest == first.record.digest
    assert revisit.refers_to.date == "2026-03-06T12:00:01.000000Z"


async def test_a_body_whose_file_is_gone_is_written_again(tmp_path, recorder):
    """Retention has deleted it in the midst of its day."""
    first = await recorder.keep("one", a_document(1))
    await recorder.delete([first.record.file])
    again = await recorder.keep("one", a_document(1, outcome=Outcome.UNCHANGED))
    assert again.record.is_whole
    assert bodies(tmp_path / "captures" / again.record.file) == [b"<rss/>1"]


async def test_what_cannot_be_written_is_a_fault_of_this_machine_until_it_can(tmp_path, recorder):
    """The next request is not even sent while it lasts."""
    (tmp_path / "captures").write_bytes(b"a file in the place of the folder")
    with pytest.raises(LocalFaultError, match="documents cannot be captured"):
        await recorder.keep("one", a_document(1))
    with pytest.raises(LocalFaultError):
        await recorder.check()
    assert "documents cannot be captured" in recorder.fault
    assert await recorder.names() == set()  # looking is no proof that something can be written
    await recorder.look_again()
    assert "documents cannot be captured" in recorder.fault
    (tmp_path / "captures").unlink()
    await recorder.check()
    assert recorder.fault == ""
    assert (await recorder.keep("one", a_document(1))).record is not None
