"""The command that validates the configuration."""

from __future__ import annotations

import click

from syndicator.cli.base import ConfigOptions, with_config
from syndicator.plural import counted


@click.command()
@with_config
def check(options: ConfigOptions) -> None:
    """Validate the configuration; list every problem and exit with code 2 if there are any."""
    config = options.load(is_strict=True)
    for warning in config.warnings:
        click.echo(f"warning: {warning}", err=True)
    outlets, sources = counted(len(config.outlets), "outlet"), counted(len(config.sources), "source")
    feeds, concepts = counted(len(config.feeds), "feed"), counted(len(config.concepts), "concept")
    recipients = f", {counted(len(config.recipients), 'recipient')} of alerts" if config.recipients else ""
    click.echo(f"{config.folder}: no problems. {outlets} with {sources}, {feeds}, {concepts}{recipients}.")
