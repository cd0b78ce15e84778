"""The ways it fails, as one tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class SyndicatorError(Exception):
    """Anything this program says went wrong; its text is fit to show to a person."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the configuration: which file, which key, what is wrong and what to do."""

    file: str
    key: str
    message: str

    def __str__(self) -> str:
        """Return the line a person reads."""
        return f"{self.file}: {self.key}: {self.message}" if self.key else f"{self.file}: {self.message}"


class ConfigError(SyndicatorError):
    """The configuration cannot be used; ``problems`` holds every mistake found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Carry all the problems of one reading."""
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class FilterError(SyndicatorError):
    """A filter does not parse or names something unknown; ``line`` and ``column`` count from 1.

    ``advice`` has lines that say what to write instead, ``repairs`` are whole filters to take its place.
    """

    def __init__(
        self,
        message: str,
        *,
        line: int,
        column: int,
        source: str,
        width: int = 1,
        advice: Sequence[str] = (),
        repairs: Sequence[str] = (),
    ) -> None:
        """Point at the place in the filter's text."""
        self.message, self.line, self.column, self.advice = message, line, column, tuple(advice)
        self.source, self.width, self.repairs = source, width, tuple(repairs)
        picture = _picture(source, line, column, width)
        super().__init__("\n  ".join((f"line {line}, column {column}: {message}{picture}", *advice)))


_MARGIN = 50


def _picture(source: str, line: int, column: int, width: int) -> str:
    """Draw the place: the line, or the part of it around the mistake, with marks below."""
    lines = source.splitlines()
    if not lines:
        return ""
    first = max(0, column - 1 - _MARGIN)
    quoted = lines[line - 1][first : column - 1 + _MARGIN]
    marks = " " * (column - 1 - first) + "^" * max(1, min(width, _MARGIN))
    # Isolated, a right-to-left line does not shuffle the message; laid out from the left, as its marks are counted.
    return f"\n    \u2066{quoted}\u2069\n    {marks}"


class InUseError(SyndicatorError):
    """Another process of this program works on the state folder."""


class StoreError(SyndicatorError):
    """The database cannot be opened, or is from a newer version; nothing was changed."""


class StoreNotReadyError(StoreError):
    """The database has no tables of this version yet: the daemon makes them when it starts."""


class LateError(SyndicatorError):
    """A poll comes too late to be written: another process has its host by now, or other rules are in force."""


class BackupError(SyndicatorError):
    """A backup cannot be made or is not whole, or what is there would be lost by restoring it; nothing was changed."""


class LocalFaultError(SyndicatorError):
    """Something on this machine is missing (descriptors, memory, a child, the gazetteer): never an outlet's fault."""


class WorkerError(SyndicatorError):
    """A parse child broke its limits or died; ``reason`` is a word of ``Outcome``."""

    def __init__(self, reason: str, message: str) -> None:
        """Name the outcome the poll gets."""
        self.reason = reason
        super().__init__(message)


class NotAFeedError(SyndicatorError):
    """The bytes are not a feed of any known kind."""


class EndedError(SyndicatorError):
    """A document that says there will be no more."""


class UnsafeDocumentError(SyndicatorError):
    """The document declares entities or is otherwise built to hurt its reader."""


class GazetteerError(SyndicatorError):
    """The names of places cannot be read or made."""


class CustomPlaceError(GazetteerError):
    """A place of the operator's own names a region that there is not; the text begins with where it stands."""
