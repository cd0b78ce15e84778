"""Outlet files for people to go on with: made new, or changed with their comments and order kept (tomlkit)."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable

import tomlkit

_LONGEST_ID = 40
_NOT_IN_ID = re.compile(r"[^a-z0-9]+")


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
    """Write an outlet file from its values, tables of sources as text; ``notes`` go above it, ``hints`` below its keys.

    Both may hold anything: they become comments, a line each.
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


def comment(text: str) -> str:
    """Make a comment of one line: TOML takes no control characters in it."""
    return "# " + " ".join("".join(char if char.isprintable() else " " for char in text).split())


def quoted(text: str) -> str:
    """Write a TOML string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def free_id(site: str, taken: Collection[str]) -> str:
    """Make an id of a site's host that is not taken."""
    ascii_only = unicodedata.normalize("NFKD", site).encode("ascii", "ignore").decode().lower()
    stem = _NOT_IN_ID.sub("-", ascii_only).strip("-")[:_LONGEST_ID].strip("-") or "outlet"
    number, id_ = 1, stem
    while id_ in taken:
        number += 1
        id_ = f"{stem}-{number}"
    return id_


def with_mirror(text: str, address: str) -> str:
    """Give an outlet file's text with one more mirror; as it is when that is there already."""
    document = tomlkit.parse(text)
    mirrors = document.get("mirrors")
    if mirrors is None:
        mirrors = document["mirrors"] = tomlkit.array()
    if address not in mirrors:
        mirrors.append(address)
    return tomlkit.dumps(document)
