"""Commands for what only an operator can decide: who owns a domain, which addresses belong to an outlet."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import click

from syndicator import files, urls
from syndicator.cli.base import ConfigOptions, with_config
from syndicator.cli.discovery_session import discovery_session
from syndicator.cli.in_store import with_store
from syndicator.cli.owners import covers
from syndicator.config import Config
from syndicator.config.write import outlet_file, with_mirror
from syndicator.discover import find_mirrors
from syndicator.errors import SyndicatorError
from syndicator.models import MirrorCandidate, MirrorSuggestion, Outlet, Quarantine, Source
from syndicator.runtime.app import utc_now
from syndicator.runtime.status import undecided
from syndicator.store import Transaction


@click.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@with_config
def release(options: ConfigOptions, addresses: Sequence[str]) -> None:
    """Release an endpoint from quarantine: its next document is the outlet's own, whatever it looks like.

    ADDRESS is an endpoint's or a base address, as shown by status.
    """
    _decide(options.load(), addresses, Quarantine.RELEASED, "is polled again; its next document is accepted")


@click.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@with_config
def confirm(options: ConfigOptions, addresses: Sequence[str]) -> None:
    """Confirm that an outlet has lost an endpoint: nothing of it is published, and it is polled every thirty days.

    ADDRESS is an endpoint's or a base address, as shown by status. Release takes this back.
    """
    _decide(options.load(), addresses, Quarantine.CONFIRMED, "stays quarantined")


def _decide(config: Config, addresses: Sequence[str], quarantine: Quarantine, outcome: str) -> None:
    """Store the operator's decision; a running daemon follows it from its next poll on."""
    every = [(source, endpoint) for source in config.sources.values() for endpoint in source.endpoints]
    chosen: dict[tuple[Source, str], None] = {}
    for each in addresses:
        found = [one for one in every if one[1] == each or one[1].startswith(each.rstrip("/") + "/")]
        if not found:
            raise click.UsageError(
                f'no source has the address "{urls.redact(each)}"; syndicator status --all lists the addresses'
            )
        chosen |= dict.fromkeys(found)

    def write(tx: Transaction) -> None:
        for source, endpoint in chosen:
            tx.sources.decide_quarantine(source, endpoint, quarantine)

    asyncio.run(with_store(config, write, is_writing=True))
    for _, endpoint in chosen:
        click.echo(f"{urls.redact(endpoint)} {outcome}.")


@click.group(invoke_without_command=True)
@with_config
def mirrors(options: ConfigOptions) -> None:
    """Show addresses that may be outlets' mirrors, with the evidence. They are suggestions: anybody can write anything.

    They come from the text and redirects of feeds, and from pages that `mirrors find` reads.
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
        accept = options.command("mirrors accept ADDRESS")
        click.echo(f"\nTo add one to its outlet's file: {accept}; to hide it: dismiss ADDRESS.")
    else:
        click.echo(f"No suggestions. To search for some: {options.command('mirrors find')}.")


def _open_suggestions(config: Config) -> list[MirrorSuggestion]:
    """Return the suggestions that are neither accepted nor dismissed."""
    every = asyncio.run(with_store(config, lambda tx: tx.mirrors.suggestions()))
    return undecided(every, config.outlets)


@mirrors.command()
@click.argument("outlets", nargs=-1, metavar="[OUTLET]...")
@with_config
def find(options: ConfigOptions, outlets: Sequence[str]) -> None:
    """Search the pages of outlets (the front page and their latest stories) for mirrors. No OUTLET means all."""
    config = options.load()
    unknown = [id_ for id_ in outlets if id_ not in config.outlets]
    if unknown:
        raise click.UsageError(f'there is no outlet "{unknown[0]}"; syndicator status --all lists them')
    chosen = [config.outlets[id_] for id_ in outlets or config.outlets]
    pages = asyncio.run(
        with_store(config, lambda tx: {outlet.id: tx.stories.latest_links(outlet.id, 2) for outlet in chosen})
    )
    found = asyncio.run(_find(config, chosen, pages))
    asyncio.run(with_store(config, lambda tx: tx.mirrors.suggest(found, utc_now()), is_writing=True))
    for candidate in found:
        click.echo(f"{candidate.outlet}: {candidate.address}\n    {candidate.evidence}")
    click.echo(f"Found {len(found)}. To see all suggestions: {options.command('mirrors')}.")


async def _find(config: Config, outlets: Iterable[Outlet], pages: Mapping[str, Sequence[str]]) -> list[MirrorCandidate]:
    found: list[MirrorCandidate] = []
    async with discovery_session(config) as (fetch, _, read_page):
        for outlet in outlets:
            click.echo(f"reading {outlet.home}", err=True)
            found += await find_mirrors(outlet, pages[outlet.id], fetch=fetch, read_page=read_page)
    return found


@mirrors.command()
@click.argument("address")
@click.option("--outlet", "id_", help="The outlet, if the address was suggested for several or for none.")
@with_config
def accept(options: ConfigOptions, address: str, id_: str | None) -> None:
    """Add an address to its outlet's file as a mirror; comments and order stay."""
    config = options.load()
    address = address.rstrip("/")
    id_ = id_ or _outlet_of(config, address)
    if id_ not in config.outlets:
        raise click.UsageError(f'there is no outlet "{id_}"; syndicator status --all lists them')
    _check_is_free(config, address, id_)
    name = outlet_file(id_)
    path = config.folder / name
    before = path.read_bytes().decode("utf-8-sig")  # bytes, so that line ends stay
    after = with_mirror(before, address)
    options.load(drafts={name: after})
    files.write_text(path, after)
    click.echo(f"{address} is a mirror of {config.outlets[id_].name} now: see {path}.")
    if address.endswith(".onion"):
        click.echo('It needs Tor: add to the file [proxies] "' + address + '" = "socks5://127.0.0.1:9050"')


def _check_is_free(config: Config, address: str, id_: str) -> None:
    """Raise SyndicatorError if an address is no mirror of an outlet because it, or what is below it, is another's."""
    url = urls.absolute(address)
    if url is None:
        return  # the configuration says what is wrong with it
    for other in config.outlets.values():
        if other.id != id_ and covers(url, other):
            raise SyndicatorError(
                f"{address} is an address of another outlet, {other.name} (outlets/{other.id}.toml): "
                f"a mirror shows stories of its own outlet only"
            )
    if urls.is_below(config.outlets[id_].home, (url,)):
        raise SyndicatorError(f"{address} is the home of {config.outlets[id_].name}, and needs no mirror")


@mirrors.command()
@click.argument("address")
@click.option("--outlet", "id_", help="The outlet, if the address was suggested for several.")
@with_config
def dismiss(options: ConfigOptions, address: str, id_: str | None) -> None:
    """Hide a suggestion for good."""
    config = options.load()
    address = address.rstrip("/")
    outlet = id_ or _outlet_of(config, address)
    asyncio.run(with_store(config, lambda tx: tx.mirrors.dismiss(outlet, address), is_writing=True))
    click.echo(f"{address} is no longer suggested.")


def _outlet_of(config: Config, address: str) -> str:
    """Return the only outlet for which an address was suggested; raise SyndicatorError if there is not one."""
    found = {each.hint.outlet for each in _open_suggestions(config) if each.hint.address == address}
    if len(found) != 1:
        number = "several outlets" if found else "no outlet"
        raise SyndicatorError(f"{address} was suggested for {number}: name one with --outlet")
    return found.pop()
