"""TOML to Config: every problem reported at once, with file and key; nothing half-applied.

A config folder holds ``syndicator.toml``, ``outlets/*.toml``, ``feeds/*.toml``, ``concepts/*.toml``. A file's name is
the id of what it describes. Precedence: command line > environment (``SYNDICATOR_…``) > file > default.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from syndicator import __version__, urls
from syndicator.errors import ConfigError, FilterError, Problem
from syndicator.markup import clean
from syndicator.models import Concept, Feed, Outlet, Source
from syndicator.query import Vocabulary, parse
from syndicator.schedule import PollBounds
from syndicator.tag import load_gazetteer
from syndicator.text import phrase_of

MAIN = "syndicator.toml"
_ID = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")
_DURATION = re.compile(r"^(\d+(?:\.\d+)?)(ms|s|m|h|d)$")
_MOST_DIGITS = 6
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


# --- the shapes of the files -----------------------------------------------------------------------


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('is not a duration like "15m", "4h" or "30d"')
    if len(match[1]) > _MOST_DIGITS:
        raise ValueError("is longer than anybody can wait")
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if urls.absolute(value) is None or parts.query or parts.fragment or re.search(r"\s", value):
        raise ValueError('is not an address like "https://www.example.org", without query or fragment')
    return value.rstrip("/")


def _full_url(value: str) -> str:
    if urls.absolute(value) is None or re.search(r"\s", value):
        raise ValueError('is not an http(s) address like "https://www.example.org/feed.xml"')
    return value


def _country(value: str) -> str:
    if value not in load_gazetteer().countries:
        raise ValueError(f'"{value}" is not an ISO 3166-1 country code like "SY" (two capital letters)')
    return value


def _language(value: str) -> str:
    if not re.match(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", value):
        raise ValueError(f'"{value}" is not a language tag like "en" or "pt-BR" (BCP 47)')
    return value


def _network(value: object) -> object:
    try:
        return ipaddress.ip_network(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f'"{value}" is not a network like "10.0.0.0/8"') from error


def _listen(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 - ports
        raise ValueError('is not HOST:PORT like "127.0.0.1:8080"')
    return value


def _path(value: str) -> str:
    if not value.startswith("/") or re.search(r"\s", value):
        raise ValueError('does not begin with "/" (write a whole address as url = "…")')
    return value


def _words(value: str) -> str:
    if clean(value) != value or not value.strip():
        raise ValueError("holds characters that cannot be shown, or nothing else")
    return value


def _user_agent(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError("may hold printable ASCII only")
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
FullUrl = Annotated[str, AfterValidator(_full_url)]
Country = Annotated[str, AfterValidator(_country)]
Language = Annotated[str, AfterValidator(_language)]
Words = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_words)]


class _File(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _PollFile(_File):
    interval: Duration = timedelta(minutes=30)
    shortest: Duration = timedelta(minutes=5)
    longest: Duration = timedelta(days=1)
    probe: Duration = timedelta(minutes=10)


class _PolitenessFile(_File):
    user_agent: Annotated[str, AfterValidator(_user_agent)] = ""
    contact: Annotated[str, AfterValidator(_user_agent)] = ""
    per_host: Annotated[int, Field(ge=1, le=16)] = 1
    spacing: Duration = timedelta(seconds=1)
    at_once: Annotated[int, Field(ge=1, le=1000)] = 32
    deadline: Duration = timedelta(seconds=20)
    largest: Annotated[int, Field(ge=1024)] = 5 * 1024 * 1024
    largest_decoded: Annotated[int, Field(ge=1024)] = 15 * 1024 * 1024
    allow_private: list[Annotated[Network, BeforeValidator(_network)]] = Field(default_factory=list)


class _TagFile(_File):
    authority: Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")] = "syndicator.invalid"
    date: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] = "2026"


class _MainFile(_File):
    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8080"
    base_url: BaseUrl = "http://127.0.0.1:8080"
    title: Words = "syndicator"
    store: Words | None = None
    retention: Duration = timedelta(days=365)
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    poll: _PollFile = _PollFile()
    politeness: _PolitenessFile = _PolitenessFile()
    tag: _TagFile = _TagFile()


class _SourceFile(_File):
    path: Annotated[str, AfterValidator(_path)] | None = None
    url: FullUrl | None = None
    mirrors: list[FullUrl] = Field(default_factory=list)
    language: Language | None = None
    interval: Duration | None = None


class _OutletFile(_File):
    name: Words
    country: Country
    language: Language
    home: BaseUrl
    mirrors: list[BaseUrl] = Field(default_factory=list)
    links: Literal["home", "working"] = "working"
    source: list[_SourceFile] = Field(min_length=1)


_FORMATS: tuple[Literal["atom", "rss"], ...] = ("atom", "rss")


class _FeedFile(_File):
    title: Words
    where: str
    description: Annotated[str, Field(max_length=2000), AfterValidator(clean)] = ""
    formats: list[Literal["atom", "rss"]] = Field(default_factory=lambda: list(_FORMATS), min_length=1)
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class _ConceptFile(_File):
    label: Words
    terms: dict[Language, list[Words]]


# --- what the rest of the program sees -------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Politeness:
    """How outlets are treated, and what they may do to us."""

    user_agent: str
    per_host: int
    spacing: timedelta
    at_once: int
    deadline: timedelta
    largest: int
    largest_decoded: int
    allow_private: tuple[Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the operator decided. Built whole or not at all."""

    folder: Path
    state: Path
    listen: tuple[str, int]
    base_url: str
    title: str
    store: str
    retention: timedelta
    workers: int
    bounds: PollBounds
    politeness: Politeness
    authority: str
    outlets: Mapping[str, Outlet] = field(default_factory=dict)
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    concepts: Mapping[str, Concept] = field(default_factory=dict)

    @property
    def sources(self) -> dict[str, Source]:
        """Give all sources by id."""
        return {source.id: source for outlet in self.outlets.values() for source in outlet.sources}

    @property
    def vocabulary(self) -> Vocabulary:
        """Give what filters may name."""
        return vocabulary(self.outlets, self.concepts)


