"""Trouble in the log: once when it begins, once when it is over."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

_log = structlog.get_logger()


class TroubleLog:
    """Remembers what was wrong when it was last told."""

    def __init__(self) -> None:
        self._told: Sequence[str] = ()

    def tell(self, trouble: Sequence[str]) -> None:
        """Log what is new of ``trouble``, which is all there is now, and what is over."""
        before, self._told = self._told, trouble
        for each in trouble:
            if each not in before:
                _log.error("trouble", trouble=each)
        for each in before:
            if each not in trouble:
                _log.info("trouble is over", trouble=each)
