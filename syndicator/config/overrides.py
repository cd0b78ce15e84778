"""Settings of ``syndicator.toml`` from the environment and the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from syndicator.config.schema import SECTIONS, ConfigTable, MainFile
from syndicator.errors import Problem


def override(table: dict[str, object], environ: Mapping[str, str], given: Mapping[str, str]) -> Iterator[Problem]:
    """Set in ``table`` what the environment and then what the command line says; yield what cannot be read."""
    for key in SETTINGS:
        try:
            text = _of_environment(environ, key)
        except _UnreadableError as error:
            yield error.problem
            continue
        if text is not None:
            yield from _set(table, variable_of(key), key, text)
    for key, text in given.items():
        yield from _set(table, "command line", key, text)


def overrides_in_force(environ: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return what the environment and the command line say, by dotted key; what cannot be read is left out."""
    found: dict[str, str] = {}
    for key in SETTINGS:
        with suppress(_UnreadableError):
            if (text := _of_environment(environ, key)) is not None:
                found[key] = text
    return found | dict(given)


def variable_of(key: str) -> str:
    """Return the environment variable of a setting."""
    return "SYNDICATOR_" + key.replace(".", "_").upper()


class _UnreadableError(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _of_environment(environ: Mapping[str, str], key: str) -> str | None:
    variable = variable_of(key)
    text = environ.get(variable)
    if (path := environ.get(variable + "_FILE")) is None:
        return text
    if text is not None:
        raise _UnreadableError(Problem(variable, "", f"is set, and {variable}_FILE as well: unset one"))
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _UnreadableError(Problem(f"{variable}_FILE", "", f"cannot read {path}: {error}")) from error


def _set(table: dict[str, object], place: str, key: str, text: str) -> Iterator[Problem]:
    convert = SETTINGS.get(key, str)
    try:
        value = convert(text)
    except (ValueError, KeyError):
        yield Problem(place, key, f'"{text}" is not {"true or false" if convert is _bool else "a number"}')
        return
    *sections, last = key.split(".")
    for section in sections:
        inner = table.setdefault(section, {})
        if not isinstance(inner, dict):
            return  # validation reports what is wrong with it
        table = inner
    table[last] = value


def _settings() -> dict[str, Callable[[str], object]]:
    """Return every setting of ``syndicator.toml`` by dotted key, with the function that converts its text."""
    tables: dict[str, type[ConfigTable]] = {"": MainFile, **{f"{name}.": table for name, table in SECTIONS.items()}}
    kinds: dict[object, Callable[[str], object]] = {int: int, float: float, bool: _bool}
    of_lists = (
        "allow_private",
        "trusted_proxies",
        "ping",
        "also_to",
        "also_at",
        "muted",
        "acknowledged",
        "confirmed",
        "labels",
    )
    lists = dict.fromkeys(of_lists, _list_of)
    named: dict[str, Callable[[str], object]] = {**lists, "state": _absolute}
    return {
        prefix + name: named.get(name) or kinds.get(info.annotation, str)
        for prefix, table in tables.items()
        for name, info in table.model_fields.items()
        if f"{prefix}{name}." not in tables
    }


def _bool(text: str) -> bool:
    return {"true": True, "false": False}[text.strip().lower()]


def _list_of(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _absolute(text: str) -> str:
    """Return a folder of the environment or the command line, where a relative one is meant from here."""
    return str(Path(text).expanduser().absolute())


SETTINGS = _settings()
