"""Documents kept as they were received, and played again."""

import asyncio
import gzip
import io
import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import web
from click.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker
from warcio.warcwriter import WARCWriter

from syndicator.cli import cli
from syndicator.config import load
from syndicator.demo import Newsroom, load_play
from syndicator.demo.show import _FAST, _direct
from syndicator.errors import ConfigError
from syndicator.models import Document, Outcome
from syndicator.runtime.app import App, utc_now
from syndicator.runtime.daemon import Daemon, run
from tests.apps import Clock
from tests.conftest import NOW
from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config

CAPTURED = "capture = true\n"


def records(*paths):
    """Return type, fields and block of all records of files, as warcio reads them."""
    found = []
    for path in paths:
        with path.open("rb") as file:
            found += [
                (record.rec_type, record.rec_headers, record.http_headers, record.raw_stream.read())
                for record in ArchiveIterator(file, check_digests="raise")
            ]
    return found


def offsets(path):
    """Return where the records of a file begin."""
    with path.open("rb") as file:
        members = ArchiveIterator(file)
        return [members.get_record_offset() for _ in members]


def captured_files(folder):
    return sorted((folder / "captures").glob("*/*.warc.gz"))


def is_sound(path):
    """Return whether warcio's own check finds every digest right."""
    return Checker(SimpleNamespace(inputs=[str(path)], verbose=False)).process_all() == 0


async def play(captures, config, out):
    """Play by the command, in a thread: it has a loop of its own."""
    command = ["replay", str(captures), "--config", str(config), "--out", str(out), "--json", f"{out}.json"]
    done = await asyncio.to_thread(CliRunner().invoke, cli, command)
    assert done.exit_code == 0, done.output
    return json.loads(Path(f"{out}.json").read_text("utf-8"))


class Live:
    """An application on the network of loopback, with everything captured."""

    def __init__(self, folder, outlets, clock=utc_now, feeds=None, main="", *, is_captured=True, commit_clock=None):
        self.folder, self.clock, self.commit_clock = folder, clock, commit_clock
        self.config_folder = write_config(folder / "c", outlets=outlets, feeds=feeds or {"all": EVERYTHING})
        path = self.config_folder / "syndicator.toml"
        path.write_text((CAPTURED if is_captured else "") + main + path.read_text("utf-8"), encoding="utf-8")

    async def __aenter__(self):
        self.config = load(self.config_folder, environ={}, state=self.folder / "s")
        self.app = App(self.config, clock=self.clock, commit_clock=self.commit_clock)
        await self.app.adopt(self.config)
        return self

    async def __aexit__(self, *_):
        await self.app.close()

    async def poll(self, *names):
        sources = [each for each in self.config.sources.values() if not names or each.outlet in names]
        reports = await asyncio.gather(*(self.app.pipeline.poll(each) for each in sources))
        await self.app.outbox.run()
        await self.app.publisher.publish()
        return reports

    def feeds(self):
        return {path.name: path.read_bytes() for path in sorted((self.folder / "s" / "feeds").glob("*.*"))}


def same_as_live(live, out):
    replayed = {path.name: path.read_bytes() for path in sorted(out.glob("*.*"))}
    assert live.keys() == replayed.keys()
    for name, data in live.items():
        assert replayed[name] == data, name


async def newsroom_day(live, one, two, mirror, clock_moves=lambda: None):
    """A day: news, nothing new, the same bytes without validators, a retitled item, a home that fails."""
    await live.poll()
    clock_moves()
    await live.poll()  # 304 from one, the same bytes from two
    clock_moves()
    one.answers["/feed.xml"] = rss(
        Item("انهيار الهدنة في سراقب", "https://one.example/1", "1", "نص الخبر الأول كما كتبه المراسل"),
        Item("Idlib road opens again", "https://one.example/2", "2", "The road between the towns is open."),
    )
    mirror.answers["/feed.xml"] = one.answers["/feed.xml"]
    await live.poll()
    clock_moves()
    two.answers["/feed.xml"] = lambda _: web.Response(status=503)
    one.answers["/feed.xml"] = lambda _: web.Response(status=404, text="نه", content_type="text/plain")
    await live.poll()  # the mirror answers for one
    clock_moves()
    await live.poll()


