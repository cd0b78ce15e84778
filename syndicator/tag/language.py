"""Language identification: the outlet's language if marker words confirm it, else fastText's model.

Most stories are in their outlet's language. A few words that are rare in all other languages confirm that at a tenth of
the cost of the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from syndicator import cldr
from syndicator.tag import shipped
from syndicator.text import words_of

UNKNOWN = "und"
_LONGEST = 120
_FEWEST_LETTERS = 12
_MOST_GUESSES = 3
# Prior odds of the outlet's own language against any other.
_PRIOR = 6.0
_SURE = 0.5
# Among the first words: the fewest marker words of a language, as a number and a share, and for each of another.
_FIRST_WORDS, _FEWEST_MARKERS, _MARKER_SHARE, _TO_ONE = 40, 3, 0.125, 4
_NO_MARKERS: Mapping[str, str] = {}
_SCRIPTS = (
    (re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff]"), frozenset("ar fa ur ps ckb ug sd pnb".split())),
    (re.compile(r"[\u0400-\u04ff]"), frozenset("ru uk bg sr mk be kk ky tg mn tt ba ce os cv".split())),
    (re.compile(r"[\u0590-\u05ff]"), frozenset(("he", "yi"))),
    (re.compile(r"[\u0370-\u03ff]"), frozenset(("el",))),
    (re.compile(r"[\u0900-\u097f]"), frozenset("hi mr ne".split())),
    (re.compile(r"[\u3040-\u30ff]"), frozenset(("ja",))),
    (re.compile(r"[\u3041-\u30ff\u3400-\u9fff]"), frozenset("zh ja yue wuu".split())),
    (re.compile(r"[\uac00-\ud7af]"), frozenset(("ko",))),
)  # fmt: skip
_DENSE, _DENSE_WEIGHT = (
    re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"),
    3,
)  # one sign is worth more letters
_LATIN = re.compile("[A-Za-z]")
_MOSTLY, _SHORT = 0.8, 5
_LETTER = re.compile(r"[^\W\d_]")
# Letters of Persian that Arabic lacks.
_PERSIAN = re.compile("[پچژگ]")
_ALIASES = {"arz": "ar", "azb": "fa", "mzn": "fa", "yue": "zh", "wuu": "zh", "nb": "no", "kmr": "ku", "iw": "he"}
# Letters that tell languages of one script apart, which the model mixes up in short titles.
_UKRAINIAN, _RUSSIAN = re.compile("[іїєґІЇЄҐ]"), re.compile("[ыэъёЫЭЪЁ]")
_OTHER_CYRILLIC = re.compile("[ўәғқңөұүһјљњћђѓќџ]", re.IGNORECASE)  # of languages that share і with Ukrainian, or none
_SORANI, _UYGHUR = re.compile("[ێۆڵڕە]"), re.compile("[ېۈۇڭ]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
# Forms of Han signs that only Japanese has.
_JAPANESE = re.compile(
    "[脳対経済応権発駅県圧続総労戦団図沢辺拠検験険単弾覚実価仏両亜悪囲円塩桜黒歳従焼専浅帯滝伝読悩覇浜変豊毎薬歴込働栃]"
)
_KURDISH = re.compile("[êîûÊÎÛ]")
_KURDISH_WORDS = re.compile(
    r"\b(?:li|ji|bi|di|û|ku|ya|yê|yên|ev|ew|bo|jî|nû|kes|kir|kirin|hat|hatin|dike|dikin|dibe)\b", re.IGNORECASE
)
_FEWEST_KURDISH = 2


@cache
def _model() -> Any:
    import fasttext  # noqa: PLC0415 - only processes that detect need it

    return fasttext.load_model(str(shipped.language_model()))


def load_model() -> None:
    """Load the model, which would otherwise be loaded with the first story."""
    _guesses("warm")


def _guesses(sample: str) -> list[tuple[str, float]]:
    """Return what the model takes a text for, the likeliest first. Capitals mislead it, and are lowered."""
    latin = _LATIN.findall(sample)
    capitals = sum(letter.isupper() for letter in latin)
    if sample.isupper() or (capitals > _MOSTLY * len(latin) and len(sample) > _SHORT):
        sample = sample.lower()
    labels, scores = _model().predict(sample.replace("\n", " "), k=_MOST_GUESSES, threshold=0.0)
    found = [
        (label.removeprefix("__label__"), min(float(score), 1.0)) for label, score in zip(labels, scores, strict=True)
    ]
    return sorted(found, key=lambda guess: guess[1], reverse=True)


def detect(title: str, text: str, expected: Sequence[str] = (), marker_words: Mapping[str, str] = _NO_MARKERS) -> str:
    """Return the language of a story as an ISO 639-1 code, ``und`` if it is unknown.

    ``expected`` are the outlet's languages. They win unless the words are clearly of another one. A title of a few
    letters is taken to be in the first of them. ``marker_words`` are the gazetteer's.
    """
    known = [language for language in expected if language and language != UNKNOWN]
    if known and marker_words and (marked := _language_by_markers(title, text, marker_words)):
        own = next((each for each in known if _base(each) == marked), None)
        if own:
            return own
    sample = f"{title} {text[:_LONGEST]}"[:_LONGEST].strip().encode("utf-8", "replace").decode()
    letters = len(_LETTER.findall(sample))
    bases = [_base(language) for language in known]
    fits = _by_letters(sample, _script_of(sample, letters), bases)
    letters += _DENSE_WEIGHT * len(_DENSE.findall(sample))
    if letters < _FEWEST_LETTERS:
        own = next((each for each, base in zip(known, bases, strict=True) if fits is None or base in fits), None)
        return own or (next(iter(known), UNKNOWN) if fits is None else _only(fits))
    scores: dict[str, float] = {}
    for guess, score in _guesses(sample):
        language = _ALIASES.get(guess, guess)
        if fits is None or language in fits:
            scores[language] = scores.get(language, 0.0) + score * (_PRIOR if language in bases else 1.0)
    if fits and "fa" in fits and _PERSIAN.search(sample):
        scores.pop("ar", None)
    if not scores:
        return next(iter(known), UNKNOWN) if fits is None else _only(fits)
    best = max(scores, key=scores.__getitem__)
    if best in bases:
        return known[bases.index(best)]
    is_sure = scores[best] >= _SURE or fits is not None
    return best if is_sure else next(iter(known), UNKNOWN)


def _language_by_markers(title: str, text: str, marker_words: Mapping[str, str]) -> str | None:
    """Return the language of which the first words have clearly most marker words, or None."""
    words = (words_of(title).words + words_of(text).words[:_FIRST_WORDS])[:_FIRST_WORDS]
    distinct = {word.lower() for word in words}
    markers = [language for word in distinct if (language := marker_words.get(word))]
    if len(markers) < _FEWEST_MARKERS:
        return None
    counts = sorted(((markers.count(language), language) for language in set(markers)), reverse=True)
    (times, language), others = counts[0], counts[1][0] if len(counts) > 1 else 0
    is_clear = times >= max(_FEWEST_MARKERS, _MARKER_SHARE * len(distinct), _TO_ONE * others)
    return language if is_clear else None


def short_code(language: str) -> str:
    """Return a language in lower case by its shortest code: en for eng, pt-br for POR-BR (ISO 639-1 for 639-2)."""
    base, mark, rest = language.lower().partition("-")
    return f"{cldr.tables().language_aliases.get(base, base)}{mark}{rest}"


def _base(language: str) -> str:
    base = language.partition("-")[0].lower()
    return _ALIASES.get(base, base)


def _script_of(sample: str, letters: int) -> frozenset[str] | None:
    """Return the languages of the text's script; None if it is Latin or mixed."""
    for pattern, languages in _SCRIPTS:
        if len(pattern.findall(sample)) * 2 > letters:
            return languages
    return None


