"""How many files this process may have open."""

from __future__ import annotations

import resource
from contextlib import suppress

_MOST = 65_536


def raise_open_files_limit() -> None:
    """Raise the soft limit of open files to the hard one: the soft one is for programs that use select(2)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < min(hard, _MOST):
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, _MOST), hard))
