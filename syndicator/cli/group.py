"""A command group that imports the module of a command only to run it or to show its own help."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, NamedTuple

import click

from syndicator.errors import ConfigError, SyndicatorError


class LazyCommand(NamedTuple):
    """The place of a command, as ``module:attribute``, and its line in the group's help."""

    target: str
    summary: str

    def load(self) -> click.Command:
        """Import the command and return it."""
        module, _, attribute = self.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


class LazyGroup(click.Group):
    """Finds its commands by a table, and turns the program's own errors into a message and an exit code."""

    def __init__(self, *args: Any, table: Mapping[str, LazyCommand], **options: Any) -> None:
        """Create a group of the commands in ``table``, by their names."""
        super().__init__(*args, **options)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, sorted."""
        return sorted(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the command of this name; return None if there is none."""
        found = self.table.get(cmd_name)
        return found.load() if found else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands' names and summaries without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.table[name].summary) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; write an error of the configuration and exit with 2, another of the program's own with 1."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            from syndicator.plural import counted  # noqa: PLC0415 - version and help load next to nothing

            for problem in error.problems:
                _say(ctx, str(problem))
            _say(ctx, f"{counted(len(error.problems), 'problem')}; nothing was changed.")
            ctx.exit(2)
        except BrokenPipeError:
            raise  # click ends quietly where whoever reads our output has gone: "| head -1"
        except (SyndicatorError, OSError) as error:
            _say(ctx, f"syndicator: {error}")
            ctx.exit(1)


def _say(ctx: click.Context, message: str) -> None:
    """Write why a command failed: of the daemon, whose stderr is a log, in that log's format."""
    if ctx.invoked_subcommand == "run" and os.environ.get("SYNDICATOR_LOG_FORMAT") == "json":
        message = json.dumps({"event": message, "level": "error", "timestamp": datetime.now(UTC).isoformat()})
    click.echo(message, err=True)
