"""TOML to Config: every problem reported at once, with file and key; nothing half-applied.

A config folder holds ``syndicator.toml``, ``outlets/*.toml``, ``feeds/*.toml``, ``concepts/*.toml``. A file's name is
the id of what it describes. Precedence: command line > environment (``SYNDICATOR_…``) > file > default.
"""

from syndicator.config.accepted import keep_accepted
from syndicator.config.find import announced, find_folder, find_state
from syndicator.config.follow import OwnSettings, own_settings, shared_texts
from syndicator.config.read import Loader, Outline, Progress, load
from syndicator.config.settings import Config

__all__ = [
    "Config",
    "Loader",
    "Outline",
    "OwnSettings",
    "Progress",
    "announced",
    "find_folder",
    "find_state",
    "keep_accepted",
    "load",
    "own_settings",
    "shared_texts",
]
