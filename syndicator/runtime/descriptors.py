"""How many files this process may have open."""

from __future__ import annotations

import resource
from contextlib import suppress

_MOST = 65_536


def raise_open_files_limit() -> None:
    """Raise the soft limit of open files to the hard one: the soft one is for programs that use select(2)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