def _by_letters(sample: str, fits: frozenset[str] | None, expected: Sequence[str]) -> frozenset[str] | None:
    """Narrow the languages of a script down by letters that only some of them have."""
    if fits is None:
        return frozenset(("ku",)) if _is_kurdish(sample) else None
    if "uk" in fits and not _OTHER_CYRILLIC.search(sample):
        is_ukrainian, is_russian = _UKRAINIAN.search(sample), _RUSSIAN.search(sample)
        if is_ukrainian and not is_russian:
            return frozenset(("uk",))
        return fits - {"uk"} if is_russian and not is_ukrainian else fits
    if "ckb" in fits and _SORANI.search(sample) and not _UYGHUR.search(sample):
        return frozenset(("ckb",))
    if "zh" in fits and "ja" not in expected:
        return frozenset(("ja",)) if _KANA.search(sample) or _JAPANESE.search(sample) else fits - {"ja"}
    return frozenset(("ja",)) if "zh" in fits and _KANA.search(sample) else fits


def _is_kurdish(sample: str) -> bool:
    """Return whether a text in Latin letters is Kurmanji, by its words and letters."""
    words, letters = len(_KURDISH_WORDS.findall(sample)), len(_KURDISH.findall(sample))
    return bool(words and letters) and words + letters > _FEWEST_KURDISH


def _only(fits: frozenset[str]) -> str:
    if "zh" in fits:
        return "zh"
    return next(iter(fits)) if len(fits) == 1 else UNKNOWN