def vocabulary(outlets: Mapping[str, Outlet], concepts: Mapping[str, Concept]) -> Vocabulary:
    """Give the regions, concepts and outlets that a filter may name, with labels."""
    return Vocabulary(
        values={
            "region": load_gazetteer().labels,
            "concept": {key: concept.label for key, concept in concepts.items()},
            "outlet": {key: outlet.name for key, outlet in outlets.items()},
        }
    )


def find_folder(environ: Mapping[str, str]) -> Path:
    """Find the config folder: ``SYNDICATOR_CONFIG``, then XDG's, then ``/etc/syndicator``.

    Raise ConfigError when there is none.
    """
    if given := environ.get("SYNDICATOR_CONFIG"):
        return Path(given).expanduser()
    home = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/")) / ".config")
    places = (home / "syndicator", Path("/etc/syndicator"))
    for place in places:
        if (place / MAIN).is_file():
            return place
    looked = ", ".join(str(place / MAIN) for place in places)
    raise ConfigError([Problem(MAIN, "", f"not found; looked for {looked}; name a folder with --config")])


def find_state(environ: Mapping[str, str]) -> Path:
    """Find where to keep state: ``SYNDICATOR_STATE``, systemd's ``STATE_DIRECTORY``, then XDG's."""
    if given := environ.get("SYNDICATOR_STATE") or environ.get("STATE_DIRECTORY", "").partition(":")[0]:
        return Path(given).expanduser()
    base = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME", "/")) / ".local" / "state"
    return Path(base) / "syndicator"


def load(
    folder: Path,
    *,
    environ: Mapping[str, str] = os.environ,
    state: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    is_main_needed: bool = True,
) -> Config:
    """Read a config folder.

    ``overrides`` are command-line settings by dotted key, which outrank the environment's. Raise ConfigError with
    every problem found; unless ``is_main_needed``, a folder without ``syndicator.toml`` has the defaults.
    """
    reader = _Reader(folder)
    main = reader.main(environ, overrides or {}, is_needed=is_main_needed)
    outlets = {key: _outlet(key, file) for key, file in reader.files("outlets", _OutletFile, reader.outlet_sense)}
    concepts = {key: _concept(key, file) for key, file in reader.files("concepts", _ConceptFile, reader.concept_sense)}
    known = reader.nameable(outlets, concepts)
    feeds = {
        key: _feed(key, file)
        for key, file in reader.files("feeds", _FeedFile, lambda name, feed: reader.filter_sense(name, feed, known))
    }
    if reader.problems or main is None:
        raise ConfigError(reader.problems)
    state = (state or find_state(environ)).absolute()
    return _config(folder, state, main, outlets=outlets, feeds=feeds, concepts=concepts)


_Shape = TypeVar("_Shape", bound=_File)


