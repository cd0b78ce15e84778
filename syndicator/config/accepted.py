"""The texts of the configuration files in force, kept in the state folder.

A start falls back on them where a file is bad, as a reload falls back on what is in force.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from syndicator import files

_NAME = "accepted.json"
_LARGEST = 256 * 1024 * 1024


def read_accepted(state: Path) -> dict[str, str]:
    """Return the texts of the files that were last in force, by name; none where they cannot be read."""
    try:
        found = json.loads(files.read_regular(state / _NAME, largest=_LARGEST))
        is_whole = isinstance(found, dict) and all(_is_text(text) for text in found.values())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if is_whole else {}


def keep_accepted(state: Path, texts: Mapping[str, str]) -> None:
    """Store the texts of the files in force, by name. Raise OSError if that fails.

    They may contain passwords, as the files themselves may: nobody else can read the copy.
    """
    if read_accepted(state) == texts:
        return
    with files.replacing(state / _NAME) as new:
        new.chmod(0o600)
        new.write_text(json.dumps(texts, ensure_ascii=False, indent=0, sort_keys=True), encoding="utf-8")


def _is_text(value: object) -> bool:
    """Return whether a value is text that can be written to a file. Raise UnicodeEncodeError for half a character."""
    return isinstance(value, str) and value.encode() is not None
