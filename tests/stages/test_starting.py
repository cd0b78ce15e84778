"""A start that takes long."""

import asyncio
import threading

from syndicator.config import Outline, load
from syndicator.runtime.starting import Starting
from tests.newsroom import write_config
from tests.waiting import eventually, get


async def test_feeds_are_served_while_the_names_of_places_are_compiled(tmp_path, free_port):
    """Readers get what there is, and whoever asks how it is, is told what takes so long."""
    folder, state, end = write_config(tmp_path / "c", port=free_port), tmp_path / "s", threading.Event()
    (state / "feeds").mkdir(parents=True)
    (state / "feeds" / "idlib.atom").write_bytes("<feed>إدلب</feed>".encode())

    def slow(*, progress=None):
        progress("towns", Outline(listen=("127.0.0.1", free_port), operators=("127.0.0.1", free_port), state=state))
        end.wait()
        return load(folder, environ={}, state=state)

    async def page(path):
        try:
            return await get(f"http://127.0.0.1:{free_port}{path}")
        except OSError:
            return None

    loading = asyncio.create_task(Starting().load(slow))
    try:
        feed = await eventually(lambda: page("/feeds/idlib.atom"))
        assert (feed.status, feed.body.decode()) == (200, "<feed>إدلب</feed>")
        for path in ("/healthz", "/ops/", "/status.json"):
            answer = await page(path)
            assert answer.status == 503
            assert "compiling the names of places: towns" in answer.body.decode()
    finally:
        end.set()
    assert (await loading).state == state
    assert await page("/healthz") is None  # the port is free for the daemon


async def test_a_port_that_is_taken_does_not_keep_the_names_from_being_compiled(tmp_path, free_port):
    """The daemon itself reports it when it is to listen."""
    folder, state = write_config(tmp_path / "c"), tmp_path / "s"
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", free_port)

    def slow(*, progress=None):
        progress("towns", Outline(listen=("127.0.0.1", free_port), operators=("127.0.0.1", free_port), state=state))
        return load(folder, environ={}, state=state)

    async with server:
        assert (await Starting().load(slow)).state == state
