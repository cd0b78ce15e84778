"""The command that brings the store to this version; all others but ``run`` and ``poll`` leave its tables alone."""

from __future__ import annotations

import click

from syndicator.cli.base import ConfigOptions, with_config
from syndicator.runtime.lock import only_one
from syndicator.store import open_store
from syndicator.store.migrate import HEAD, back_up, stored_revision


@click.command()
@with_config
def migrate(options: ConfigOptions) -> None:
    """Bring the store to this version of the program, after copying it; the daemon does so when it starts.

    The copy lies beside the database as syndicator.db.before-REVISION. Stop the daemon first.
    """
    config = options.load()
    stored_revision(config.store)  # nothing is made where there is no store
    with only_one(config.state):
        before = stored_revision(config.store)
        if before == HEAD:
            click.echo(f"The store's tables are at {HEAD} already; there is nothing to do.")
            return
        copy = back_up(config.store)
        if copy is None:
            click.echo("No copy was made: only SQLite databases are copied.", err=True)
        else:
            click.echo(f"Copied the store to {copy}.")
        open_store(config.store).close()
        click.echo(f"Migrated the store from {before} to {HEAD}.")
