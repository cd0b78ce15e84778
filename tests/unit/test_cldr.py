"""Our tables of CLDR say what Babel says, of which they are taken."""

import gettext
import io
import lzma
from datetime import UTC, date, datetime, timedelta

import pytest
from babel import Locale, UnknownLocaleError, localedata
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from syndicator import cldr
from syndicator.web.reader_pages import LANGUAGES, language_of
from syndicator.web.reader_pages.catalog import Catalog
from tests.cldr import FOLDER, tables, territory_lines
from tests.messages import FOLDER as MESSAGES

ODD = (
    "", "x_", "a.b", "en_US", "12", "en-", "pt-br", "no", "iw", "in", "sh", "tl", "xx", "eng", "zz", "mo", "sr-Latn-RS",
    "zh-TW", "zh-Hant", "de-XX", "ru-SU", "az-Zzzz", "en-us-posix", "ca-es-valencia", "fa-AF", "هدنة",
)  # fmt: skip


def test_the_tables_are_as_make_leaves_them():
    """Of the Babel that is installed: after another version, make cldr takes its names."""
    assert cldr.tables() == tables()
    assert lzma.decompress((FOLDER / "territories.txt.xz").read_bytes()).decode().splitlines() == territory_lines()


def locale_of(tag):
    try:
        return str(Locale.parse(tag, sep="-"))
    except (UnknownLocaleError, ValueError):
        return None


def test_tags_lead_to_the_locales_that_babel_finds():
    """Of all languages, with countries and scripts that fit and that do not; and what is no tag."""
    languages = {each.partition("_")[0] for each in localedata.locale_identifiers()}
    tags = [f"{language}{more}" for language in languages for more in ("", "-DE", "-TW", "-Cyrl", "-Latn-US", "-419")]
    assert [(tag, cldr.resolve(tag)) for tag in (*tags, *ODD)] == [(tag, locale_of(tag)) for tag in (*tags, *ODD)]


@pytest.mark.parametrize("tag", ["en", "ar", "pt", "pt-BR", "zh-TW", "sr-Latn", "fa-AF", "no", "ckb", "ru", "tr"])
def test_countries_have_the_same_names(tag):
    """Whether a locale has them itself or its language has."""
    known = Locale.parse(tag, sep="-").territories
    assert cldr.territories(tag) == {code: name for code, name in known.items() if len(code) == 2 and code.isalpha()}


def test_a_language_without_names_is_an_error():
    """It names the language."""
    with pytest.raises(ValueError, match="no names in xx"):
        cldr.territories("xx")


@pytest.mark.parametrize("code", LANGUAGES)
def test_dates_lists_and_names_are_written_the_same(code):
    """A day of each month, each day of the week; lists of none to five; the language's own name."""
    language, locale = language_of(code), Locale.parse(code)
    for number in range(0, 370, 5):
        day = date(2026, 1, 1) + timedelta(days=number)
        at = datetime(day.year, day.month, day.day, 7, 5, tzinfo=UTC)
        assert language.clock(at) == format_datetime(at, "EEE d MMM y, HH:mm", locale=locale)
        assert language.day(day) == format_date(day, "EEEE d MMMM y", locale=locale)
        assert language.short_day(day, day.year) == format_date(day, "d MMM", locale=locale)
        assert language.short_day(day) == format_date(day, "d MMM y", locale=locale)
    for count in range(6):
        assert language.listed("abcde"[:count]) == format_list(list("abcde"[:count]), locale=locale)
    assert language.name == locale.get_display_name().capitalize()


@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_catalogs_are_read_as_gettext_reads_them(code):
    """All messages, in the forms of all numbers."""
    text = (MESSAGES / f"{code}.po").read_text("utf-8")
    compiled, catalog = io.BytesIO(), read_po(io.BytesIO(text.encode()), locale=code)
    write_mo(compiled, catalog)
    compiled.seek(0)
    theirs, ours = gettext.GNUTranslations(compiled), Catalog(text)
    for message in catalog:
        if isinstance(message.id, tuple):
            for number in (*range(25), 100, 101, 111, 1_000_000):
                assert ours.ngettext(*message.id, number) == theirs.ngettext(*message.id, number)
        elif message.id:
            assert ours.gettext(message.id) == theirs.gettext(message.id)
    assert ours.gettext("not there") == "not there"
    assert ours.ngettext("one", "many", 1) == "one"
    assert ours.ngettext("one", "many", 2) == "many"


def test_a_broken_catalog_names_the_line():
    """Before a page is made of it."""
    with pytest.raises(ValueError, match="line 2"):
        Catalog('msgid "a"\nmsgstr "b\n')
