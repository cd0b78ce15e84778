"""The command that validates the configuration."""

from __future__ import annotations

from collections.abc import Sized

import click

from syndicator.cli.base import ConfigOptions, with_config


@click.command()
@with_config
def check(options: ConfigOptions) -> None:
    """Validate the configuration; list every problem and exit with code 2 if there are any."""
    config = options.load(is_strict=True)
    for warning in config.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(
        f"{config.folder}: no problems. {_count(config.outlets, 'outlet')} with {_count(config.sources, 'source')}, "
        f"{_count(config.feeds, 'feed')}, {_count(config.concepts, 'concept')}."
    )


def _count(what: Sized, noun: str) -> str:
    return f"{len(what)} {noun}{'' if len(what) == 1 else 's'}"
