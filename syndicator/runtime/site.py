"""Where readers and operators are answered: at one address, or each at their own."""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from aiohttp import web

from syndicator.config import Config
from syndicator.web import BOTH_FACES, Face, SiteContext, listened_on, serve

_log = structlog.get_logger()


class Site:
    """The listening servers of a daemon. Make one with ``listen``."""

    def __init__(self) -> None:
        self._runners: list[web.AppRunner] = []

    @classmethod
    async def listen(cls, context: SiteContext, config: Config) -> Site:
        """Listen where the configuration says. Raise OSError when an address cannot be bound."""
        site = cls()
        try:
            for address, faces in _faces(config.listen, config.operators):
                runner, _ = await serve(context, *address, faces=faces)
                site._runners.append(runner)
        except OSError:
            await site.close()
            raise
        if config.operators is None:
            _log.warning("no operators' pages: others than this machine reach the address; set web.operators")
        return site

    @property
    def listening(self) -> str:
        """The addresses, that of readers first."""
        return " ".join(map(listened_on, self._runners))

    async def close(self) -> None:
        """Listen no more."""
        for runner in self._runners:
            await runner.cleanup()


def _faces(
    readers: tuple[str, int], operators: tuple[str, int] | None
) -> Iterator[tuple[tuple[str, int], frozenset[Face]]]:
    if operators == readers:
        yield readers, BOTH_FACES
        return
    yield readers, frozenset({Face.READERS})
    if operators is not None:
        yield operators, frozenset({Face.OPERATORS})
