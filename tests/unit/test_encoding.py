"""Bytes to UTF-8: what they are before what is said of them."""

import codecs

import pytest

from syndicator.errors import NotAFeedError
from syndicator.parse.encoding import as_utf8, html_as_text

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


@pytest.mark.parametrize(
    ("label", "encoding", "text"),
    [
        *(
            (label, "cp1251", RUSSIAN)
            for label in ("cp-1251", "win-1251", "x-cp1251", "Windows_1251", "windows 1251", "WIN1251")
        ),
        *((label, "cp1256", ARABIC) for label in ("cp-1256", "x-cp1256", "windows1256", "Windows-1256 ")),
        *(
            (label, "iso8859-8", "הפסקת אש באידליב")
            for label in ("iso-8859-8-i", "csISO88598I", "logical", "ISO_8859-8:1988")
        ),
        *((label, "iso8859-9", TURKISH) for label in ("iso8859_9", "l5", "ISO_8859-9:1989", "latin-5")),
        *((label, "koi8-r", RUSSIAN) for label in ("koi8_r", "koi", "KOI8R")),
        *(
            (label, "utf-8", ARABIC)
            for label in ("utf8", "UTF_8", "unicode-1-1-utf-8", "utf8mb4", "foo-8", "x-user-defined")
        ),
        *((label, "cp932", "日本語の記事") for label in ("x-sjis", "windows-31j", "ms_kanji")),
        *((label, "cp949", "한국어 기사") for label in ("ks_c_5601-1987", "windows-949", "korean")),
        *((label, "cp874", "ข่าววันนี้") for label in ("dos-874", "tis-620", "iso8859-11")),
        ("sun_eu_greek", "iso8859-7", "Κατάπαυση του πυρός"),
        ("x-mac-ukrainian", "mac-cyrillic", RUSSIAN),
    ],
)
def test_encodings_are_known_by_all_their_names(label, encoding, text):
    """Those of the WHATWG's table, with other hyphens, spaces, quotes and capitals; in the prolog, header and page."""
    said = document(text, encoding, label)
    assert text in as_utf8(said, "").decode()
    assert text in as_utf8(document(text, encoding, ""), f'text/xml; Charset = "{label}"').decode()
    page = f'<html><meta content="text/html; charset={label}"><p>{text}'.encode(encoding)
    assert " " in label.strip() or text in html_as_text(page, "")


@pytest.mark.parametrize("label", ["utf-7", "iso-2022-kr", "iso-2022-cn", "rot13", "cp037", "unicode_escape", "hex"])
def test_encodings_that_no_feed_needs_are_refused(label):
    """They would get around every filter."""
    with pytest.raises(NotAFeedError):
        as_utf8(document("a", "ascii", label), "")


LEGACY = [
    (ARABIC, "cp1256"),
    ("زار الرئيس سورية، ثم المدينة، وقال؛ نعم، إن السورية، والعربية، معا", "cp1256"),
    (RUSSIAN, "cp1251"),
    ("«Ёлки» № 5 – подъём на «Эльбрус»", "cp1251"),
    (RUSSIAN, "koi8-r"),
    (TURKISH, "iso8859-9"),
    ("Κατάπαυση του πυρός, είπε ο υπουργός", "cp1253"),
    ("הפסקת אש באידליב, אמר השר", "cp1255"),
    ("การประชุมว่าด้วยสันติภาพและการค้าในวันนี้", "cp874"),
    ("停戦についての会談がきょう行われました。", "euc_jp"),
    ("停戦についての会談がきょう行われました。", "cp932"),
    ("各方就停火问题举行会谈", "gb18030"),
    ("휴전에 관한 회담이 오늘 열렸다", "cp949"),
]


@pytest.mark.parametrize(("text", "encoding"), LEGACY)
def test_old_encodings_are_not_taken_for_damaged_utf_8(text, encoding):
    """They are read by their label; short or long, none of them looks like UTF-8 with some letters cut."""
    for times in (1, 40):
        body = document(f"{text}. " * times, encoding, encoding)
        assert text in as_utf8(body, "").decode()
        if times > 1:
            with pytest.raises(NotAFeedError):
                as_utf8(document(f"{text}. " * times, encoding, "utf-8"), "")


@pytest.mark.parametrize("text", [ARABIC, RUSSIAN, "آتش‌بس در ادلب", "停火谈判在伊德利卜举行"])
@pytest.mark.parametrize("label", ["utf-8", "", "windows-1256", "iso-8859-1", "windows-1251"])
def test_letters_cut_in_two_cost_a_character_each(text, label):
    """Whatever the label says, a text that is cut by bytes at each of its ends is UTF-8 still."""
    cut = text.encode()[:-1]
    items = b"".join(b"<title>%b</title><text>%b</text>" % (cut, text.encode() + cut) for _ in range(20))
    prolog = f'<?xml version="1.0" encoding="{label}"?>'.encode() if label else b""
    read = as_utf8(prolog + b"<rss>" + items + b"</rss>", "").decode()
    assert read.count(text) == 20
    assert read.count("\ufffd") == 40


def test_titles_that_are_cut_after_a_few_letters_are_utf_8():
    """Three letters and a half each, twenty times."""
    titles = b"".join(b"<title>%b</title>" % "Мост".encode()[:-1] for _ in range(20))
    assert as_utf8(b"<rss>" + titles + b"</rss>", "").decode().count("Мос\ufffd") == 20


def test_a_short_title_that_is_cut_is_utf_8():
    """Eight letters and a half."""
    assert "إدلب اليو\ufffd" in as_utf8(b"<rss><title>" + "إدلب اليوم".encode()[:-1] + b"</title></rss>", "").decode()


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (
            "<?xml version='1.0' encoding='iso-8859-1'?><rss>Café à l’été, où naît le garçon</rss>".encode("cp1252"),
            "text/xml; charset=utf-8",
            "Café à l’été",
        ),
        (codecs.BOM_UTF8 + document(ARABIC, "utf-8", "windows-1256"), "text/xml; charset=windows-1256", ARABIC),
        (codecs.BOM_UTF16_LE + document(ARABIC, "utf-16-le", "windows-1256"), "text/xml; charset=utf-8", ARABIC),
        (b"\r\n" + codecs.BOM_UTF8 + b" " + codecs.BOM_UTF8 + document(ARABIC, "utf-8", "utf-8"), "", ARABIC),
        (document(RUSSIAN, "utf-8", "utf-16"), "", RUSSIAN),
        (document(RUSSIAN, "utf-8", "utf-16"), "text/xml; charset=utf-16", RUSSIAN),
        (document(RUSSIAN, "cp1251", "utf-16"), "text/xml; charset=cp-1251", RUSSIAN),
        (document(RUSSIAN, "utf-16-be", "utf-16"), "", RUSSIAN),
        (f'{{"title": "{ARABIC}"}}'.encode("utf-16-le"), "application/json", ARABIC),
        (f'{{"title": "{ARABIC}"}}'.encode("utf-16-be"), "application/json; charset=utf-8", ARABIC),
        (f'\n[1, "{ARABIC}"]'.encode("utf-16-le"), "application/json; charset=utf-16", ARABIC),
    ],
)
def test_contradictory_labels_are_decided_by_the_bytes(body, content_type, text):
    """A byte order mark before any label; UTF-16 only where there are bytes of zero; accents alone are western."""
    assert text in as_utf8(body, content_type).decode()


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
