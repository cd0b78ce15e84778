"""Who answers at hosts: certificates and networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select

from syndicator.models import Certificate, Door, Peer
from syndicator.store.bulk import Insert, Update
from syndicator.store.chunks import chunks
from syndicator.store.watch_tables import door

AfterPeer = Callable[[Door | None, Peer, datetime], Door | None]
_INSERT = Insert(door)
_UPDATE = Update(door, by=("host",), always=[column.name for column in door.c if column.name != "host"])


class Doors:
    """Reads of the door table; it is written with the ends of polls."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        """Work within a transaction. Its connection is taken when it is needed, with all ends of polls written."""
        self._connect = connect

    def get(self, hosts: Sequence[str]) -> dict[str, Door]:
        """Return what is known of hosts."""
        return read_doors(self._connect(), hosts)

    def ending_before(self, moment: datetime) -> list[Door]:
        """Return the hosts whose certificates end before a moment."""
        return self._all(select(door).where(door.c.valid_until < moment).order_by(door.c.valid_until))

    def with_new_issuer(self, since: datetime) -> list[Door]:
        """Return the hosts at which an issuer came since a moment that had not been met."""
        return self._all(select(door).where(door.c.issuer_since >= since).order_by(door.c.issuer_since))

    def moved(self, since: datetime) -> list[Door]:
        """Return the hosts at which none of the known networks answers since a moment or later."""
        return self._all(select(door).where(door.c.moved_at >= since).order_by(door.c.moved_at))

    def prune(self, before: datetime) -> None:
        """Forget hosts that have not answered since then."""
        self._connect().execute(delete(door).where(door.c.seen_at < before))

    def _all(self, query: Select[Any]) -> list[Door]:
        return [_door(row) for row in self._connect().execute(query)]


def read_doors(connection: Connection, hosts: Sequence[str]) -> dict[str, Door]:
    """Return what is known of hosts."""
    found: dict[str, Door] = {}
    for some in chunks(hosts):
        for row in connection.execute(select(door).where(door.c.host.in_(some))).all():
            found[row.host] = _door(row)
    return found


def write_doors(connection: Connection, seen: Sequence[tuple[Peer, datetime]], after: AfterPeer) -> None:
    """Write who answered, in this order, where there is anything to write; ``after`` decides."""
    before = read_doors(connection, list(dict.fromkeys(peer.host for peer, _ in seen)))
    changed: dict[str, Door] = {}
    for peer, at in seen:
        learned = after(changed.get(peer.host) or before.get(peer.host), peer, at)
        if learned is not None:
            changed[peer.host] = learned
    _INSERT(connection, _rows(each for host, each in changed.items() if host not in before))
    _UPDATE(connection, _rows(each for host, each in changed.items() if host in before))


def _rows(doors: Iterable[Door]) -> list[dict[str, Any]]:
    return [
        {
            "host": each.host,
            "issuer": each.certificate.issuer if each.certificate else "",
            "issuers": each.issuers,
            "previous_issuer": each.previous_issuer,
            "issuer_since": each.issuer_since,
            "key": each.certificate.key if each.certificate else "",
            "valid_from": each.certificate.valid_from if each.certificate else None,
            "valid_until": each.certificate.valid_until if each.certificate else None,
            "prefixes": each.prefixes,
            "newcomers": each.newcomers,
            "strange": each.strange,
            "moved_at": each.moved_at,
            "seen_at": each.seen_at,
        }
        for each in doors
    ]


def _door(row: Row[Any]) -> Door:
    certificate = None
    if row.valid_until is not None:
        certificate = Certificate(
            issuer=row.issuer, key=row.key, valid_from=row.valid_from, valid_until=row.valid_until
        )
    return Door(
        host=row.host,
        seen_at=row.seen_at,
        certificate=certificate,
        issuers=row.issuers,
        previous_issuer=row.previous_issuer,
        issuer_since=row.issuer_since,
        prefixes=row.prefixes,
        newcomers=row.newcomers,
        strange=row.strange,
        moved_at=row.moved_at,
    )
