"""Logging of all commands: one line for each event, whoever tells it and whatever stands in it."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

# What starts a new line or moves a terminal's cursor: texts of outlets and of readers stand in the log.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029]")
_Event = MutableMapping[str, Any]
_FIRST = ("timestamp", "level", "event")
# syslog(3), by structlog's names of levels.
_PRIORITIES = {"critical": 2, "error": 3, "exception": 3, "warning": 4, "warn": 4, "info": 6, "debug": 7}


def set_up_logging(*, verbose: bool = False, quiet: bool = False) -> None:
    """Log to stderr: for eyes on a terminal, as key=value elsewhere, as JSON with SYNDICATOR_LOG_FORMAT=json.

    In systemd's journal lines have the priority of their level (sd-daemon(3)) and no time: it has its own.
    """
    level = logging.DEBUG if verbose else os.environ.get("SYNDICATOR_LOG_LEVEL", "info").upper()
    number = logging.getLevelNamesMapping().get(level, logging.INFO) if isinstance(level, str) else level
    if quiet:
        number = max(number, logging.ERROR)
    is_in_journal = _is_in_journal()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            *(() if is_in_journal else (structlog.processors.TimeStamper(fmt="iso", utc=True),)),
            structlog.processors.format_exc_info,
            *_rendering(),
            *((_with_priority,) if is_in_journal else ()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[LibraryHandler()])
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a job still runs when it is due again is no news
    logging.captureWarnings(capture=True)


def log_uncaught() -> None:
    """Log what nobody catches, in threads too, instead of printing it."""
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda args: _log_uncaught(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )
    sys.unraisablehook = lambda args: _log_uncaught(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )


class LibraryHandler(logging.Handler):
    """Passes on what libraries log, warnings and the event loop among them."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record as an event of ours."""
        try:
            event = record.getMessage()
        except Exception:  # noqa: BLE001 - a library's mistake in its own message
            event = str(record.msg)
        details: dict[str, Any] = {"exc_info": record.exc_info} if record.exc_info else {}
        structlog.get_logger().log(record.levelno, event, logger=record.name, **details)


def _rendering() -> list[Any]:
    if os.environ.get("SYNDICATOR_LOG_FORMAT") == "json":
        return [structlog.processors.JSONRenderer(ensure_ascii=False), _escaped_json]
    if sys.stderr.isatty():
        # Without values of variables, which other formatters write: they are thousands of lines, and may be secret.
        plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        return [_escaped_values, plain]
    return [_escaped_values, structlog.processors.LogfmtRenderer(key_order=_FIRST, drop_missing=True)]


def _is_in_journal() -> bool:
    """Return whether standard error is the journal's (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        found = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def _with_priority(_logger: object, method: str, line: str) -> str:
    return f"<{_PRIORITIES.get(method, 6)}>{line}"


def _escaped_json(_logger: object, _method: str, line: str) -> str:
    """Escape what JSON need not escape, and some readers end a line at."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def _escaped_values(_logger: object, _method: str, event: _Event) -> _Event:
    """Escape control characters; in a traceback all but the ends of lines."""
    for key, value in event.items():
        if isinstance(value, str):
            lines = value.split("\n") if key == "exception" else [value]
            event[key] = "\n".join(_CONTROL.sub(_escape, line) for line in lines)
        elif not isinstance(value, bool | int | float | None):
            event[key] = _CONTROL.sub(_escape, str(value))
    return event


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character, f"\\x{ord(character):02x}")


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    structlog.get_logger().critical("uncaught", exc_info=(kind, error, traceback))
