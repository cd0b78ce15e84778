"""The command that looks for what usually goes wrong."""

from __future__ import annotations

import asyncio

import click
import msgspec

from syndicator.cli.base import ConfigOptions, with_config
from syndicator.errors import ConfigError, GazetteerError
from syndicator.models.checkup import Finding, Grade, fault
from syndicator.runtime.app import utc_now
from syndicator.runtime.doctor import examine

_MARKS = {Grade.FAULT: "FAULT", Grade.WARNING: "warning", Grade.SKIPPED: "not seen", Grade.WELL: "well"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A list of findings, as JSON.")
@with_config
def doctor(options: ConfigOptions, as_json: bool) -> None:
    """Look for what usually goes wrong, and say what to do, the worst first. Exit with 1 if there is a fault.

    Works beside a running daemon, or without one. A few outlets get one request each.
    """
    found = _found(options)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        for finding in found:
            click.echo(f"{_MARKS[finding.grade]:<9}{finding.check}: {finding.words}")
            if finding.advice:
                click.echo(f"{'':<9}-> {finding.advice}")
    if any(finding.grade is Grade.FAULT for finding in found):
        click.get_current_context().exit(1)


def _found(options: ConfigOptions) -> list[Finding]:
    try:
        config = options.read()
    except ConfigError as error:
        return [fault("configuration", str(problem), "mend it: nothing starts") for problem in error.problems]
    except GazetteerError as error:
        return [fault("names of places", str(error), "nothing starts without them")]
    return asyncio.run(examine(config, utc_now()))
