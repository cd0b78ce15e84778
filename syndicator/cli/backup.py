"""The commands that back everything up, and restore it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from syndicator.cli.base import ConfigOptions, with_config
from syndicator.config import find_folder
from syndicator.errors import ConfigError
from syndicator.plural import counted
from syndicator.runtime.app import utc_now
from syndicator.runtime.backup import back_up, contents_of
from syndicator.runtime.backup import restore as put_back
from syndicator.runtime.backup.archive import Manifest, Progress

_FILE = click.Path(path_type=Path, dir_okay=False)
_SYSTEM = Path("/etc/syndicator")


@click.command()
@click.argument("file", type=_FILE)
@click.option("--without-captures", is_flag=True, help="Leave out captured documents, which may be many.")
@with_config
def backup(options: ConfigOptions, file: Path, *, without_captures: bool) -> None:
    """Write configuration, keys, database and published files into FILE, while the daemon works.

    FILE is written whole or not at all, and only its owner may read it. It is a tar archive, packed with zstd.
    """
    config = options.load()
    contents = contents_of(config, file, has_captures=not without_captures)
    for path in contents.missing:
        click.echo(f"not in the backup: {path}, which the configuration names, cannot be read", err=True)
    manifest = back_up(config, contents, file, now=utc_now(), progress=_bars())
    click.echo(f"{file}: {_in_words(manifest)}, {file.stat().st_size / 1e6:,.1f} MB.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--force", is_flag=True, help="Replace the database and the configuration that are there.")
@with_config
def restore(options: ConfigOptions, file: Path, *, force: bool) -> None:
    """Put what `backup` wrote into FILE in place, on this machine or another. Stop the daemon first.

    Without --config, the configuration goes where there is one, or to /etc/syndicator.
    """
    found = put_back(
        file,
        options.folder or _folder(),
        state=options.state,
        environ=os.environ,
        overrides=options.overrides(),
        is_forced=force,
        progress=_bars(),
    )
    for path in found.kept:
        click.echo(f"left as it is: {path}", err=True)
    click.echo(f"{_in_words(found.manifest)}, of {found.manifest.made_at}.")
    database = found.store if found.manifest.revision else "not in the backup"
    click.echo(f"Configuration: {found.config}. State: {found.state}. Database: {database}.")


def _folder() -> Path:
    try:
        return find_folder(os.environ)
    except ConfigError:
        return _SYSTEM


def _in_words(manifest: Manifest) -> str:
    kinds = [name.partition("/")[0] for name in manifest.members]
    database = f"database at {manifest.revision}, " if manifest.revision else ""
    published, config = counted(kinds.count("state"), "file"), counted(kinds.count("config"), "file")
    return f"{database}{published} of state, {config} of configuration, {counted(kinds.count('secrets'), 'secret')}"


def _bars() -> Progress:
    """Return what shows how far each step is on a terminal, and nothing elsewhere."""
    shown: dict[str, int] = {}

    def progress(step: str, done: int, total: int) -> None:
        percent = 100 * done // max(total, 1)
        if sys.stderr.isatty() and shown.get(step) != percent:
            shown[step] = percent
            click.echo(f"\r{step:<22}{percent:>4} %", err=True, nl=percent >= 100)  # noqa: PLR2004 - all of it

    return progress
