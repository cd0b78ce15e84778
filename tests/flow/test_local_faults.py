"""A fault of this machine is never counted against an outlet."""

import asyncio
from dataclasses import replace

from syndicator.errors import LocalFaultError
from syndicator.models import Outcome
from syndicator.runtime.daemon import Daemon
from syndicator.runtime.dispatcher import Dispatcher
from tests.apps import HOME, Clock, Shown, an_app, source_of
from tests.newsroom import Item, rss

BODY = rss(Item("Truce holds", link=f"{HOME}/1", guid="1", text="x"))


class Missing:
    """A fetcher or extractor on a machine where something is missing, until it is there."""

    def __init__(self, what):
        self.what = what

    async def __call__(self, *_, **__):
        raise LocalFaultError(self.what)

    document = full_text = __call__


async def test_what_this_machine_lacks_pauses_polling_and_marks_no_outlet(tmp_path):
    """Descriptors, memory: the source stays due and unmarked, and is polled when they are there again."""
    shown = Shown(BODY)
    shown.before = Missing("there are no more file descriptors: raise LimitNOFILE")
    async with an_app(tmp_path, shown) as app:
        daemon = Daemon(app, lambda: app.config)
        source = source_of(app)
        assert await daemon.dispatcher.poll(source) is None
        state = await app.store.read(lambda tx: tx.sources.state(source))
        assert (state.endpoints[0].outcome, state.endpoints[0].failures, state.polled_at) == (None, 0.0, None)
        assert daemon.dispatcher.is_paused
        assert "there are no more file descriptors: raise LimitNOFILE" in daemon.trouble()
        await daemon.check_health()  # polls are tried again; the fault stays in view until one goes through
        assert not daemon.dispatcher.is_paused
        assert "there are no more file descriptors: raise LimitNOFILE" in daemon.trouble()
        shown.before = None
        report = await daemon.dispatcher.poll(source)
        assert report.outcome is Outcome.OK
        assert daemon.trouble() == ()


async def test_a_missing_child_pauses_polling_and_marks_no_outlet(tmp_path):
    """No worker can be started: the document is asked for again later."""
    async with an_app(tmp_path, Shown(BODY)) as app:
        ports = replace(app.pipeline.ports, extract=Missing("no parse worker can be started"))
        dispatcher = Dispatcher(type(app.pipeline)(ports), 1)
        source = source_of(app)
        assert await dispatcher.poll(source) is None
        state = await app.store.read(lambda tx: tx.sources.state(source))
        assert (state.endpoints[0].outcome, state.polled_at) == (None, None)
        assert dispatcher.fault == "no parse worker can be started"


async def test_a_fault_of_this_program_makes_a_source_wait_its_turn(tmp_path):
    """One source that we fail on must not starve the others: it is recorded, as ours, and asked later."""
    shown, clock = Shown(BODY), Clock()

    async def broken():
        raise KeyError("a fault of ours")

    shown.before = broken
    async with an_app(tmp_path, shown, clock=clock) as app:
        dispatcher, source = Dispatcher(app.pipeline, 1), source_of(app)
        assert await dispatcher.poll(source) is None
        state = await app.store.read(lambda tx: tx.sources.state(source))
        assert state.endpoints[0].outcome is Outcome.INTERNAL_ERROR
        assert state.due_at > clock.now
        assert not dispatcher.is_paused


async def test_every_retired_client_is_closed(tmp_path):
    """Two reloads of the fetch settings in a row: both clients before are waited for."""
    async with an_app(tmp_path, Shown(BODY)) as app:
        closed = []

        class Client:
            def __init__(self, name):
                self.name = name
                self.idle = asyncio.Event()

            async def close(self, *, is_patient=False):
                if is_patient:
                    await self.idle.wait()
                closed.append(self.name)

        clients = [Client("first"), Client("second")]
        for client, agent in zip(clients, ("a/1", "b/1"), strict=True):
            app._client = client
            await app.adopt(replace(app.config, politeness=replace(app.config.politeness, user_agent=agent)))
            await app._client.close()
            app._client = None
        for client in clients:
            client.idle.set()
    assert sorted(closed) == ["first", "second"]
