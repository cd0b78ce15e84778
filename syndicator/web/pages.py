"""The status page, for a person: no JavaScript, everything escaped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from syndicator.models.formats import FORMATS_BY_NAME

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_RTL = frozenset({"ar", "fa", "he", "ur", "ps", "ckb", "sd", "ug", "yi", "dv"})


def render_status(status: Mapping[str, Any]) -> str:
    """Render the page from the plain data that ``/status.json`` shows."""
    return _environment().get_template("status.html").render(status, now=datetime.fromisoformat(status["now"]))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("syndicator.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["ago"] = ago
    environment.filters["direction"] = direction
    environment.filters["count"] = count
    environment.globals["formats"] = FORMATS_BY_NAME
    return environment


def ago(moment: str | None, now: datetime) -> str:
    """Say how far a moment is from ``now`` in words: "3 min ago", "in 2 h"."""
    if moment is None:
        return "never"
    seconds = (now - datetime.fromisoformat(moment)).total_seconds()
    distance = abs(seconds)
    if distance < 2:  # noqa: PLR2004
        return "now"
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s")):
        if distance >= size:
            words = f"{int(distance // size)} {unit}"
            break
    return f"{words} ago" if seconds > 0 else f"in {words}"


def count(number: int, one: str, many: str = "") -> str:
    """Say "1 outlet", "2 outlets"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def direction(language: str) -> str:
    """Give the writing direction of a language: rtl or ltr."""
    return "rtl" if language.partition("-")[0] in _RTL else "ltr"
