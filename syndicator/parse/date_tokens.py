"""Split folded dates into tokens: times, days in figures, offsets, numbers, words. Pure."""

from __future__ import annotations

import re
import unicodedata

# Hangul is folded to its parts.
_YEAR, _MONTH, _DAY, _HOUR, _MINUTE, _SECOND = (
    f"\\s?(?:{'|'.join(unicodedata.normalize('NFD', each) for each in words)})"
    for words in ("年년", "月월", "日号號일", "時时点點시", "分분", "秒초")
)
KOREAN = re.compile(unicodedata.normalize("NFD", "[년오]"))
TOKEN = re.compile(
    rf"(?P<time>\d{{1,2}}\s?:\s?\d{{1,2}}(?:\s?:\s?\d{{1,2}}(?:[.,]\d+)?)?(?![\d:]))"
    r"|(?P<english>\d{1,2}(?:\.\d\d)?(?=\s?[ap]\.?\s?m\b))"
    rf"|(?P<spelt_time>\d{{1,2}}{_HOUR}\s?\d{{1,2}}{_MINUTE}(?:\s?\d{{1,2}}{_SECOND})?)"
    rf"|(?P<spelt>\d{{4}}{_YEAR}\s?\d{{1,2}}{_MONTH}\s?\d{{1,2}}{_DAY})"
    r"|(?P<french>\d{1,2}\s?h(?:\s?\d\d)?(?![\da-z]))"
    r"|(?P<week>\d{4}-?w\d\d-?[1-7](?!\d))"
    r"|(?P<ordinal>\d{4}-\d{3}(?!\d))"
    r"|(?P<compact>\d{8}(?:[t ]?\d{4}(?:\d\d(?:[.,]\d+)?)?)?(?!\d))"
    r"|(?P<numeric>\d{4}(?P<by>[-/.])\d{1,2}(?P=by)\d{1,2}(?!\d)|\d{1,2}(?P<by2>[-/.])\d{1,2}(?P=by2)\d{4}(?!\d)"
    r"|\d{1,2}\.\s\d{1,2}\.\s\d{4}(?!\d)|\d{4}\.\s\d{1,2}\.\s\d{1,2}(?!\d))"
    r"|(?P<dotted>\d\d\.\d\d(?:\.\d\d)?(?![\d.]))"
    r"|(?P<basic>(?<=\dt)\d\d(?:\d\d(?:\d\d(?:[.,]\d+)?)?)?(?![\d:]))"
    r"|(?P<offset>(?:[a-z]{1,5}\s?[+-]|\+\s?|-)\d{1,2}(?::?\d\d|:0)?(?![\d/.]|-\d))"
    r"|(?P<region>[a-z]+/[a-z]+(?:[+-]\d{1,2})?)"
    r"|(?P<number>\d{1,4}(?:st|nd|rd|th|er|°|-?го)?(?!\d))"
    r"|(?P<word>[^\W\d_]+(?:['’׳ʼ.][^\W\d_]+)*['’׳]?)"
    r"|(?P<gap>(?:[\s,،.;|/()\[\]·•–—־]|-(?!\d))+)"
)
PARTS = re.compile(r"\d+")
TIMES = frozenset({"time", "english", "spelt_time", "french", "dotted", "basic"})


def pairs(value: str) -> list[str]:
    """Return hours, minutes and seconds that stand together."""
    digits = PARTS.search(value)
    return re.findall("..", digits[0]) if digits else []
