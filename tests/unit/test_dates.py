"""Dates as feeds and pages write them: right, or none."""

import calendar
import itertools
import random
import string
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from syndicator.models import Select
from syndicator.parse import date_names, parse_feed, parse_page, parse_sitemap
from syndicator.parse.dates import parse_date
from syndicator.parse.feed import parse_whole
from syndicator.parse.moments import solar_hijri
from syndicator.text import fold

URL = "https://outlet.example/feed"

ZONES = [
    ("Seg, 02 Dez 2024 14:05:00 -0300", "2024-12-02T17:05:00Z"),
    ("Dom, 01 Dez 2024 14:05:00 -03:00", "2024-12-01T17:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 -3", "2024-12-01T17:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 -03", "2024-12-01T17:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 -330", "2024-12-01T17:35:00Z"),
    ("Sun, 01 Dec 2024 14:05:00-0330", "2024-12-01T17:35:00Z"),
    ("Sun, 01 Dec 2024 14:05:00.5 -0330", "2024-12-01T17:35:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 UTC-3", "2024-12-01T17:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 GMT + 3", "2024-12-01T11:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 + 03:00", "2024-12-01T11:05:00Z"),
    ("Sun Dec 01 14:05:00 -0500 2024", "2024-12-01T19:05:00Z"),
    ("Sun Dec 01 2024 14:05:00 GMT-0500 (Eastern Standard Time)", "2024-12-01T19:05:00Z"),
    ("14:05 GMT - 1 December 2024", "2024-12-01T14:05:00Z"),
    ("14:05 - 1 December 2024", "2024-12-01T14:05:00Z"),
    ("14:05- 1 December 2024", "2024-12-01T14:05:00Z"),
    ("2024-12-01T14:05:00 -3", "2024-12-01T17:05:00Z"),
    ("2024-12-01 14:05 -03", "2024-12-01T17:05:00Z"),
    ("1 декабря 2024, 14:05 -0300", "2024-12-01T17:05:00Z"),
    ("۱۱ آذر ۱۴۰۳ ۱۴:۰۵ -۰۳۰۰", "2024-12-01T17:05:00Z"),
    ("20241201T140500-0300", "2024-12-01T17:05:00Z"),
    ("2024/12/01 14:05:00 -0300", "2024-12-01T17:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 UTC+03:00", "2024-12-01T11:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 MSK", "2024-12-01T11:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 CET", "2024-12-01T13:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 EET", "2024-12-01T12:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 IRST", "2024-12-01T10:35:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 +03", "2024-12-01T11:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00+0300", "2024-12-01T11:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00.000 +0300", "2024-12-01T11:05:00Z"),
    ("Sun Dec 01 2024 14:05:00 GMT+0300 (Arabian Standard Time)", "2024-12-01T11:05:00Z"),
    ("Sun Dec 01 2024 14:05:00 GMT+0200 (Eastern European Standard Time)", "2024-12-01T12:05:00Z"),
    ("Sun Dec 01 14:05:00 EET 2024", "2024-12-01T12:05:00Z"),
    ("Sun Dec 01 14:05:00 +0300 2024", "2024-12-01T11:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 GMT+3", "2024-12-01T11:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 GMT +3", "2024-12-01T11:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 +3", "2024-12-01T11:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 -03:30", "2024-12-01T17:35:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 (MSK)", "2024-12-01T11:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 (UTC+3)", "2024-12-01T11:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 +0300 (MSK)", "2024-12-01T11:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 XYZ", "2024-12-01T14:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 A", "2024-12-01T14:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 Etc/GMT+3", "2024-12-01T17:05:00Z"),
    ("Sun, 01 Dec 24 14:05:00 +0300", "2024-12-01T11:05:00Z"),
    ("1 Dec 99 14:05 EST", "1999-12-01T19:05:00Z"),
    ("01-Dec-2024 14:05", "2024-12-01T14:05:00Z"),
    ("01-Dec-24", "2024-12-01T00:00:00Z"),
    ("14:05 01-Dec-12", "2012-12-01T14:05:00Z"),
    ("1403-09-11T14:05:00+03:30", "2024-12-01T10:35:00Z"),
    ("2024-336", "2024-12-01T00:00:00Z"),
    ("2024-12-01+03:00", "2024-11-30T21:00:00Z"),
    ("2024-12-01T14:05:00+3", "2024-12-01T11:05:00Z"),
    ("2024-12-01T14:05:00 +0300", "2024-12-01T11:05:00Z"),
    ("2024-12-01 14:05:00 EST", "2024-12-01T19:05:00Z"),
    ("2024-12-01 14:05:00.123456789 +0300 MSK", "2024-12-01T11:05:00Z"),
    ("2024-12-01T14:05:00+03:00[Europe/Istanbul]", "2024-12-01T11:05:00Z"),
    ("Fri, 2006/09/15 08:19:53 EDT", "2006-09-15T12:19:53Z"),
    (" Sun, 01 Dec 2024 14:05:00 GMT ", "2024-12-01T14:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 GMT-05:00", "2024-12-01T19:05:00Z"),
    ("Sun, 01 Dec 2024 14:05:00 EST-0500", "2024-12-01T19:05:00Z"),
    ("2024-12-01T14:05:00−03:00", "2024-12-01T17:05:00Z"),
    ("2024-12-01T14:05:00Z+03:00", "2024-12-01T11:05:00Z"),
]
WORDS = [
    ("2024年12月1日 14:05", "2024-12-01T14:05:00Z"),
    ("Вс, 01 дек 2024 14:05:00 +0300", "2024-12-01T11:05:00Z"),
    ("Paz, 01 Ara 2024 14:05:00 +0300", "2024-12-01T11:05:00Z"),
    ("الأحد, 01 ديسمبر 2024 14:05:00 +0300", "2024-12-01T11:05:00Z"),
    ("dim., 01 déc. 2024 14:05:00 +0300", "2024-12-01T11:05:00Z"),
    ("dom, 01 dic 2024 14:05:00 +0300", "2024-12-01T11:05:00Z"),
    ("mar, 03 mar 2026 14:05:00 +0300", "2026-03-03T11:05:00Z"),
    ("14:05, 1 декабря 2024 г.", "2024-12-01T14:05:00Z"),
    ("1 декабря 2024, 14:05 MSK", "2024-12-01T11:05:00Z"),
    ("December 1st, 2024 at 2:05pm EST", "2024-12-01T19:05:00Z"),
    ("٠١ ديسمبر ٢٠٢٤ ٠٢:٠٥ م", "2024-12-01T14:05:00Z"),
    ("١ كانون الأول ٢٠٢٤ ١٤:٠٥", "2024-12-01T14:05:00Z"),
    ("1 ديسمبر/كانون الأول 2024", "2024-12-01T00:00:00Z"),
    ("الأحد 1 ديسمبر 2024م 02:05 مساءً", "2024-12-01T14:05:00Z"),
    ("1 دجنبر 2024", "2024-12-01T00:00:00Z"),
    ("۱ دسامبر ۲۰۲۴، ساعت ۱۴:۰۵", "2024-12-01T14:05:00Z"),
    ("یکشنبه ۱۱ آذر ۱۴۰۳ - ۱۴:۰۵", "2024-12-01T14:05:00Z"),
    ("سه\u200cشنبه ۱۳ آذر ۱۴۰۳", "2024-12-03T00:00:00Z"),
    ("سه شنبه 13 آذر 1403 02:05 ب.ظ", "2024-12-03T14:05:00Z"),
    ("۱۴۰۳/۰۹/۱۱ ۱۴:۰۵", "2024-12-01T14:05:00Z"),
    ("Sonntag, 1. Dezember 2024, 14:05 Uhr", "2024-12-01T14:05:00Z"),
    ("dimanche 1er décembre 2024 à 14h05", "2024-12-01T14:05:00Z"),
    ("domenica 1 dicembre 2024 ore 14.05", "2024-12-01T14:05:00Z"),
    ("1 de diciembre de 2024 a las 14:05", "2024-12-01T14:05:00Z"),
    ("domingo, 1 de dezembro de 2024", "2024-12-01T00:00:00Z"),
    ("segunda-feira, 2 de dezembro de 2024", "2024-12-02T00:00:00Z"),
    ("יום ראשון, 1 בדצמבר 2024 בשעה 14:05", "2024-12-01T14:05:00Z"),
    ("Κυριακή, 1 Δεκεμβρίου 2024, 2:05 μ.μ.", "2024-12-01T14:05:00Z"),
    ("niedziela, 1 grudnia 2024 r. godz. 14:05", "2024-12-01T14:05:00Z"),
    ("1 paź 2024", "2024-10-01T00:00:00Z"),
    ("неділя, 1 грудня 2024 р. о 14:05", "2024-12-01T14:05:00Z"),
    ("1 Aralık 2024 Pazar, 14:05", "2024-12-01T14:05:00Z"),
    ("01 Aralık 2024 ÖS 02:05", "2024-12-01T14:05:00Z"),
    ("2024년 12월 01일 14:05:00", "2024-12-01T05:05:00Z"),
    ("2004-05-25 오후 11:23:17", "2004-05-25T14:23:17Z"),
    ("2024年12月1日 下午2:05", "2024-12-01T14:05:00Z"),
    ("2024-december-01T14:05+01:00", "2024-12-01T13:05:00Z"),
    ("Minggu, 01 Desember 2024 pukul 14:05 WIB", "2024-12-01T07:05:00Z"),
    ("Senin 2 Desember 2024", "2024-12-02T00:00:00Z"),
    ("sunnuntai 1. joulukuuta 2024 klo 14.05", "2024-12-01T14:05:00Z"),
    ("søndag 1. desember 2024 kl. 14:05", "2024-12-01T14:05:00Z"),
    ("nedeľa, 1. decembra 2024 14:05", "2024-12-01T14:05:00Z"),
    ("nedjelja, 1. prosinca 2024. 14:05", "2024-12-01T14:05:00Z"),
    ("sub, 30 stu 2024 14:05", "2024-11-30T14:05:00Z"),
    ("2024 m. gruodžio 1 d. 14:05", "2024-12-01T14:05:00Z"),
    ("2024. gada 1. decembris 14:05", "2024-12-01T14:05:00Z"),
    ("1. detsember 2024 14:05", "2024-12-01T14:05:00Z"),
    ("1 dhjetor 2024 14:05", "2024-12-01T14:05:00Z"),
    ("1 de desembre de 2024 14:05", "2024-12-01T14:05:00Z"),
    ("2024 жылғы 1 желтоқсан, 14:05", "2024-12-01T14:05:00Z"),
    ("1 декабри 2024 14:05", "2024-12-01T14:05:00Z"),
    ("۱ ډسمبر ۲۰۲۴ ۱۴:۰۵", "2024-12-01T14:05:00Z"),
    ("1 berfanbar 2024 14:05", "2024-12-01T14:05:00Z"),
    ("1 दिसंबर 2024 14:05", "2024-12-01T14:05:00Z"),
    ("১ ডিসেম্বর ২০২৪ ১৪:০৫", "2024-12-01T14:05:00Z"),
]
ORDERS = [
    ("2024/12/01 14:05:00", "2024-12-01T14:05:00Z"),
    ("Sun Dec  1 14:05:00 2024", "2024-12-01T14:05:00Z"),
    ("Sun, 01 Dec 2024 14:05", "2024-12-01T14:05:00Z"),
    ("13/12/2024 14:05", "2024-12-13T14:05:00Z"),
    ("12/13/2024 14:05", "2024-12-13T14:05:00Z"),
    ("01.12.2024 14:05", "2024-12-01T14:05:00Z"),
    ("01.12.2024 14.05", "2024-12-01T14:05:00Z"),
    ("1. 12. 2024 14:05", "2024-12-01T14:05:00Z"),
    ("14:05 - 01.12.2024", "2024-12-01T14:05:00Z"),
    ("01.12.2024 / 14:05", "2024-12-01T14:05:00Z"),
    ("Sun, 01 Dec 2024", "2024-12-01T00:00:00Z"),
]
ISO = [
    ("20241201140500", "2024-12-01T14:05:00Z"),
    ("2024-12-01T24:00", "2024-12-02T00:00:00Z"),
    ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
    ("2024-W48-7T14:05:00Z", "2024-12-01T14:05:00Z"),
    ("2024W487", "2024-12-01T00:00:00Z"),
    ("20241201T140500Z", "2024-12-01T14:05:00Z"),
    ("20241201", "2024-12-01T00:00:00Z"),
    ("2024-12-01", "2024-12-01T00:00:00Z"),
    ("2024-12-01T14", "2024-12-01T14:00:00Z"),
    ("2024-12-01t14:05:00z", "2024-12-01T14:05:00Z"),
    ("1733061900", "2024-12-01T14:05:00Z"),
    ("1733061900000", "2024-12-01T14:05:00Z"),
    ("1733061900.5", "2024-12-01T14:05:00Z"),
]
HALVES = [
    ("Dec 1, 2024 2:05 PM", "2024-12-01T14:05:00Z"),
    ("Sunday, 12/1/2024 2:05 PM", "2024-12-01T14:05:00Z"),
    ("Sun, 01 Dec 2024 2:05 PM +0300", "2024-12-01T11:05:00Z"),
    ("Sun, 01 Dec 2024 14:05 PM", "2024-12-01T14:05:00Z"),
    ("Sun, 01 Dec 2024 12:30 AM", "2024-12-01T00:30:00Z"),
    ("Sun, 01 Dec 2024 12:30 PM", "2024-12-01T12:30:00Z"),
]
MORE = [
    ("2017-06-13T03:18:00+00:0", "2017-06-13T03:18:00Z"),
    ("1 كانون أول 2024 14:05", "2024-12-01T14:05:00Z"),
    ("1 تشرين ثاني 2024", "2024-11-01T00:00:00Z"),
    ("الأحد، 01 كانون الأول/ديسمبر 2024", "2024-12-01T00:00:00Z"),
    ("1 تشرين الثاني (نوفمبر) 2024", "2024-11-01T00:00:00Z"),
    ("۱۱ آذر ماه ۱۴۰۳ ساعت ۲:۰۵ بعدازظهر", "2024-12-01T14:05:00Z"),
    ("1° dicembre 2024", "2024-12-01T00:00:00Z"),
    ("1º de dezembro de 2024 às 14h05", "2024-12-01T14:05:00Z"),
    ("1er décembre 2024 à 14 h 05 min", "2024-12-01T14:05:00Z"),
    ("1η Δεκεμβρίου 2024", "2024-12-01T00:00:00Z"),
    ("1-го декабря 2024 года", "2024-12-01T00:00:00Z"),
    ("1. Dez. 2024, 14:05 Uhr MEZ", "2024-12-01T13:05:00Z"),
    ("1 dic. 2024 14:05 h", "2024-12-01T14:05:00Z"),
    ("Sun, 1 Dec 2024 14:5:00 GMT", "2024-12-01T14:05:00Z"),
    ("1 Dec 2024, 2.05pm", "2024-12-01T14:05:00Z"),
    ("Dec 1, 2024 2 PM EST", "2024-12-01T19:00:00Z"),
    ("2024-12-01T140500Z", "2024-12-01T14:05:00Z"),
    ("2024-12-1T4:5:0Z", "2024-12-01T04:05:00Z"),
    ("2024-12-01 14:05:00 +0300 +03", "2024-12-01T11:05:00Z"),
    ("Sonntag, am 1. Dezember 2024 um 14:05", "2024-12-01T14:05:00Z"),
    ("1 de diciembre de 2024, 2:05 p. m.", "2024-12-01T14:05:00Z"),
    ("2024年12月1日(日) 14:05", "2024-12-01T14:05:00Z"),
    ("2024-12-01 14:05:00 星期日", "2024-12-01T14:05:00Z"),
    ("01 дек. 2024 г., 14:05 (МСК)", "2024-12-01T11:05:00Z"),
    ("01 Aralık 2024 14:05 TSİ", "2024-12-01T11:05:00Z"),
    ("14:05 1 Dec 2024 EST", "2024-12-01T19:05:00Z"),
    ("14:05 بتوقيت غرينتش، 1 كانون الأول 2024", "2024-12-01T14:05:00Z"),
    ("2024/12/01 - 02:05 م", "2024-12-01T14:05:00Z"),
    ("2024. december 1., vasárnap 14:05", "2024-12-01T14:05:00Z"),
    ("2024. 12. 1. 14:05", "2024-12-01T14:05:00Z"),
    ("pt, 06 gru 2024 14:05:00 +0100", "2024-12-06T13:05:00Z"),
    ("Sunday, 01-Dec-24 14:05:00 GMT", "2024-12-01T14:05:00Z"),
    ("Sun,01 Dec 2024 14:05:00GMT", "2024-12-01T14:05:00Z"),
    ("Sun Dec 01 14:05:00 GMT+03:00 2024", "2024-12-01T11:05:00Z"),
    ("1Dec2024", "2024-12-01T00:00:00Z"),
]
NONE = [
    "Sun, 01 Dec 2024 14:05:00 -9900",
    "Sun, 01 Dec 2024 14:05:00 -0360",
    "Sun, 01 Dec 2024 14:05:00 -03000",
    "Sun, 01 Dec 2024 14:05:00 - 0300",
    "14:05 -1 December 2024",
    "1 آذار/أيار 2024",
    "11 آذر/دسامبر 1403",
    "Bugün 14:05",
    "сегодня, 14:05",
    "01.12.24",
    "2024-12-01 14:05:00 +0300 +04",
    "COVID-19 May 2024",
    "5 May 2024 in Beirut",
    "Sun, 01 Dec 2024 14:05:00 (Moscow time)",
    "may 24",
    "01-12-2024 14:05",
    "Sun, 01 Dec 2024 14:05:00 IST",
    "Sun, 01 Dec 2024 14:05:00 +9999",
    "12/1/2024 2:05:00 PM",
    "1446/05/29",
    "1403/09/11",
    "١٤٤٦/٠٥/٢٩",
    "29 جمادى الأولى 1446",
    "2024-12-01T24:00:01",
    "2024",
    "2024-12",
    "12",
    "14:05",
    "0000-00-00 00:00:00",
    "0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "Thu, 01 Jan 1970 00:00:00 +0000",
    "Wed, 30 Nov -0001 00:00:00 +0000",
    "today 14:05",
    "Story 3 of 5 May 2024",
    "vor 2 Stunden",
    "31 Feb 2024",
    "32 Dec 2024",
    "12345678",
    "+963 11 222 3333",
    "2024-12-01 14:05:00 Europe/Istanbul",
    "Sun, 01 Dec 2024 14:05 AM",
]


