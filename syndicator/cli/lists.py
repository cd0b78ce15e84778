"""Commands that write outlet files, and lists of feeds for other readers."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click

from syndicator import urls
from syndicator.cli.base import ConfigOptions, cli, with_config
from syndicator.cli.discovery_session import discovery_session
from syndicator.config import Config
from syndicator.config.opml import outlet_files, read_opml, write_opml
from syndicator.config.write import free_id, outlet_text, quoted
from syndicator.discover import Found, Site, inspect
from syndicator.errors import ConfigError, NotAFeedError, SyndicatorError
from syndicator.parse.encoding import html_as_text
from syndicator.tag import country_labels

# Domains of countries that are used for their letters.
_NOBODYS = frozenset(
    ("AC", "AI", "BZ", "CC", "CO", "FM", "GG", "IM", "IO", "LA", "LY", "ME", "NU", "SH", "TO", "TV", "WS")
)


@cli.command("import")
@click.argument("lists", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--country", required=True, help="Country of outlets whose list does not say (ISO 3166: SY).")
@click.option("--language", required=True, help="Their language, where the list does not say (BCP 47: ar).")
@with_config
def import_lists(options: ConfigOptions, lists: Sequence[Path], country: str, language: str) -> None:
    """Write outlet files for the feeds of OPML lists, as other readers export them.

    Feeds that are known already are left out, and files that are there are not touched.
    """
    config = options.load()
    section = config.folder / "outlets"
    section.mkdir(exist_ok=True)
    feeds = [feed for path in lists for feed in read_opml(_text_of(path))]
    known = {endpoint for source in config.sources.values() for endpoint in source.endpoints}
    found = outlet_files(feeds, country=country, language=language, known=known, taken=_ids(section))
    _write(options, section, found.files)
    for refused in found.refused:
        click.echo(f"left out: {refused}", err=True)
    click.echo(
        f"{found.feeds} feeds of {len(found.files)} outlets written to {section}; "
        f"{len(found.known)} known already, {len(found.refused)} left out."
    )


def _text_of(path: Path) -> str:
    """Read a list in whatever encoding it is; raise SyndicatorError, naming the file, when that cannot be told."""
    try:
        return html_as_text(path.read_bytes(), "")
    except NotAFeedError as error:
        raise SyndicatorError(f"{path}: {error}") from error


def _ids(section: Path) -> set[str]:
    return {path.stem for path in section.glob("*.toml")}


@cli.command("export")
@with_config
def export_list(options: ConfigOptions) -> None:
    """Write all sources as an OPML list, for other readers, to stdout."""
    config = options.load()
    click.echo(write_opml(config.title, list(config.outlets.values())), nl=False)


@cli.command()
@click.argument("address", metavar="URL")
@click.option("--name", help="The outlet's name, if what the site says is not it.")
@click.option("--country", help="Its country (ISO 3166: SY), where the address does not tell.")
@click.option("--language", help="Its language (BCP 47: ar), where the site does not say.")
@click.option("--id", "id_", help="The file's name, which is the outlet's id.")
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
    """Find what an outlet's address offers (feeds, news sitemaps, a page, mirrors) and write its file.

    URL is that of the site or of a feed. What was guessed is marked in the file.
    """
    config = options.load(is_main_needed=False)
    site = asyncio.run(_survey(config, address if "://" in address else f"https://{address}"))
    if not site.sources:
        raise SyndicatorError(f"{urls.redact(address)}: found no feed, no news sitemap and no list of stories")
    section = config.folder / "outlets"
    id_ = id_ or free_id(urls.site(site.home), _ids(section))
    if (section / f"{id_}.toml").exists():
        raise SyndicatorError(f"{section / id_}.toml is there already; choose another name with --id")
    text = _outlet_of(site, name, country, language)
    click.echo(text)
    if not dry_run:
        _write(options, section, {id_: text})
        click.echo(f"Written to {section / id_}.toml; syndicator poll {id_} tries it.")


async def _survey(config: Config, address: str) -> Site:
    async with discovery_session(config) as (ask, read, look):
        say = functools.partial(click.echo, err=True)
        return await inspect(address, ask=ask, read=read, look=look, say=say)


def _outlet_of(site: Site, name: str | None, country: str | None, language: str | None) -> str:
    said, _, region = site.language.replace("_", "-").partition("-")
    language = language or said.lower()
    if not language:
        raise SyndicatorError(f"{site.home} does not say its language: give it with --language")
    notes = []
    if country is None:
        # Some say ar-AR, which is no Arabic of Argentina.
        country = _country_of(site.home) or ("" if region.lower() == said.lower() == "ar" else region.upper())
        if country not in country_labels():
            raise SyndicatorError(f"nothing tells which country {site.home} is of: give it with --country")
        notes.append(f"The country is guessed from {site.home} and its language.")
    hints = []
    if site.hints:
        hints = ["Addresses that may be its mirrors; take the # away from those that are:"]
        hints += [f"  {hint.address}   {hint.evidence}" for hint in site.hints]
        hints.append(f"mirrors = [{', '.join(quoted(hint.address) for hint in site.hints)}]")
    first, *others = site.sources
    sources = [_source_of(site, first)]
    sources += ["\n".join(f"# {line}" for line in _source_of(site, other).splitlines()) for other in others]
    return outlet_text(
        name=name or site.name, country=country, language=language, home=site.home, sources=sources, notes=notes,
        hints=hints,
    )  # fmt: skip


def _source_of(site: Site, found: Found) -> str:
    """Write a source's table: by its path where it lies below the home, so that mirrors can be asked for it."""
    rest = found.address.removeprefix(site.home)
    lines = ["[[source]]", f"path = {quoted(rest)}" if rest.startswith("/") else f"url = {quoted(found.address)}"]
    if found.kind != "feed":
        lines.append(f"kind = {quoted(found.kind)}")
    if found.select:
        given = ", ".join(
            f"{key} = {quoted(value)}" for key in ("item", "title") if (value := getattr(found.select, key))
        )
        lines.append(f"select = {{ {given} }}")
    return "\n".join(lines)


def _country_of(home: str) -> str:
    """Read a country off a domain."""
    ending = (urlsplit(home).hostname or "").rpartition(".")[2].upper()
    code = "GB" if ending == "UK" else ending
    return code if code in country_labels() and code not in _NOBODYS else ""


def _write(options: ConfigOptions, section: Path, files: dict[str, str]) -> None:
    """Write new outlet files, and take them back if the configuration is none with them."""
    section.mkdir(exist_ok=True)
    for id_, text in files.items():
        (section / f"{id_}.toml").write_text(text, encoding="utf-8")
    try:
        options.load(is_main_needed=False)
    except ConfigError:
        for id_ in files:
            (section / f"{id_}.toml").unlink()
        raise
