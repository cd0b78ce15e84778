"""Faults of transport and HTTP: whatever a server sends, and however slowly, it costs its own source one poll."""

import asyncio
import gzip
import socket
import ssl
import struct
import zlib
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path

import brotli
import pytest
from aiohttp.abc import AbstractResolver

from syndicator.fetch import Fetcher, FetchSettings
from syndicator.fetch.decode import zstd
from tests.flow.faults import CALM, LAST_GOOD, Clock, Hostile, Meter, conditions, reply, trial
from tests.newsroom import MAIN, Item, rss

HASTY = MAIN.replace('deadline = "5s"', 'deadline = "1s"')


def is_about(wait, least):
    """Say whether a pause is the one that is due, spread by a tenth at most; clocks and dates cut off parts of seconds."""
    return least - timedelta(seconds=1) < wait <= 1.1 * least


PROBE = timedelta(minutes=10)
TAG = 'ETag: "hostile"'
CAP = 5 << 20
HALF = Item("Half", link="https://outlet.example/half", guid="half", text="Whole in itself")
WHOLE = rss(HALF, LAST_GOOD)
BROKEN = WHOLE[: WHOLE.index(b"</item>") + len(b"</item>")]
GOOD = reply(rss(LAST_GOOD))
BUSY = reply(b"", "Retry-After: 9999", status="429 Too Many Requests")


# --- F11: slowness ---------------------------------------------------------------------------------


def drip(start: bytes, drop: bytes):
    """Begin at once, and then send a little now and then, for ever."""

    async def speak(reader, writer):
        writer.write(start)
        gone = asyncio.ensure_future(reader.read())
        while not gone.done():
            writer.write(drop)
            await asyncio.wait([gone], timeout=0.05)
        with suppress(ConnectionError):
            await gone

    return speak


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=["silence", "headers", "hints", "body"],
)
async def test_f11_a_drip_ends_at_the_deadline_and_holds_up_nobody(tmp_path, free_port, start, drop):
    """The neighbour is polled and published while the drip goes on."""
    async with trial(tmp_path, free_port, main=HASTY) as t:
        await t.begin_poll(drip(start, drop))
        await t.holds(*t.told())
        assert (await t.end_poll()).outcome == "timeout"


# --- F12: too much and too little ------------------------------------------------------------------


def reset_after(start: bytes):
    """Send something and reset the connection."""

    async def speak(_, writer):
        writer.write(start)
        await writer.drain()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return speak


def until_closed(body: bytes) -> bytes:
    """Answer with a body that ends where the connection does."""
    return reply(body, TAG).replace(b"Content-Length: %d\r\n" % len(body), b"")


async def test_f12_a_broken_body_is_not_taken_for_a_whole_one(tmp_path, free_port):
    """Nothing of it is published, not even the item that arrived whole; its validators do not come back."""
    short = f"Content-Length: {len(BROKEN)}"
    chunk = b"%x\r\n%b\r\n" % (len(BROKEN), BROKEN)
    chunked = ("Transfer-Encoding: chunked", TAG)
    cases = {
        "fewer bytes than promised": (reply(BROKEN, TAG, f"Content-Length: {len(WHOLE)}"), {"truncated"}),
        "more bytes than promised": (reply(WHOLE, TAG, short), {"not_a_feed", "http_error"}),
        "more bytes than promised, kept alive": (
            reply(WHOLE, TAG, short, "Connection: keep-alive"),
            {"not_a_feed", "http_error"},
        ),
        "no length, closed early": (until_closed(BROKEN), {"truncated", "not_a_feed"}),
        "chunks without an end": (reply(b"", *chunked) + chunk, {"truncated"}),
        "a chunk cut short": (reply(b"", *chunked) + chunk[:-9], {"truncated"}),
        "chunks that lie": (reply(b"", *chunked) + chunk + b"-5\r\n", {"truncated", "http_error"}),
        "reset": (reset_after(reply(BROKEN, TAG, f"Content-Length: {len(WHOLE)}")), {"truncated", "connect_error"}),
        "reset in a chunk": (reset_after(reply(b"", *chunked) + chunk[:-9]), {"truncated", "connect_error"}),
        "compressed, cut short": (reply(gzip.compress(WHOLE)[:-9], TAG, "Content-Encoding: gzip"), {"bad_encoding"}),
    }
    async with trial(tmp_path, free_port) as t:
        seen = {name: (await t.poll(answer)).outcome for name, (answer, _) in cases.items()}
        assert {name: outcome for name, outcome in seen.items() if outcome not in cases[name][1]} == {}


