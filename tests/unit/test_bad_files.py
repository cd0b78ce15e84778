"""One bad file of the configuration keeps no other from being in force, and neither what it said before."""

import os
from contextlib import ExitStack
from functools import partial

import pytest

from syndicator.config import announced, find_state, keep_accepted, load
from syndicator.config.accepted import read_accepted
from syndicator.config.find import cache_of
from syndicator.errors import ConfigError
from tests.newsroom import CEASEFIRE, EVERYTHING, MAIN, outlet, write_config

CALM = "title = \"Calm\"\nwhere = 'concept:ceasefire'\n"
GOOD = {
    "outlets/one.toml": outlet("https://one.example", name="الأولى"),
    "outlets/two.toml": outlet("https://two.example", name="Вторая"),
    "concepts/ceasefire.toml": CEASEFIRE,
    "feeds/all.toml": EVERYTHING,
    "feeds/calm.toml": CALM,
}


def is_a_folder(path):
    path.mkdir()


def is_a_pipe(path):
    os.mkfifo(path)


def leads_nowhere(path):
    path.symlink_to(path.with_name("gone"))


def leads_to_itself(path):
    path.symlink_to(path)


# Every way in which a file may be bad, by what its author sees.
BAD = {
    "half_written": b'name = "One',
    "empty": b"",
    "unknown_key": b'colour = "red"\n',
    "not_utf_8": 'name = "Courrier étranger"\n'.encode("latin-1"),
    "utf_16": 'name = "One"\n'.encode("utf-16"),
    "nul_bytes": b"\0" * 4096,
    "a_conflict_of_git": b"<<<<<<< HEAD\nname = 1\n=======\n",
    "endless_brackets": b"a = " + b"[" * 20_000,
    "a_number_of_many_digits": b"a = " + b"9" * 20_000,
    "a_page_of_html": b"<!DOCTYPE html><title>Sign in</title>",
    "is_a_folder": is_a_folder,
    "is_a_pipe": is_a_pipe,
    "leads_nowhere": leads_nowhere,
    "leads_to_itself": leads_to_itself,
}


def spoil(path, how):
    path.unlink(missing_ok=True)
    if callable(how):
        how(path)
    else:
        path.write_bytes(how)


@pytest.fixture
def folder(tmp_path):
    folder = write_config(tmp_path / "c")
    for name, text in GOOD.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def read(folder, tmp_path):
    return partial(load, folder, environ={}, state=tmp_path / "s", is_strict=False)


def accept(config):
    """Put a configuration in force, as the daemon does."""
    config.state.mkdir(exist_ok=True)
    keep_accepted(config.state, config.texts)


def files_of(config):
    return {"outlets": set(config.outlets), "feeds": set(config.feeds), "concepts": set(config.concepts)}


@pytest.mark.parametrize("how", BAD.values(), ids=BAD)
@pytest.mark.parametrize("name", GOOD)
def test_what_a_bad_file_said_before_stays_in_force(folder, read, name, how):
    """Also for a process that starts anew: the texts in force are kept."""
    accept(read())
    spoil(folder / name, how)
    config = read()
    assert config == load(folder, environ={}, state=config.state, drafts={name: GOOD[name]})
    assert {problem.file for problem in config.problems} == {name}
    assert config.texts[name] == GOOD[name]
    assert config.left_out == frozenset()
    accept(config)
    assert read() == config
    (folder / name).unlink() if not (folder / name).is_dir() else (folder / name).rmdir()
    assert name not in read().texts  # one that its owner deletes is gone


@pytest.mark.parametrize("how", BAD.values(), ids=BAD)
@pytest.mark.parametrize("name", ["outlets/one.toml", "feeds/all.toml"])
def test_a_bad_file_that_never_was_in_force_is_left_out_alone(folder, read, name, how):
    """Everything else is in force at a first start, too."""
    spoil(folder / name, how)
    config = read()
    section, _, file = name.partition("/")
    expected = {"outlets": {"one", "two"}, "feeds": {"all", "calm"}, "concepts": {"ceasefire"}}
    expected[section].discard(file.removesuffix(".toml"))
    assert files_of(config) == expected
    assert config.left_out == {name}


