"""Ids of outlets, feeds and concepts, which are the names of their files."""

from __future__ import annotations

import re
from pathlib import PurePath

ID_RULE = "a file's name is an id: a to z, 0 to 9, - and _ only"
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def is_id(text: str) -> bool:
    """Return whether ``text`` may name a file of the configuration (without its suffix)."""
    return _ID.fullmatch(text) is not None


def is_ignored(path: PurePath) -> bool:
    """Return whether a file is a leftover of an editor or a system: hidden, a lock, a backup, a swap file.

    Emacs locks ``x.toml`` with ``.#x.toml`` and saves it as ``#x.toml#``; macOS keeps attributes in ``._x.toml``.
    """
    return path.name.startswith((".", "#")) or path.name.endswith(("~", "#"))
