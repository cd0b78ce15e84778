"""Commands that run the whole flow: as a daemon, once, on captured files, on the bundled newsroom."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from syndicator import files
from syndicator.cli.base import FOLDER, ConfigOptions, with_config
from syndicator.cli.in_store import leave_to_daemon
from syndicator.cli.logs import log_uncaught, set_up_logging
from syndicator.config import Config
from syndicator.demo import show
from syndicator.errors import InUseError, StoreError, SyndicatorError
from syndicator.extras import fast_loop
from syndicator.models import Source, Verdict
from syndicator.plural import counted
from syndicator.replay import find_steps, replay
from syndicator.runtime import daemon
from syndicator.runtime.app import App
from syndicator.runtime.dispatcher import Dispatcher
from syndicator.runtime.lock import only_one
from syndicator.runtime.web_node import run_web_node
from syndicator.runtime.worker import run_worker


@click.command()
@click.option(
    "--role",
    type=click.Choice(["all", "worker", "web"]),
    default="all",
    show_default=True,
    help="What this process does: all; or polling, or serving readers, beside others on a store in PostgreSQL.",
)
@with_config
def run(options: ConfigOptions, role: str) -> None:
    """Serve and poll until SIGTERM; SIGHUP reloads the configuration."""
    log_uncaught()
    beside = {"worker": run_worker, "web": run_web_node}
    work = beside[role](options.own()) if role in beside else daemon.run(options.read)
    with asyncio.Runner(loop_factory=fast_loop()) as runner:
        runner.run(work)


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@with_config
def poll(options: ConfigOptions, sources: Sequence[str]) -> None:
    """Poll once, then publish. SOURCE is the id of an outlet or of a source; none means all.

    Beside a running daemon the daemon polls: the sources become due now.
    """
    config = options.load()
    chosen = _choose(config, sources)
    try:
        with only_one(config.state, config.store):
            try:
                failures = asyncio.run(_poll(config, chosen))
            finally:
                files.hand_over(config.state)
    except InUseError as error:
        _leave_to_daemon(config, chosen, error)
        return
    if failures:
        raise SyndicatorError(f"{failures} of {counted(len(chosen), 'source')} failed")


def _leave_to_daemon(config: Config, sources: Sequence[Source], error: InUseError) -> None:
    """Leave polling to the running daemon; raise the error if whoever holds the state folder is none."""
    try:
        unknown = asyncio.run(leave_to_daemon(config, sources))
    except StoreError:  # who holds the folder is making the store
        raise error from None
    if unknown is None:
        raise error
    if unknown:
        raise SyndicatorError(
            f"the daemon that works on {config.state} does not know {', '.join(sorted(unknown))}: "
            "does it read this configuration, and without problems? See its log, and syndicator status"
        )
    count = counted(len(sources), "source")
    click.echo(f"A daemon works on {config.state} and polls {count} now. To see what comes of it: syndicator status.")


def _choose(config: Config, names: Sequence[str]) -> list[Source]:
    every = config.sources
    chosen: dict[str, Source] = {}
    for name in names or every:
        found = {id_: source for id_, source in every.items() if name in (id_, source.outlet)}
        if not found:
            raise click.UsageError(f'there is no outlet or source "{name}"; syndicator status --all lists them')
        chosen |= found
    return list(chosen.values())


async def _poll(config: Config, sources: Sequence[Source]) -> int:
    app = App(config)
    try:
        await app.adopt(config)
        dispatcher = Dispatcher(app.pipeline, config.at_once, claims=app.claims())
        with click.progressbar(length=len(sources), label="Polling", file=sys.stderr) as bar:

            async def one(source: Source) -> bool:
                report = await dispatcher.poll(source)
                bar.update(1)
                return report is not None and report.outcome.is_good

            good = await asyncio.gather(*(one(source) for source in sources))
        await app.outbox.run()
        await app.publisher.publish()
        found = dispatcher.totals.verdicts
        click.echo(f"{found[Verdict.NEW]} new, {found[Verdict.UPDATED]} updated. Feeds are in {app.files.folder}.")
        return len(good) - sum(good)
    finally:
        await app.close()


@click.command("replay")
@click.argument("captures", type=click.Path(path_type=Path, exists=True))
@click.option("--out", required=True, type=FOLDER, help="Folder for the output feeds.")
@click.option("--json", "summary", type=click.Path(path_type=Path, dir_okay=False), help="File for the summary.")
@with_config
def replay_captures(options: ConfigOptions, captures: Path, out: Path, summary: Path | None) -> None:
    """Run what was captured through the whole flow, to try a filter on the past.

    CAPTURES is a WARC file, or a folder of WARC files and of feed files OUTLET/UTCTIME.xml.
    """
    config = options.load(is_main_needed=False)
    found = find_steps(captures, config)
    with click.progressbar(length=len(found), label="Replaying", file=sys.stderr) as bar:
        totals = asyncio.run(replay(config, found, out, progress=lambda: bar.update(1)))
    text = json.dumps(totals, indent=2)
    if summary is not None:
        summary.write_text(text + "\n", encoding="utf-8")
    click.echo(text)


@click.command()
@click.option("--once", is_flag=True, help="Play to the end, print a table, and exit.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (else 8080 if it is free).")
@click.option(
    "--store",
    type=click.Choice(["sqlite", "postgresql"]),
    default="sqlite",
    help="Where the store is: in a server of its own.",
)
def demo(*, once: bool, port: int | None, store: str) -> None:
    """Run the daemon on the bundled newsroom: invented outlets on loopback whose time runs fast.

    The outlets listen on the ports after the daemon's.
    """
    set_up_logging(quiet=True)
    with tempfile.TemporaryDirectory(prefix="syndicator-demo-") as folder:
        asyncio.run(show(Path(folder), once=once, say=click.echo, port=port, is_postgres=store == "postgresql"))