def test_what_depends_on_a_file_that_is_left_out_is_left_out_too_and_said(folder, read):
    """A filter cannot name a concept that there is not; the feed rests, and keeps what it published."""
    spoil(folder / "concepts/ceasefire.toml", b"label = ")
    config = read()
    assert files_of(config) == {"outlets": {"one", "two"}, "feeds": {"all"}, "concepts": set()}
    assert config.resting_feeds == {"calm"}
    assert [problem.file for problem in config.problems] == ["concepts/ceasefire.toml", "feeds/calm.toml"]
    assert "ceasefire" in config.problems[1].message


def test_what_depends_on_a_file_falls_back_with_it(folder, read):
    """A concept is broken and renamed in one go: the feed goes on by what both said before."""
    accept(read())
    (folder / "concepts/ceasefire.toml").unlink()
    (folder / "concepts/truce.toml").write_text("label = ")
    (folder / "feeds/calm.toml").write_text(CALM.replace("ceasefire", "truce"))
    config = read()
    assert set(config.feeds) == {"all"}
    assert {problem.file for problem in config.problems} == {"concepts/truce.toml", "feeds/calm.toml"}


def test_a_bad_filter_falls_back_to_the_one_before(folder, read):
    """So does one that names a place that there is not."""
    accept(read())
    (folder / "feeds/calm.toml").write_text("title = \"Calm\"\nwhere = 'region:Syira'\n")
    config = read()
    assert config.feeds["calm"].where == "concept:ceasefire"
    assert [(problem.file, problem.key) for problem in config.problems] == [("feeds/calm.toml", "where")]


def test_a_bad_place_of_ones_own_is_left_out_alone(folder, read):
    """Without the names that it has no sense for, the others' gazetteer is compiled as ever."""
    (folder / "regions/mine.toml").write_text('[[place]]\nlabel = "Camp"\n')
    config = read()
    assert set(config.outlets) == {"one", "two"}
    assert config.left_out == {"regions/mine.toml"}


@pytest.mark.parametrize("how", [each for each in BAD.values() if isinstance(each, bytes) and each], ids=lambda _: "")
def test_the_main_file_falls_back_too(folder, read, how):
    """A reboot after a typo takes nothing down."""
    accept(read())
    (folder / "syndicator.toml").write_bytes(how)
    config = read()
    assert config == load(
        folder, environ={}, state=config.state, drafts={"syndicator.toml": config.texts["syndicator.toml"]}
    )
    assert {problem.file for problem in config.problems} == {"syndicator.toml"}


def test_a_main_file_that_never_was_good_or_is_gone_stops_the_reading(folder, read):
    """There is nothing to stand in; a folder that is half copied takes nothing down either."""
    text = (folder / "syndicator.toml").read_text()
    (folder / "syndicator.toml").write_text("nonsense = 1")
    with pytest.raises(ConfigError, match="nonsense"):
        read()
    (folder / "syndicator.toml").write_text(text)
    accept(read())
    (folder / "syndicator.toml").unlink()
    with pytest.raises(ConfigError, match="not found"):
        read()


def test_settings_from_elsewhere_are_never_passed_over(read):
    """The command line and the environment have no file to fall back on."""
    accept(read())
    with pytest.raises(ConfigError, match="command line"):
        read(overrides={"workers": "many"})
    with pytest.raises(ConfigError, match="SYNDICATOR_WORKERS"):
        read(environ={"SYNDICATOR_WORKERS": "many"})


def test_a_draft_is_never_passed_over(read):
    """Who writes a file is told of its mistakes, whatever other files are bad."""
    with pytest.raises(ConfigError, match=r"outlets/new\.toml"):
        read(drafts={"outlets/new.toml": "name = 1"})


def test_a_section_that_is_no_folder_stays_as_it_was(folder, read):
    """Its outlets are not gone; they are as soon as there is a folder without them."""
    accept(read())
    (folder / "outlets").rename(folder / "aside")
    (folder / "outlets").write_text("oops")
    config = read()
    assert set(config.outlets) == {"one", "two"}
    assert [problem.file for problem in config.problems] == ["outlets"]
    (folder / "outlets").unlink()
    assert read().outlets == {}


def test_the_texts_in_force_are_nobody_elses_and_a_damaged_copy_is_none(read, tmp_path):
    """They may hold passwords. What cannot be read is as if it were not there."""
    accept(read())
    copy = tmp_path / "s" / "accepted.json"
    assert copy.stat().st_mode & 0o077 == 0
    for damage in (b"", b"{", b"[]", b'{"a": 1}', "é".encode("latin-1")):
        copy.write_bytes(damage)
        assert read_accepted(tmp_path / "s") == {}
        assert set(read().outlets) == {"one", "two"}


