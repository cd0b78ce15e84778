"""What validation found, in words for the operator."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin

from syndicator.config.schema import ConfigTable

Location = Sequence[str | int]


def dotted(location: Location) -> str:
    """Return ``source[0].path`` for pydantic's ("source", 0, "path")."""
    out = ""
    for part in location:
        out += f"[{part}]" if isinstance(part, int) else f"{'.' if out else ''}{part}"
    return out


def explain(kind: str, message: str, location: Location, schema: type[ConfigTable]) -> str:
    """Return pydantic's ``message`` in the words of the configuration; add a hint to unknown keys."""
    if kind == "extra_forbidden":
        return f"is not a known key{_hint(location, schema)}"
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ").replace("Input should be", "should be")


def _hint(location: Location, schema: type[ConfigTable]) -> str:
    """Suggest a key of the same table that is spelt like it, or the table where it belongs."""
    *outer, key = (part for part in location if isinstance(part, str))
    table = schema
    for part in outer:
        table = _table_in(table.model_fields[part].annotation) or table
    if close := difflib.get_close_matches(key, table.model_fields, n=1):
        return f": did you mean {close[0]}?"
    places = [place for place, other in _tables(schema) if key in other.model_fields]
    return f": it belongs {places[0]}" if places else ""


def _tables(schema: type[ConfigTable], path: str = "") -> Iterator[tuple[str, type[ConfigTable]]]:
    """Yield the tables of a file, each with the words for its place."""
    yield (f"in {path}" if path else "above all tables"), schema
    for name, info in schema.model_fields.items():
        if inner := _table_in(info.annotation):
            full = ".".join(filter(None, (path.strip("[]"), name)))
            yield from _tables(inner, f"[[{full}]]" if get_origin(info.annotation) is list else f"[{full}]")


def _table_in(annotation: Any) -> type[ConfigTable] | None:
    """Return the table that a key's value is, or that the items of its list are."""
    if isinstance(annotation, type) and issubclass(annotation, ConfigTable):
        return annotation
    return next(filter(None, map(_table_in, get_args(annotation))), None)