class _Reader:
    """Reads files and gathers problems; knows which files did not come out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def main(self, environ: Mapping[str, str], overrides: Mapping[str, object], *, is_needed: bool) -> _MainFile | None:
        path = self.folder / MAIN
        if not path.is_file() and not is_needed and self.folder.is_dir():
            table: dict[str, object] | None = {}
        elif not path.is_file():
            self.problems.append(Problem(MAIN, "", f"not found in {self.folder}"))
            return None
        else:
            table = self._toml(path, MAIN)
        if table is None:
            return None
        for dotted, value in (*self._environment(environ), *overrides.items()):
            _set(table, dotted, value)
        return self._shape(MAIN, table, _MainFile)

    def files(
        self, room: str, shape: type[_Shape], sense: Callable[[str, _Shape], bool] | None = None
    ) -> Iterator[tuple[str, _Shape]]:
        """Yield the good files of a room; note what is wrong with the others."""
        for path in sorted((self.folder / room).glob("*.toml")):
            name = f"{room}/{path.name}"
            if not _ID.match(path.stem):
                self.problems.append(Problem(name, "", "a file's name is an id: a to z, 0 to 9, - and _ only"))
                continue
            table = self._toml(path, name)
            file = None if table is None else self._shape(name, table, shape)
            if file is not None and (sense is None or sense(name, file)):
                yield path.stem, file

    def nameable(self, outlets: Mapping[str, Outlet], concepts: Mapping[str, Concept]) -> Vocabulary:
        """Give what filters may name: files with problems too, so that one mistake is not reported as two."""
        known = vocabulary(outlets, concepts)
        broken = {Path(p.file) for p in self.problems}
        rooms = {"outlets": "outlet", "concepts": "concept"}
        extra = {field: {p.stem: p.stem for p in broken if str(p.parent) == room} for room, field in rooms.items()}
        return Vocabulary(values={field: {**values, **extra.get(field, {})} for field, values in known.values.items()})

    def outlet_sense(self, name: str, file: _OutletFile) -> bool:
        before = len(self.problems)
        if len({base.casefold() for base in (file.home, *file.mirrors)}) <= len(file.mirrors):
            self._problem(name, "mirrors", "an address is listed twice")
        seen: dict[str, int] = {}
        for place, source in enumerate(file.source):
            if (source.path is None) == (source.url is None):
                self._problem(name, f"source[{place}]", 'wants either path = "/feed.xml" or url = "https://…"')
                continue
            key = _source_key(source)
            if key in seen:
                self._problem(name, f"source[{place}]", f"is the same as source[{seen[key]}]")
            seen.setdefault(key, place)
            if source.path is not None and source.mirrors:
                self._problem(name, f"source[{place}].mirrors", "a path is asked at the outlet's own mirrors")
        return len(self.problems) == before

    def concept_sense(self, name: str, file: _ConceptFile) -> bool:
        before = len(self.problems)
        for language, terms in file.terms.items():
            for place, term in enumerate(terms):
                if not phrase_of(term.rstrip("*")):
                    self._problem(name, f"terms.{language}[{place}]", f'there is no word in "{term}"')
        return len(self.problems) == before

    def filter_sense(self, name: str, file: _FeedFile, known: Vocabulary) -> bool:
        try:
            parse(file.where, known)
        except FilterError as error:
            self._problem(name, "where", str(error))
            return False
        return True

    def _environment(self, environ: Mapping[str, str]) -> Iterator[tuple[str, object]]:
        """Yield settings from ``SYNDICATOR_KEY`` and, for secrets on disk, ``SYNDICATOR_KEY_FILE``."""
        for variable, (dotted, kind) in ENVIRONMENT.items():
            text = environ.get(variable)
            if (path := environ.get(variable + "_FILE")) is not None:
                if text is not None:
                    self._problem(variable, "", f"is set, and {variable}_FILE as well: unset one")
                try:
                    text = Path(path).read_text(encoding="utf-8").strip()
                except (OSError, UnicodeDecodeError) as error:
                    self._problem(f"{variable}_FILE", "", f"cannot read {path}: {error}")
            if text is not None:
                try:
                    yield dotted, kind(text)
                except ValueError:
                    self._problem(variable, "", f'"{text}" is not a number')

    def _toml(self, path: Path, name: str) -> dict[str, object] | None:
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            self._problem(name, "", f"is not valid TOML: {error}")
        except UnicodeDecodeError:
            self._problem(name, "", "is not UTF-8")
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets without end
            self._problem(name, "", f"cannot be read: {error}")
        except OSError as error:
            self._problem(name, "", f"cannot be read: {error.strerror}")
        return None

    def _shape(self, name: str, table: Mapping[str, object], shape: type[_Shape]) -> _Shape | None:
        try:
            return shape.model_validate(table)
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                key = _dotted(fault["loc"])
                self._problem(name, key, _in_words(fault["type"], fault["msg"], key, shape))
            return None

    def _problem(self, file: str, key: str, message: str) -> None:
        self.problems.append(Problem(file, key, message))


def _set(table: dict[str, object], dotted: str, value: object) -> None:
    *rooms, key = dotted.split(".")
    for room in rooms:
        inner = table.setdefault(room, {})
        if not isinstance(inner, dict):
            return  # the shape's check will say what is wrong with it
        table = inner
    table[key] = value


def _dotted(location: Sequence[str | int]) -> str:
    """Give ``source[0].path`` for pydantic's ("source", 0, "path")."""
    out = ""
    for part in location:
        out += f"[{part}]" if isinstance(part, int) else f"{'.' if out else ''}{part}"
    return out


