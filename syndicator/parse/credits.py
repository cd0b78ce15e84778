"""Recognise the news agency that a story is credited to. Pure.

An agency is credited where credits stand: alone in the byline ("AFP", "by Reuters"), in the dateline ("BEIRUT (AP) -",
"بيروت (رويترز) -", "МОСКВА, 3 марта. /ТАСС/."), or at the end ("(Reuters)", "Quelle: dpa"). A story that says what an
agency reported is not the agency's.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

# The dateline and the last words, in characters.
_START, _END = 90, 80
_DASH = "[-–—―:]"
# A dateline with an agency has one of them.
_DATELINE_MARKS = frozenset("(（[/-–—―:")
# Between the names of two agencies that share a story.
_WITH = re.compile(r"(?:[/,;|،+&]|\band\b|\bwith\b|\bet\b|\bund\b|\by\b|\bи\b|\bve\b|\sو\s?)")
_BY = re.compile(
    r"^(?:by|von|par|por|de|di|from|source|quelle|via|بقلم|المصدر|منبع|به نقل از|источник)[:\s]+", re.IGNORECASE
)


def wire_credit(title: str, text: str, author: str | None) -> str | None:
    """Return the name of the agency that a plain title and text, or an author, credit; None without a credit."""
    return _of_author(author or "") or _of_dateline(text) or _of_end(text) or _of_end(title)


def agency_called(name: str) -> str | None:
    """Return the agency that an outlet of this name is, "TASS" or "Mehr News"; None if it is none."""
    key = _key(name)
    return _agencies().get(key) or _agencies().get(key.removesuffix(" News"))


def _of_author(author: str) -> str | None:
    """Return the agency that is all of a byline, or one part of it."""
    if not author:
        return None
    for part in (author, *_WITH.split(author), *re.findall(r"\(([^()]*)\)", author)):
        found = _agencies().get(_key(_BY.sub("", part.strip())))
        if found:
            return found
    return None


def _of_dateline(text: str) -> str | None:
    start = text[:_START]
    found = None if _DATELINE_MARKS.isdisjoint(start) else _dateline().match(start)
    return _agencies()[_key(next(filter(None, found.groups())))] if found else None


def _of_end(text: str) -> str | None:
    end = text[-_END:]
    # The rule is that there is none, and the pattern costs more: it is tried at every place.
    may_credit = end.rstrip().rstrip(".").rstrip().endswith(_last_words())
    found = _ending().search(end) if may_credit else None
    return _agencies()[_key(next(filter(None, found.groups())))] if found else None


def _key(name: str) -> str:
    return " ".join(name.strip(" .«»\"'").split())


@cache
def _agencies() -> dict[str, str]:
    """Return the names of agencies by how they are written."""
    table = resources.files(__package__).joinpath("agencies.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {_key(written): name for name, *spellings in rows for written in spellings}


@cache
def _last_words() -> tuple[str, ...]:
    """Return what a credit at the end of a text ends with, but for a full stop."""
    return (")", "）", "]", "/", *(name.rstrip(".") for name in _agencies()))


@cache
def _names() -> str:
    """Return a pattern of all spellings, the longest first."""
    return "(" + "|".join(re.escape(name) for name in sorted(_agencies(), key=len, reverse=True)) + ")"


# What may follow an agency in its brackets: another one, a colleague.
_OTHERS = r"(?:\s*[/,،][^()\n]{0,30})?"
_OPEN, _CLOSE = r"[(（\[]\s*", r"\s*[)）\]]"


@cache
def _dateline() -> re.Pattern[str]:
    """Return what a text with a credit in its dateline begins with.

    A place and a date may come first; the agency stands in brackets, between slashes, or alone beside a dash.
    """
    name = _names()
    place = r"[^\n.!?؟()（/]{0,50}?"
    return re.compile(
        rf"\s*(?:{place}[.,،]?\s*{_OPEN}{name}{_OTHERS}{_CLOSE}"
        rf"|{place}\.?\s*/\s*{name}\s*/"
        rf"|(?:{place}(?:[,،/]|{_DASH})\s*)?{name}\s*{_DASH}\s"
        rf"|{place}\s{_DASH}\s*{name}\.\s)"
    )


@cache
def _ending() -> re.Pattern[str]:
    """Return what a text with a credit at its end ends with: brackets, slashes, "Source: AFP", or the name alone."""
    name = _names()
    source = r"(?:Source|Quelle|Fuente|Fonte|Источник|Kaynak|المصدر|منبع)"
    return re.compile(
        rf"(?:{_OPEN}{name}{_OTHERS}{_CLOSE}|/\s*{name}\s*/|\b{source}\s*:\s*{name}"
        rf"|[.!?…。؟»\"”]\s*[-–—]*\s*{name})\s*\.?\s*\Z"
    )
