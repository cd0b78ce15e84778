"""TOML to Config: every problem reported at once, with file and key; nothing half-applied.

A config folder holds ``syndicator.toml``, ``outlets/*.toml``, ``feeds/*.toml``, ``concepts/*.toml``. A file's name is
the id of what it describes. Precedence: command line > environment (``SYNDICATOR_…``) > file > default.
"""

from syndicator.config.read import find_folder, find_state, load
from syndicator.config.settings import Config

__all__ = ["Config", "find_folder", "find_state", "load"]
