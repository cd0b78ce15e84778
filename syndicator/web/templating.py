"""What all templates are rendered by: no JavaScript, everything escaped."""

from __future__ import annotations

from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from syndicator.models.formats import FORMATS_BY_NAME
from syndicator.plural import counted
from syndicator.text import direction

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def environment() -> Environment:
    """Return a new environment: each face has one of its own, with filters of its own."""
    made = Environment(
        loader=PackageLoader("syndicator.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["ago"] = ago
    made.filters["direction"] = direction
    made.filters["count"] = counted
    made.globals["formats"] = FORMATS_BY_NAME
    return made


def ago(moment: datetime | None, now: datetime) -> str:
    """Return the distance of a moment from ``now`` in words: "3 min ago", "in 2 h"."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    distance = abs(seconds)
    if distance < 2:  # noqa: PLR2004
        return "now"
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s")):
        if distance >= size:
            words = f"{int(distance // size)} {unit}"
            break
    return f"{words} ago" if seconds > 0 else f"in {words}"