@pytest.mark.parametrize("is_scripted", [True, False])
async def test_a_day_played_again_gives_the_same_bytes(tmp_path, is_scripted):
    """With mirrors, failures and revisions, by a scripted clock and by the real one."""
    clock = Clock()
    move = (lambda: clock.move(timedelta(minutes=31))) if is_scripted else (lambda: None)
    koi8 = rss(Item("Мост в Алеппо открыт", "https://two.example/мост", "a", "Движение восстановлено.")).decode()
    koi8 = koi8.replace("UTF-8", "koi8-r").encode("koi8-r")
    async with Site() as one, Site() as two, Site() as mirror:
        first = rss(Item("الهدنة في سراقب صامدة", "https://one.example/1", "1", "نص الخبر الأول كما كتبه المراسل"))
        one.answers["/feed.xml"] = mirror.answers["/feed.xml"] = first
        two.answers["/feed.xml"] = lambda _: web.Response(
            body=gzip.compress(koi8), headers={"Content-Encoding": "gzip", "Content-Type": "text/xml"}
        )
        outlets = {
            "one": outlet(one.base, mirror.base, country="SY", language="ar"),
            "two": outlet(two.base, country="RU", language="ru"),
        }
        feeds = {"all": EVERYTHING, "idlib": "title = 'I'\nwhere = 'region:SY-ID'\n"}
        async with Live(tmp_path, outlets, clock if is_scripted else utc_now, feeds) as live:
            await newsroom_day(live, one, two, mirror, move)
            published = live.feeds()
            told = await play(tmp_path / "s" / "captures", live.config_folder, tmp_path / "out")
    assert b"Idlib road opens again" in published["all.atom"]
    assert told["stories"] == 3
    assert told["updated"]["title"] == 1
    assert told["outcomes"]["not_modified"] >= 1
    assert told["outcomes"]["server_error"] >= 1
    same_as_live(published, tmp_path / "out")
    for path in captured_files(tmp_path / "s"):
        assert is_sound(path)


async def test_the_bundled_newsrooms_day_with_the_running_daemon_gives_the_same_bytes(tmp_path):
    """Nine outlets polled at once, mirrors compared, a domain that is sold, copies: by the real clock."""
    newsroom = Newsroom(load_play(), start=utc_now())
    await newsroom.open()
    try:
        newsroom.write_config(tmp_path / "c", listen="127.0.0.1:0")
        main = tmp_path / "c" / "syndicator.toml"
        main.write_text(CAPTURED + main.read_text("utf-8"), encoding="utf-8")
        directing = []

        def ready(daemon):
            directing.append(asyncio.create_task(_direct(newsroom, daemon, once=True, say=lambda _: None)))

        read = partial(load, tmp_path / "c", state=tmp_path / "s", is_strict=False)
        await run(read, intervals=_FAST, ready=ready)
        await asyncio.gather(*directing)
    finally:
        await newsroom.close()
    published = {path.name: path.read_bytes() for path in sorted((tmp_path / "s" / "feeds").glob("*.*"))}
    told = await play(tmp_path / "s" / "captures", tmp_path / "c", tmp_path / "out")
    assert told["entries"]["copy"] > 0
    assert told["failed"] > 0
    same_as_live(published, tmp_path / "out")
    assert all(map(is_sound, captured_files(tmp_path / "s")))


async def test_redirects_codings_and_words_that_nothing_changed_are_records(tmp_path):
    """As they were on the wire: each hop, the packed body, the 304; a page that is missing leaves none."""
    body = rss(Item("Köprü yeniden açıldı", "https://one.example/1", "1", "Trafik başladı."))
    packed = gzip.compress(body)
    async with Site() as one:

        def answer(request):
            if request.headers.get("If-None-Match") == '"v1"':
                return web.Response(status=304, headers={"ETag": '"v1"'})
            fields = {"Content-Encoding": "gzip", "ETag": '"v1"', "Content-Type": "text/xml"}
            return web.Response(body=packed, headers=fields)

        one.answers["/feed.xml"] = lambda _: web.Response(status=302, headers={"Location": "/yayın/feed"})
        one.answers["/yayın/feed"] = answer
        async with Live(tmp_path, {"one": outlet(one.base)}, Clock()) as live:
            await live.poll()
            await live.poll()
            one.answers["/yayın/feed"] = lambda _: web.Response(status=404)
            await live.poll()
            captures = await live.app.store.read(lambda tx: tx.captures.latest("one/feed.xml", Clock().now))
    (path,) = captured_files(tmp_path / "s")
    found = records(path)
    assert [kind for kind, *_ in found] == [
        "warcinfo", "response", "response", "metadata", "response", "revisit", "metadata", "metadata",
    ]  # fmt: skip
    _, fields, http, block = found[2]
    assert fields.get_header("WARC-Target-URI") == f"{one.base}/yay%C4%B1n/feed"
    assert (http.get_header("Content-Encoding"), block) == ("gzip", packed)
    assert found[1][2].get_statuscode() == "302"
    assert found[5][2].get_statuscode() == "304"
    assert found[5][1].get_header("WARC-Profile").endswith("/1.1/revisit/server-not-modified")
    with path.open("rb") as file:
        file.seek(captures.record.offset)
        (record,) = ArchiveIterator(io.BytesIO(file.read(captures.record.length)))
        assert record.rec_headers.get_header("WARC-Record-ID") == captures.record.id
        assert record.rec_headers.get_header("WARC-Payload-Digest") == captures.record.digest
    assert (captures.outcome, captures.endpoint) == ("ok", f"{one.base}/feed.xml")
    assert is_sound(path)


