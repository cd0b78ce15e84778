"""``tag``: find the places that a text names, and their roles. Offline, for a person or line by line."""

from __future__ import annotations

import codecs
import math
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from syndicator.cli.base import ConfigOptions, with_config
from syndicator.config import find_folder
from syndicator.errors import ConfigError, SyndicatorError
from syndicator.plural import counted
from syndicator.tag import Gazetteer, Located, Prior, RegionTagger, detect, ensure_gazetteer, open_gazetteer
from syndicator.tag.coverage import Coverage, coverage
from syndicator.tag.gazetteer import Kind

_MAX_WORDS = 4
_MAX_TITLE = 200
_CODE_LENGTH = 2
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_LACKING = {
    Coverage.NAMES: "only names of places are known of it, neither their cases nor peoples nor the words beside a name",
    Coverage.NOTHING: "nothing is known of it: names are looked for as in English",
}
_ROLE_ORDER = ("about", "actor", "dateline", "mention", "outlet")


class _Request(msgspec.Struct):
    """A line of the input of ``--jsonl``."""

    text: str
    id: Any = None
    title: str | None = None
    lang: str | None = None
    outlet_country: str | None = None


_read = msgspec.json.Decoder(_Request).decode
_write = msgspec.json.Encoder().encode


@click.command("tag")
@click.argument("words", nargs=-1)
@click.option("--jsonl", is_flag=True, help="Read stories from standard input as JSON lines; write JSON lines.")
@click.option("--title", default="", help="The title of the text.")
@click.option("--language", default="", help="The text's language (default: detected).")
@click.option("--country", default="", help="The outlet's country, to choose between places of the same name.")
@with_config
def tag_command(
    options: ConfigOptions, words: Sequence[str], *, title: str, language: str, country: str, jsonl: bool
) -> None:
    """Show the places that WORDS or standard input name, and their roles: scene, actor, dateline.

    A first line that stands by itself is the title.

    With --jsonl, input lines have text and optionally id, title, lang and outlet_country; output lines have
    id, lang, known (what is known of the language: rules, names or nothing), places and regions. Offsets count
    characters of the text, or of title, line break and text if there is a title.
    """
    tagger = RegionTagger(open_gazetteer(gazetteer_path(options)))
    if jsonl:
        if words or title:
            raise click.UsageError("--jsonl reads its stories, with their titles, from standard input only")
        _tag_lines(tagger, sys.stdin.buffer)
        return
    given = " ".join(words).encode("utf-8", "replace") if words or title else sys.stdin.buffer.read()
    text = given.decode("utf-8-sig", "replace").strip()
    if not text and not title:
        raise click.UsageError("there is no text: give it as an argument or on standard input")
    if not title:
        title, text = _split_title(text)
    language = _language(language) or detect(title, text)
    prior = _prior(tagger.gazetteer, country)
    click.echo("\n".join(_readable(tagger, title, text, language, prior)))


def gazetteer_path(options: ConfigOptions) -> Path:
    """Return the path of the configuration's gazetteer, or of the default one if there is no configuration."""
    if options.folder is None:
        try:
            find_folder(os.environ)
        except ConfigError:
            return ensure_gazetteer()
    return options.load(is_main_needed=False).gazetteer


def _language(given: str) -> str:
    """Return a language tag in lower case; raise SyndicatorError unless it is one (BCP 47)."""
    if given and not _LANGUAGE.fullmatch(given):
        raise SyndicatorError(f'"{given}" is not a language tag like "ar" or "pt-BR"')
    return given.lower()


def _split_title(text: str) -> tuple[str, str]:
    """Return title and text; a first line that stands by itself is the title."""
    first, _, rest = text.partition("\n")
    is_title = not rest or (rest.startswith("\n") and len(first) <= _MAX_TITLE)
    return (first, rest.strip()) if is_title else ("", text)


def _prior(gazetteer: Gazetteer, country: str) -> Prior:
    if not country:
        return Prior()
    number = gazetteer.country(country) if len(country) == _CODE_LENGTH else None
    if number is None or gazetteer.place[number].kind is not Kind.COUNTRY:
        raise SyndicatorError(f'"{country}" is not an ISO 3166-1 country code like "SY"')
    return Prior(country=number)


