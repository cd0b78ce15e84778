"""A store that moves to another database: all that it holds is there as it was, or nothing is."""

import json
import sqlite3
from contextlib import closing
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from sqlalchemy import JSON, Boolean, Float, LargeBinary, Text, TypeDecorator

from syndicator.cli import cli
from syndicator.errors import StoreError
from syndicator.runtime.lock import only_one
from syndicator.store import open_store
from syndicator.store.move import move_store
from syndicator.store.watch_tables import metadata
from tests.conftest import NOW
from tests.newsroom import EVERYTHING, MAIN, outlet, write_config
from tests.stages.test_store import SOURCE, prune, take_in
from tests.stores import postgres, store_url
from tests.unit.test_identity import entry

pytestmark = pytest.mark.xdist_group("postgresql")
ROWS = 1203  # more than are read at once


def value_of(column, n):
    """Return the value of a column in the nth row of every table: equal ones wherever one row names another."""
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(kind, JSON):
        return '{"سوق":  1.50, "a": ["İı", null]}' if n % 2 or not column.nullable else None
    if isinstance(kind, Boolean):
        return n % 2
    if isinstance(kind, LargeBinary):
        return b"\x00\xff%d" % n
    if isinstance(kind, Float):
        return n / 7
    if isinstance(kind, Text):
        return f"{n:04}\tРынок سوق کتاب İı' \"\\\n"
    return 2**40 + n


def fill(path):
    """Put rows into every table, numbered in an order that is none of its keys'."""
    open_store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        for table in metadata.sorted_tables:
            connection.execute(f"DELETE FROM {table.name}")
            rows = [[value_of(column, n) for column in table.c] for n in range(ROWS)]
            places = ", ".join("?" * len(table.c))
            connection.executemany(f"INSERT INTO {table.name} ({listed(table)}) VALUES ({places})", rows)
        connection.commit()
        connection.execute("PRAGMA foreign_keys = ON")
        # An event that was merged into one that is stored later.
        connection.execute("UPDATE event SET merged_into = (SELECT max(id) FROM event) WHERE id % 3 = 0")
        connection.execute("UPDATE event SET merged_into = NULL WHERE id % 3 != 0")
        connection.execute("DELETE FROM story WHERE id = (SELECT max(id) FROM story)")  # its number is not used again
        connection.execute("INSERT INTO meta VALUES ('search version', 'x'), ('search below', '7')")
        connection.commit()


def listed(table):
    return ", ".join(f'"{column.name}"' for column in table.c)


def rows_of(path):
    """Return the rows of all tables of an SQLite database, and the numbers given last."""
    found = {}
    with closing(sqlite3.connect(path)) as connection:
        found["sqlite_sequence"] = sorted(connection.execute("SELECT * FROM sqlite_sequence"))
        for table in metadata.sorted_tables:
            if table.name in ("search_word", "rendering"):
                continue
            where = "WHERE key NOT LIKE 'search %'" if table.name == "meta" else ""
            rows = connection.execute(f"SELECT {listed(table)} FROM {table.name} {where}")
            found[table.name] = sorted(rows, key=repr)
    return found


def rows_on_server(name):
    found = {}
    for table in metadata.sorted_tables:
        if table.name not in ("search_word", "rendering"):
            rows = postgres().execute(f"SELECT {listed(table)} FROM {table.name}", name)
            found[table.name] = sorted(
                (tuple(int(each) if isinstance(each, bool) else each for each in row) for row in rows), key=repr
            )
    return found


def plain(rows):
    """Return rows with JSON read: the server has it as what it means."""
    columns = {table.name: [isinstance(each.type, JSON) for each in table.c] for table in metadata.sorted_tables}
    return {
        name: sorted(
            (
                tuple(
                    json.loads(each) if is_json and each is not None else each
                    for each, is_json in zip(row, columns[name], strict=True)
                )
                for row in found
            ),
            key=repr,
        )
        for name, found in rows.items()
        if name != "sqlite_sequence"
    }