def read(text):
    found = parse_date(text)
    return found and datetime.fromtimestamp(calendar.timegm(found), UTC).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(("text", "expected"), ZONES)
def test_zones_are_read_however_they_are_written(text, expected):
    """By name and by offset; an unknown name is UTC (RFC 2822, 4.3), a numeric offset is never left out."""
    assert read(text) == expected


@pytest.mark.parametrize(("text", "expected"), WORDS)
def test_dates_are_read_in_the_outlets_language_digits_and_calendar(text, expected):
    """Months long, short and declined; Levantine, Egyptian and Maghrebi; Persian in both calendars."""
    assert read(text) == expected


@pytest.mark.parametrize(("text", "expected"), [*ISO, *ORDERS, *HALVES, *MORE])
def test_dates_are_read_in_any_order_that_leaves_no_choice(text, expected):
    """ISO 8601 in all its forms, timestamps, asctime, halves of the day, years of two digits."""
    assert read(text) == expected


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_date_or_leaves_a_choice_gives_none(text):
    """And nothing comes from the clock: a part of a date is none."""
    assert read(text) is None


@pytest.mark.parametrize("text", [text for text, _ in [*ZONES, *WORDS, *ISO, *ORDERS, *HALVES, *MORE]] + NONE)
def test_every_way_of_reading_reads_the_same_date(text):
    """The rules for plain items, feedparser for all of a document, sitemaps and pages."""
    expected = read(text)
    rss = f"<rss version='2.0'><channel><title>O</title><item><title>A</title><pubDate>{text}</pubDate></item></channel></rss>"
    sitemap = f"<urlset><url><loc>/1</loc><news><title>A</title><publication_date>{text}</publication_date></news></url></urlset>"
    page = f"<div><a href='/1'>A</a><time datetime='{text}'></time></div>".encode()
    dates = {
        entry.published and entry.published.isoformat().replace("+00:00", "Z")
        for parsed in (
            parse_feed(rss.encode(), url=URL),
            parse_whole(rss.encode(), url=URL),
            parse_sitemap(sitemap.encode(), url=URL),
            parse_page(page, url=URL, select=Select(item="div")),
        )
        for entry in parsed.entries
    }
    assert dates == {expected}


