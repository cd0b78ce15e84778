"""Bytes to UTF-8: what they are before what is said of them."""

import codecs

import pytest

from syndicator.errors import NotAFeedError
from syndicator.parse.encoding import as_utf8

ARABIC, RUSSIAN, TURKISH = "هدنة جديدة في ريف إدلب", "Перемирие в Идлибе держится", "İdlib'de ateşkes sürüyor"


def document(text, encoding, label):
    prolog = f'<?xml version="1.0" encoding="{label}"?>' if label else ""
    return f"{prolog}<rss><title>{text}</title></rss>".encode(encoding)


@pytest.mark.parametrize(
    ("text", "encoding", "label", "content_type"),
    [
        (ARABIC, "cp1256", "windows-1256", ""),
        (ARABIC, "cp1256", "windows-1256", "text/xml; charset=iso-8859-1"),
        (ARABIC, "cp1256", "utf-8", "text/xml; charset=windows-1256"),
        (ARABIC, "utf-8", "windows-1256", "text/xml; charset=windows-1256"),
        (ARABIC, "utf-8", "", "text/xml"),
        (ARABIC, "utf-16", "utf-16", "text/xml; charset=utf-8"),
        (ARABIC, "utf-16-le", "", ""),
        (ARABIC, "utf-16-be", "", ""),
        (ARABIC, "utf-32", "", ""),
        (RUSSIAN, "koi8-r", "koi8-r", ""),
        (RUSSIAN, "cp1251", "", "application/xml; charset=windows-1251"),
        (TURKISH, "iso-8859-9", "iso-8859-9", ""),
        ("café – naïve", "cp1252", "iso-8859-1", ""),
        ("日本語", "iso2022_jp", "iso-2022-jp", ""),
        ("简体中文", "gb18030", "gb2312", ""),
    ],
)
def test_it_reads_what_was_written(text, encoding, label, content_type):
    """Whatever the labels say."""
    assert text in as_utf8(document(text, encoding, label), content_type).decode()


@pytest.mark.parametrize("text", [ARABIC, RUSSIAN, TURKISH])
def test_one_broken_byte_costs_one_character(text):
    """And does not turn all the others into another script."""
    body = document(text, "utf-8", "utf-8").replace(b"</title>", b"\xd9</title>")
    assert f"{text}\ufffd" in as_utf8(body, "").decode()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (document(ARABIC, "cp1256", "utf-8"), ""),
        (document(ARABIC, "cp1256", ""), "text/xml"),
        (document(RUSSIAN, "cp1251", "us-ascii"), ""),
        (document("a", "utf-8", "utf-7"), ""),
        (document("a", "utf-8", ""), "text/xml; charset=utf-7"),
        (document("a", "utf-8", "rot13"), ""),
        (document("a", "cp037", ""), ""),
    ],
)
def test_what_cannot_be_told_from_rubbish_is_refused(body, content_type):
    """No text beats a wrong one."""
    with pytest.raises(NotAFeedError):
        as_utf8(body, content_type)


def test_a_byte_order_mark_is_not_part_of_the_text():
    """Nor of what follows it."""
    assert as_utf8(codecs.BOM_UTF8 + b"<rss/>", "") == b"<rss/>"
