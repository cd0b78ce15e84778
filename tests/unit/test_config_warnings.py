"""What is in force and perhaps not meant is told, with its place."""

import os
import tempfile
from pathlib import Path

import pytest

from syndicator.config import load
from syndicator.config.warn import warnings_of
from tests.newsroom import CEASEFIRE, EVERYTHING, outlet, write_config


def warnings(folder, **environ):
    return [str(each) for each in load(folder, environ=environ).warnings]


@pytest.fixture
def folder(tmp_path):
    return write_config(
        tmp_path,
        outlets={"one": outlet("https://one.example"), "two": outlet("https://two.example")},
        feeds={"all": EVERYTHING},
        concepts={"ceasefire": CEASEFIRE},
    )


def test_a_folder_as_it_should_be_is_no_reason_to_warn(folder):
    """Nor are notes, hidden files and backups, or another program's settings."""
    for name in ("README.md", ".git", "outlets/one.toml~", "outlets/.one.toml.swp", "feeds/notes.md", "LICENSE"):
        (folder / name).write_text("")
    assert warnings(folder, SYNDICATOR_WORKERS="1", SYNDICATOR_LOG_FORMAT="json", SYNDICATORS="x", HOME="/") == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("outlets/three.tml", "outlets/three.tml: is not read: a file's name ends with .toml"),
        ("outlets/three.toml.txt", "outlets/three.toml.txt: is not read: a file's name ends with .toml"),
        ("feeds/calm.TOML", "feeds/calm.TOML: is not read: a file's name ends with .toml"),
        ("feed/calm.toml", "feed: is not read: is it meant to be feeds?"),
        ("outlet", "outlet: is not read: is it meant to be outlets?"),
        ("syndicator.tml", "syndicator.tml: is not read: is it meant to be syndicator.toml?"),
        ("presstv.toml", "presstv.toml: is not read: it belongs in one of outlets, concepts, regions, feeds, alerts"),
    ],
)
def test_files_that_are_never_read_are_told(folder, name, told):
    """Where they look as if they should be."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("")
    assert warnings(folder) == [told]


def test_an_address_that_two_outlets_poll_is_told(folder):
    """Its stories would be in twice; a mirror may be the other's home."""
    (folder / "outlets/three.toml").write_text(outlet("https://three.example", "https://one.example"))
    (told,) = warnings(folder)
    assert told == ("outlets/one.toml: source: https://one.example/feed.xml is polled by outlets/three.toml, too")


@pytest.mark.parametrize("language", ["xx", "jp", "cz", "ua"])
def test_a_language_that_there_is_not_is_told(folder, language):
    """A country's code for a language's, as a rule."""
    (folder / "feeds/mine.toml").write_text(f'title = "M"\nwhere = "not (peace or lang:{language}) or lang:ckb"\n')
    (told,) = warnings(folder)
    assert told.startswith(f"feeds/mine.toml: where: lang:{language} matches nothing")


@pytest.mark.parametrize("language", ["ar", "fa", "ru", "tr", "uk", "ku", "ckb", "he"])
def test_languages_that_there_are_are_not(folder, language):
    """Two letters or three."""
    (folder / "feeds/mine.toml").write_text(f'title = "M"\nwhere = "lang:{language}"\n')
    assert warnings(folder) == []


def test_a_feed_of_deletions_that_nobody_looks_for_is_told(folder):
    """Until one outlet's pages are looked at; a feed of what is not deleted is well."""
    (folder / "feeds/kept.toml").write_text('title = "K"\nwhere = "not deleted:yes"\n')
    assert warnings(folder) == []
    (folder / "feeds/gone.toml").write_text('title = "G"\nwhere = "deleted:yes lang:ar"\n')
    (told,) = warnings(folder)
    assert told == "feeds/gone.toml: where: deleted: matches nothing: no outlet has deletions = true"
    text = (folder / "outlets/two.toml").read_text().replace("[[source]]", "deletions = true\n[[source]]")
    (folder / "outlets/two.toml").write_text(text)
    assert warnings(folder) == []


def test_a_star_that_means_nothing_is_told(folder):
    """In a concept it ends a word, in every script."""
    (folder / "concepts/truce.toml").write_text('label = "T"\n[terms]\nar = ["*هدنة", "هدن*"]\nru = ["пере*мирие"]\n')
    assert [each.split(": ")[1] for each in warnings(folder)] == ["terms.ar[0]", "terms.ru[0]"]


def test_a_misspelt_variable_is_told(folder):
    """With what was probably meant."""
    told = warnings(folder, SYNDICATOR_POLL_INTERVALL="15m", SYNDICATOR_STORE_FLIE="/x", SYNDICATOR_QQQQ="1")
    assert told == [
        "SYNDICATOR_POLL_INTERVALL: is not a setting: did you mean SYNDICATOR_POLL_INTERVAL?",
        "SYNDICATOR_QQQQ: is not a setting",
        "SYNDICATOR_STORE_FLIE: is not a setting: did you mean SYNDICATOR_STORE_FILE?",
    ]


def test_a_section_that_may_not_be_read_is_no_slip_and_stops_no_start():
    """It is reported as a problem, by another who reads it; here it is tried as a user without rights."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = write_config(Path(name) / "c")
        Path(name).chmod(0o755)
        (folder / "outlets").chmod(0)
        child = os.fork()
        if child == 0:
            if os.geteuid() == 0:
                os.setuid(65534)
            try:
                found = list(warnings_of(folder, {}, outlets={}, concepts={}, filters={}))
            except OSError:
                os._exit(1)
            os._exit(2 if found else 0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        (folder / "outlets").chmod(0o755)


@pytest.mark.parametrize(
    ("asked", "told"),
    [("SY-XX", "region:SY-"), ("US-ZZ", "region:US-"), ("SY-ID/sarakib", "region:SY-ID/saraqib")],
)
def test_a_hint_is_of_the_same_level_and_country(folder, asked, told):
    """A division for a division: nobody who writes SY-XX means Sweden."""
    (folder / "feeds/mine.toml").write_text(f'title = "M"\nwhere = "region:{asked}"\n')
    (problem,) = load(folder, environ={}, is_strict=False).problems
    assert f": {told}" in problem.message
