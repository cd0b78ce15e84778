"""Single signs that Chinese and Japanese headlines write for countries: 美军, 訪米, 日中会談. Table ``signs.tsv``.

A sign alone says nothing. It is meant before or after words of the table, as one of two or three before others, and
never inside words that hold it without meaning it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from syndicator.tag import tables
from syndicator.text import fold

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_AFTER, _BEFORE, _PAIR, _VOID = "+after", "+before", "+pair", "+void"
# Signs that are parts of other words: before a table's word they must begin a phrase.
_ALONE = "法德英意日中台土加印朝以乌烏露比仏独"
_PHRASE = r"(?<![\u3400-\u9fff])|(?<=[的在被与與和对對称稱遭由向从前说說将將为為及])"
_BY_MEANS_OF = "(?!以(?:军事|軍事|政府|媒|议|議))"  # 以 is Israel, and "with"


class _Patterns(NamedTuple):
    singles: tuple[re.Pattern[str], ...]
    several: re.Pattern[str]


def country_signs(text: str) -> Iterator[int]:
    """Yield the places in a folded text of the signs that stand for countries."""
    is_japanese = bool(_KANA.search(text))
    chinese, japanese = _patterns("zh"), _patterns("ja")
    for pattern in (japanese if is_japanese else chinese).singles:
        yield from (match.start() for match in pattern.finditer(text))
    # A Japanese headline may have no kana.
    for pattern in (japanese.several,) if is_japanese else (chinese.several, japanese.several):
        for match in pattern.finditer(text):
            yield from range(match.start(), match.end())


def voids(text: str) -> Iterator[tuple[int, int]]:
    """Yield the beginnings and ends, in a folded text, of words that hold a name without naming the place."""
    return (match.span() for match in _void_pattern().finditer(text))


@cache
def _patterns(language: str) -> _Patterns:
    signs, beside = set[str](), dict[str, str]()
    for row in tables.rows("signs.tsv"):
        if row["code"].startswith("+"):
            beside[row["code"]] = any_of(tables.cell(row, language)).pattern
        else:
            signs.update(tables.cell(row, language))
    one = f"[{''.join(sorted(signs))}]"
    sure, unsure = (f"(?:(?![{_ALONE}]){one})", f"(?:(?:{_PHRASE})(?=[{_ALONE}]){one})")
    before, after, pair = (beside[each] for each in (_BEFORE, _AFTER, _PAIR))
    singles = (
        re.compile(f"{_BY_MEANS_OF}(?:{sure}|{unsure})(?={after})"),
        re.compile(f"(?<=[{before.replace('|', '')}]){one}"),
    )
    return _Patterns(singles, re.compile(f"{one}{{2,3}}(?={pair})"))


@cache
def _void_pattern() -> re.Pattern[str]:
    rows = (row for row in tables.rows("signs.tsv") if row["code"] == _VOID)
    return any_of(fold(word) for row in rows for language in ("zh", "ja") for word in tables.cell(row, language))


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for any of these words, the longest first."""
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))
