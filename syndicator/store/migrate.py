"""Bring a database to the tables of this version, or refuse to touch it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from syndicator.errors import StoreError

HEAD = "0005"
_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Run the missing migrations; raise StoreError for a database of a newer version."""
    with engine.connect() as connection:
        found = _revision(connection)
    if found == HEAD:
        return
    _refuse_newer(found)
    # Imported only when there is something to do: it costs as much as the rest of a start.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_revision(engine: Engine) -> None:
    """Raise StoreError unless the tables are those of this version. Change nothing."""
    with engine.connect() as connection:
        found = _revision(connection)
    if found != HEAD:
        _refuse_newer(found)
        raise StoreError(
            f"the store is of an older version (its tables are at {found or 'none'}, this program needs {HEAD}): "
            "start the daemon, which migrates it, or stop the daemon and run: syndicator migrate"
        )


def _refuse_newer(found: str | None) -> None:
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
