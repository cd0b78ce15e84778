"""The doors: arguments in, exit code out (0 well, 1 something failed, 2 wrong configuration or usage)."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import structlog
import uvloop

from syndicator import __version__, daemon, urls
from syndicator.app import App, utc_now
from syndicator.config import Config, find_folder, load
from syndicator.config.opml import outlet_files, read_opml, write_opml
from syndicator.demo import show
from syndicator.dispatch import Dispatcher
from syndicator.errors import ConfigError, SyndicatorError
from syndicator.models import Held, Source, Verdict
from syndicator.replay import find_captures, replay
from syndicator.status import status as gather_status
from syndicator.store import Store, Transaction

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


def _configured(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which configuration: they may stand before the command or after it."""
    for option in (
        click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting: poll.interval=15m."),
        click.option("--state", type=_FOLDER, help="Folder for database and feeds (else $SYNDICATOR_STATE, XDG)."),
        click.option(
            "--config", "folder", type=_FOLDER, help="Folder with syndicator.toml (else XDG, /etc/syndicator)."
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
    ctx.obj = _Choice(folder, state, tuple(settings))


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which configuration the command line asks for."""

    folder: Path | None
    state: Path | None
    settings: tuple[str, ...]

    def narrowed(self, folder: Path | None, state: Path | None, settings: Sequence[str]) -> _Choice:
        """Let what stands after the command outrank what stands before it."""
        return _Choice(folder or self.folder, state or self.state, (*self.settings, *settings))

    def load(self, *, is_main_needed: bool = True) -> Config:
        overrides: dict[str, str] = {}
        for setting in self.settings:
            key, is_pair, value = setting.partition("=")
            if not is_pair:
                raise click.UsageError(f'--set wants KEY=VALUE, not "{setting}"')
            overrides[key.strip()] = value
        folder = self.folder or find_folder(os.environ)
        return load(folder, state=self.state, overrides=overrides, is_main_needed=is_main_needed)


def _with_config(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a command its choice of configuration as first argument."""

    def narrowed(*args: Any, folder: Path | None, state: Path | None, settings: Sequence[str], **rest: Any) -> Any:
        choice: _Choice = click.get_current_context().obj
        return command(choice.narrowed(folder, state, settings), *args, **rest)

    return _configured(functools.update_wrapper(narrowed, command))


@cli.command()
@_with_config
def run(choice: _Choice) -> None:
    """Serve and poll until told to stop (SIGTERM); SIGHUP reads the configuration again."""
    uvloop.run(daemon.run(choice.load))


@cli.command()
@_with_config
def check(choice: _Choice) -> None:
    """Validate the configuration; every problem is listed, exit code 2."""
    config = choice.load()
    click.echo(
        f"{config.folder}: well. {len(config.outlets)} outlets with {len(config.sources)} sources, "
        f"{len(config.feeds)} feeds, {len(config.concepts)} concepts."
    )


@cli.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@_with_config
def poll(choice: _Choice, sources: Sequence[str]) -> None:
    """Poll once, then publish. SOURCE is an outlet's id or a source's, as shown by status; none means all."""
    config = choice.load()
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
        dispatcher = Dispatcher(lambda: app.pipeline, lambda: app.config.sources, config.at_once)
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


@cli.command("import")
@click.argument("lists", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--country", required=True, help="Country of outlets whose list does not say (ISO 3166: SY).")
@click.option("--language", required=True, help="Their language, where the list does not say (BCP 47: ar).")
@_with_config
def import_lists(choice: _Choice, lists: Sequence[Path], country: str, language: str) -> None:
    """Write outlet files for the feeds of OPML lists, as other readers export them.

    Feeds that are known already are left out, and files that are there are not touched.
    """
    config = choice.load()
    room = config.folder / "outlets"
    room.mkdir(exist_ok=True)
    feeds = [feed for path in lists for feed in read_opml(path.read_bytes())]
    known = {endpoint for source in config.sources.values() for endpoint in source.endpoints}
    found = outlet_files(feeds, country=country, language=language, known=known, taken=_ids(room))
    for id_, text in found.files.items():
        (room / f"{id_}.toml").write_text(text, encoding="utf-8")
    try:
        choice.load()
    except ConfigError:
        for id_ in found.files:
            (room / f"{id_}.toml").unlink()
        raise
    for refused in found.refused:
        click.echo(f"left out: {refused}", err=True)
    click.echo(
        f"{found.feeds} feeds of {len(found.files)} outlets written to {room}; "
        f"{len(found.known)} known already, {len(found.refused)} left out."
    )


def _ids(room: Path) -> set[str]:
    return {path.stem for path in room.glob("*.toml")}


@cli.command("export")
@_with_config
def export_list(choice: _Choice) -> None:
    """Write all sources as an OPML list, for other readers, to stdout."""
    config = choice.load()
    click.echo(write_opml(config.title, list(config.outlets.values())), nl=False)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="All there is to know, as JSON.")
@_with_config
def status(choice: _Choice, as_json: bool) -> None:
    """Show outlets, their endpoints' health, and feeds, from the store."""
    config = choice.load()
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
                for words in endpoint["beside"]:
                    click.echo(f"    {words}")
    for feed in told["feeds"]:
        click.echo(f"{feed['title']}: {feed['members']} stories  {' '.join(feed['addresses'].values())}")


async def _status(config: Config) -> dict[str, Any]:
    store = Store(config.store)
    try:
        return await gather_status(config, store, now=utc_now())
    finally:
        store.close()


@cli.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@_with_config
def release(choice: _Choice, addresses: Sequence[str]) -> None:
    """Let an endpoint speak for its outlet again: what it shows next is the outlet's own, whatever it looks like.

    ADDRESS is an endpoint's or a base, as shown by status.
    """
    _decide(choice.load(), addresses, Held.RELEASED, "is asked again, and taken at its word")


@cli.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@_with_config
def confirm(choice: _Choice, addresses: Sequence[str]) -> None:
    """Say that an endpoint is lost to its outlet: nothing of it is published, and it is asked once in thirty days.

    ADDRESS is an endpoint's or a base, as shown by status. Release takes it back.
    """
    _decide(choice.load(), addresses, Held.CONFIRMED, "stays held back")


def _decide(config: Config, addresses: Sequence[str], held: Held, told: str) -> None:
    """Write the operator's word down; a running daemon goes by it from its next poll on."""
    every = [(source, endpoint) for source in config.sources.values() for endpoint in source.endpoints]
    chosen: dict[tuple[Source, str], None] = {}
    for each in addresses:
        found = [one for one in every if one[1] == each or one[1].startswith(each.rstrip("/") + "/")]
        if not found:
            raise click.UsageError(
                f'no source is asked at "{urls.redact(each)}"; syndicator status lists the addresses'
            )
        chosen |= dict.fromkeys(found)

    def write(tx: Transaction) -> None:
        for source, endpoint in chosen:
            tx.mirrors.hold(source, endpoint, held)

    async def decide() -> None:
        store = Store(config.store)
        try:
            await store.write(write)
        finally:
            store.close()

    asyncio.run(decide())
    for _, endpoint in chosen:
        click.echo(f"{urls.redact(endpoint)} {told}.")


@cli.command("replay")
@click.argument("captures", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--out", required=True, type=_FOLDER, help="Folder for the output feeds.")
@click.option("--json", "summary", type=click.Path(path_type=Path, dir_okay=False), help="File for the summary.")
@_with_config
def replay_captures(choice: _Choice, captures: Path, out: Path, summary: Path | None) -> None:
    """Play captured files OUTLET/UTCTIME.xml through the whole flow, to try a filter on the past."""
    config = choice.load(is_main_needed=False)
    found = find_captures(captures)
    with click.progressbar(length=len(found), label="Replaying", file=sys.stderr) as bar:
        told = asyncio.run(replay(config, found, out, progress=lambda: bar.update(1)))
    text = json.dumps(told, indent=2)
    if summary is not None:
        summary.write_text(text + "\n", encoding="utf-8")
    click.echo(text)


@cli.command()
@click.option("--once", is_flag=True, help="Play to the end, print a table, and exit.")
def demo(*, once: bool) -> None:
    """Run the daemon on a bundled newsroom on loopback, where time runs fast."""
    set_up_logging(quiet=True)
    with tempfile.TemporaryDirectory(prefix="syndicator-demo-") as folder:
        asyncio.run(show(Path(folder), once=once, say=click.echo))


@cli.command()
def version() -> None:
    """Show the version."""
    click.echo(f"syndicator {__version__}")


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


def main() -> None:
    """Run the command line."""
    cli()
