"""The command that shows the version."""

from __future__ import annotations

import click

from syndicator import __version__


@click.command()
def version() -> None:
    """Show the version."""
    click.echo(f"syndicator {__version__}")
