"""Read time zones as dates name them. Pure.

A name means what RFC 822 (5.1) says, else what the tz database says if it uses the name for one offset only, else what
newsrooms mean by it. Any other name counts as UTC (RFC 2822, 4.3), single letters too: RFC 822 had their sign wrong.
"""

from __future__ import annotations

import re

_MOST_MINUTES = 15 * 60
_HOUR = 60
_HOURS: dict[float, str] = {
    0: "z ut utc gmt wet غرينتش بتوقيت_غرينتش",
    1: "cet met mez bst west wat",
    2: "cest mest mesz eet cat sast",
    3: "eest msk мск trt tsi eat idt fet",
    3.5: "irst",
    4: "msd get azt samt gst",
    4.5: "irdt aft",
    5: "pkt yekt uzt tjt tmt",
    5.75: "npt",
    6: "omst kgt",
    7: "novt krat ict wib",
    8: "irkt awst hkt sgt myt pht wita",
    9: "jst kst yakt wit",
    9.5: "acst",
    10: "aest vlat chst",
    10.5: "acdt",
    11: "aedt magt",
    12: "nzst pett",
    13: "nzdt",
    -2.5: "ndt",
    -3: "adt brt art uyt",
    -3.5: "nst",
    -4: "edt clt bot vet",
    -5: "est cdt et pet cot",
    -6: "cst mdt ct",
    -7: "mst pdt mt",
    -8: "pst akdt pt",
    -9: "akst hdt",
    -10: "hst",
    -11: "sst",
}
_NAMES = {name.replace("_", " "): round(hours * _HOUR) for hours, names in _HOURS.items() for name in names.split()}
# In use for several offsets: India, Israel and Ireland; Arabia and the Atlantic; Armenia and the Amazon.
AMBIGUOUS = frozenset({"ist", "ast", "amt"})
_OFFSET = re.compile(r"(?P<name>[a-z]{0,5})\s?(?P<sign>[+-])\s?(?P<hours>\d{1,2}?)(?::?(?P<minutes>\d{2})|:0)?")
_UTC = frozenset({"", "gmt", "utc", "ut", "z"})


def named_offset(name: str) -> int | None:
    """Return the minutes east of UTC that a name in lower case means; None if nobody can tell."""
    return None if name in AMBIGUOUS else _NAMES.get(name, 0)


def is_zone(name: str) -> bool:
    """Return whether a name in lower case is known to be that of a zone."""
    return name in _NAMES or name in AMBIGUOUS


def written_offset(text: str) -> int | None:
    """Return the minutes east of UTC of ``+3``, ``+03``, ``+0300``, ``GMT+3`` or ``UTC+03:00``; None for anything else.

    An offset beside any other name than UTC's must be that name's own.
    """
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None
    minutes = int(found["minutes"] or 0)
    offset = int(found["hours"]) * _HOUR + minutes
    if minutes >= _HOUR or offset > _MOST_MINUTES:
        return None
    offset = -offset if found["sign"] == "-" else offset
    return offset if found["name"] in _UTC or _NAMES.get(found["name"]) == offset else None


def region_offset(area: str, name: str) -> int | None:
    """Return the offset of a name of the tz database in lower case, as far as it never changes: ``etc/gmt+3``.

    Its sign is that of POSIX: west of Greenwich is positive.
    """
    if area != "etc":
        return None
    if name in ("utc", "gmt", "uct", "zulu", "greenwich", "universal"):
        return 0
    offset = written_offset(name)
    return None if offset is None else -offset
