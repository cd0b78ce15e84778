"""Detect the encoding of a document and transcode it to UTF-8.

Bytes are more reliable than labels. A byte order mark decides, and so does valid UTF-8 beyond ASCII (XML 1.0, appendix
F); then the XML declaration, then the HTTP header. RFC 7303 puts the header first, but servers send defaults in it.
Bytes that fit no encoding are refused: no text is better than a wrong one.
"""

from __future__ import annotations

import codecs
import re

from syndicator.errors import NotAFeedError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = (
    (re.compile(rb"\s*<\0\0\0", re.DOTALL), "utf-32-le"),
    (re.compile(rb"\0\0\0<"), "utf-32-be"),
    (re.compile(rb"(?:\s\0)*<\0"), "utf-16-le"),
    (re.compile(rb"(?:\0\s)*\0<"), "utf-16-be"),
)
_PROLOG = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']", re.IGNORECASE)
_META = re.compile(rb"<meta\s[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_HEAD = 4096
_PIECE = 1 << 18
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
# Python has codecs that the web does not use. UTF-7 among them would get around every filter.
_KNOWN = frozenset(
    (
        "utf-8 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be ascii gbk gb18030 big5 big5hkscs euc_jp shift_jis"
        " cp932 iso2022_jp euc_kr cp949 johab koi8-r koi8-u koi8-t tis-620 cp866 cp874 mac-cyrillic hz"
    ).split()
)
_FAMILIES = re.compile(r"iso8859-\d+|cp125\d|cp8[56]\d|mac-[a-z]+")
# Labels that mean a larger encoding (WHATWG Encoding Standard, 4.2).
_MEANT = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ascii": "utf-8",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
# Labels that servers and editors add to any document.
_DEFAULTS = ("utf-8", "cp1252")
_ESCAPED = frozenset({"iso2022_jp", "hz"})  # valid ASCII as well
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_FEW = 500


def as_utf8(body: bytes, content_type: str) -> bytes:
    """Return a document in UTF-8, without a byte order mark; raise NotAFeedError if no encoding fits."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _transcoded(body[len(mark) :], encoding)
    for pattern, encoding in _WIDE if b"\0" in body[:64] else ():
        if pattern.match(body):
            return _transcoded(body, encoding)
    prolog, charset = _PROLOG.match(body), _CHARSET.search(content_type)
    said = [_codec(name) for name in (prolog and prolog[1].decode(), charset and charset[1]) if name]
    telling = next((one for one in said if one and one not in _DEFAULTS), None)
    if telling not in _ESCAPED and _is_utf8(body):
        return body
    return _transcoded(body, telling or next((one for one in _DEFAULTS if one in said), "utf-8"))


def html_as_text(body: bytes, content_type: str) -> str:
    """Return the text of a web page, which may declare its encoding itself; see ``as_utf8``."""
    header, own = _CHARSET.search(content_type), _META.search(body, 0, _HEAD)
    if own and (header is None or _codec(header[1]) in _DEFAULTS):
        content_type = f"text/html; charset={own[1].decode()}"
    return as_utf8(body, content_type).decode("utf-8", "replace")


def _is_utf8(body: bytes) -> bool:
    """Decode piece by piece: a text with a single wide character takes four bytes for each of its characters."""
    at = 0
    try:
        while at < len(body):
            at += codecs.utf_8_decode(body[at : at + _PIECE], "strict", at + _PIECE >= len(body))[1]
    except UnicodeDecodeError:
        return False
    return True


def _codec(name: str) -> str | None:
    """Return Python's name for an encoding, None if unknown; raise NotAFeedError for one that feeds may not have."""
    try:
        known = codecs.lookup(name).name
        known = _MEANT.get(known, known)
    except LookupError:
        return None
    if known not in _KNOWN and not _FAMILIES.fullmatch(known):
        raise NotAFeedError(f"its encoding, {name}, is none that feeds may have")
    return known


def _transcoded(body: bytes, encoding: str) -> bytes:
    if encoding == "utf-8":
        if _is_utf8(body):
            return body
        body = _SURROGATE.sub(b"\xef\xbf\xbd", body)  # a surrogate of UTF-16: the label may still be right
    text = body.decode(encoding, "replace")
    if text.count("\ufffd") - body.count(b"\xef\xbf\xbd") > max(3, len(text) // _FEW):
        raise NotAFeedError(f"its text is not {encoding}, and nothing says what else it might be")
    return text.encode("utf-8", "replace")
