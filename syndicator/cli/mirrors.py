"""Commands for what only an operator can decide: whose a domain is, which addresses are an outlet's."""

from __future__ import annotations

import asyncio
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from syndicator import urls
from syndicator.cli.base import ConfigOptions, cli, with_config
from syndicator.cli.discovery_session import discovery_session
from syndicator.config import Config
from syndicator.config.write import with_mirror
from syndicator.discover import look_for_mirrors
from syndicator.errors import ConfigError, SyndicatorError
from syndicator.models import MirrorCandidate, MirrorSuggestion, Outlet, Quarantine, Source
from syndicator.runtime.app import utc_now
from syndicator.runtime.status import undecided
from syndicator.store import Transaction, open_store

_Told = TypeVar("_Told")


@cli.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@with_config
def release(options: ConfigOptions, addresses: Sequence[str]) -> None:
    """Let an endpoint speak for its outlet again: what it shows next is the outlet's own, whatever it looks like.

    ADDRESS is an endpoint's or a base, as shown by status.
    """
    _decide(options.load(), addresses, Quarantine.RELEASED, "is asked again, and taken at its word")


@cli.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@with_config
def confirm(options: ConfigOptions, addresses: Sequence[str]) -> None:
    """Say that an endpoint is lost to its outlet: nothing of it is published, and it is asked once in thirty days.

    ADDRESS is an endpoint's or a base, as shown by status. Release takes it back.
    """
    _decide(options.load(), addresses, Quarantine.CONFIRMED, "stays quarantined")


def _decide(config: Config, addresses: Sequence[str], quarantine: Quarantine, told: str) -> None:
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
            tx.sources.decide_quarantine(source, endpoint, quarantine)

    asyncio.run(_with_store(config, write, is_writing=True))
    for _, endpoint in chosen:
        click.echo(f"{urls.redact(endpoint)} {told}.")


async def _with_store(config: Config, work: Callable[[Transaction], _Told], *, is_writing: bool = False) -> _Told:
    """Run work in the store, with or without a running daemon. Never migrate its tables."""
    store = open_store(config.store, may_migrate=False)
    try:
        return await (store.write(work) if is_writing else store.read(work))
    finally:
        store.close()


@cli.group(invoke_without_command=True)
@with_config
def mirrors(options: ConfigOptions) -> None:
    """Show addresses that may be outlets' mirrors, with what says so. They are suggestions: anybody can write anything.

    They come from what feeds say and where they redirect to, and from pages that `mirrors find` looks at.
    """
    context = click.get_current_context()
    context.obj = options
    if context.invoked_subcommand is not None:
        return
    config = options.load()
    by_outlet: dict[str, list[MirrorSuggestion]] = defaultdict(list)
    for each in _open_suggestions(config):
        by_outlet[each.hint.outlet].append(each)
    for id_, suggestions in by_outlet.items():
        click.echo(f"{config.outlets[id_].name} ({id_})")
        for each in suggestions:
            since = (
                f"{each.times} times since {each.first_at:%Y-%m-%d}" if each.times > 1 else f"{each.first_at:%Y-%m-%d}"
            )
            click.echo(f"  {each.hint.address}  ({each.hint.kind.value}, {since})\n    {each.hint.evidence}")
    if by_outlet:
        click.echo("\nsyndicator mirrors accept ADDRESS adds one to its outlet's file; dismiss ADDRESS forgets it.")
    else:
        click.echo("No suggestions. syndicator mirrors find looks for some.")


def _open_suggestions(config: Config) -> list[MirrorSuggestion]:
    """Give the suggestions that nobody has decided on."""
    met = asyncio.run(_with_store(config, lambda tx: tx.mirrors.suggestions()))
    return undecided(met, config.outlets)


@mirrors.command()
@click.argument("outlets", nargs=-1, metavar="[OUTLET]...")
@with_config
def find(options: ConfigOptions, outlets: Sequence[str]) -> None:
    """Look at outlets' front pages, and at their latest stories', for other addresses they name. None means all."""
    config = options.load()
    unknown = [id_ for id_ in outlets if id_ not in config.outlets]
    if unknown:
        raise click.UsageError(f'there is no outlet "{unknown[0]}"; syndicator status lists them')
    chosen = [config.outlets[id_] for id_ in outlets or config.outlets]
    found = asyncio.run(_find(config, chosen))
    asyncio.run(_with_store(config, lambda tx: tx.mirrors.suggest(found, utc_now()), is_writing=True))
    for hint in found:
        click.echo(f"{hint.outlet}: {hint.address}\n    {hint.evidence}")
    click.echo(f"{len(found)} found; syndicator mirrors shows all that were.")


async def _find(config: Config, outlets: Sequence[Outlet]) -> list[MirrorCandidate]:
    found: list[MirrorCandidate] = []
    async with discovery_session(config) as (ask, _, look):
        for outlet in outlets:
            pages = await _with_store(config, lambda tx, id_=outlet.id: tx.stories.latest_links(id_, 2))  # type: ignore[misc]
            click.echo(f"looking at {outlet.home}", err=True)
            found += await look_for_mirrors(outlet, pages, ask=ask, look=look)
    return found


@mirrors.command()
@click.argument("address")
@click.option("--outlet", "id_", help="Whose mirror it is, where that was suggested of several or of none.")
@with_config
def accept(options: ConfigOptions, address: str, id_: str | None) -> None:
    """Write an address into its outlet's file as a mirror; comments and order stay."""
    config = options.load()
    address = address.rstrip("/")
    id_ = id_ or _whose(config, address)
    if id_ not in config.outlets:
        raise click.UsageError(f'there is no outlet "{id_}"; syndicator status lists them')
    path = config.folder / "outlets" / f"{id_}.toml"
    before = path.read_bytes().decode("utf-8")  # line ends as they are
    _replace(path, with_mirror(before, address))
    try:
        options.load()
    except ConfigError:
        _replace(path, before)
        raise
    click.echo(f"{address} is a mirror of {config.outlets[id_].name} now: see {path}.")
    if address.endswith(".onion"):
        click.echo('It wants a way through Tor there: [proxies] "' + address + '" = "socks5://127.0.0.1:9050"')


def _replace(path: Path, text: str) -> None:
    """Write a file at one go, so that a daemon that watches it never reads half; its place and rights stay."""
    path = path.resolve()
    new = path.with_name(f".{path.name}.new")
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8", newline="")
    shutil.copymode(path, new)
    new.replace(path)


@mirrors.command()
@click.argument("address")
@click.option("--outlet", "id_", help="Of which outlet it was suggested, where that was of several.")
@with_config
def dismiss(options: ConfigOptions, address: str, id_: str | None) -> None:
    """Suggest an address no more."""
    config = options.load()
    address = address.rstrip("/")
    whose = id_ or _whose(config, address)
    asyncio.run(_with_store(config, lambda tx: tx.mirrors.dismiss(whose, address), is_writing=True))
    click.echo(f"{address} is suggested no more.")


def _whose(config: Config, address: str) -> str:
    """Give the one outlet that an address was suggested of."""
    found = {each.hint.outlet for each in _open_suggestions(config) if each.hint.address == address}
    if len(found) != 1:
        of = "several outlets" if found else "no outlet"
        raise SyndicatorError(f"{address} was suggested of {of}: say which with --outlet")
    return found.pop()
