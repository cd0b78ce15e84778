"""Long starts: while a gazetteer is compiled, say so, ask systemd for time, and serve the feeds there are."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress

import structlog
from aiohttp import web

from syndicator.config import Config, Loader, Outline
from syndicator.errors import StoreError
from syndicator.models.status import Status
from syndicator.publish import FeedFiles
from syndicator.runtime.systemd import more_time, notify
from syndicator.web import BOTH_FACES, Face, SiteContext, serve

_log = structlog.get_logger()


class Starting:
    """Loads the first configuration. Must be created in a running event loop.

    Compiling takes half a minute on a fast machine and ten on a slow one. It is bounded, in a process of its own, so
    that a start may take as long as it does. Where nothing is to be compiled, none of this is seen.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._step = ""
        self._serving: asyncio.Task[web.AppRunner | None] | None = None

    async def load(self, load: Loader) -> Config:
        """Call ``load`` in a thread; errors pass through. Compiling is reported and served beside."""
        with ExitStack() as compiling:

            def progress(step: str, /, outline: Outline) -> None:
                if not self._step:
                    self._step = "starting"
                    compiling.enter_context(more_time())
                self._loop.call_soon_threadsafe(self._report, step, outline)

            try:
                return await asyncio.to_thread(load, progress=progress)
            finally:
                await self._close()

    def _report(self, step: str, outline: Outline) -> None:
        self._step = f"starting: compiling the names of places: {step}"
        notify(f"STATUS={self._step}")
        _log.info("compiling the names of places", step=step)
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve(outline))

    async def _serve(self, outline: Outline) -> web.AppRunner | None:
        with suppress(OSError):  # the start itself reports what is wrong with the address or the folder
            files = FeedFiles(outline.state / "feeds")
            context = SiteContext(files=files, status=self._status, trouble=lambda: (self._step,))
            faces = BOTH_FACES if outline.operators == outline.listen else {Face.READERS}
            return (await serve(context, *outline.listen, faces=faces))[0]
        return None

    async def _status(self) -> Status:
        raise StoreError(self._step)

    async def _close(self) -> None:
        if self._serving is not None and (runner := await self._serving) is not None:
            await runner.cleanup()
