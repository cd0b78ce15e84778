"""The beginning of a text, cut where a sentence or a word ends, in any script. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from syndicator.text import MARKS

# A sentence may end a third before or after the number of words that is aimed at.
_WORDS, _SLACK = 50, 17
_ELLIPSIS = "…"
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)[^>"]*+(?:"[^"]*+"[^>"]*+)*+>')
_VOID = frozenset({"br", "hr"})
# Scripts without spaces: two signs of Chinese and Japanese, and five letters of Thai, Lao, Khmer and Burmese make about
# one word, and lines may be broken after each.
_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_TOKEN = re.compile(
    rf"(?P<ideograph>[{_IDEOGRAPH}])"
    rf"|(?P<unspaced>[{_UNSPACED}][{MARKS}]*)"
    rf"|(?P<word>(?:&[#\w]+;|[^\s<{_IDEOGRAPH}{_UNSPACED}]){{1,60}}[{MARKS}]*)"
    r"|\s+"
)
_SIGN = re.compile(f"[{_IDEOGRAPH}{_UNSPACED}]")
_WEIGHTS = {"ideograph": 0.5, "unspaced": 0.2, "word": 1.0}
# Full stops of many scripts, with the quotation marks and brackets that may follow.
_SENTENCE_END = re.compile(r"[.!?…。！？؟۔।॥։።][\"'”’»)\]」』]*\Z")
_ABBREVIATION = re.compile(r"(?:\A|\W)(?:\w\.)+\Z")
_LONGEST_HONORIFIC = 3


def excerpt(markup: str) -> str:
    """Return about the first 50 words of sanitized HTML, as well-formed HTML.

    It ends with the sentence that ends nearest, where one does within a third of that, else with a word and an
    ellipsis. A text that is hardly longer is returned whole.
    """
    end = _end_of(markup)
    if end is None:
        return markup
    at, is_sentence = end
    head = markup[:at].rstrip()
    return head + ("" if is_sentence else _ELLIPSIS) + "".join(f"</{name}>" for name in reversed(_open_in(head)))


def _end_of(markup: str) -> tuple[int, bool] | None:
    """Return where an excerpt ends and whether a sentence does there; None where the text does before."""
    nearest: tuple[float, int] | None = None
    last_word = 0
    count = 0.0
    for end, weight, token in _words(markup):
        if count + weight > _WORDS + _SLACK:
            break
        count += weight
        if count <= _WORDS:
            last_word = end
        distance = abs(count - _WORDS)
        if distance <= _SLACK and _ends_sentence(token) and (nearest is None or distance < nearest[0]):
            nearest = distance, end
    else:
        return None
    return (nearest[1], True) if nearest else (last_word, False)


def _words(markup: str) -> Iterator[tuple[int, float, str]]:
    """Yield each word outside of tags: where it ends, what it counts, and itself."""
    at = 0
    while at < len(markup):
        tag = _TAG.match(markup, at)
        if tag is not None:
            at = tag.end()
            continue
        found = _TOKEN.match(markup, at)
        if found is None:  # a "<" that begins no tag
            at += 1
            continue
        at = found.end()
        if found.lastgroup is not None:
            yield at, _WEIGHTS[found.lastgroup], found[0]


def _ends_sentence(token: str) -> bool:
    word = html.unescape(token)
    if _SENTENCE_END.search(word) is None or _ABBREVIATION.search(word):
        return False
    return not (len(word) <= _LONGEST_HONORIFIC and word[0].isupper())  # Dr., St.


def _open_in(head: str) -> list[str]:
    """Return the names of the elements that are open at the end of a piece of balanced HTML, outermost first."""
    names: list[str] = []
    for tag in _TAG.finditer(head):
        if tag[2] in _VOID:
            continue
        if not tag[1]:
            names.append(tag[2])
        elif names:
            names.pop()
    return names


def word_count(text: str) -> int:
    """Return about how many words a plain text has, counted as ``excerpt`` does."""
    if _SIGN.search(text) is None:  # the rule, and much faster
        return len(text.split())
    return round(sum(weight for _, weight, _ in _words(text)))
