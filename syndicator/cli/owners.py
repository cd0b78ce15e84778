"""Which outlet an address belongs to: no site is taken in twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from syndicator import urls
from syndicator.models import Outlet


class Owners:
    """Finds outlets by the addresses that they have already."""

    def __init__(self, outlets: Mapping[str, Outlet]) -> None:
        """Index homes, mirrors and endpoints by their sites."""
        self._bases: dict[str, list[tuple[str, Outlet]]] = defaultdict(list)
        self._endpoints: dict[str, Outlet] = {}
        for outlet in outlets.values():
            for base in outlet.bases:
                self._bases[urls.site(base)].append((base, outlet))
            for source in outlet.sources:
                self._endpoints.update((_key(endpoint), outlet) for endpoint in source.endpoints)

    def of_endpoint(self, address: str) -> Outlet | None:
        """Return the outlet that polls an address, whatever its scheme."""
        return self._endpoints.get(_key(address))

    def of_address(self, address: str) -> Outlet | None:
        """Return the outlet whose home or mirror an address lies below, or that polls it."""
        below = (outlet for base, outlet in self._bases.get(urls.site(address), ()) if urls.is_below(address, (base,)))
        return next(below, None) or self.of_endpoint(address)


def covers(base: str, outlet: Outlet) -> bool:
    """Return whether a base address would take in an outlet's home, a mirror of it, or one of its endpoints."""
    endpoints: Iterable[str] = (endpoint for source in outlet.sources for endpoint in source.endpoints)
    return any(urls.is_below(address, (base,)) for address in (*outlet.bases, *endpoints))


def _key(address: str) -> str:
    return urls.canonical(address).partition("://")[2].removeprefix("www.")
