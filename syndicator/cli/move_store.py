"""The command that moves the store to another database."""

from __future__ import annotations

import click

from syndicator import urls
from syndicator.cli.base import ConfigOptions, with_config
from syndicator.errors import StoreError
from syndicator.runtime.lock import only_one
from syndicator.store.move import move_store

_SHOWN_EVERY = 10_000


@click.command()
@click.option("--to", "target", required=True, metavar="URL", help="sqlite:///PATH, or postgresql://USER@HOST/NAME.")
@with_config
def move_store_command(options: ConfigOptions, target: str) -> None:
    """Copy all that the store holds into an empty one: from SQLite to PostgreSQL, or back.

    Every story, feed and address stays what it is. The store that there is stays as it was. Stop the daemon first.
    """
    config = options.load()
    if target == config.store:
        raise StoreError("this is where the store is; nothing was moved")
    with only_one(config.state, config.store):
        move_store(config.store, target, _show)
    click.echo(
        f'Moved. Set store = "{urls.redact(target)}" in {config.folder / "syndicator.toml"}, and start the daemon.'
    )


def _show(table: str, done: int, count: int) -> None:
    if done == count or done % _SHOWN_EVERY == 0:
        click.echo(f"{table}: {done} of {count}", err=True)
