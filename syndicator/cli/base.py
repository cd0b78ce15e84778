"""What commands share: the options that name the configuration.

Reading it and logging are imported when a command runs: version and help wait for neither.
"""

from __future__ import annotations

import functools
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syndicator.errors import ConfigError

if TYPE_CHECKING:
    from syndicator.config import Config, OwnSettings, Progress

FOLDER = click.Path(path_type=Path, file_okay=False)


def configured(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name the configuration; they may stand before the command or after it."""
    for option in (
        click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting: poll.interval=15m."),
        click.option("--state", type=FOLDER, help="Folder for database and feeds (else what the service or XDG has)."),
        click.option(
            "--config", "folder", type=FOLDER, help="Folder with syndicator.toml (else XDG, /etc/syndicator)."
        ),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class ConfigOptions:
    """The configuration that the command line names, the settings that it overrides, and whether to log details."""

    folder: Path | None
    state: Path | None
    settings: tuple[str, ...]
    is_verbose: bool = False

    def narrowed(self, folder: Path | None, state: Path | None, settings: Sequence[str]) -> ConfigOptions:
        """Return these options with those that stand after the command, which take precedence."""
        return replace(
            self, folder=folder or self.folder, state=state or self.state, settings=(*self.settings, *settings)
        )

    def command(self, words: str) -> str:
        """Return a command for the user to give next, with the options that name the same configuration."""
        named = (("--config", self.folder), ("--state", self.state))
        options = [f"{option} {shlex.quote(str(folder))}" for option, folder in named if folder is not None]
        return " ".join(("syndicator", *options, words))

    def overrides(self) -> dict[str, str]:
        """Return the settings by dotted key."""
        found: dict[str, str] = {}
        for setting in self.settings:
            key, is_pair, value = setting.partition("=")
            if not is_pair:
                raise click.UsageError(f'--set wants KEY=VALUE, not "{setting}"')
            found[key.strip()] = value
        return found

    def load(
        self,
        *,
        is_main_needed: bool = True,
        is_strict: bool = False,
        drafts: Mapping[str, str] | None = None,
    ) -> Config:
        """Read the configuration as far as it is good, with ``drafts`` of files by name: see ``config.load``.

        What is wrong with the rest is written to stderr.
        """
        config = self.read(is_main_needed=is_main_needed, is_strict=is_strict, drafts=drafts)
        for problem in config.problems:
            click.echo(f"not in force: {problem}", err=True)
        return config

    def read(
        self,
        *,
        is_main_needed: bool = True,
        is_strict: bool = False,
        drafts: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> Config:
        """Read the configuration as ``load`` does, and write nothing."""
        from syndicator.config import find_folder, load  # noqa: PLC0415 - see above

        folder = self.folder or find_folder(os.environ)
        return load(
            folder,
            state=self.state,
            overrides=self.overrides(),
            is_main_needed=is_main_needed,
            is_strict=is_strict,
            drafts=drafts,
            progress=progress,
        )

    def own(self) -> OwnSettings:
        """Read what a process says of itself that works by the configuration in a store; it needs no folder."""
        from syndicator.config import find_folder, own_settings  # noqa: PLC0415 - see above

        folder = self.folder
        if folder is None:
            with suppress(ConfigError):
                folder = find_folder(os.environ)
        return own_settings(folder, environ=os.environ, state=self.state, overrides=self.overrides())


def with_config(command: Callable[..., Any]) -> Callable[..., Any]:
    """Set up logging, and pass a command its ConfigOptions as first argument."""

    def narrowed(*args: Any, folder: Path | None, state: Path | None, settings: Sequence[str], **rest: Any) -> Any:
        from syndicator.cli.logs import set_up_logging  # noqa: PLC0415 - see above

        options: ConfigOptions = click.get_current_context().obj
        set_up_logging(verbose=options.is_verbose)
        return command(options.narrowed(folder, state, settings), *args, **rest)

    return configured(functools.update_wrapper(narrowed, command))
