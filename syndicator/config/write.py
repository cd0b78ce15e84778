"""Outlet files: write new ones, edit existing ones and keep their comments and order (tomlkit)."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

import tomlkit

from syndicator import files
from syndicator.config.ids import ID_RULE, is_id
from syndicator.errors import ConfigError, Problem

_MAX_ID = 40
_NOT_IN_ID = re.compile(r"[^a-z0-9]+")


def outlet_file(id_: str) -> str:
    """Return the name of an outlet's file within the config folder. Raise ConfigError unless ``id_`` is a valid id."""
    name = f"outlets/{id_}.toml"
    if not is_id(id_):
        raise ConfigError([Problem(name, "", ID_RULE)])
    return name


def write_new(folder: Path, texts: Mapping[str, str]) -> None:
    """Write new files into a config folder, by name; if one cannot be written, remove those that were."""
    written: list[Path] = []
    try:
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            files.write_text(path, text)
            written.append(path)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def outlet_text(
    *,
    name: str,
    country: str,
    language: str,
    home: str,
    sources: Iterable[str],
    notes: Iterable[str] = (),
    hints: Iterable[str] = (),
) -> str:
    """Return the text of an outlet file; ``sources`` are the texts of their tables.

    ``notes`` go above it and ``hints`` below its keys, as comments of one line each. They may contain anything.
    """
    lines = [
        *map(comment, notes),
        f"name = {quoted(name)}",
        f"country = {quoted(country)}",
        f"language = {quoted(language)}",
        f"home = {quoted(home)}",
        *map(comment, hints),
    ]
    for source in sources:
        lines += ["", source]
    return "\n".join([*lines, ""])


def feed_text(*, title: str, where: str) -> str:
    """Return the text of a feed file. A filter is written as it is typed, where TOML has a way to."""
    is_literal = "'''" not in where and all(map(_may_be_literal, where))
    written = f"'''\n{where}\n'''" if is_literal else quoted(where)
    return f"title = {quoted(title)}\nwhere = {written}\n"


def _may_be_literal(char: str) -> bool:
    return char in "\n\t" or (char >= " " and char != "\x7f")


def comment(text: str) -> str:
    """Return a comment of one line. TOML allows no control characters in it."""
    return "# " + " ".join("".join(char if char.isprintable() else " " for char in text).split())


def quoted(text: str) -> str:
    """Return a TOML string. JSON's escapes are valid in TOML."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def free_ids(sites: Iterable[str], taken: Collection[str]) -> Iterator[str]:
    """Yield an id for each site, made from its host, with a number behind it if it is taken."""
    used = set(taken)
    numbers: dict[str, int] = {}
    for site in sites:
        ascii_only = unicodedata.normalize("NFKD", site).encode("ascii", "ignore").decode().lower()
        id_ = stem = _NOT_IN_ID.sub("-", ascii_only).strip("-")[:_MAX_ID].strip("-") or "outlet"
        while id_ in used:
            # Counting goes on where it ended for the last site of this name.
            numbers[stem] = numbers.get(stem, 1) + 1
            id_ = f"{stem}-{numbers[stem]}"
        used.add(id_)
        yield id_


def with_mirror(text: str, address: str) -> str:
    """Return an outlet file's text with one more mirror, or unchanged if the mirror is listed already."""
    document = tomlkit.parse(text)
    mirrors = document.get("mirrors")
    if mirrors is None:
        mirrors = document["mirrors"] = tomlkit.array()
    if address not in mirrors:
        mirrors.append(address)
    return tomlkit.dumps(document)


def with_token_file(text: str, path: str) -> str:
    """Return a feed file's text with a token file, which makes the feed private."""
    document = tomlkit.parse(text)
    document["token_file"] = path
    return tomlkit.dumps(document)


def token_file_of(text: str) -> str | None:
    """Return the token file that a feed file's text names."""
    path = tomlkit.parse(text).unwrap().get("token_file")
    return path if isinstance(path, str) else None