async def test_f12_a_text_on_how_feeds_end_is_not_the_end_of_one(tmp_path, free_port):
    """A body broken off behind it is as broken as any."""
    speaking = BROKEN.replace(b"Whole in itself", b"<![CDATA[A feed ends in </channel></rss>]]>")
    async with trial(tmp_path, free_port) as t:
        assert (await t.poll(until_closed(speaking))).outcome == "not_a_feed"


@pytest.mark.parametrize("start", [b"Transfer-Encoding: chunked", b"X-Length: none", b"Content-Length: 99999999999999"])
async def test_f12_an_endless_body_is_cut_off_at_the_cap(tmp_path, free_port, start):
    """Chunked, unbounded, or with an absurd length: the connection is closed soon after 5 MiB."""
    sent = 0

    async def speak(_, writer):
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n" + start + b"\r\n\r\n")
        piece = b" " * 0x8000
        while not writer.is_closing():
            writer.write(b"8000\r\n" + piece + b"\r\n" if b"chunked" in start else piece)
            sent += len(piece)
            await writer.drain()

    async with trial(tmp_path, free_port) as t:
        with Meter() as meter:
            assert (await t.poll(speak)).outcome == "too_large"
        assert sent < CAP + (12 << 20)  # what the sockets' buffers hold
        assert meter.growth < 64
        assert meter.cpu < 10


# --- F13: bombs ------------------------------------------------------------------------------------


def bomb(compressor, end) -> bytes:
    """Compress a feed with 100 MB of nothing in it, a piece at a time."""
    head, nothing = rss(HALF).removesuffix(b"</channel></rss>"), b" " * 1_000_000
    pieces = [compressor(head), *(compressor(nothing) for _ in range(100)), compressor(b"</channel></rss>"), end()]
    return b"".join(pieces)


def bombs():
    """Make one of each coding."""
    packer = zlib.compressobj(9, wbits=31)
    yield "gzip", bomb(packer.compress, packer.flush)
    packer = zlib.compressobj(9)
    yield "deflate", bomb(packer.compress, packer.flush)
    packer = brotli.Compressor(quality=5)
    yield "br", bomb(packer.process, packer.finish)
    window = {zstd.CompressionParameter.window_log: 27}
    packer = zstd.ZstdCompressor(options=window)
    yield "zstd", bomb(packer.compress, packer.flush)


async def test_f13_a_bomb_is_stopped_at_the_decoded_cap(tmp_path, free_port):
    """Not one of its 100 MB more is unpacked, in whichever coding it comes."""
    made = dict(bombs())
    async with trial(tmp_path, free_port) as t:
        with Meter() as meter:
            for coding, body in made.items():
                assert len(body) < 200_000
                assert (await t.poll(reply(body, TAG, f"Content-Encoding: {coding}"))).outcome == "too_large", coding
        assert meter.growth < 64
        assert meter.cpu < 10


async def test_f13_gzip_in_gzip_is_unpacked_once(tmp_path, free_port):
    """A packed file may be packed again on its way; what comes out of a third is no feed."""
    packed = gzip.compress(gzip.compress(gzip.compress(WHOLE)))
    async with trial(tmp_path, free_port) as t:
        assert (await t.poll(reply(packed, TAG, "Content-Encoding: gzip"))).outcome == "not_a_feed"


