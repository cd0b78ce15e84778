"""An application without a daemon or a network: what its one outlet shows is whatever a test says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from syndicator.config import load
from syndicator.models import Document, Outcome, Validators
from syndicator.runtime.app import App
from tests.conftest import NOW
from tests.newsroom import EVERYTHING, MAIN, outlet, write_config

HOME = "https://one.example"


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


class Shown:
    """Stands in for the network: every request is answered with ``body``, and ``before`` runs first."""

    def __init__(self, body: bytes = b"") -> None:
        self.body, self.count = body, 0
        self.outcome, self.note = Outcome.OK, ""
        self.before: Callable[[], object] | None = None

    async def __call__(self, url, known, options) -> Document:
        if self.before is not None:
            await self.before()
        self.count += 1
        return Document(
            endpoint=url,
            outcome=self.outcome,
            url=url,
            status=200,
            body=self.body if self.outcome is Outcome.OK else None,
            validators=Validators(body_hash=str(self.count)),
            note=self.note,
        )


@asynccontextmanager
async def an_app(
    folder: Path,
    shown: Shown,
    *,
    clock: Clock | None = None,
    feeds=None,
    concepts=None,
    home: str = HOME,
    main: str = "",
    store: str = "",
    **parts,
):
    """Make an application with one outlet, and close it in the end.

    ``main`` is more of its ``syndicator.toml``, ``store`` the address of a store that is not in its folder.
    """
    config_folder = write_config(
        folder / "c",
        outlets={"one": outlet(home)},
        feeds=feeds or {"all": EVERYTHING},
        concepts=concepts or {},
        main=(f'store = "{store}"\n' if store else "") + MAIN + main,
    )
    config = load(config_folder, environ={}, state=folder / "s")
    app = App(config, fetch=shown, clock=clock or Clock(), **parts)
    try:
        await app.adopt(config)
        yield app
    finally:
        await app.close()


def source_of(app: App):
    """Return the application's one source."""
    return app.config.outlets["one"].sources[0]
