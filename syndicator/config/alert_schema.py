"""The schema of ``alerts/*.toml``: who is told of what, where and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time, timedelta
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from syndicator.config.checks import Finding
from syndicator.config.schema import ConfigTable, FeedId
from syndicator.config.values import Country, Duration, Language
from syndicator.models.alerts import KIND_GROUPS, AlertKind, Severity
from syndicator.models.notify import Address

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = r"(\d{1,2}):(\d{2})"
_LOCAL = re.compile(_TIME + r" (\S+)")
_SPAN = re.compile(_TIME + r"-" + _TIME + r" (\S+)")
_LONGEST_PATH = 4096
# The log has reminders no more often.
SHORTEST_REPEAT = timedelta(hours=6)


def _address(value: str) -> str:
    Address.parse(value)
    return value


def _kind(value: str) -> str:
    if value not in KIND_GROUPS and value not in set(AlertKind):
        raise ValueError(f'there is no kind "{value}": choose from {", ".join((*AlertKind, *KIND_GROUPS))}')
    return value


def _is_local_time(value: str) -> str:
    parse_local_time(value)
    return value


def _is_span(value: str) -> str:
    parse_span(value)
    return value


class LocalTime(NamedTuple):
    """A time of day where somebody lives."""

    at: time
    zone: ZoneInfo


class Span(NamedTuple):
    """From one time of day to another, where somebody lives."""

    begin: time
    end: time
    zone: ZoneInfo


def parse_local_time(text: str) -> LocalTime:
    """Read ``07:00 Europe/Istanbul``. Raise ValueError for anything else."""
    found = _LOCAL.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" is not a time with its zone like "07:00 Europe/Istanbul"')
    return LocalTime(_time(found[1], found[2]), _zone(found[3]))


def parse_span(text: str) -> Span:
    """Read ``22:00-07:00 Europe/Istanbul``. Raise ValueError for anything else."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" is not like "22:00-07:00 Europe/Istanbul"')
    begin, end = _time(found[1], found[2]), _time(found[3], found[4])
    if begin == end:
        raise ValueError(f'"{text}" begins when it ends: write two times')
    return Span(begin, end, _zone(found[5]))


def _time(hours: str, minutes: str) -> time:
    try:
        return time(int(hours), int(minutes))
    except ValueError:
        raise ValueError(f"there is no time {hours}:{minutes}") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f'there is no time zone "{name}" here: write one like "Europe/Istanbul" or "UTC"'
            " (if it is right, the system lacks its time zones: install tzdata)"
        ) from None


Kind = Annotated[str, AfterValidator(_kind)]
SecretPath = Annotated[str, Field(min_length=1, max_length=_LONGEST_PATH)]


class DigestFile(ConfigTable):
    """``digest``: what is new in feeds, at a time of day."""

    feeds: list[FeedId] = Field(min_length=1, max_length=50)
    at: Annotated[str, AfterValidator(_is_local_time)]
    days: Literal["daily", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "daily"


class AlertFile(ConfigTable):
    """``alerts/*.toml``: see ``models.notify.Recipient``."""

    to: list[Annotated[str, AfterValidator(_address)]] = Field(default_factory=list, max_length=50)
    to_file: SecretPath | None = None
    secret_file: SecretPath | None = None
    kinds: list[Kind] | None = None
    urgent: list[Kind] = Field(default_factory=list)
    lowest: Literal["note", "warning", "urgent"] | None = None
    where: str = ""
    countries: list[Country] = Field(default_factory=list)
    languages: list[Language] = Field(default_factory=list)
    outlets: list[str] = Field(default_factory=list)
    quiet: Annotated[str, AfterValidator(_is_span)] | None = None
    wait: Duration = timedelta(minutes=1)
    every: Duration = timedelta(minutes=5)
    per_hour: Annotated[int, Field(ge=1, le=3600)] = 20
    repeat: Duration = timedelta(days=1)
    digest: DigestFile | None = None


def check_alert(file: AlertFile) -> Iterator[Finding]:
    """Yield contradictions within a recipient's file."""
    if bool(file.to) == (file.to_file is not None):
        yield "to", 'needs either to = ["mailto:desk@example.org"] or to_file = "/run/credentials/…"'
    if timedelta(0) < file.repeat < SHORTEST_REPEAT:
        yield "repeat", 'reminders come every six hours at most: write "6h" or more, or "0s" for none'
    if file.urgent and file.quiet is None:
        yield "urgent", 'passes quiet hours, and there are none: quiet = "22:00-07:00 Europe/Istanbul"'


def kinds_of(names: list[str]) -> frozenset[AlertKind]:
    """Return the kinds that a list of kinds and groups names."""
    found: set[AlertKind] = set()
    for name in names:
        found |= KIND_GROUPS.get(name) or {AlertKind(name)}
    return frozenset(found)


def severity_of(name: str) -> Severity:
    """Return a severity by its name."""
    return Severity[name.upper()]
