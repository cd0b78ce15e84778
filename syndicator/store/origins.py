"""Where published stories come from, also when their source or outlet has left the configuration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from syndicator.models import Origin, Republish
from syndicator.store.bulk import Insert
from syndicator.store.tables import origin

_FIELDS = ("outlet", "name", "home", "address", "republish")
_SAVE = Insert(origin, by=["source"], always=_FIELDS)


class Origins:
    """Reads and writes of the origin table."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def sync(self, origins: Iterable[Origin]) -> None:
        """Store these as they are now; others stay as they were last."""
        known = self.all()
        _SAVE(self._connection, [_values(each) for each in origins if known.get(each.source) != each])

    def all(self) -> dict[str, Origin]:
        """Return every known origin by its source's id."""
        return {row.source: _origin(row) for row in self._connection.execute(select(origin))}

    def of_outlet(self, id_: str) -> list[Origin]:
        """Return the known origins of an outlet, also of one that has left the configuration."""
        # The ids of its sources begin with its own and a slash, so that no index but theirs is needed.
        is_it = origin.c.source.between(f"{id_}/", f"{id_}0")
        rows = self._connection.execute(select(origin).where(is_it).order_by(origin.c.source))
        return [_origin(row) for row in rows]

    def policy(self, source: str) -> Republish:
        """Return how much of a source's stories readers are shown, as it was last said."""
        found = self._connection.scalar(select(origin.c.republish).where(origin.c.source == source))
        return Republish(found) if found else Republish.FULL


def _origin(row: Row[Any]) -> Origin:
    return Origin(
        source=row.source,
        outlet=row.outlet,
        name=row.name,
        home=row.home,
        address=row.address,
        republish=Republish(row.republish),
    )


def _values(of: Origin) -> dict[str, str]:
    return {name: getattr(of, name) for name in ("source", *_FIELDS)}
