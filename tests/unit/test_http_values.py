"""Headers, addresses and codings, before any network."""

import gzip
import ipaddress
import random
import zlib
from datetime import timedelta

import brotli
import pytest

from syndicator.fetch.decode import MOST_MEMBERS, BadEncodingError, Body, GzipDecoder, TooLargeError, zstd
from syndicator.fetch.guard import is_allowed
from syndicator.fetch.headers import fresh_for, http_date, retry_after, validator


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fc00::1", "fe80::1", "fe80::1%eth0", "ff02::1",
        "fec0::1", "::ffff:0:127.0.0.1", "3fff::1", "5f00::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "64:ff9b:1::a00:1",
    ],
)  # fmt: skip
def test_f01_private_addresses_are_refused(address):
    """Also when they hide inside an IPv6 address."""
    assert not is_allowed(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_public_addresses_are_allowed(address):
    """Ordinary addresses, and the NAT64 form of one."""
    assert is_allowed(address)


def test_listed_networks_are_allowed():
    """allow_private opens what it lists and nothing else."""
    listed = [ipaddress.ip_network("127.0.0.0/8")]
    assert is_allowed("127.1.2.3", listed)
    assert is_allowed("::ffff:127.0.0.1", listed)
    assert not is_allowed("10.0.0.1", listed)


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [('"abc"', True), ('W/"abc"', True), ("abc", True), ("", False), ("a\x01b", False), ("x" * 10_000, False)],
)
def test_must_18_validators_are_kept_byte_for_byte_if_legal(value, is_kept):
    """Weak, unquoted: as given; control characters and 10 KB: not at all."""
    assert validator(value) == (value if is_kept else None)


@pytest.mark.parametrize(
    "date",
    ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
)
def test_must_07_three_forms_of_dates(date):
    """IMF-fixdate, RFC 850 and asctime."""
    assert http_date(date).isoformat() == "1994-11-06T08:49:37+00:00"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache-Control": "public, max-age=600", "Age": "100"}, 500),
        ({"Cache-Control": "max-age=999999"}, 86400),
        ({"Cache-Control": "no-cache, max-age=600"}, 0),
        ({"Expires": "0"}, 0),
        ({"Expires": "Fri, 06 Mar 2026 12:10:00 GMT"}, 600),
        ({"Expires": "Fri, 06 Mar 2026 12:10:00 GMT", "Date": "Fri, 06 Mar 2026 12:09:00 GMT"}, 60),
        ({}, 0),
    ],
)
def test_must_05_freshness(headers, seconds, now):
    """max-age minus Age, else Expires minus Date, a day at most."""
    assert fresh_for(headers, now) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("60", 60),
        ("Fri, 06 Mar 2026 13:00:00 GMT", 3600),
        ("Fri, 06 Mar 2020 13:00:00 GMT", 0),
        ("-1", None),
        ("abc", None),
        ("1000000000000", None),
        ("", None),
    ],
)
def test_must_06_retry_after(value, seconds, now):
    """Seconds or a date; nonsense is none."""
    wanted = None if seconds is None else timedelta(seconds=seconds)
    assert retry_after({"Retry-After": value}, now) == wanted


TEXT = b"<rss>" + b"news " * 10_000 + b"</rss>"
CODED = {
    "gzip": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
    "br": brotli.compress(TEXT),
    "zstd": zstd.compress(TEXT),
    "": TEXT,
    "identity": TEXT,
}


@pytest.mark.parametrize("encoding", CODED)
@pytest.mark.parametrize("step", [7, 1000, 1_000_000])
def test_must_10_codings_are_undone(encoding, step):
    """Gzip, deflate, br and zstd, in whatever pieces they come."""
    body, data = Body(encoding, 1_000_000), CODED[encoding]
    for start in range(0, len(data), step):
        body.feed(data[start : start + step])
    assert body.finish() == TEXT


@pytest.mark.parametrize("encoding", CODED)
def test_f13_a_bomb_is_stopped_at_the_limit(encoding):
    """Not a byte more is decoded than allowed."""
    body = Body(encoding, 10_000)
    with pytest.raises(TooLargeError):
        body.feed(CODED[encoding])


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_f15_a_lie_or_a_break_is_a_bad_encoding(encoding):
    """A plain body labelled compressed, and a compressed one cut short."""
    lie = Body(encoding, 1_000_000)
    with pytest.raises(BadEncodingError):
        lie.feed(TEXT)
    cut = Body(encoding, 1_000_000)
    cut.feed(CODED[encoding][:-5])
    with pytest.raises(BadEncodingError):
        cut.finish()


