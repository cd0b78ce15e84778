"""Commands for the tokens of private feeds."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

import click

from syndicator import files
from syndicator.cli.base import ConfigOptions, with_config
from syndicator.config import Config
from syndicator.config.tokens import parse_tokens, token_line, without_token
from syndicator.config.write import token_file_of, with_token_file
from syndicator.errors import SyndicatorError
from syndicator.models import Feed
from syndicator.models.formats import file_name

_TOKEN_BYTES = 24


@click.group()
def token() -> None:
    """Give readers tokens for private feeds, list them, revoke them. A running daemon follows by itself."""


@token.command()
@click.argument("feed")
@click.argument("name")
@with_config
def new(options: ConfigOptions, feed: str, name: str) -> None:
    """Make a token for FEED, to be revoked by its NAME, and show the addresses that have it, once.

    A feed with a token is private. The token file keeps only the token's hash.
    """
    config = options.load()
    place = _place_of(config, feed)
    made = secrets.token_urlsafe(_TOKEN_BYTES)
    text = place.text + ("" if not place.text or place.text.endswith("\n") else "\n") + token_line(name, made)
    try:
        parse_tokens(text)
    except ValueError as error:
        raise SyndicatorError(f"{place.path}: {error}") from error
    place.path.parent.mkdir(exist_ok=True)
    files.write_text(place.path, text)
    if not place.is_named:  # the feed's file last: from then on the feed is read with a token only
        _make_private(options, config, place)
    for format_name in place.feed.formats:
        click.echo(f"{config.base_url}/feeds/{file_name(feed, format_name)}?token={made}")


@token.command(name="list")
@click.argument("feed")
@with_config
def list_tokens(options: ConfigOptions, feed: str) -> None:
    """List the names of the tokens for FEED."""
    found = _place_of(options.load(), feed).feed
    if found.tokens is None:
        click.echo(f"{feed} is not private: everybody may read it.")
        return
    for each in found.tokens:
        click.echo(each.name)


@token.command()
@click.argument("feed")
@click.argument("name")
@with_config
def revoke(options: ConfigOptions, feed: str, name: str) -> None:
    """Revoke the token of that NAME for FEED. The feed stays private, even without any token."""
    place = _place_of(options.load(), feed)
    if name not in {each.name for each in place.feed.tokens or ()}:
        raise click.UsageError(f'there is no token "{name}" for {feed}; syndicator token list {feed} lists them')
    files.write_text(place.path, without_token(place.text, name))
    click.echo(f'The token "{name}" for {feed} is revoked.')


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A feed and its token file, by path and by the name that the feed's own file has for it, or is to have."""

    feed: Feed
    path: Path
    name: str
    text: str
    is_named: bool


def _place_of(config: Config, name: str) -> _Place:
    feed = config.feeds.get(name)
    if feed is None:
        raise click.UsageError(f'there is no feed "{name}"; syndicator status --all lists them')
    named = token_file_of(config.texts[f"feeds/{name}.toml"])
    relative = named or f"tokens/{name}.txt"
    path = config.folder / relative
    text = path.read_bytes().decode() if path.exists() else ""
    return _Place(feed=feed, path=path, name=relative, text=text, is_named=named is not None)


def _make_private(options: ConfigOptions, config: Config, place: _Place) -> None:
    name = f"feeds/{place.feed.name}.toml"
    path = config.folder / name
    after = with_token_file(path.read_bytes().decode("utf-8-sig"), place.name)
    options.load(drafts={name: after})
    files.write_text(path, after)
    click.echo(f"{place.feed.name} is private now: see {path}.", err=True)
