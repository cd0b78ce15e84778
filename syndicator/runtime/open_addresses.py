"""Which addresses of outlets readers may know of: not those on the operator's own network."""

from __future__ import annotations

from syndicator import urls
from syndicator.domains import is_open
from syndicator.models import Outlet


def open_bases(outlet: Outlet) -> tuple[str, ...]:
    """Return the addresses of an outlet that readers may know of, its home first.

    Those on the operator's own network are left out, unless its home is there as well.
    """
    if not is_open(outlet.home):
        return outlet.bases
    return (outlet.home, *(each for each in outlet.bases if each != outlet.home and is_open(each)))


def is_told(outlet: Outlet | None, endpoint: str) -> bool:
    """Return whether readers may know that something was read at an endpoint of an outlet."""
    if outlet is None or not is_open(outlet.home):
        return True
    return is_open(endpoint) and not any(urls.is_below(endpoint, (base,)) for base in outlet.bases if not is_open(base))
