"""What all commands share: options for the configuration, errors as exit codes, logging."""

from __future__ import annotations

import functools
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import structlog

from syndicator.config import Config, find_folder, load
from syndicator.errors import ConfigError, SyndicatorError

FOLDER = click.Path(path_type=Path, file_okay=False)


class _Group(click.Group):
    """Turns the program's own errors into a message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            for problem in error.problems:
                click.echo(str(problem), err=True)
            click.echo(f"{len(error.problems)} problem(s); nothing was changed.", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            raise  # click ends quietly where whoever reads our output has gone: "| head -1"
        except (SyndicatorError, OSError) as error:
            click.echo(f"syndicator: {error}", err=True)
            ctx.exit(1)


def _configured(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name the configuration; they may stand before the command or after it."""
    for option in (
        click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting: poll.interval=15m."),
        click.option("--state", type=FOLDER, help="Folder for database and feeds (else $SYNDICATOR_STATE, XDG)."),
        click.option(
            "--config", "folder", type=FOLDER, help="Folder with syndicator.toml (else XDG, /etc/syndicator)."
        ),
    ):
        command = option(command)
    return command


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@_configured
@click.option("-v", "--verbose", is_flag=True, help="Log details.")
@click.pass_context
def cli(ctx: click.Context, folder: Path | None, state: Path | None, settings: Sequence[str], verbose: bool) -> None:
    """Poll news outlets and their mirrors; republish filtered feeds."""
    set_up_logging(verbose=verbose)
    ctx.obj = ConfigOptions(folder, state, tuple(settings))


@dataclass(frozen=True, slots=True)
class ConfigOptions:
    """The configuration that the command line names, and the settings that it overrides."""

    folder: Path | None
    state: Path | None
    settings: tuple[str, ...]

    def narrowed(self, folder: Path | None, state: Path | None, settings: Sequence[str]) -> ConfigOptions:
        """Return these options with those that stand after the command, which take precedence."""
        return ConfigOptions(folder or self.folder, state or self.state, (*self.settings, *settings))

    def load(self, *, is_main_needed: bool = True, drafts: Mapping[str, str] | None = None) -> Config:
        """Read the configuration, with ``drafts`` of files by name; raise ConfigError with every problem."""
        overrides: dict[str, str] = {}
        for setting in self.settings:
            key, is_pair, value = setting.partition("=")
            if not is_pair:
                raise click.UsageError(f'--set wants KEY=VALUE, not "{setting}"')
            overrides[key.strip()] = value
        folder = self.folder or find_folder(os.environ)
        return load(folder, state=self.state, overrides=overrides, is_main_needed=is_main_needed, drafts=drafts)


def with_config(command: Callable[..., Any]) -> Callable[..., Any]:
    """Pass a command its ConfigOptions as first argument."""

    def narrowed(*args: Any, folder: Path | None, state: Path | None, settings: Sequence[str], **rest: Any) -> Any:
        options: ConfigOptions = click.get_current_context().obj
        return command(options.narrowed(folder, state, settings), *args, **rest)

    return _configured(functools.update_wrapper(narrowed, command))


def set_up_logging(*, verbose: bool = False, quiet: bool = False) -> None:
    """Log to stderr: for eyes on a terminal, as key=value elsewhere, as JSON with SYNDICATOR_LOG_FORMAT=json."""
    level = logging.DEBUG if verbose else os.environ.get("SYNDICATOR_LOG_LEVEL", "info").upper()
    number = logging.getLevelNamesMapping().get(level, logging.INFO) if isinstance(level, str) else level
    if quiet:
        number = max(number, logging.ERROR)
    as_json = os.environ.get("SYNDICATOR_LOG_FORMAT") == "json"
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not as_json:
        is_terminal = sys.stderr.isatty()
        renderer = structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.LogfmtRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
