"""The doors: arguments in, exit code out (0 well, 1 something failed, 2 wrong configuration or usage)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from syndicator import __version__
from syndicator.cli.base import ConfigOptions, configured
from syndicator.cli.commands import COMMANDS
from syndicator.cli.group import LazyGroup

__all__ = ["cli", "main"]


@click.group(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@configured
@click.option("-v", "--verbose", is_flag=True, help="Log details.")
@click.version_option(__version__, message="syndicator %(version)s")
@click.pass_context
def cli(ctx: click.Context, folder: Path | None, state: Path | None, settings: Sequence[str], verbose: bool) -> None:
    """Poll news outlets and their mirrors; republish filtered feeds."""
    ctx.obj = ConfigOptions(folder, state, tuple(settings), is_verbose=verbose)


def main() -> None:
    """Run the command line."""
    cli()