async def test_a_headline_that_is_taken_back_has_its_record(tmp_path):
    """The document is the one of before, byte for byte: its row leads to a record that names the first."""
    clock = Clock()
    before, after = (
        rss(Item(title, "https://one.example/1", "1", "Текст новости.")) for title in ("Мост открыт", "Мост закрыт")
    )
    async with Site() as one, Live(tmp_path, {"one": outlet(one.base)}, clock) as live:
        rows = []
        for body in (before, after, before, before):
            one.answers["/feed.xml"] = body
            await live.poll()
            rows.append(await live.app.store.read(lambda tx: tx.captures.latest("one/feed.xml", clock.now)))
            clock.move(timedelta(minutes=30))
        published = live.feeds()
    assert [row.record.is_whole for row in rows] == [True, True, False, False]
    assert rows[2] == rows[3]  # the last poll brought nothing
    assert rows[2].record.digest == rows[0].record.digest
    (path,) = captured_files(tmp_path / "s")
    (revisit,) = (
        fields for kind, fields, *_ in records(path) if fields.get_header("WARC-Record-ID") == rows[2].record.id
    )
    assert revisit.get_header("WARC-Refers-To-Date") == "2026-03-06T12:00:00.000000Z"
    await play(path, live.config_folder, tmp_path / "out")
    same_as_live(published, tmp_path / "out")


async def test_what_a_document_leads_to_is_kept_and_played_again(tmp_path):
    """The sitemaps of an index, of which one is packed and one is missing, with more items than one transaction has."""
    async with Site() as one:
        pages = [(f"https://one.example/хабар/{n}", f"Дорога номер {n} открыта") for n in range(450)]
        news = (
            f"<url><loc>{link}</loc><n:news><n:title>{title}</n:title>"
            "<n:publication_date>2026-03-06T10:00:00Z</n:publication_date></n:news></url>"
            for link, title in pages
        )
        sitemap = (
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            f'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">{"".join(news)}</urlset>'
        ).encode()
        index = "".join(f"<sitemap><loc>{one.base}/{name}</loc></sitemap>" for name in ("a.xml.gz", "b.xml"))
        one.answers["/feed.xml"] = (
            f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{index}</sitemapindex>'.encode()
        )
        one.answers["/a.xml.gz"] = gzip.compress(sitemap)
        text = outlet(one.base, extra='kind = "sitemap"', country="RU", language="ru")
        feeds = {"all": EVERYTHING + "limit = 1000\n"}
        async with Live(tmp_path, {"one": text}, feeds=feeds) as live:
            (report,) = await live.poll()
            published = live.feeds()
    told = await play(tmp_path / "s" / "captures", live.config_folder, tmp_path / "out")
    assert told["stories"] == 450
    assert "cannot read" in report.documents[0].note
    same_as_live(published, tmp_path / "out")


async def test_pages_of_stories_are_kept_and_played_again(tmp_path):
    """In their own bytes, windows-1251; a second page is missing, and its story has the feed's text both times."""
    pytest.importorskip("trafilatura")
    words = "Дорога из Латакии в Алеппо открыта с утра, и первые машины с помощью уже дошли до Сарманиии. " * 6
    page = f'<html><meta charset="windows-1251"><article><h1>Дорога</h1><p>{words}</p><p>{words}</p></article></html>'
    async with Site() as one:
        one.answers["/1"] = lambda _: web.Response(body=page.encode("windows-1251"), content_type="text/html")
        links = [Item("Дорога открыта", f"{one.base}/1", "1", "Коротко."), Item("Нет", f"{one.base}/2", "2", "Мало.")]
        one.answers["/feed.xml"] = rss(*links)
        text = outlet(one.base, extra='text = "page"', country="RU", language="ru")
        async with Live(tmp_path, {"one": text}) as live:
            await live.poll()
            published = live.feeds()
            rows = await live.app.store.read(
                lambda tx: tx.captures.latest("one/feed.xml", utc_now(), endpoint=f"{one.base}/1")
            )
    assert "первые машины" in published["all.atom"].decode()
    assert rows.outcome == "ok"
    (path,) = captured_files(tmp_path / "s")
    assert page.encode("windows-1251") in [block for *_, block in records(path)]
    await play(path, live.config_folder, tmp_path / "out")
    same_as_live(published, tmp_path / "out")


