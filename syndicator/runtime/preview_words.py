"""Which words of stories a filter's words catch, as the search index knows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from syndicator.lexicon import Match
from syndicator.models.preview import CaughtForm, CaughtForms
from syndicator.query import Where
from syndicator.query.tree import phrases_in
from syndicator.runtime.preview_plan import LookUp, stem_keys
from syndicator.store import Transaction
from syndicator.text import term_forms

# A word with more forms than that is the beginning of next to everything.
MOST_FORMS = 3000
_MOST_WORDS, _MOST_SHOWN = 12, 12
_ARABIC = re.compile("[\u0600-\u06ff]")
_NON_JOINER = "\u200c"


def looking_up(tx: Transaction, most: int = MOST_FORMS) -> LookUp:
    """Return a function that looks up words in the index, each once; those of which there are ``most`` at most."""
    known: dict[tuple[tuple[str, ...], bool], Sequence[str] | None] = {}

    def look_up(keys: tuple[str, ...], *, is_prefix: bool = False) -> Sequence[str] | None:
        asked = (keys, is_prefix)
        if asked not in known:
            known[asked] = tx.search.words_of(keys, limit=most, is_prefix=is_prefix)
        return known[asked]

    return look_up


def caught_forms(
    tx: Transaction, where: Where, look_up: LookUp, *, among: Callable[[str], int] | None = None
) -> Iterator[CaughtForms]:
    """Yield for each bare word of a filter, and each that ends in ``*``, in which forms stories have it.

    ``among`` counts those of some stories that have a form; without it, it is counted in how many each stands.
    """
    words: dict[tuple[str, Match], None] = {}
    for phrase in phrases_in(where):
        if len(phrase.words) == 1 and phrase.match is not Match.EXACT:
            words.setdefault((phrase.words[0], phrase.match))
    for word, match in list(words)[:_MOST_WORDS]:
        caught, forms = _caught(tx, word, match, look_up)
        yield _narrowed(caught, forms, among) if among else caught


def _narrowed(caught: CaughtForms, forms: Sequence[str], among: Callable[[str], int]) -> CaughtForms:
    """Return forms with how many of some stories have them, without those that none has."""
    counted = [CaughtForm(form=_joined(each), stories=found) for each in forms if (found := among(each))]
    counted.sort(key=lambda each: -(each.stories or 0))
    has_more = caught.count > len(forms)
    return CaughtForms(word=caught.word, forms=tuple(counted), count=caught.count if has_more else len(counted))


def _caught(tx: Transaction, word: str, match: Match, look_up: LookUp) -> tuple[CaughtForms, Sequence[str]]:
    """Return the most frequent forms of a word, and these as the index has them."""
    is_prefix = match is Match.PREFIX
    written = word + ("*" if is_prefix else "")
    looked_up = [look_up(term_forms(word), is_prefix=is_prefix)]
    if not is_prefix:
        looked_up += [look_up(keys) for _, keys in stem_keys(word)]
    found = {form for some in looked_up for form in some or ()}
    if None in looked_up:
        return CaughtForms(word=written, forms=(), count=MOST_FORMS + 1), ()
    counts = tx.search.counts(found)
    # Words of stories that are deleted by now are still known.
    used = [each for each in found if _is_used(each, counts)]
    used.sort(key=lambda each: (-counts.get(each, 0), _joined(each)))
    shown = used[:_MOST_SHOWN]
    forms = tuple(CaughtForm(form=_joined(each), stories=counts.get(each)) for each in shown)
    return CaughtForms(word=written, forms=forms, count=len(used)), shown


def _is_used(word: str, counts: Collection[str]) -> bool:
    return " " in word or word in counts


def _joined(word: str) -> str:
    """Return a word as it is written: what the index has apart, a hyphen joins, or a non-joiner in Arabic script."""
    return word.replace(" ", _NON_JOINER if _ARABIC.search(word) else "-")
