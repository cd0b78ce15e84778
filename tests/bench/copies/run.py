"""How many copies are found, and how many look-alikes are taken for copies; end to end, beside other methods.

A copy is found if the story that it was made of is, or one with the same words: candidates by the table of fingerprints, at most five, the first one
that compares as a copy. Texts are hidden among all others. Look-alikes are asked for the text that they resemble.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice

from syndicator.fingerprint import fingerprint, keys_of, least_shared
from syndicator.ingest.copy_text import prepare
from syndicator.ingest.lineage import compare_told
from syndicator.store.fingerprint_table import FingerprintTable
from tests.bench.copies import lookalikes
from tests.bench.copies.alter import Alterations
from tests.bench.copies.baselines import Method, methods
from tests.bench.copies.corpora import FOLDER, LANGUAGES, Item, made, mould_words, real


class Ours:
    """Fingerprints, the table, and the comparison."""

    name = "ours"

    def __init__(self) -> None:
        self._table, self._items = FingerprintTable(None, 2**18), list[Item]()

    def add(self, item: Item) -> None:
        self._items.append(item)
        self._table.add(len(self._items), keys_of(fingerprint(item.title, item.text)))

    def is_copy(self, new: Item, old: Item) -> bool:
        """Return whether ``old`` is a candidate for ``new``, and compares as what it was copied from."""
        keys = keys_of(fingerprint(new.title, new.text))
        shared = set(keys).intersection(keys_of(fingerprint(old.title, old.text)))
        return len(shared) >= least_shared(keys) and _compares(new, old)

    def find(self, item: Item) -> Item | None:
        """Return the story that an item is a copy of."""
        keys = keys_of(fingerprint(item.title, item.text))
        stories = (self._items[story - 1] for story, _ in self._table.candidates(keys, least=least_shared(keys)))
        return next((old for old in stories if _compares(item, old)), None)


def _compares(new: Item, old: Item) -> bool:
    texts = (prepare(each.title, each.text, language=each.language, places=each.places) for each in (new, old))
    return compare_told(*texts, is_within=False).is_copy


def copies(*options: str) -> None:
    """Print recall by alteration and language, then what look-alikes are accepted, by method.

    ``ours`` leaves out the other methods, ``quick`` takes fewer texts, and ``seed=N`` takes others: rules and thresholds
    were chosen on seed 7.
    """
    if not FOLDER.is_dir():
        print("copies: set SYNDICATOR_CORPORA to the folder of the shared corpora")
        return
    chance = random.Random(next((int(each.removeprefix("seed=")) for each in options if each.startswith("seed=")), 7))
    pool = real()
    own = {language: [item for _, _, item in made(language, 40, chance)] for language in LANGUAGES}
    hidden = [*pool, *(item for items in own.values() for item in items)]
    chosen = {"real": chance.sample(pool, 40 if "quick" in options else 300), **own}
    queries = _queries(chosen, pool, chance)
    pairs = _look_alikes(pool, chance, 100 if "quick" in options else 1000)
    wanted = [Ours] if "ours" in options else [Ours, *methods()]
    print(f"copies: {len(queries)} hidden among {len(hidden)} texts; {sum(map(len, pairs.values()))} look-alikes")
    for make in wanted:
        _report(make(), hidden, queries, pairs)


def _queries(
    chosen: dict[str, list[Item]], pool: Sequence[Item], chance: random.Random
) -> list[tuple[str, str, Item, Item]]:
    """Return language, alteration, original and copy."""
    found = []
    for language, items in chosen.items():
        others = chance.sample(pool, 500) if language == "real" else items
        words = mould_words(language) if language != "real" else [word for each in others for word in each.text.split()]
        for name, alter in Alterations(others, words, chance).all().items():
            for item in items:
                copy = alter(item)
                if copy is not None:
                    found.append((language, name, item, copy))
    return found


def _look_alikes(pool: Sequence[Item], chance: random.Random, most: int) -> dict[str, list[tuple[Item, Item]]]:
    dated = [item for item in pool if item.day]
    found = {
        "one number": list(lookalikes.one_number(chance.sample(pool, most), chance)),
        "same headline, another day": list(islice(lookalikes.bulletins(dated), most)),
        "same mould, another day": list(islice(lookalikes.same_mould(dated), most)),
    }
    by_kind: defaultdict[str, list[tuple[Item, Item]]] = defaultdict(list)
    for language in LANGUAGES:
        for make in (lookalikes.other_slots, lookalikes.short_lines):
            for kind, old, new in make(language, 30, chance):
                by_kind[f"{kind}, {language}"].append((old, new))
    return found | by_kind


def _report(
    method: Method,
    hidden: Sequence[Item],
    queries: list[tuple[str, str, Item, Item]],
    pairs: dict[str, list[tuple[Item, Item]]],
) -> None:
    began = time.process_time()
    for item in hidden:
        method.add(item)
    added = time.process_time() - began
    asked, found, other = Counter[tuple[str, str]](), Counter[tuple[str, str]](), 0
    for language, name, item, copy in queries:
        answer = method.find(copy)
        asked[language, name] += 1
        is_found = answer is not None and (answer.text in copy.text or _is_twin(answer, item))
        found[language, name] += is_found
        other += answer is not None and not is_found
    spent = time.process_time() - began - added
    names = list(dict.fromkeys(name for _, name in asked))
    print(
        f"\n{method.name}: {added / len(hidden) * 1e6:.0f} us to add a text, {spent / len(queries) * 1e3:.2f} ms to ask"
    )
    print(f"{'recall':<8}" + "".join(f"{name:>10}" for name in names))
    for language in dict.fromkeys(language for language, _ in asked):
        shares = (found[language, name] / max(1, asked[language, name]) for name in names)
        print(f"{language:<8}" + "".join(f"{share:>10.3f}" for share in shares))
    print(f"another story found: {other} of {len(queries)}")
    _report_look_alikes(method, pairs)


def _is_twin(answer: Item, item: Item) -> bool:
    """Return whether a text that was found is the original, or one of the corpus with nearly all of its words in a row."""
    if answer == item:
        return True
    sets = [set(zip(words, words[1:], words[2:], strict=False)) for words in (answer.text.split(), item.text.split())]
    return len(sets[0] & sets[1]) >= 0.9 * min(map(len, sets)) > 0


def _report_look_alikes(method: Method, pairs: dict[str, list[tuple[Item, Item]]]) -> None:
    """Print the share of look-alikes that are taken for copies of the text that they resemble."""
    accepted = {kind: sum(method.is_copy(new, old) for old, new in group) for kind, group in pairs.items()}
    everything, count = sum(map(len, pairs.values())), sum(accepted.values())
    shown = ", ".join(f"{kind} {accepted[kind]}/{len(pairs[kind])}" for kind in pairs if accepted[kind])
    print(f"look-alikes accepted: {count} of {everything} ({count / everything:.4f}): {shown[:600] or 'none'}")