async def test_the_same_bytes_at_two_addresses_are_read_as_of_their_own(tmp_path):
    """Written once: but links within are relative, and lead elsewhere at each."""
    body = rss(Item("Köprü açıldı", "haber.html", "", "Trafik başladı."), language="tr")
    async with Site() as one:
        one.answers["/a/feed.xml"] = one.answers["/b/feed.xml"] = body
        text = outlet(one.base, path="/a/feed.xml", extra='[[source]]\npath = "/b/feed.xml"')
        async with Live(tmp_path, {"one": text}) as live:
            await live.poll()
            published = live.feeds()
    (path,) = captured_files(tmp_path / "s")
    assert [kind for kind, *_ in records(path)].count("revisit") == 1
    assert {f"{one.base}/{folder}/haber.html".encode() in published["all.atom"] for folder in "ab"} == {True}
    await play(path, live.config_folder, tmp_path / "out")
    same_as_live(published, tmp_path / "out")


async def test_a_hubs_push_is_kept_and_played_again(tmp_path):
    """As a document of its own kind: nobody had asked for it."""
    async with Site() as one:
        one.answers["/feed.xml"] = rss(Item("First", "https://one.example/1", "1"))
        async with Live(tmp_path, {"one": outlet(one.base)}) as live:
            await live.poll()
            source = live.config.sources["one/feed.xml"]
            body = rss(Item("خبر عاجل من إدلب", "https://one.example/2", "2"))
            topic = f"{one.base}/feed.xml"
            document = Document(endpoint=source.home, outcome=Outcome.OK, url=topic, body=body, content_type="text/xml")
            pushed = await live.app.captures.keep_push(source, document)
            await live.app.pipeline.ingest_push(source, pushed)
            await live.app.publisher.publish()
            published = live.feeds()
            row = await live.app.store.read(lambda tx: tx.captures.latest(source.id, utc_now()))
    (path,) = captured_files(tmp_path / "s")
    assert [kind for kind, *_ in records(path)][-2:] == ["resource", "metadata"]
    assert row.record.id == pushed.record.id
    told = await play(path, live.config_folder, tmp_path / "out")
    assert told["stories"] == 2
    same_as_live(published, tmp_path / "out")


async def test_an_outlet_that_left_the_configuration_is_played_all_the_same(tmp_path):
    """By what its notes say of its addresses."""
    async with Site() as one:
        one.answers["/feed.xml"] = rss(Item("پل دوباره باز شد", "https://one.example/1", "1"))
        async with Live(tmp_path, {"one": outlet(one.base)}) as live:
            await live.poll()
    config = write_config(tmp_path / "other", feeds={"all": EVERYTHING})
    told = await play(tmp_path / "s", config, tmp_path / "out")
    assert (told["stories"], told["failed"]) == (1, 0)


async def test_a_note_that_a_crash_has_lost_costs_no_story(tmp_path):
    """Killed between the commit and its note: the next poll's 304 refers to the document."""
    async with Site() as one:
        one.answers["/feed.xml"] = rss(Item("Мост открыт", "https://one.example/1", "1"))
        async with Live(tmp_path, {"one": outlet(one.base)}) as live:
            await live.poll()
            (path,) = captured_files(tmp_path / "s")
            path.write_bytes(path.read_bytes()[: offsets(path)[-1]])
            await live.poll()
    told = await play(path, live.config_folder, tmp_path / "out")
    assert (told["captures"], told["stories"]) == (1, 1)


