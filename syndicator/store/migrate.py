"""Bring a database to the tables of this version, or refuse to touch it.

Migrations after 0018 run on both databases: their columns are of the types ``TEXT`` and ``WHOLE`` of ``tables``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError

from syndicator import urls
from syndicator.errors import StoreError, StoreNotReadyError
from syndicator.files import replacing
from syndicator.store.tables import meta
from syndicator.store.watch_tables import metadata

HEAD = "0020"
_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Run the missing migrations, while nobody else writes; raise StoreError for a database of a newer version.

    A new database in PostgreSQL is made at once: the first migrations are older than its use.
    """
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    with engine.execution_options(is_writer=True).begin() as connection:
        found = _revision(connection)  # another process may have been faster
        if found == HEAD:
            return
        refuse_newer(found)
        # Imported only when there is something to do: it costs as much as the rest of a start.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(_SCRIPTS))
        config.attributes["connection"] = connection
        if found is None and engine.dialect.name == "postgresql":
            _create(connection)
            command.stamp(config, "head")
        else:
            command.upgrade(config, "head")


def _create(connection: Connection) -> None:
    """Create the tables. Raise StoreError if there are others of the same names."""
    taken = sorted(metadata.tables.keys() & set(inspect(connection).get_table_names()))
    if taken:
        raise StoreError(
            f"the database has tables of another program ({', '.join(taken[:3])}): "
            "make one for the store alone, with createdb; nothing was changed"
        )
    metadata.create_all(connection)


def check_revision(engine: Engine) -> None:
    """Raise StoreError unless the tables are those of this version, StoreNotReadyError if they may be soon."""
    with engine.connect() as connection:
        found = _revision(connection)
        if found is None and engine.dialect.name == "postgresql":
            raise StoreNotReadyError("there is no store in this database yet: the daemon makes it at its first start")
    if found != HEAD:
        refuse_newer(found)
        raise StoreNotReadyError(
            f"the store is of an older version (its tables are at {found or 'none'}, this program needs {HEAD}): "
            "start the daemon, which migrates it, or stop the daemon and run: syndicator migrate"
        )


def stored_revision(url: str) -> str:
    """Return the revision of a database's tables. Change neither the database nor the files beside it.

    Raise StoreError if there is no database, if it cannot be read or if it is of a newer version.
    """
    found = _ask(url, _revision)
    if found is None:
        raise _no_store(url)
    refuse_newer(found)
    return found


def stored_meta(url: str, key: str) -> str | None:
    """Return what a database has stored under a key; change nothing, and raise as ``stored_revision`` does."""
    return _ask(url, lambda connection: connection.scalar(select(meta.c.value).where(meta.c.key == key)))


def _ask(url: str, ask: Callable[[Connection], str | None]) -> str | None:
    path = sqlite_path(url)
    if path is not None and not path.exists():
        raise _no_store(url)
    # The store's own engine would set the journal's mode.
    options: dict[str, Any] = {} if path is None else {"creator": lambda: _open_existing(path)}
    engine = create_engine(address_of(url), **options)
    try:
        with engine.connect() as connection:
            return ask(connection)
    except SQLAlchemyError as error:
        raise StoreError(f"cannot open the store {_place(url)}: {str(error).partition(chr(10))[0]}") from error
    finally:
        engine.dispose()


def _no_store(url: str) -> StoreError:
    return StoreError(f"there is no store at {_place(url)} yet: the daemon makes it at its first start")


def _place(url: str) -> Path | str:
    return sqlite_path(url) or urls.redact(url)


def back_up(url: str) -> Path | None:
    """Copy an SQLite database beside itself, as ``NAME.before-REVISION``; do nothing and return None for others.

    The copy is consistent whatever lies in the write-ahead log. It takes the place of an earlier one. Raise StoreError
    if it cannot be written.
    """
    path = sqlite_path(url)
    if path is None:
        return None
    copy = path.with_name(f"{path.name}.before-{HEAD}")
    try:
        with (
            replacing(copy, like=path) as new,
            closing(_open_existing(path)) as source,
            closing(sqlite3.connect(new)) as target,
        ):
            source.backup(target)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"cannot copy the store to {copy}: {error}; nothing was changed") from error
    return copy


def address_of(url: str) -> URL:
    """Return an address with the driver that is to be used."""
    parts = make_url(url)
    return parts if parts.get_backend_name() == "sqlite" else parts.set(drivername="postgresql+psycopg")


def sqlite_path(url: str) -> Path | None:
    """Return the file of an SQLite database; None for databases in memory, and others."""
    parts = make_url(url)
    is_file = parts.get_backend_name() == "sqlite" and parts.database not in (None, "", ":memory:")
    return Path(str(parts.database)) if is_file else None


def _open_existing(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True)


def refuse_newer(found: str | None) -> None:
    """Raise StoreError if a revision of tables is none that this version knows."""
    known = {path.name.partition("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*.py")}
    if found is not None and found not in known:
        raise StoreError(
            f"the store is of a newer version of this program (its tables are at {found}, known are up to {HEAD}): "
            "update the program, or point it at another store; nothing was changed"
        )


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)