async def test_f13_a_swarm_of_empty_members_holds_up_nobody(tmp_path, free_port):
    """Five million bytes of gzip that unpack to nothing at all."""
    empty = gzip.compress(b"", mtime=0)
    swarm = reply(empty * (CAP // len(empty) - 100), TAG, "Content-Encoding: gzip")
    async with trial(tmp_path, free_port) as t:
        with Meter() as meter:
            assert (await t.poll(swarm)).outcome in ("not_a_feed", "bad_encoding")
        assert meter.growth < 64
        assert meter.cpu < 10


# --- F15: codings ----------------------------------------------------------------------------------


async def test_f15_a_coding_that_is_unknown_doubled_or_a_lie_is_a_bad_encoding(tmp_path, free_port):
    """And nothing is taken in."""
    once = gzip.compress(WHOLE)
    cases = {
        "unknown": reply(WHOLE, TAG, "Content-Encoding: snappy"),
        "no coding at all": reply(WHOLE, TAG, "Content-Encoding: text/xml"),
        "doubled": reply(gzip.compress(once), TAG, "Content-Encoding: gzip, gzip"),
        "doubled in two lines": reply(gzip.compress(once), TAG, "Content-Encoding: gzip", "Content-Encoding: gzip"),
        "mixed": reply(brotli.compress(once), TAG, "Content-Encoding: gzip, br"),
        "half a member behind it": reply(once + once[:12], TAG, "Content-Encoding: gzip"),
        "a flipped bit": reply(once[:-6] + bytes([once[-6] ^ 1]) + once[-5:], TAG, "Content-Encoding: gzip"),
        **{f"plain as {c}": reply(WHOLE, TAG, f"Content-Encoding: {c}") for c in ("gzip", "deflate", "br", "zstd")},
    }
    async with trial(tmp_path, free_port) as t:
        seen = {name: (await t.poll(answer)).outcome for name, answer in cases.items()}
        assert seen == dict.fromkeys(cases, "bad_encoding")


async def test_f15_members_of_gzip_may_be_torn_anywhere(tmp_path, free_port):
    """Two of them make one body, also when a piece ends within the mark that the second begins with."""
    one, two = (gzip.compress(part) for part in (WHOLE[:100], WHOLE[100:]))

    async def speak(_, writer):
        whole = reply(one + two, "Content-Encoding: gzip")
        writer.write(whole[: 1 - len(two)])
        await asyncio.sleep(0.1)  # or both pieces would be read as one
        writer.write(whole[1 - len(two) :])

    async with trial(tmp_path, free_port) as t:
        assert (await t.poll(speak)).outcome == "ok"


# --- F16: pages where a feed should be -------------------------------------------------------------

LOGIN = b'<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action="/login"><input name=user></form>'
PORTAL = b"<HTML><HEAD><META http-equiv=refresh content='0; url=http://portal.example/'></HEAD></HTML>"
CHALLENGE = b'<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body></body></html>'
XHTML = b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>Back soon</p></body></html>'


@pytest.mark.parametrize(
    "answer",
    [
        reply(PORTAL, TAG, "Content-Type: text/html"),
        reply(CHALLENGE, TAG, "Content-Type: text/html", "cf-mitigated: challenge"),
        reply(LOGIN, TAG),
        reply(XHTML, TAG, "Content-Type: application/xml"),
        reply(b'{"error": "sign in"}', TAG, "Content-Type: application/json"),
        reply(b"", TAG),
        reply(b" \r\n", TAG),
    ],
    ids=["portal", "challenge", "login", "xhtml", "json", "empty", "blank"],
)
async def test_f16_what_is_no_feed_is_said_so_and_asked_for_less_and_less(tmp_path, free_port, answer):
    """The same page three times is three failures, each with a longer pause; what was good stays."""
    async with trial(tmp_path, free_port, main=CALM) as t:
        polls = [await t.poll(answer) for _ in range(3)]
        assert [each.outcome for each in polls] == ["not_a_feed"] * 3
        assert all(is_about(each.wait, n * PROBE) for n, each in enumerate(polls, 1))
        assert polls[-1].word == "failing"


# --- F18: validators -------------------------------------------------------------------------------


async def test_f18_validators_come_back_byte_for_byte_or_not_at_all(tmp_path, free_port):
    """Legal ones below 1 KB are returned, whatever they look like; others are dropped, and the document is taken."""
    same = {b'"plain"', b'W/"weak"', b"unquoted", b'"a b"', b'"it\'s; odd, = {}"', b'W/"', b'"' + b"x" * 1000 + b'"'}
    dropped = {b'"' + b"x" * 1022 + b'"', b'"' + b"x" * 5000 + b'"', b'"a\x01b"', b'"a\x7fb"', b"", b'"\x1b[31m"'}
    dates = {b"Fri, 06 Mar 2026 12:00:00 GMT", b"Fri, 6 Mar 2026 1:02:03 gmt", b"2026-03-06", b"yesterday", b"0"}
    cases = [
        *((b"ETag: " + tag, (tag, None)) for tag in sorted(same)),
        *((b"ETag: " + tag, (None, None)) for tag in sorted(dropped)),
        *((b"Last-Modified: " + date, (None, date)) for date in sorted(dates)),
        (b"Last-Modified: " + b"x" * 5000, (None, None)),
        (b"Last-Modified: to\x01morrow", (None, None)),
    ]
    async with trial(tmp_path, free_port) as t:
        for number, (header, _) in enumerate(cases):
            answer = reply(rss(Item(f"Item {number}", guid=f"{number}"), LAST_GOOD), header)
            assert (await t.poll(answer)).outcome == "ok", header
        await t.poll(GOOD)
        sent = map(conditions, t.hostile.asked[-len(cases) :])  # each question has what the answer before it gave
        assert list(zip([header for header, _ in cases], sent, strict=True)) == cases


async def test_f18_a_header_of_ten_kilobytes_costs_no_document(tmp_path, free_port):
    """It is dropped like any that is too long, and what it came with is taken."""
    async with trial(tmp_path, free_port) as t:
        for name in ("ETag", "Last-Modified", "X-Whatever"):
            answer = reply(rss(Item(name, guid=name), LAST_GOOD), f"{name}: {'x' * 10_000}")
            assert (await t.poll(answer)).outcome == "ok", name
        await t.poll(GOOD)
        assert conditions(t.hostile.asked[-1]) == (None, None)


async def test_f18_bytes_beyond_ascii_in_an_etag_are_never_altered(tmp_path, free_port):
    """They are legal, if unusual: the same bytes come back, or none."""
    async with trial(tmp_path, free_port) as t:
        for number, tag in enumerate((b'"caf\xe9"', '"café"'.encode(), '"هدنة"'.encode(), b'"\xff\xfe"')):
            taken = await t.poll(reply(rss(Item(f"Item {number}", guid=f"{number}"), LAST_GOOD), b"ETag: " + tag))
            assert taken.outcome == "ok"
            await t.poll(reply(rss(LAST_GOOD)))
            assert conditions(t.hostile.asked[-1])[0] in (None, tag)


# --- F19: validators that never change -------------------------------------------------------------


async def test_f19_a_server_that_says_304_for_ever_hides_news_for_a_week_at_most(tmp_path, free_port):
    """Then it is asked for the document itself, and the status says what its word is worth."""
    async with trial(tmp_path, free_port) as t:
        news = rss(Item("Hidden news", guid="hidden"), LAST_GOOD)

        async def speak(_, writer):
            is_told = conditions(t.hostile.asked[-1]) != (None, None)
            writer.write(reply(b"", 'ETag: "a"', status="304 Not Modified") if is_told else reply(news, 'ETag: "a"'))

        assert (await t.poll(reply(rss(LAST_GOOD, Item("Old", guid="old")), 'ETag: "a"'))).outcome == "ok"
        assert (await t.poll(speak)).outcome == "not_modified"
        t.tell()
        t.clock.now += timedelta(days=7)
        found = await t.end_poll()
        assert found.outcome == "ok"
        assert "never changes" in found.note
        await t.holds("Hidden news")


# --- F20: Retry-After ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_f20_retry_after_lengthens_the_pause_and_never_shortens_it(tmp_path, free_port, status):
    """Obeyed from nothing to seven days; what is absurd counts for nothing, and our own pause stands."""
    async with trial(tmp_path, free_port, main=CALM) as t:

        def after(value):
            return reply(b"", f"Retry-After: {value}", status=status)

        def dated(pause):
            async def speak(_, writer):
                writer.write(after(format_datetime(t.clock.now + pause, usegmt=True)))

            return speak

        none, hour, day = timedelta(0), timedelta(hours=1), timedelta(days=1)
        cases = {
            "a minute": (after("60"), timedelta(minutes=1)),
            "nothing": (after("0"), none),
            "an hour": (after("3600"), hour),
            "9999 s": (after("9999"), timedelta(seconds=9999)),
            "two days": (after("172800"), 2 * day),
            "seven days": (after("604800"), 7 * day),
            "negative": (after("-1"), none),
            "1e12": (after("1e12"), none),
            "a trillion": (after("1000000000000"), none),
            "abc": (after("abc"), none),
            "other digits": (after("٣٦٠٠"), none),
            "a date in two hours": (dated(2 * hour), 2 * hour),
            "a date in five days": (dated(5 * day), 5 * day),
            "a date gone by": (dated(-hour), none),
        }
        for failures, (name, (answer, asked)) in enumerate(cases.items(), 1):
            wait, own = (await t.poll(answer)).wait, PROBE * max(1, failures / 4)
            assert is_about(wait, max(own, asked)), name
            assert wait > asked - timedelta(seconds=1), name  # dates have no parts of seconds


async def test_f20_what_is_longer_than_seven_days_counts_for_nothing(tmp_path, free_port):
    """Our own pause stands: no server is that busy."""
    values = ("691200", "999999999", "Sat, 06 Mar 2027 12:00:00 GMT")
    async with trial(tmp_path, free_port, main=CALM) as t:
        busy = (reply(b"", f"Retry-After: {value}", status="503 Service Unavailable") for value in values)
        assert all([is_about((await t.poll(answer)).wait, PROBE) for answer in busy])


async def test_f20_nothing_is_asked_before_the_time_a_server_named(tmp_path, free_port):
    """A second before it the neighbour is polled, and the server left alone."""
    async with trial(tmp_path, free_port) as t:
        source = await t.poll(BUSY)
        assert (source.outcome, source.wait) == ("rate_limited", timedelta(seconds=9999))
        asked = len(t.hostile.asked)
        await t.skip(source.wait - timedelta(seconds=1))
        assert len(t.hostile.asked) == asked


async def test_f20_a_server_is_left_alone_also_when_its_file_went_and_came(tmp_path, free_port):
    """As it does when it is moved or written anew."""
    async with trial(tmp_path, free_port) as t:
        await t.poll(BUSY)
        asked = len(t.hostile.asked)
        await t.without_file()
        await t.skip(timedelta(seconds=2))
        assert len(t.hostile.asked) == asked


@pytest.mark.parametrize(
    ("header", "status", "outcome"),
    [
        ("Retry-After: Fri, 31 Dec 9999 23:59:59 -0100", "503 Service Unavailable", "server_error"),
        ("Expires: Fri, 31 Dec 9999 23:59:59 -0100", "200 OK", "ok"),
        ("Expires: Mon, 01 Jan 0001 00:00:00 +0100", "200 OK", "ok"),
    ],
    ids=["busy", "late", "early"],
)
async def test_f20_a_date_beyond_the_calendar_is_no_date(tmp_path, free_port, header, status, outcome):
    """Its time zone moves it out of the years there are: it counts for nothing, and the document is taken in."""
    body = rss(Item("Fresh", guid="fresh"), LAST_GOOD)
    async with trial(tmp_path, free_port) as t:
        assert (await t.poll(reply(body, header, status=status))).outcome == outcome


# --- F21: moves ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent"])
async def test_f21_one_redirect_moves_nothing(tmp_path, free_port, status):
    """The document is taken in, and the next question goes to the old address again, as the status page says."""
    async with Hostile() as new, trial(tmp_path, free_port) as t:
        new.answers["/new.xml"] = reply(rss(Item("At the new place", guid="new"), LAST_GOOD), 'ETag: "new"')
        away = reply(b"", f"Location: http://127.0.0.1:{new.port}/new.xml", status=status)
        for _ in range(2):
            source = await t.poll(away)
            assert (source.outcome, len(new.asked)) == ("ok" if not new.asked[1:] else "unchanged", len(new.asked))
            assert source.url.endswith(f":{t.hostile.port}/feed.xml")
        await t.holds("At the new place")
        assert (await t.poll(GOOD)).outcome == "ok"
        assert len(new.asked) == 2


async def test_f21_a_lasting_move_is_adopted_after_a_day_and_told(tmp_path, free_port):
    """Three polls that agree, with known items: then the old address is left alone, but for once a week."""
    async with trial(tmp_path, free_port) as t:
        t.hostile.answers["/new.xml"] = reply(rss(Item("At the new place", guid="new"), LAST_GOOD))
        away = reply(b"", "Location: /new.xml", status="301 Moved Permanently")
        await t.poll(away)
        for _ in range(2):
            await t.skip(timedelta(hours=13))
        source = await t.poll(away)
        assert source.moved_to == f"http://127.0.0.1:{t.hostile.port}/new.xml"
        assert source.url.endswith("/feed.xml")
        asked = len(t.hostile.asked)
        await t.poll()
        assert [each["path"] for each in t.hostile.asked[asked:]] == [b"/new.xml"]
        t.hostile.answers["/feed.xml"] = GOOD
        await t.skip(timedelta(days=7))
        assert (await t.poll()).moved_to is None
        assert t.hostile.asked[-1]["path"] == b"/feed.xml"
        await t.holds("At the new place")


async def test_f21_validators_are_not_told_to_another_address_than_their_own(tmp_path, free_port):
    """Or the old place, back with older news than the new one's date, would say that nothing is new."""
    async with Hostile() as new, trial(tmp_path, free_port) as t:
        date = "Last-Modified: Fri, 06 Mar 2026 12:00:00 GMT"
        new.answers["/new.xml"] = reply(rss(LAST_GOOD), 'ETag: "1"', date)
        await t.poll(reply(b"", f"Location: http://127.0.0.1:{new.port}/new.xml", status="302 Found"))
        await t.poll(GOOD)
        assert [conditions(asked) for asked in (*new.asked, t.hostile.asked[-1])] == [(None, None)] * 2


# --- F22: gone, missing, unknown, untrusted --------------------------------------------------------


async def test_f22_gone_ends_the_polling_and_is_shown(tmp_path, free_port):
    """For a month nobody asks again."""
    async with trial(tmp_path, free_port) as t:
        source = await t.poll(reply(b"", TAG, status="410 Gone"))
        assert (source.outcome, source.health, source.word) == ("gone", "gone", "gone")
        asked = len(t.hostile.asked)
        await t.skip(timedelta(days=29))
        assert len(t.hostile.asked) == asked


@pytest.mark.parametrize(
    ("answer", "outcome", "weight", "times"),
    [
        (reply(b"", TAG, status="404 Not Found"), "not_found", 1, 30),
        (reset_after(b""), "connect_error", 0.5, 8),
        (reply(b"", TAG, status="503 Service Unavailable"), "server_error", 0.25, 8),
    ],
    ids=["missing", "no answer", "busy"],
)
async def test_f22_failures_lengthen_the_pause_by_their_weight(tmp_path, free_port, answer, outcome, weight, times):
    """Linearly: what will not mend itself counts whole, a connection half, a busy moment a quarter."""
    async with trial(tmp_path, free_port, main=CALM) as t:
        polls = [await t.poll(answer) for _ in range(times)]
        assert {each.outcome for each in polls} == {outcome}
        assert all(is_about(each.wait, PROBE * max(1, n * weight)) for n, each in enumerate(polls, 1))


class Names(AbstractResolver):
    """Knows every name but the lost ones."""

    def __init__(self):
        self.lost = set()

    async def resolve(self, host, port=0, family=0):
        if host in self.lost:
            raise OSError(None, "Name or service not known")
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 6, "flags": 0}]

    async def close(self):
        pass