def _in_words(kind: str, message: str, key: str, shape: type[_File]) -> str:
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(key.rpartition(".")[2], _keys(shape), n=1)
        return "is not a key here" + (f": {close[0]}?" if close else "")
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ").replace("Input should be", "should be")


def _keys(shape: type[_File]) -> list[str]:
    """Give every key that occurs in a file of this shape, however deep."""
    keys = list(shape.model_fields)
    for inner in (_PollFile, _PolitenessFile, _TagFile) if shape is _MainFile else (_SourceFile,):
        keys.extend(inner.model_fields)
    return keys


def _environment_keys() -> dict[str, tuple[str, type]]:
    """Give every setting that the environment may set: variable -> (dotted key, kind)."""
    keys: dict[str, tuple[str, type]] = {}
    rooms: tuple[tuple[str, type[_File]], ...] = (
        ("", _MainFile),
        ("poll.", _PollFile),
        ("politeness.", _PolitenessFile),
        ("tag.", _TagFile),
    )
    for room, shape in rooms:
        for name, info in shape.model_fields.items():
            if f"{name}." not in dict(rooms) and name != "allow_private":
                kind = int if info.annotation is int else str
                keys[f"SYNDICATOR_{(room + name).replace('.', '_').upper()}"] = (room + name, kind)
    return keys


ENVIRONMENT = _environment_keys()


def _source_key(source: _SourceFile) -> str:
    """Give what names a source within its outlet: its path, or its address without the scheme."""
    return (source.path or (source.url or "").partition("://")[2]).strip("/")


def _outlet(key: str, file: _OutletFile) -> Outlet:
    bases = (file.home, *file.mirrors)
    sources = tuple(
        Source(
            id=f"{key}/{_source_key(source)}",
            outlet=key,
            endpoints=tuple(base + source.path for base in bases)
            if source.path
            else (source.url or "", *source.mirrors),
            language=source.language or file.language,
            interval=source.interval,
        )
        for source in file.source
    )
    return Outlet(
        id=key,
        name=file.name,
        country=file.country,
        language=file.language,
        # Names and passwords in an address are for asking; what readers see is made from these.
        home=urls.without_user(file.home),
        mirrors=tuple(map(urls.without_user, file.mirrors)),
        links=file.links,
        sources=sources,
    )


def _concept(key: str, file: _ConceptFile) -> Concept:
    terms = dict.fromkeys(term for terms in file.terms.values() for term in terms)
    return Concept(id=key, label=file.label, terms=tuple(terms))


def _feed(key: str, file: _FeedFile) -> Feed:
    return Feed(
        name=key,
        title=file.title,
        where=file.where,
        description=file.description or f"Stories that match: {file.where.strip() or '*'}",
        formats=tuple(file.formats),
        limit=file.limit,
    )


def _config(
    folder: Path,
    state: Path,
    main: _MainFile,
    *,
    outlets: Mapping[str, Outlet],
    feeds: Mapping[str, Feed],
    concepts: Mapping[str, Concept],
) -> Config:
    host, _, port = main.listen.rpartition(":")
    manners = main.politeness
    contact = manners.contact or main.base_url
    return Config(
        folder=folder,
        state=state,
        listen=(host.strip("[]"), int(port)),
        base_url=main.base_url,
        title=main.title,
        store=main.store or f"sqlite:///{state / 'syndicator.db'}",
        retention=main.retention,
        workers=main.workers,
        bounds=PollBounds(
            interval=main.poll.interval,
            shortest=main.poll.shortest,
            longest=main.poll.longest,
            probe=main.poll.probe,
        ),
        politeness=Politeness(
            user_agent=manners.user_agent or f"syndicator/{__version__} (+{contact})",
            per_host=manners.per_host,
            spacing=manners.spacing,
            at_once=manners.at_once,
            deadline=manners.deadline,
            largest=manners.largest,
            largest_decoded=manners.largest_decoded,
            allow_private=tuple(manners.allow_private),
        ),
        authority=f"{main.tag.authority},{main.tag.date}",
        outlets=outlets,
        feeds=feeds,
        concepts=concepts,
    )
