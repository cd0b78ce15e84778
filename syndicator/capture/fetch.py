"""Stand before the network, and keep what comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from syndicator.capture.recorder import Recorder
from syndicator.models import Document, FetchOptions, Validators

Fetch = Callable[[str, Validators, FetchOptions], Awaitable[Document]]


class CapturingFetch:
    """Requests documents as ``fetch`` does, and has those recorded whose options name an outlet to capture them for."""

    def __init__(self, fetch: Fetch, recorder: Recorder) -> None:
        """Record by ``recorder``."""
        self._fetch, self._recorder = fetch, recorder

    async def __call__(self, url: str, known: Validators, options: FetchOptions) -> Document:
        """Request one address; raise LocalFaultError also where the answer cannot be recorded."""
        if not options.captured_for:
            return await self._fetch(url, known, options)
        await self._recorder.check()
        document = await self._fetch(url, known, options)
        return await self._recorder.keep(options.captured_for, document)
