"""What ``syndicator doctor`` finds: each check with its verdict, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How a check came out, the worst first."""

    FAULT = "fault"
    WARNING = "warning"
    SKIPPED = "skipped"
    WELL = "well"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: ``words`` say how it is, ``advice`` what to do about it."""

    check: str
    grade: Grade
    words: str
    advice: str = ""


def fault(check: str, words: str, advice: str) -> Finding:
    """Return what keeps the daemon from its work, or is about to."""
    return Finding(check=check, grade=Grade.FAULT, words=words, advice=advice)


def warning(check: str, words: str, advice: str) -> Finding:
    """Return what may be meant, or may become a fault."""
    return Finding(check=check, grade=Grade.WARNING, words=words, advice=advice)


def well(check: str, words: str) -> Finding:
    """Return what is as it should be."""
    return Finding(check=check, grade=Grade.WELL, words=words)


def skipped(check: str, words: str) -> Finding:
    """Return what could not be looked at."""
    return Finding(check=check, grade=Grade.SKIPPED, words=words)