def test_gzip_members_may_follow_one_another():
    """As RFC 1952 allows."""
    assert decoded(Body("gzip", 1_000_000), gzip.compress(b"one") + gzip.compress(b"two"), 1_000_000) == b"onetwo"


EMPTY = gzip.compress(b"", mtime=0)


class Work:
    """Counts the bytes that go into a gzip decoder's members and those that are copied behind their ends."""

    def __init__(self):
        self.members = self.bytes = 0

    def __call__(self, window):
        self.members += 1
        return CountedMember(self, zlib.decompressobj(window))


class CountedMember:
    """One member's decompressor."""

    def __init__(self, work, inner):
        self._work, self._inner = work, inner

    def decompress(self, data, room):
        out = self._inner.decompress(data, room)
        self._work.bytes += len(data) + len(self._inner.unused_data)
        return out

    @property
    def eof(self):
        return self._inner.eof

    @property
    def unused_data(self):
        return self._inner.unused_data


def decoded(decoder, data, step):
    """Feed ``data`` in pieces to a decoder or a Body; return what they hold."""
    pieces = [data[start : start + step] for start in range(0, len(data), step)]
    if isinstance(decoder, Body):
        for piece in pieces:
            decoder.feed(piece)
        return decoder.finish()
    out = b"".join([decoder.feed(piece, 1_000_000) for piece in pieces])
    assert decoder.is_done()
    return out


@pytest.mark.parametrize("step", [20, 1460, 65_536, 10_000_000])
def test_f13_a_swarm_of_empty_members_is_refused_after_a_thousand(step):
    """However the pieces are cut, members beyond the limit are not begun and no piece is copied once per member."""
    work, body = Work(), EMPTY * 100_000
    with pytest.raises(BadEncodingError, match="more than 1,000 members"):
        decoded(GzipDecoder(work), body, step)
    assert work.members == MOST_MEMBERS == 1000
    assert work.bytes < 20_000_000


def test_a_thousand_members_are_read():
    """The limit itself is allowed, and what the members hold is joined."""
    body = Body("gzip", 1_000_000)
    body.feed(gzip.compress(b"x", mtime=0) * MOST_MEMBERS)
    assert body.finish() == b"x" * MOST_MEMBERS


@pytest.mark.parametrize("step", [1, 1460, 65_536])
def test_f13_padding_behind_the_last_member_is_read_once(step):
    """However much follows the end, each byte is looked at once whatever the pieces are."""
    work = Work()
    body = gzip.compress(TEXT) + bytes(200_000)
    assert decoded(GzipDecoder(work), body, step) == TEXT
    assert work.bytes < 2 * len(body)


@pytest.mark.parametrize(
    "tail", [b"\n", b"\x1f", b"\0\x1f", b"\x1f\0", b"\x1f\x8c", b"\0x", b"<!-- cached -->", b"\0" + EMPTY]
)
@pytest.mark.parametrize("step", [1, 1000])
def test_what_follows_a_whole_gzip_stream_is_ignored(tail, step):
    """In one piece or byte by byte, as gzip and browsers do."""
    assert decoded(Body("gzip", 1_000_000), gzip.compress(b"one") + tail, step) == b"one"


@pytest.mark.parametrize("tail", [b"\x1f\x8b", EMPTY[:-1], EMPTY[:12]])
@pytest.mark.parametrize("step", [1, 1000])
def test_f15_a_second_member_that_breaks_off_is_a_bad_encoding(tail, step):
    """It belongs to the stream, so the stream is not whole."""
    with pytest.raises(BadEncodingError, match="breaks off"):
        decoded(Body("gzip", 1_000_000), gzip.compress(b"one") + tail, step)


def packed(data):
    return gzip.compress(data, mtime=0)  # the same in every process: it is in the names of tests


PACKED = packed(TEXT)


