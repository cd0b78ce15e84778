"""Commands that write outlet files, and lists of feeds for other readers."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click

from syndicator import urls
from syndicator.cli.base import ConfigOptions, with_config
from syndicator.cli.discovery_session import discovery_session
from syndicator.cli.owners import Owners
from syndicator.config import Config
from syndicator.config.ids import ID_RULE, is_id
from syndicator.config.opml import Listed, outlet_files, read_opml, write_opml
from syndicator.config.write import free_ids, outlet_file, outlet_text, quoted, write_new
from syndicator.discover import Found, Site, inspect
from syndicator.errors import NotAFeedError, SyndicatorError
from syndicator.models import Outlet, SourceKind
from syndicator.parse.encoding import html_as_text
from syndicator.plural import counted
from syndicator.tag import country_labels

# Top-level domains of countries that are registered for their letters.
_NOT_NATIONAL = frozenset(
    ("AC", "AI", "BZ", "CC", "CO", "FM", "GG", "IM", "IO", "LA", "LY", "ME", "NU", "SH", "TO", "TV", "WS")
)


@click.command("import")
@click.argument("lists", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--country", required=True, help="Country of outlets whose list does not say (ISO 3166: SY).")
@click.option("--language", required=True, help="Their language, where the list does not say (BCP 47: ar).")
@with_config
def import_lists(options: ConfigOptions, lists: Sequence[Path], country: str, language: str) -> None:
    """Write outlet files for the feeds of OPML lists, as other readers export them.

    Feeds that are known already, and those of sites that are outlets already, are left out. Existing files are not
    changed.
    """
    config = options.load()
    feeds = [feed for path in lists for feed in _feeds_in(path)]
    known = {endpoint for source in config.sources.values() for endpoint in source.endpoints}
    owners = Owners(config.outlets)
    found = outlet_files(
        feeds,
        country=country,
        language=language,
        known=known,
        taken=_ids(config.folder),
        owner_of=lambda address: owner.id if (owner := owners.of_address(address)) else "",
    )
    _write(options, config.folder, found.files)
    for refused in found.refused:
        click.echo(f"left out: {refused}", err=True)
    written, outlets = counted(found.feeds, "feed"), counted(len(found.files), "outlet")
    click.echo(
        f"Wrote {written} of {outlets} to {config.folder / 'outlets'}; "
        f"{len(found.known)} known already, {len(found.refused)} left out."
    )


def _feeds_in(path: Path) -> list[Listed]:
    """Read a list in whatever encoding it has; raise SyndicatorError with its name if it is none."""
    try:
        feeds = read_opml(html_as_text(path.read_bytes(), ""))
    except NotAFeedError as error:
        raise SyndicatorError(f"{path}: {error}") from error
    if not feeds:
        raise SyndicatorError(
            f"{path}: no feed found; an OPML list has an outline with an xmlUrl for each. "
            "A site or a feed comes in by its address: syndicator add URL"
        )
    return feeds


def _ids(folder: Path) -> set[str]:
    return {path.stem for path in (folder / "outlets").glob("*.toml")}


@click.command("export")
@with_config
def export_list(options: ConfigOptions) -> None:
    """Write all sources as an OPML list, for other readers, to stdout."""
    config = options.load()
    click.echo(write_opml(config.title, list(config.outlets.values())), nl=False)


def _valid_id(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not is_id(value):
        raise click.BadParameter(f'"{value}": {ID_RULE}')
    return value


@click.command()
@click.argument("address", metavar="URL")
@click.option("--name", help="The outlet's name, if the site's own is not right.")
@click.option("--country", help="Its country (ISO 3166: SY), if the address does not tell.")
@click.option("--language", help="Its language (BCP 47: ar), if the site does not say.")
@click.option("--id", "id_", callback=_valid_id, help="The outlet's id, which is the file's name.")
@click.option("--dry-run", is_flag=True, help="Show the file and write nothing.")
@with_config
def add(  # noqa: PLR0917 - one for each option
    options: ConfigOptions,
    address: str,
    name: str | None,
    country: str | None,
    language: str | None,
    id_: str | None,
    *,
    dry_run: bool,
) -> None:
    """Find what a site offers (feeds, news sitemaps, a page with stories, mirrors) and write its outlet file.

    URL is the address of the site or of a feed. Guesses are marked in the file.
    """
    config = options.load(is_main_needed=False)
    taken = _ids(config.folder)
    if id_ in taken:
        raise SyndicatorError(f"{config.folder / outlet_file(id_)} exists; choose another id with --id")
    site = asyncio.run(_inspect(config, address))
    if not site.sources:
        raise SyndicatorError(f"{urls.redact(address)}: found no feed, no news sitemap and no list of stories")
    _check_is_new(config, site, is_named=id_ is not None)
    id_ = id_ or next(free_ids([urls.site(site.home)], taken))
    text = _text_of(site, name, country, language)
    click.echo(text)
    if not dry_run:
        _write(options, config.folder, {id_: text})
        click.echo(f"Wrote {config.folder / outlet_file(id_)}; to try it: {options.command(f'poll {id_}')}")


def _check_is_new(config: Config, site: Site, *, is_named: bool) -> None:
    """Raise SyndicatorError if a site is an outlet already: its stories would come twice. Say how to add the source."""
    owners, first = Owners(config.outlets), site.sources[0]
    address = urls.without_user(first.address)
    polled = owners.of_endpoint(address)
    if polled is not None:
        raise SyndicatorError(f"{address} is a source of {_where(config, polled)} already")
    owner = owners.of_address(site.home) or owners.of_address(address)
    if owner is not None and not is_named:
        raise SyndicatorError(
            f"{site.home} is the site of {_where(config, owner)}. To add what was found to it, add to the file:\n\n"
            f"[[source]]\nurl = {quoted(address)}\n\nTo make another outlet of it: --id NEW-ID."
        )


def _where(config: Config, outlet: Outlet) -> str:
    return f"{outlet.name} ({config.folder / outlet_file(outlet.id)})"


async def _inspect(config: Config, address: str) -> Site:
    async with discovery_session(config) as (fetch, parse, read_page):
        report = functools.partial(click.echo, err=True)
        return await inspect(address, fetch=fetch, parse=parse, read_page=read_page, report=report)


def _text_of(site: Site, name: str | None, country: str | None, language: str | None) -> str:
    tongue, _, region = site.language.replace("_", "-").partition("-")
    language = language or tongue.lower()
    if not language:
        raise SyndicatorError(f"{site.home} does not say its language: give it with --language")
    notes = []
    if country is None:
        # Some sites declare ar-AR, which is not the Arabic of Argentina.
        country = _country_of(site.home) or ("" if region.lower() == tongue.lower() == "ar" else region.upper())
        if country not in country_labels():
            raise SyndicatorError(f"cannot tell the country of {site.home}: give it with --country")
        notes.append(f"The country is guessed from {site.home} and its language.")
    return outlet_text(
        name=name or site.name,
        country=country,
        language=language,
        home=site.home,
        sources=_tables_of(site),
        notes=notes,
        hints=_mirrors_of(site),
    )


def _tables_of(site: Site) -> Iterator[str]:
    """Yield the first source's table, and the others' as comments."""
    first, *others = site.sources
    yield _table_of(site, first)
    for other in others:
        yield "\n".join(f"# {line}" for line in _table_of(site, other).splitlines())


def _mirrors_of(site: Site) -> Iterator[str]:
    if site.mirrors:
        yield "Addresses that may be its mirrors; remove the # before those that are:"
        for candidate in site.mirrors:
            yield f"  {candidate.address}   {candidate.evidence}"
        yield f"mirrors = [{', '.join(quoted(candidate.address) for candidate in site.mirrors)}]"


def _table_of(site: Site, found: Found) -> str:
    """Return a source's table, with a path if it lies below the home: mirrors are then requested for it, too."""
    rest = found.address.removeprefix(site.home)
    lines = ["[[source]]", f"path = {quoted(rest)}" if rest.startswith("/") else f"url = {quoted(found.address)}"]
    if found.kind is not SourceKind.FEED:
        lines.append(f"kind = {quoted(found.kind)}")
    if found.select:
        given = ", ".join(
            f"{key} = {quoted(value)}" for key in ("item", "title") if (value := getattr(found.select, key))
        )
        lines.append(f"select = {{ {given} }}")
    return "\n".join(lines)


def _country_of(home: str) -> str:
    """Return the country of a national top-level domain, else an empty string."""
    ending = (urlsplit(home).hostname or "").rpartition(".")[2].upper()
    code = "GB" if ending == "UK" else ending
    return code if code in country_labels() and code not in _NOT_NATIONAL else ""


def _write(options: ConfigOptions, folder: Path, outlets: dict[str, str]) -> None:
    """Write new outlet files by id, after the configuration has been read with them: a daemon may watch the folder."""
    texts = {outlet_file(id_): text for id_, text in outlets.items()}
    options.load(is_main_needed=False, drafts=texts)
    write_new(folder, texts)
