"""What was written to the copies of the readers' face, by digest: only what has changed since is written again."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, and_, delete, select

from syndicator.store.bulk import Insert
from syndicator.store.chunks import chunks
from syndicator.store.tables import replica_file

_ADD = Insert(replica_file, by=["target", "path"], always=["digest"])


class Replicas:
    """Reads and writes of the replica_file table."""

    def __init__(self, connection: Connection) -> None:
        """Work within the connection's transaction."""
        self._connection = connection

    def written(self, target: str) -> dict[str, str]:
        """Return the digest of each file that was written to a target, by its path there."""
        query = select(replica_file.c.path, replica_file.c.digest).where(replica_file.c.target == target)
        return dict(self._connection.execute(query).tuples().all())

    def record(self, target: str, written: Mapping[str, str], gone: Collection[str]) -> None:
        """Store that files were written to a target, with these digests by path, and others deleted there."""
        of_it = replica_file.c.target == target
        for chunk in chunks(sorted(gone)):
            self._connection.execute(delete(replica_file).where(and_(of_it, replica_file.c.path.in_(chunk))))
        rows = [{"target": target, "path": path, "digest": digest} for path, digest in sorted(written.items())]
        _ADD(self._connection, rows)