def test_every_row_of_every_table_moves_there_and_back(tmp_path):
    """To the byte, also what only the number given last tells: a number is never used twice."""
    here, back = tmp_path / "a.db", tmp_path / "b.db"
    fill(here)
    server = postgres()
    url = server.create("moved")
    shown = []
    move_store(f"sqlite:///{here}", url, lambda *each: shown.append(each))
    before = rows_of(here)
    assert rows_on_server("moved") == plain(before)
    assert shown.count(("story", ROWS - 1, ROWS - 1)) == 1
    move_store(url, f"sqlite:///{back}", lambda *_: None)
    after = rows_of(back)
    for name, rows in before.items():
        assert after[name] == rows, name
    server.drop("moved")


async def test_numbers_go_on_where_they_were(tmp_path):
    """A story after the move has a number that none had before, though the last one was deleted."""
    here = open_store(store_url(tmp_path / "a.db", "sqlite"))
    await here.write(lambda tx: take_in(tx, entry(), entry(key="guid:2", link="home.example/2", title="هدنة")))
    last = await here.read(lambda tx: tx.stories.last_number())
    await here.write(lambda tx: prune(tx, NOW.replace(year=2027), 10))
    here.close()
    url = store_url(tmp_path / "b.db", "postgresql")
    move_store(store_url(tmp_path / "a.db", "sqlite"), url, lambda *_: None)
    there = open_store(url)
    await there.write(lambda tx: take_in(tx, entry(key="guid:3", link="home.example/3", title="перемирие")))
    number = await there.read(lambda tx: tx.stories.last_number())
    await there.write(lambda tx: take_in(tx, entry(key="guid:2", link="home.example/2", title="هدنة")))
    known = await there.read(lambda tx: tx.entries.latest(SOURCE, 10))
    there.close()
    assert number > last
    assert len(known) == 3  # what retention let go stays known


def test_a_store_that_is_not_empty_is_not_written_over(tmp_path):
    """Nor one from which nothing can be read: the other stays empty."""
    here, there = (f"sqlite:///{tmp_path}/{name}.db" for name in "ab")
    for url in (here, there):
        open_store(url).close()
    with closing(sqlite3.connect(tmp_path / "b.db")) as connection:
        connection.execute("INSERT INTO meta VALUES ('k', 'их')")
        connection.commit()
    with pytest.raises(StoreError, match=r"b.db is not empty \(there are rows in meta\)"):
        move_store(here, there, lambda *_: None)
    with pytest.raises(StoreError, match="there is no store at"):
        move_store(f"sqlite:///{tmp_path}/c.db", here, lambda *_: None)


def test_the_command_moves_and_says_what_to_do_next(tmp_path):
    """It refuses while a daemon holds the state folder, and never shows a password."""
    folder = write_config(
        tmp_path / "c",
        outlets={"one": outlet("https://one.example")},
        feeds={"all": EVERYTHING},
        main=f'store = "sqlite:///{tmp_path}/a.db"\n{MAIN}',
    )
    open_store(f"sqlite:///{tmp_path}/a.db").close()
    url = store_url(tmp_path / "moved by command", "postgresql")
    line = ["move-store", "--to", url, "--config", str(folder), "--state", str(tmp_path / "s")]
    with only_one(tmp_path / "s"):
        refused = CliRunner().invoke(cli, line)
    assert (refused.exit_code, "another syndicator works on" in refused.output) == (1, True)
    done = CliRunner().invoke(cli, line)
    assert done.exit_code == 0, done.output
    assert f"in {folder / 'syndicator.toml'}, and start the daemon" in done.output
    assert quote(postgres().password, safe="") not in done.output
    again = CliRunner().invoke(cli, [*line[:2], f"sqlite:///{tmp_path}/a.db", *line[3:]])
    assert "this is where the store is" in again.output