FORMS = (
    "Sun, 01 Dec 2024 14:05:00{}", "Вс, 01 дек 2024 14:05:00.000{}", "2024-12-01 14:05:00{}", "2024-12-01T14:05{}", "2024/12/01 14:05{}",
    "01.12.2024 14:05:00{}", "Sun Dec 01 2024 14:05:00{}", "Dec 1, 2024 2:05 PM{}", "01 Aralık 2024 ÖS 02:05{}", "۱۱ آذر ۱۴۰۳ ۱۴:۰۵{}",
    "20241201T140500{}", "1 Dec 24 14:05{}", "Sun Dec 01 14:05:00{} 2024", "14:05{}, 1 декабря 2024", "2024年12月1日 14:05{}",
    "الأحد 1 كانون الأول 2024 02:05 م{}", "2024-W48-7T14:05:00{}",
)  # fmt: skip
SPELT = (
    "{s}{h:02}{m:02}", " {s}{h:02}{m:02}", "{s}{h:02}:{m:02}", " {s}{h:02}:{m:02}", " {s}{h}:{m:02}", " GMT{s}{h:02}{m:02}",
    " GMT{s}{h}:{m:02}", " UTC{s}{h:02}:{m:02}", " UTC {s}{h:02}:{m:02}", " GMT{s}{h:02}{m:02} (Standard Time)", " {s}{h:02}{m:02} (XYZ)",
)  # fmt: skip
SHORT = (" {s}{h}", " {s}{h:02}", "{s}{h:02}", " GMT{s}{h}", " UTC{s}{h:02}")


