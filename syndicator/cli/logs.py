"""Logging of all commands."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import structlog


def set_up_logging(*, verbose: bool = False, quiet: bool = False) -> None:
    """Log to stderr: for eyes on a terminal, as key=value elsewhere, as JSON with SYNDICATOR_LOG_FORMAT=json."""
    level = logging.DEBUG if verbose else os.environ.get("SYNDICATOR_LOG_LEVEL", "info").upper()
    number = logging.getLevelNamesMapping().get(level, logging.INFO) if isinstance(level, str) else level
    if quiet:
        number = max(number, logging.ERROR)
    as_json = os.environ.get("SYNDICATOR_LOG_FORMAT") == "json"
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not as_json:
        is_terminal = sys.stderr.isatty()
        renderer = structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.LogfmtRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