async def test_f22_a_name_that_is_gone_is_asked_for_less_and_less(tmp_path, free_port):
    """And is back as soon as it resolves again."""
    names = Names()
    async with trial(tmp_path, free_port, main=CALM, home="http://news.example:{port}", resolver=names) as t:
        names.lost.add("late.example")
        await t.rename("http://late.example:{port}")
        polls = [await t.poll() for _ in range(3)]
        assert {each.outcome for each in polls} == {"dns_error"}
        assert all(is_about(each.wait, n * PROBE) for n, each in enumerate(polls, 1))
        names.lost.clear()


@pytest.mark.parametrize("certificate", ["expired", "wrong"])
async def test_f22_an_untrusted_certificate_gets_no_request(tmp_path, free_port, certificate):
    """Expired or of another name: the connection ends before a word is said, and is not tried without."""
    data = Path(__file__).parents[1] / "data" / "tls"
    trust = ssl.create_default_context(cafile=data / "authority.pem")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(data / "valid.pem")
    clock = Clock()
    manners = FetchSettings(user_agent="t", spacing=timedelta(0), allow_private=(ip_network("127.0.0.0/8"),))
    fetch = Fetcher(manners, clock=clock, resolver=Names(), tls=trust)
    home = "https://news.example:{port}"
    async with trial(tmp_path, free_port, main=CALM, home=home, tls=server, clock=clock, fetch=fetch) as t:
        asked = len(t.hostile.asked)
        server.load_cert_chain(data / f"{certificate}.pem")
        polls = [await t.poll() for _ in range(3)]
        assert {each.outcome for each in polls} == {"tls_error"}
        assert all(is_about(each.wait, n * PROBE) for n, each in enumerate(polls, 1))
        assert len(t.hostile.asked) == asked
        server.load_cert_chain(data / "valid.pem")
    await fetch.close()