@pytest.mark.parametrize("step", [1, 2, 1000, 1_000_000])
@pytest.mark.parametrize(
    ("encoding", "data", "text"),
    [
        ("", PACKED, TEXT),
        ("utf-8", PACKED, TEXT),
        ("", packed(PACKED), TEXT),
        ("gzip", packed(PACKED), TEXT),
        ("br", brotli.compress(PACKED), TEXT),
        ("zstd", zstd.compress(PACKED), TEXT),
        ("deflate", zlib.compress(PACKED), TEXT),
        ("gzip", packed(packed(PACKED)), PACKED),
        ("", packed(packed(PACKED)), PACKED),
        ("", b"\x1f\x8bno gzip", b"\x1f\x8bno gzip"),
        ("", b"\x1f", None),
        ("", PACKED[:-9], None),
        ("gzip", packed(PACKED[:-9]), None),
    ],
)
def test_gzip_is_known_by_its_first_bytes_whatever_was_said_of_it(encoding, data, text, step):
    """Once within a coding, twice without one; what breaks off is an error all the same."""
    if text is None:
        with pytest.raises(BadEncodingError, match="breaks off"):
            decoded(Body(encoding, 1_000_000), data, step)
    else:
        assert decoded(Body(encoding, 1_000_000), data, step) == text


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_f13_a_bomb_that_hides_its_coding_is_stopped_at_the_limit(encoding):
    """Within a coding as without one; what lies between two layers is bounded like the body."""
    for inner in (b" " * 100_000, b"\0\0\0\xff\xff" * 20_000):  # blocks of deflate that unpack to nothing
        data = packed(inner) if inner[:1] == b" " else packed(EMPTY[:10] + inner)
        with pytest.raises(TooLargeError):
            Body(encoding, 10_000).feed(data)


@pytest.mark.parametrize(
    "encoding",
    [
        "none", "null", "off", "plain", "identity", " Identity ", "", ",", "UTF-8", "utf8", "utf-16le", "windows-1256", "cp1251", "ISO-8859-6",
        "iso8859-9", "koi8-r", "KOI8-U", "gb2312", "Shift_JIS", "euc-kr", "us-ascii", "8bit", "binary", "aws-chunked",
    ],
)  # fmt: skip
def test_the_name_of_a_character_encoding_is_no_coding(encoding):
    """Servers write it where they mean Content-Type; the body is what it is."""
    assert decoded(Body(encoding, 1_000_000), TEXT, 1000) == TEXT
    assert decoded(Body(f"{encoding}, gzip", 1_000_000), PACKED, 1000) == TEXT


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", ""])
def test_a_stream_that_says_itself_that_it_has_ended_is_whole(coding):
    """Whatever the connection says. A text is whole if its root is closed; one that may go on is not."""
    for data, is_whole in ((CODED[coding], True), (CODED[coding][:-9], False)):
        body = Body(coding, 1_000_000)
        body.feed(data)
        assert body.is_whole() is is_whole


@pytest.mark.parametrize("encoding", ["gzip, gzip", "snappy", "gzip,br", "text/html", "utf-8-sig", "gzip, none, gzip"])
def test_f15_unknown_and_doubled_codings_are_refused(encoding):
    """We asked for one of four."""
    with pytest.raises(BadEncodingError):
        Body(encoding, 1)


@pytest.mark.parametrize("step", [2, 1000, 1_000_000])
@pytest.mark.parametrize(
    ("encoding", "data", "kept"),
    [
        ("", PACKED, PACKED),
        ("none", packed(PACKED), PACKED),
        ("gzip", packed(PACKED), PACKED),
        ("br", brotli.compress(PACKED), PACKED),
        ("", packed(b"<urlset/>"), b"<urlset/>"),
    ],
)
def test_a_packed_file_that_is_too_large_unpacked_may_stay_packed(encoding, data, kept, step):
    """What the file itself is, whatever pieces it comes in: who reads sitemaps unpacks larger ones."""
    assert decoded(Body(encoding, 10_000, keeps_packed=True), data, step) == kept


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "identity"])
def test_f13_what_is_no_packed_file_is_stopped_at_the_limit_all_the_same(encoding):
    """A coding of the transfer, and a file that is too large as it comes."""
    noise = random.Random(20260306).randbytes(30_000)
    for data in (CODED[encoding], gzip.compress(noise) if encoding == "identity" else CODED[encoding]):
        with pytest.raises(TooLargeError):
            decoded(Body(encoding, 10_000, keeps_packed=True), data, 1000)


@pytest.mark.parametrize("encoding", ['"gzip"', "gzip;", "gzip;q=1.0", "'gzip'", "null, gzip"])
def test_a_coding_is_known_in_quotes_and_with_parameters(encoding):
    """Servers copy what clients say in Accept-Encoding."""
    assert decoded(Body(encoding, 1_000_000), PACKED, 1000) == TEXT