async def test_a_poll_over_midnight_is_in_one_file(tmp_path):
    """Committed after it, by a document that came before: the day's file can be played alone."""
    clock = Clock(NOW.replace(hour=23, minute=59))

    def commits_late():
        clock.move(timedelta(minutes=2))
        return clock.now

    async with Site() as one, Live(tmp_path, {"one": outlet(one.base)}, clock, commit_clock=commits_late) as live:
        one.answers["/feed.xml"] = rss(Item("Gece yarısı", "https://one.example/1", "1"))
        await live.poll()
        published = live.feeds()
    (path,) = captured_files(tmp_path / "s")
    assert [kind for kind, *_ in records(path)] == ["warcinfo", "response", "metadata"]
    await play(path, live.config_folder, tmp_path / "out")
    same_as_live(published, tmp_path / "out")


async def test_only_outlets_that_are_to_be_are_captured(tmp_path):
    """Their own word outranks that of all; where nothing is said, nothing is kept."""
    async with Site() as one, Site() as two:
        one.answers["/feed.xml"] = two.answers["/feed.xml"] = rss(Item("T", "https://one.example/1", "1"))
        texts = {"one": outlet(one.base), "two": "capture = false\n" + outlet(two.base)}
        async with Live(tmp_path / "all", texts) as live:
            await live.poll()
        async with Live(tmp_path / "none", {**texts, "one": outlet(one.base)}, is_captured=False) as quiet:
            await quiet.poll()
        async with Live(tmp_path / "one", {"one": "capture = true\n" + texts["one"]}, is_captured=False) as own:
            await own.poll()
    assert [path.parent.name for path in captured_files(live.folder / "s")] == ["one"]
    assert not (quiet.folder / "s" / "captures").exists()
    assert len(captured_files(own.folder / "s")) == 1


@pytest.mark.parametrize(
    ("line", "file", "words"),
    [
        ('capture = "yes"', "syndicator.toml", "capture"),
        ('capture_retention = "long"', "syndicator.toml", 'is not a duration like "15m"'),
        ("capture_size = 5", "syndicator.toml", "capture_size"),
        ('capture = "yes"', "outlets/one.toml", "capture"),
        ('capture_retention = "1d"', "outlets/one.toml", "capture_retention"),
    ],
)
def test_a_mistake_in_the_configuration_is_named_by_file_and_key(tmp_path, line, file, words):
    """And nothing is in force."""
    folder = write_config(tmp_path, outlets={"one": outlet("https://one.example")})
    path = folder / file
    path.write_text(f"{line}\n{path.read_text('utf-8')}", encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load(folder, environ={}, state=tmp_path / "s")
    (problem,) = raised.value.problems
    assert problem.file == file
    assert words in f"{problem.key} {problem.message}"


async def test_a_document_that_cannot_be_kept_pauses_polling_and_marks_no_outlet(tmp_path):
    """The daemon says so; while it lasts nobody is asked; then the document comes again, and is kept."""
    async with Site() as one:
        one.answers["/feed.xml"] = rss(Item("T", "https://one.example/1", "1"))
        async with Live(tmp_path, {"one": outlet(one.base)}) as live:
            daemon = Daemon(live.app, lambda: live.config)
            (source,) = live.config.sources.values()
            (tmp_path / "s" / "captures").write_text("in the way")
            assert await daemon.dispatcher.poll(source) is None
            asked = len(one.requests)
            assert await daemon.dispatcher.poll(source) is None
            assert len(one.requests) == asked
            assert any("documents cannot be captured" in each for each in daemon.trouble())
            state = await live.app.store.read(lambda tx: tx.sources.state(source))
            assert (state.endpoints[0].outcome, state.polled_at) == (None, None)
            (tmp_path / "s" / "captures").unlink()
            await daemon.check_health()
            report = await daemon.dispatcher.poll(source)
            assert report.outcome is Outcome.OK
            assert daemon.trouble() == ()
            assert len(captured_files(tmp_path / "s")) == 1


async def test_old_captures_go_with_their_rows(tmp_path):
    """By the daemon's retention, the oldest day first; and rows of a file that somebody has deleted."""
    clock = Clock()
    main = 'capture_retention = "2d"\n'
    async with Site() as one, Live(tmp_path, {"one": outlet(one.base)}, clock, main=main) as live:
        daemon, (source,) = Daemon(live.app, lambda: live.config), live.config.sources.values()

        async def files_by_row():
            await daemon.pruner.prune()
            days = (NOW + timedelta(days=day) for day in range(4))
            rows = [await live.app.store.read(lambda tx, at=at: tx.captures.latest(source.id, at)) for at in days]
            return [row and row.record.file for row in rows]

        for day in range(4):
            one.answers["/feed.xml"] = rss(Item(f"Day {day}", f"https://one.example/{day}", f"{day}"))
            await live.poll()
            clock.move(timedelta(days=1))
        third, fourth = "one/2026-03-08.warc.gz", "one/2026-03-09.warc.gz"
        assert await files_by_row() == [None, None, third, fourth]
        assert [path.name for path in captured_files(tmp_path / "s")] == [name[4:] for name in (third, fourth)]
        (tmp_path / "s" / "captures" / fourth).unlink()
        assert await files_by_row() == [None, None, third, third]


def others_warc(path, *, gzip):
    """Write a file as other programs do: a request, a name's answer, pages, a feed in chunks as on the wire."""
    feed = rss(Item("سدّ الفرات آمن", "https://o.example/1", "1"), Item("Rain in Oslo", "https://o.example/2", "2"))
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (feed[:100], feed[100:])) + b"0\r\n\r\n"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=gzip)

        def write(kind, url, block, content_type="", day=6):
            fields = {"WARC-Date": f"2026-03-{day:02}T10:00:00Z"}
            record = writer.create_warc_record(
                url, kind, payload=io.BytesIO(block), length=len(block), warc_content_type=content_type,
                warc_headers_dict=fields,
            )  # fmt: skip
            writer.write_record(record)

        page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><title>Home</title></html>"
        answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/xml\r\n\r\n"
        moved = b"HTTP/1.1 301 Moved\r\nLocation: /rss/%D8%A7\r\n\r\n"
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "Wget/1.21"}))
        write("response", "dns:o.example", b"1.2.3.4", "text/dns")
        write("request", "http://o.example/feed", b"GET /feed HTTP/1.1\r\nHost: o.example\r\n\r\n")
        write("response", "http://o.example/", page)
        write("response", "http://o.example/feed", moved)
        write("response", "http://o.example/rss/ا" if not gzip else "http://o.example/rss/%D8%A7", answer + chunked)
        write("response", "http://o.example/gone", b"HTTP/1.1 404 Not Found\r\n\r\n<rss>")
        later = rss(Item("Rain in Oslo ends", "https://o.example/2", "2"))
        write("response", "http://o.example/feed", b"HTTP/1.1 200 OK\r\n\r\n" + later, day=7)


