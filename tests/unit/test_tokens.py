"""Token files, and what a configuration makes of them."""

import os

import pytest

from syndicator.config import load
from syndicator.config.tokens import parse_tokens, token_line, without_token
from syndicator.errors import ConfigError
from syndicator.models import is_one_of, token_digest
from tests.newsroom import write_config

TOKEN = "k3Q9-idlib_desk~7fPz"
FEED = 'title = "غرفة الأخبار"\nwhere = ""\n'


def test_a_line_is_a_name_and_a_token_or_its_hash():
    """Comments and empty lines are none; names may be in any script."""
    text = f"# قرّاء\n\nleyla: {TOKEN}\n  حسن :{token_line('x', 'other' * 4).partition(':')[2]}"
    found = parse_tokens(text)
    assert [token.name for token in found] == ["leyla", "حسن"]
    assert is_one_of(TOKEN, found)
    assert is_one_of("other" * 4, found)
    for wrong in ("", TOKEN[:-1], TOKEN + "x", token_digest(TOKEN), f"sha256:{token_digest(TOKEN)}", "токен", "\udcff"):
        assert not is_one_of(wrong, found)
    assert TOKEN not in repr(found)
    assert token_digest(TOKEN) not in repr(found)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("leyla", "line 1: is not"),
        (f": {TOKEN}", "line 1: is not"),
        (f"a b: {TOKEN}", "line 1: is not"),
        ("# \nleyla: short", "line 2: a token has 16 characters or more"),
        (f"leyla: {TOKEN}&x=1", "line 1: a token has 16"),
        ("leyla: sha256:abc", "line 1: a hash has 64"),
        (f"leyla: {TOKEN}\nleyla: {TOKEN}", 'line 2: there is another token named "leyla"'),
    ],
)
def test_a_line_that_is_none_is_named_without_what_it_says(text, complaint):
    """It may hold a token."""
    with pytest.raises(ValueError, match=complaint) as error:
        parse_tokens(text)
    assert TOKEN not in str(error.value)


def test_a_token_is_taken_out_by_its_name():
    """All else stays as it was written."""
    text = f"# hasan: gone\nhasan : {TOKEN}\nhasanx: {TOKEN}\n"
    assert without_token(text, "hasan") == f"# hasan: gone\nhasanx: {TOKEN}\n"


@pytest.mark.parametrize("is_absolute", [False, True])
def test_a_feed_with_a_token_file_is_private(tmp_path, is_absolute):
    """Also by an empty one; a relative path is below the configuration."""
    folder = write_config(tmp_path / "c")
    file = folder / "tokens.txt"
    (folder / "feeds" / "inner.toml").write_text(
        f'{FEED}token_file = "{file if is_absolute else file.name}"\n', encoding="utf-8"
    )
    (folder / "feeds" / "open.toml").write_text(FEED, encoding="utf-8")
    for text, names in ((f"leyla: {TOKEN}\n", ["leyla"]), ("", [])):
        file.write_text(text, encoding="utf-8")
        config = load(folder, environ={}, state=tmp_path / "s")
        assert [token.name for token in config.feeds["inner"].tokens] == names
        assert [config.feeds[name].is_private for name in ("inner", "open")] == [True, False]
        assert TOKEN not in repr(config) + "".join(config.texts.values())


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda path: None, "tokens.txt: No such file or directory"),
        (lambda path: path.mkdir(), "tokens.txt: Is a directory"),
        (os.mkfifo, "tokens.txt: it is not a regular file"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "tokens.txt: is not UTF-8"),
        (lambda path: path.write_text("leyla"), "tokens.txt: line 1: is not"),
        (lambda path: path.write_text("x" * 2_000_000), "tokens.txt: it has more than"),
    ],
)
def test_a_token_file_that_cannot_be_read_is_a_problem_of_its_feed(tmp_path, make, complaint):
    """The feed is not in force then, and nobody reads it."""
    folder = write_config(tmp_path / "c", feeds={"inner": f'{FEED}token_file = "tokens.txt"\n'})
    make(folder / "tokens.txt")
    with pytest.raises(ConfigError) as error:
        load(folder, environ={}, state=tmp_path / "s")
    (problem,) = error.value.problems
    assert str(problem).startswith("feeds/inner.toml: token_file: " + complaint)
    config = load(folder, environ={}, state=tmp_path / "s", is_strict=False)
    assert (dict(config.feeds), config.resting_feeds) == ({}, {"inner"})


def test_a_former_name_that_leads_nowhere_is_a_warning(tmp_path):
    """There is a feed of that name again, or two feeds claim it."""
    feeds = {
        "a": FEED + 'renamed_from = ["c", "old"]\n',
        "b": FEED + 'renamed_from = ["old"]\n',
        "c": FEED,
    }
    folder = write_config(tmp_path / "c", feeds=feeds)
    warnings = [str(each) for each in load(folder, environ={}, state=tmp_path / "s").warnings]
    assert [each.partition(": ")[0] for each in warnings] == ["feeds/a.toml", "feeds/b.toml"]
    (folder / "feeds" / "c.toml").write_text(FEED + 'renamed_from = ["Ünfug"]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="renamed_from"):
        load(folder, environ={}, state=tmp_path / "s")


@pytest.mark.parametrize(
    ("main", "operators"),
    [
        ('listen = "127.0.0.1:80"\n', ("127.0.0.1", 80)),
        ('listen = "[::1]:80"\n', ("::1", 80)),
        ('listen = "localhost:80"\n', ("localhost", 80)),
        ('listen = "0.0.0.0:80"\n', None),
        ('listen = "news.example:80"\n', None),
        ('listen = "0.0.0.0:80"\n[web]\noperators = "0.0.0.0:80"\n', ("0.0.0.0", 80)),
        ('listen = "0.0.0.0:80"\n[web]\noperators = "127.0.0.1:81"\n', ("127.0.0.1", 81)),
    ],
)
def test_operators_pages_are_where_only_this_machine_reaches_them_or_where_it_is_said(tmp_path, main, operators):
    """Who listens for the world does not show its status by accident."""
    folder = write_config(tmp_path / "c", main=main)
    assert load(folder, environ={}, state=tmp_path / "s").operators == operators