@pytest.mark.parametrize("form", FORMS)
def test_no_offset_is_lost_in_any_form(form):
    """East and west, whole hours and halves, in each spelling behind each form."""
    for sign, hours, minutes in itertools.product("+-", (0, 3, 5, 11), (0, 30)):
        for spelling in (*SPELT, *(() if minutes else SHORT)):
            text = form.format(spelling.format(s=sign, h=hours, m=minutes))
            east = (hours * 60 + minutes) * (1 if sign == "+" else -1)
            expected = datetime(2024, 12, 1, 14, 5, tzinfo=UTC) - timedelta(minutes=east)
            assert read(text) == expected.isoformat().replace("+00:00", "Z"), text


def test_each_month_is_known_by_each_of_its_names():
    """In small letters, capitals and with a full stop, before and after the day."""
    for line in date_names._MONTHS.strip().splitlines():
        for number, names in enumerate(line.split("|"), 1):
            for word in (name.replace("_", " ") for name in names.split()):
                for form in (f"3 {word} 2024", f"03 {word.upper()}. 2024 14:05", f"{word} 3, 2024", f"3-{word}-2024"):
                    assert read(form)[:10] == f"2024-{number:02}-03", form


def test_no_name_means_two_months_or_two_weekdays():
    """In any of the languages; a word that is a month here and a weekday there is told by what stands beside it."""
    for table in (date_names._MONTHS, date_names._SOLAR_HIJRI_MONTHS, date_names._WEEKDAYS):
        meant = defaultdict(set)
        for line in table.strip().splitlines():
            groups = line.split("|")
            assert len(groups) in (7, 12), line
            for number, names in enumerate(groups):
                for name in names.split():
                    meant[fold(name)].add(number)
        assert {name: numbers for name, numbers in meant.items() if len(numbers) > 1} == {}
    both = date_names.months().keys() & date_names.weekdays().keys()
    # French for Tuesday, Turkish for Sunday, Indonesian for Monday, Croatian for Saturday
    assert both == {"mar", "paz", "sen", "sub"}
    assert not date_names.months().keys() & date_names.solar_hijri_months().keys()


def test_new_years_of_irans_calendar():
    """As they were."""
    known = {
        1357: "1978-03-21",
        1375: "1996-03-20",
        1379: "2000-03-20",
        1399: "2020-03-20",
        1403: "2024-03-20",
        1404: "2025-03-21",
    }
    assert {year: str(solar_hijri(year, 1, 1)) for year in known} == known
    assert str(solar_hijri(1357, 11, 22)) == "1979-02-11"
    assert (solar_hijri(1402, 12, 30), str(solar_hijri(1403, 12, 30))) == (None, "2025-03-20")


def test_any_text_gives_a_date_or_none():
    """Never a failure."""
    chance = random.Random(7)
    texts = [text for text, _ in [*ZONES, *WORDS, *ISO, *ORDERS, *HALVES, *MORE]] + NONE
    letters = string.printable + "٠۹²③年月م’أ\u200f"
    for _ in range(3000):
        chars = list(chance.choice(texts) + chance.choice(["", " "]) + chance.choice(texts))
        for _ in range(chance.randrange(5)):
            chars[chance.randrange(len(chars))] = chance.choice(letters)
        parse_date("".join(chars[: chance.randrange(1, 90)]))