def test_where_the_state_is(tmp_path):
    """The setting, systemd's, a running daemon's by the same folder, XDG's: in this order."""
    folder, state, runtime = tmp_path / "c", tmp_path / "s", tmp_path / "run"
    state.mkdir()
    runtime.mkdir()
    environ = {"XDG_STATE_HOME": "/x", "XDG_RUNTIME_DIR": str(runtime)}
    assert str(find_state(environ, folder)) == "/x/syndicator"
    with announced({"RUNTIME_DIRECTORY": str(runtime / "syndicator")}, folder, state=state, cache=tmp_path / "k"):
        assert find_state(environ, folder) == state
        assert cache_of(environ, folder) == tmp_path / "k"
        assert cache_of({**environ, "SYNDICATOR_CACHE": "/given"}, folder).as_posix() == "/given"
        assert str(find_state(environ, tmp_path / "other")) == "/x/syndicator"
        assert str(find_state({**environ, "STATE_DIRECTORY": "/d:/e"}, folder)) == "/d"
        assert str(find_state(environ, folder, "/given")) == "/given"
    assert str(find_state(environ, folder)) == "/x/syndicator"


def test_the_key_state_names_the_folder_for_all_commands(tmp_path):
    """The environment outranks it, and the command line both."""
    folder = write_config(tmp_path / "c", main=f"{MAIN}\n".replace("\n", f'\nstate = "{tmp_path}/here"\n', 1))
    assert load(folder, environ={}).state == tmp_path / "here"
    assert load(folder, environ={"SYNDICATOR_STATE": "/there"}).state.as_posix() == "/there"
    assert load(folder, environ={}, state=tmp_path / "s").state == tmp_path / "s"
    (folder / "syndicator.toml").write_text('state = "here"\n')
    with pytest.raises(ConfigError, match="state: is not an absolute path"):
        load(folder, environ={})


UNUSABLE = {
    "half_written": b'{"outlets/one.toml": "na',
    "empty": b"",
    "another_shape": b'{"version": 2, "files": {}}',
    "a_list": b'["outlets/one.toml"]',
    "endless_brackets": b"[" * 200_000,
    "half_a_character": b'{"outlets/one.toml": "name = \'\\ud800\'"}',
    "not_utf_8": b'{"outlets/one.toml": "\xff"}',
    "is_a_folder": is_a_folder,
    "is_a_pipe": is_a_pipe,
    "leads_nowhere": leads_nowhere,
    "leads_to_itself": leads_to_itself,
}


@pytest.mark.parametrize("how", UNUSABLE.values(), ids=UNUSABLE)
def test_texts_in_force_that_cannot_be_read_are_none(folder, read, tmp_path, how):
    """A start neither fails nor waits for them; what is bad is left out."""
    accept(read())
    spoil(tmp_path / "s" / "accepted.json", how)
    (folder / "outlets/one.toml").write_text("name = ")
    assert read_accepted(tmp_path / "s") == {}
    assert set(read().outlets) == {"two"}


def test_a_section_whose_link_leads_nowhere_stays_as_it_was(folder, read, tmp_path):
    """It lies on a disk that is not mounted just now: its outlets are not gone."""
    elsewhere = tmp_path / "disk"
    (folder / "outlets").rename(elsewhere)
    (folder / "outlets").symlink_to(elsewhere)
    accept(read())
    elsewhere.rename(tmp_path / "away")
    config = read()
    assert set(config.outlets) == {"one", "two"}
    assert [problem.file for problem in config.problems] == ["outlets"]
    with pytest.raises(ConfigError, match="outlets"):
        load(folder, environ={}, state=tmp_path / "s")


def test_a_daemon_that_ends_takes_only_its_own_word_back(tmp_path):
    """Two run by one configuration, with a state each: commands find the one that is left."""
    environ, folder = {"XDG_RUNTIME_DIR": str(tmp_path)}, tmp_path / "настройки"
    states = [tmp_path / "حالة: 1", tmp_path / "state 2"]
    for each in states:
        each.mkdir()
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(announced(environ, folder, state=states[0], cache=tmp_path))
        assert find_state(environ, folder) == states[0]
        second.enter_context(announced(environ, folder, state=states[1], cache=tmp_path))
        first.close()
        assert find_state(environ, folder) == states[1]