def _tag_lines(tagger: RegionTagger, lines: Iterable[bytes]) -> None:
    """Write an answer to each line; report unreadable lines on standard error, and raise SyndicatorError at the end."""
    bad = 0
    for number, line in enumerate(lines, 1):
        story = line.removeprefix(codecs.BOM_UTF8).strip()
        if not story:
            continue
        try:
            answer = _write(_answer(tagger, _read(story)))
        except (msgspec.MsgspecError, UnicodeError, SyndicatorError) as error:
            bad += 1
            click.echo(f"line {number}: {error}", err=True)
            continue
        click.echo(answer)
    if bad:
        raise SyndicatorError(f"{counted(bad, 'line')} could not be read; all others were tagged")


def _answer(tagger: RegionTagger, request: _Request) -> dict[str, Any]:
    title, text = request.title or "", request.text
    language = _language(request.lang or "") or detect(title, text)
    prior = _prior(tagger.gazetteer, request.outlet_country or "")
    located = tagger.locate(title, text, language.partition("-")[0], prior)
    shift = len(title) + 1 if title else 0
    regions = [
        {
            "id": region.term,
            "label": region.label,
            "role": str(each.role),
            "score": round(each.score, 3),
            "focus": round(each.focus, 3),
        }
        for each in located.regions
        for region in (tagger.gazetteer.region(each.place),)
    ]
    if prior.country is not None:
        region = tagger.gazetteer.region(tagger.gazetteer.place[prior.country])
        regions.append({"id": region.term, "label": region.label, "role": "outlet", "score": 1.0})
    return {
        "id": request.id,
        "lang": language,
        "known": str(coverage(language)),
        "places": list(_places(tagger.gazetteer, located, (title, text), shift)),
        "regions": regions,
    }


def _places(gazetteer: Gazetteer, located: Located, fields: Sequence[str], shift: int) -> Iterator[dict[str, Any]]:
    for each in located.places:
        if each.is_metonym:
            continue  # the White House says who acts, not where
        span, place = each.span, each.sense.place
        region = gazetteer.region(place)
        start = span.at + (shift if span.field else 0)
        found: dict[str, Any] = {
            "start": start,
            "end": start + span.to - span.at,
            "phrase": fields[span.field][span.at : span.to],
            "name": region.label,
            "kind": "demonym" if each.is_demonym else place.kind.name.lower(),
            "country": gazetteer.code(place.country),
            "score": round(each.score, 3),
        }
        if place.geonameid:
            found["geonameid"] = place.geonameid
        if len(region.path) > 1:
            found["admin1"] = region.path[1]
        if not math.isnan(place.lat):
            found["lat"], found["lon"] = round(place.lat, 5), round(place.lon, 5)
        yield found


def _readable(tagger: RegionTagger, title: str, text: str, language: str, prior: Prior) -> Iterator[str]:
    """Yield the text with its places underlined, then a line for each region and role."""
    located = tagger.locate(title, text, language.partition("-")[0], prior)
    fields = (title, text)
    for field, content in enumerate(fields):
        if content:
            yield _underlined(content, [each.span[3:5] for each in located.places if each.span.field == field])
    yield ""
    yield f"language  {language}"
    if lacking := _LACKING.get(coverage(language)):
        yield f"          {lacking}"
    if not located.regions:
        yield "no place is named"
    for role in _ROLE_ORDER:
        for each in (each for each in located.regions if each.role == role):
            region = tagger.gazetteer.region(each.place)
            words = dict.fromkeys(fields[field][start:end] for field, start, end in each.words())
            said = ", ".join(list(words)[:_MAX_WORDS])
            yield f"{role:<9} {region.label} ({region.term})  {each.score:.2f}  {said}"


def _underlined(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Underline the spans; where there is no terminal, put them between underscores."""
    parts, at = [], 0
    for start, end in sorted(spans):
        mark = click.style(text[start:end], underline=True) if sys.stdout.isatty() else f"_{text[start:end]}_"
        parts += [text[at:start], mark]
        at = end
    return "".join((*parts, text[at:]))
