"""Detect the encoding of a document and transcode it to UTF-8.

Bytes are more reliable than labels. A byte order mark decides, and so does valid UTF-8 beyond ASCII (XML 1.0, appendix
F); then the XML declaration, then the HTTP header. RFC 7303 puts the header first, but servers send defaults in it.
Bytes that fit no encoding are refused: no text is better than a wrong one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

from syndicator.errors import NotAFeedError
from syndicator.parse.charsets import codec_of

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = (
    (re.compile(rb"(?:\s\0\0\0)*[<{]\0\0\0"), "utf-32-le"),
    (re.compile(rb"(?:\0\0\0\s)*\0\0\0[<{]"), "utf-32-be"),
    (re.compile(rb"(?:\s\0)*[<{]\0"), "utf-16-le"),
    (re.compile(rb"(?:\0\s)*\0[<{]"), "utf-16-be"),
)
_PROLOG = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*+=\s*+[\"']?+\s*+([^\"'?>]{1,40})[\"'?>]", re.IGNORECASE)
_META = re.compile(rb"<meta\s[^>]{0,200}?charset\s*+=\s*+[\"']?+\s*+([^\"'>;/\s]{1,40})", re.IGNORECASE)
_WIDE_NAMES = ("utf-16", "utf-32")
_HEAD = 4096
_PIECE = 1 << 18
_CHARSET = re.compile(r"charset\s*+=\s*+(?:[\"']([^\"']{1,40})[\"']|[\"']?([^\"';,\s]{1,40}))", re.IGNORECASE)
# Labels that servers and editors add to any document.
_DEFAULTS = ("utf-8", "cp1252")
_ESCAPED = frozenset({"iso2022_jp", "hz"})  # valid ASCII as well
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_REPLACEMENT, _LOST = "\ufffd", "\ufffd".encode()
_FEW = 500
_LETTERS_FOR_EACH_LOST = 2
_HIGH = bytes(range(0x80, 0x100))
_LETTER, _FOREIGN_WORD = re.compile(rb"[\xc0-\xff]"), re.compile(rb"[\xc0-\xff]{4,}")
_MARKS_BEFORE = re.compile(rb"(?:\s*\xef\xbb\xbf)+")


def as_utf8(body: bytes, content_type: str) -> bytes:
    """Return a document in UTF-8, without a byte order mark; raise NotAFeedError if no encoding fits."""
    marks = _MARKS_BEFORE.match(body)  # several, or after blank lines: files that were put together
    if marks:
        return _from_utf8(body[marks.end() :])
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _transcoded(body[len(mark) :], encoding)
    is_wide = b"\0" in body[:64]
    for pattern, encoding in _WIDE if is_wide else ():
        if pattern.match(body):
            return _transcoded(body, encoding)
    prolog, charset = _PROLOG.match(body), _CHARSET.search(content_type)
    labels = (prolog and prolog[1].decode("ascii", "replace"), charset and (charset[1] or charset[2]))
    said = [codec for name in labels if name and (codec := codec_of(name))]
    # Markup in UTF-16 has bytes of zero: without them the label is wrong (HTML standard, 13.2.3.2).
    said = ["utf-8" if codec.startswith(_WIDE_NAMES) and not is_wide else codec for codec in said]
    return _from_labels(body, said)


def html_as_text(body: bytes, content_type: str) -> str:
    """Return the text of a web page, which may declare its encoding itself; see ``as_utf8``."""
    header, own = _CHARSET.search(content_type), _META.search(body, 0, _HEAD)
    if own and (header is None or codec_of(header[1] or header[2]) in (None, *_DEFAULTS)):
        content_type = f"text/html; charset={own[1].decode('ascii', 'replace')}"
    return as_utf8(body, content_type).decode("utf-8", "replace")


def _from_labels(body: bytes, said: Sequence[str]) -> bytes:
    telling = next((one for one in said if one not in _DEFAULTS), None)
    if telling and (telling in _ESCAPED or telling.startswith(_WIDE_NAMES)):
        return _transcoded(body, telling)
    if _is_utf8(body):
        return body
    text, letters, lost = _as_damaged_utf8(body)
    if lost * _LETTERS_FOR_EACH_LOST <= letters:
        return text.encode()
    if telling is None and "cp1252" in said and ("utf-8" not in said or _may_be_western(body)):
        telling = "cp1252"
    return _transcoded(body, telling) if telling else _from_utf8(body)


def _from_utf8(body: bytes) -> bytes:
    if _is_utf8(body):
        return body
    text, letters, lost = _as_damaged_utf8(body)
    if lost * _LETTERS_FOR_EACH_LOST > letters:
        _refuse_many(lost, text, "utf-8")
    return text.encode()


def _is_utf8(body: bytes) -> bool:
    """Decode piece by piece: a text with a single wide character takes four bytes for each of its characters."""
    at = 0
    try:
        while at < len(body):
            at += codecs.utf_8_decode(body[at : at + _PIECE], "strict", at + _PIECE >= len(body))[1]
    except UnicodeDecodeError:
        return False
    return True


def _as_damaged_utf8(body: bytes) -> tuple[str, int, int]:
    """Return a text with what is not UTF-8 replaced, the number of its letters beyond ASCII, and that of lost ones.

    A letter that is cut in two costs one replacement. In an old encoding nearly every letter is one: a byte that may
    begin a sequence of UTF-8 is seldom followed by bytes that may continue it, in single bytes (windows-1256 has its
    comma after teh marbuta) as well as in pairs: 0.7 letters came of each lost one at most.
    """
    body = _SURROGATE.sub(_LOST, body)  # a surrogate of UTF-16, which is no sign of another encoding
    text = body.decode("utf-8", "replace")
    lost = text.count(_REPLACEMENT) - body.count(_LOST)
    letters = len(text) - len(body.translate(None, _HIGH)) - lost
    return text, letters, lost


def _may_be_western(body: bytes) -> bool:
    """Return whether letters beyond ASCII stand alone between others, as in languages that windows-1252 is made for."""
    foreign = sum(map(len, _FOREIGN_WORD.findall(body)))
    return 2 * foreign < len(_LETTER.findall(body)) or not foreign


def _transcoded(body: bytes, encoding: str) -> bytes:
    text = body.decode(encoding, "replace")
    _refuse_many(text.count(_REPLACEMENT) - body.count(_LOST), text, encoding)
    return text.encode("utf-8", "replace")


def _refuse_many(lost: int, text: str, encoding: str) -> None:
    if lost > max(3, len(text) // _FEW):
        raise NotAFeedError(f"its text is not {encoding}, and nothing says what else it might be")
