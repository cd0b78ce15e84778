"""The doors: arguments in, exit code out (0 well, 1 something failed, 2 wrong configuration or usage)."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
import structlog

from syndicator import __version__, daemon
from syndicator.app import App, utc_now
from syndicator.config import Config, find_folder, load
from syndicator.dispatch import Dispatcher
from syndicator.errors import ConfigError, SyndicatorError
from syndicator.models import Source, Verdict
from syndicator.status import status as gather_status
from syndicator.store import Store

_FOLDER = click.Path(path_type=Path, file_okay=False)


class _Group(click.Group):
    """Turns our own errors into a message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            for problem in error.problems:
                click.echo(str(problem), err=True)
            click.echo(f"{len(error.problems)} problem(s); nothing was changed.", err=True)
            ctx.exit(2)
        except (SyndicatorError, OSError) as error:
            click.echo(f"syndicator: {error}", err=True)
            ctx.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "folder",
    type=_FOLDER,
    help="Folder with syndicator.toml (else SYNDICATOR_CONFIG, XDG, /etc).",
)
@click.option(
    "--state",
    type=_FOLDER,
    help="Folder for the database and the feeds (else SYNDICATOR_STATE, systemd, XDG).",
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting, as in --set poll.interval=15m.")
@click.option("-v", "--verbose", is_flag=True, help="Log details.")
@click.pass_context
def cli(ctx: click.Context, folder: Path | None, state: Path | None, settings: Sequence[str], verbose: bool) -> None:
    """Poll news outlets and their mirrors; republish filtered feeds."""
    set_up_logging(verbose=verbose)
    ctx.obj = partial(_load, folder, state, settings)


def _load(folder: Path | None, state: Path | None, settings: Sequence[str]) -> Config:
    overrides: dict[str, object] = {}
    for setting in settings:
        key, is_pair, value = setting.partition("=")
        if not is_pair:
            raise click.UsageError(f'--set wants KEY=VALUE, not "{setting}"')
        overrides[key.strip()] = int(value) if value.isdecimal() else value
    return load(folder or find_folder(os.environ), state=state, overrides=overrides)


@cli.command()
@click.pass_obj
def run(read: Callable[[], Config]) -> None:
    """Serve and poll until told to stop (SIGTERM); SIGHUP reads the configuration again."""
    asyncio.run(daemon.run(read))


@cli.command()
@click.pass_obj
def check(read: Callable[[], Config]) -> None:
    """Validate the configuration; every problem is listed, exit code 2."""
    config = read()
    click.echo(
        f"{config.folder}: well. {len(config.outlets)} outlets with {len(config.sources)} sources, "
        f"{len(config.feeds)} feeds, {len(config.concepts)} concepts."
    )


@cli.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.pass_obj
def poll(read: Callable[[], Config], sources: Sequence[str]) -> None:
    """Poll once, then publish. SOURCE is an outlet's id or a source's, as shown by status; none means all."""
    config = read()
    chosen = _choose(config, sources)
    with daemon.only_one(config.state):
        failures = asyncio.run(_poll(config, chosen))
    if failures:
        raise SyndicatorError(f"{failures} of {len(chosen)} sources failed")


def _choose(config: Config, names: Sequence[str]) -> list[Source]:
    every = config.sources
    chosen: dict[str, Source] = {}
    for name in names or every:
        found = {id_: source for id_, source in every.items() if name in (id_, source.outlet)}
        if not found:
            raise click.UsageError(f'there is no outlet or source "{name}"; syndicator status lists them')
        chosen |= found
    return list(chosen.values())


async def _poll(config: Config, sources: Sequence[Source]) -> int:
    app = App(config)
    try:
        await app.adopt(config)
        dispatcher = Dispatcher(lambda: app.pipeline, lambda: app.config.sources, config.politeness.at_once)
        with click.progressbar(length=len(sources), label="Polling", file=sys.stderr) as bar:

            async def one(source: Source) -> bool:
                visit = await dispatcher.poll(source)
                bar.update(1)
                return visit is not None and visit.outcome.is_good

            good = await asyncio.gather(*(one(source) for source in sources))
        while await app.pipeline.fill():
            pass
        await app.pipeline.publish()
        found = dispatcher.totals.verdicts
        click.echo(f"{found[Verdict.NEW]} new, {found[Verdict.UPDATED]} updated. Feeds are in {app.shelf.folder}.")
        return len(good) - sum(good)
    finally:
        await app.close()


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="All there is to know, as JSON.")
@click.pass_obj
def status(read: Callable[[], Config], as_json: bool) -> None:
    """Show outlets, their endpoints' health, and feeds, from the store."""
    config = read()
    told = asyncio.run(_status(config))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for outlet in told["outlets"]:
        click.echo(f"{outlet['name']}: {outlet['health']}")
        for source in outlet["sources"]:
            for endpoint in source["endpoints"]:
                outcome = f" ({endpoint['outcome'].replace('_', ' ')})" if endpoint["outcome"] else ""
                note = f": {endpoint['note']}" if endpoint["note"] else ""
                click.echo(f"  {endpoint['url']}: {endpoint['health']}{outcome}{note}")
    for feed in told["feeds"]:
        click.echo(f"{feed['title']}: {feed['members']} stories  {' '.join(feed['addresses'].values())}")


async def _status(config: Config) -> dict[str, Any]:
    store = Store(config.store)
    try:
        return await gather_status(config, store, now=utc_now())
    finally:
        store.close()


@cli.command()
def version() -> None:
    """Show the version."""
    click.echo(f"syndicator {__version__}")


def set_up_logging(*, verbose: bool = False) -> None:
    """Log to stderr: for eyes on a terminal, as key=value elsewhere, as JSON with SYNDICATOR_LOG_FORMAT=json."""
    level = logging.DEBUG if verbose else os.environ.get("SYNDICATOR_LOG_LEVEL", "info").upper()
    number = logging.getLevelNamesMapping().get(level, logging.INFO) if isinstance(level, str) else level
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


def main() -> None:
    """Run the command line."""
    cli()
