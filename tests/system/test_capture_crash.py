"""A daemon that captures, killed without warning: what the store says of a record is so."""

import asyncio
import io
import random
import sqlite3
from contextlib import closing, suppress

import pytest
from warcio.archiveiterator import ArchiveIterator

from syndicator.tag import ensure_gazetteer
from tests.flow.test_capture import CAPTURED, captured_files, is_sound, play
from tests.system.test_crash import PATIENCE, read_feed, stage

KILLS = 8


def rows_of(state):
    with closing(sqlite3.connect(state / "syndicator.db")) as connection:
        return connection.execute('SELECT record, digest, file, "offset", length FROM capture').fetchall()


@pytest.mark.long
async def test_each_row_leads_to_its_record_after_kills_at_random_moments(tmp_path, free_port):
    """Every file is sound for warcio; and played again, no story of the day is missing."""
    chance = random.Random(28500)
    state = tmp_path / "state"
    async with stage(tmp_path, free_port) as on:
        main = tmp_path / "config" / "syndicator.toml"
        main.write_text(CAPTURED + main.read_text("utf-8"), encoding="utf-8")
        ensure_gazetteer()
        start_up = await on.start_up()
        for kill in range(KILLS):
            await on.newsroom.turn_to(1 + kill * len(on.newsroom.play.beats) // KILLS)
            async with on.daemon() as daemon:
                with suppress(TimeoutError):
                    await asyncio.wait_for(daemon.wait(), timeout=chance.uniform(0.8, 2.5) * start_up)
                await on.kill(daemon)
        await on.newsroom.turn_to(len(on.newsroom.play.beats))
        async with on.daemon("syndicator") as daemon:
            await on.wait_until_seen(daemon)
            await on.wait_until(on.is_up, daemon)
            daemon.terminate()
            assert await asyncio.wait_for(daemon.wait(), PATIENCE) == 0
    assert all(map(is_sound, captured_files(state)))
    rows = rows_of(state)
    assert len(rows) >= 9
    for id_, digest, file, offset, length in rows:
        data = (state / "captures" / file).read_bytes()[offset : offset + length]
        (record,) = ArchiveIterator(io.BytesIO(data), check_digests="raise")
        assert record.rec_headers.get_header("WARC-Record-ID") == id_
        assert record.rec_headers.get_header("WARC-Payload-Digest") == digest
        record.raw_stream.read()
    await play(state / "captures", tmp_path / "config", tmp_path / "out")
    live, again = (
        {title for _, title in read_feed(folder / "everything.atom")} for folder in (on.feeds, tmp_path / "out")
    )
    assert live == again
