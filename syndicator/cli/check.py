"""The command that validates the configuration."""

from __future__ import annotations

import click

from syndicator.cli.base import ConfigOptions, with_config


@click.command()
@with_config
def check(options: ConfigOptions) -> None:
    """Validate the configuration; list every problem and exit with code 2 if there are any."""
    config = options.load(is_strict=True)
    click.echo(
        f"{config.folder}: no problems. {len(config.outlets)} outlets with {len(config.sources)} sources, "
        f"{len(config.feeds)} feeds, {len(config.concepts)} concepts."
    )
