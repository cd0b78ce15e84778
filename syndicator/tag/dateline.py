"""Recognize datelines, which say where a text was written: "MOSCOW, March 5 (TASS) -", "دمشق-سانا", a line alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from syndicator.tag.gazetteer import Kind
from syndicator.tag.mention import Span

_NEAR_START = 600  # characters within which a line alone may be a dateline
_LONGEST_LINE = 40
_LEAST_PROBABILITY = 0.1  # that the name of a dateline is a place: its position makes up for the rest
_AGENCIES = (
    "AFP|AP|Reuters|TASS|SANA|UPI|dpa|EFE|ANSA|Xinhua|IRNA|Interfax|AA|Anadolu|RIA|PTI|ANI|KUNA|WAM|MENA|NNA|"
    "سانا|وفا|واع|رويترز|أ ف ب|الأناضول|د ب أ|ایرنا|ایسنا|مهر|تسنیم|فارس|ТАСС|РИА Новости|Интерфакс|DHA|İHA|ANKA"
)
# What may precede the place: nothing, an agency's name, another place.
_BEFORE = re.compile(r"^\s*(?:[\w .()/]{1,25}[,)/—–-]\s*)?$")
_MARK = re.compile(
    rf"^(?:[,/ ،]*[^\n.;:!?—–]{{0,45}}?\.?)?\s*(?:\([^()\n]{{1,40}}\)|/[^/\n]{{1,30}}/)?\.?"
    rf"(?:\s+[-–—]{{1,2}}\s|\s*[–—]|\s*-{{1,2}}\s|\s*-(?={_AGENCIES})|:\s)"
)  # fmt: skip
_AGENCY_SLASHED = re.compile(rf"^\s*/\s*(?:{_AGENCIES})\b")
# After a place in capitals this is a dateline also further on, behind a headline that is part of the text.
_WIRE_MARK = re.compile(
    rf"^(?:, [^\W\d_][^\n.;:!?()—–]{{1,40}}?\.?)?\s*"
    rf"(?:\((?:{_AGENCIES})\)\s*[-–—]|--|—|(?<=\s)[-–]\s+(?=[\"“‘«]?[A-ZÀ-ÝĞİŞА-Я]))"
)
_DATED = re.compile(
    rf"^\.\s+(?:\w+\.?\s+\d{{1,2}}|\d{{1,2}}\.?\s+\w+)\.?\s+\(?(?:{_AGENCIES})\b[^\n]{{0,12}}?\s*[-–—]\s", re.IGNORECASE
)
_SLASHED = re.compile(r"^[^\n;:!?]{0,40}?/(?:[^/\n]{2,30})/")


def datelines(spans: Sequence[Span], text: str, field: int) -> Iterator[Span]:
    """Yield the spans of one field that are its dateline."""
    near = (span for span in spans if span.field == field and span.at < _NEAR_START)
    likely = [span for span in near if span.probability > _LEAST_PROBABILITY and "calendar" not in span.name.features]
    if not likely:
        return
    first = likely[0]
    if _BEFORE.match(text[: first.at]) and "possessive" not in first.cues:
        rest = text[first.to : first.to + 120]
        matched = next(filter(None, (mark.match(rest) for mark in (_MARK, _SLASHED, _AGENCY_SLASHED, _DATED))), None)
        if matched and not (matched.group().startswith(":") and _is_country(first)):
            end = first.to + matched.end()
            yield from (span for span in likely if span.to <= end)
            return
    for span in likely:
        if _ends_line(span, text):
            yield span
            return
        if (
            "shouted" in span.cues
            and not _is_country(span)
            and (wire := _WIRE_MARK.match(text[span.to : span.to + 80]))
        ):
            yield from (each for each in likely if span.at <= each.at and each.to <= span.to + wire.end())
            return


def _is_country(span: Span) -> bool:
    return any(meaning.place.kind is Kind.COUNTRY for meaning in span.name.meanings)


def _ends_line(span: Span, text: str) -> bool:
    """Return whether a short line ends in the place, after nothing or a name and a comma, and more lines follow."""
    start = text.rfind("\n", 0, span.at) + 1
    end = text.find("\n", span.to)
    if end < 0 or end - start > _LONGEST_LINE or text[span.to : end].strip(" .:-–—"):
        return False
    before = text[start : span.at].strip()
    return (not before and start == 0) or before.endswith(",")