@pytest.mark.parametrize("name", ["crawl.warc", "crawl.warc.gz"])
@pytest.mark.parametrize("is_known", [True, False])
async def test_feeds_in_files_of_other_programs_are_played(tmp_path, name, is_known):
    """Packed or not, configured or not; what is no feed is passed over."""
    others_warc(tmp_path / name, gzip=name.endswith("gz"))
    outlets = {"o": outlet("http://o.example", path="/feed")} if is_known else {}
    config = write_config(tmp_path / "c", outlets=outlets, feeds={"all": EVERYTHING})
    told = await play(tmp_path / name, config, tmp_path / "out")
    assert (told["captures"], told["failed"]) == (2, 0)
    assert (told["stories"], told["entries"]["updated"]) == (2, 1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "holds no captures"),
        (b"PK\x03\x04 a zip file", "cannot be read as WARC"),
        (gzip.compress(b"not a record", mtime=0), "cannot be read as WARC"),
        (
            b"WARC/1.1\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: 2\r\n\r\nxx",
            "crawl.warc",
        ),
    ],
)
def test_what_is_no_warc_is_named(tmp_path, data, words):
    """With the file, and no traceback."""
    path = tmp_path / "crawl.warc"
    path.write_bytes(data)
    config = write_config(tmp_path / "c")
    done = CliRunner().invoke(cli, ["replay", str(path), "--config", str(config), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert words in done.output
    assert str(path) in done.output
    assert "Traceback" not in done.output


async def test_a_file_that_is_still_being_written_is_played_as_far_as_it_goes(tmp_path):
    """A copy that ends within a record."""
    async with Site() as one:
        one.answers["/feed.xml"] = rss(Item("T", "https://one.example/1", "1"))
        async with Live(tmp_path, {"one": outlet(one.base)}) as live:
            await live.poll()
            one.answers["/feed.xml"] = rss(Item("U", "https://one.example/2", "2"))
            await live.poll()
    (path,) = captured_files(tmp_path / "s")
    for length in (5, 60, 250):
        copy = tmp_path / f"{length}.warc.gz"
        copy.write_bytes(path.read_bytes()[: offsets(path)[-1] + length])
        told = await play(copy, live.config_folder, tmp_path / f"out{length}")
        assert (told["captures"], told["stories"]) == (1, 1)
