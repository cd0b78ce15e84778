"""Other ways to find copies, each as its users have it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

from syndicator.text import words_of
from tests.bench.copies.corpora import Item

try:
    from datasketch import MinHash, MinHashLSH
except ImportError:  # an extra of development
    MinHash = MinHashLSH = None


class Method(Protocol):
    """Remembers stories, and finds the one that an item is a copy of."""

    name: str

    def add(self, item: Item) -> None:
        """Remember a story."""
        ...

    def find(self, item: Item) -> Item | None:
        """Return the story that an item is a copy of."""
        ...

    def is_copy(self, new: Item, old: Item) -> bool:
        """Return whether the method would find ``old`` for ``new``, if it knew nothing nearer."""
        ...


@lru_cache(maxsize=2**16)
def _words(text: str) -> tuple[str, ...]:
    return tuple(words_of(text).folded())


class ExactTitle:
    """The same headline, as most readers do it."""

    name = "exact title"

    def __init__(self) -> None:
        self._titles: dict[str, Item] = {}

    def add(self, item: Item) -> None:
        self._titles.setdefault(item.title.casefold(), item)

    def find(self, item: Item) -> Item | None:
        return self._titles.get(item.title.casefold())

    def is_copy(self, new: Item, old: Item) -> bool:
        return new.title.casefold() == old.title.casefold()


class WordOverlap:
    """Half of the headlines' words, or 80 % of the shorter text's, are the same: as NewsBlur-like rules have it."""

    name = "word overlap"

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._places: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, item: Item) -> None:
        for word in set(_words(item.title)) | set(_words(item.text)):
            self._places[word].append(len(self._items))
        self._items.append(item)

    def find(self, item: Item) -> Item | None:
        rarest: list[str] = []
        for part in (item.title, item.text):
            known = (word for word in set(_words(part)) if word in self._places)
            rarest += sorted(known, key=lambda word: (len(self._places[word]), word))[:5]
        near = Counter(place for word in rarest for place in self._places[word][-200:])
        return next((self._items[p] for p, _ in near.most_common(20) if self.is_copy(item, self._items[p])), None)

    def is_copy(self, new: Item, old: Item) -> bool:
        titles, texts = (
            [set(_words(part)) for part in pair] for pair in ((new.title, old.title), (new.text, old.text))
        )
        return _share(titles, max(map(len, titles))) >= 0.5 or _share(texts, min(map(len, texts))) >= 0.8


def _share(sets: list[set[str]], of: int) -> float:
    return len(sets[0] & sets[1]) / of if of else 0.0


class TfIdf:
    """Cosine of at least .8 of tf-idf vectors of words, their 40 heaviest terms."""

    name = "tf-idf, cosine .8"

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._counts: Counter[str] = Counter()
        self._postings: defaultdict[str, list[int]] = defaultdict(list)
        self._vectors: dict[Item, dict[str, float]] = {}

    def add(self, item: Item) -> None:
        self._items.append(item)
        self._counts.update(set(_words(item.text)))

    def find(self, item: Item) -> Item | None:
        if not self._postings:
            for place, known in enumerate(self._items):
                for term in self._vector(known):
                    self._postings[term].append(place)
        near = Counter(place for term in self._vector(item) for place in self._postings.get(term, ()))
        scored = [(self._cosine(item, self._items[place]), -place) for place, _ in near.most_common(5)]
        best, place = max(scored, default=(0.0, 0))
        return self._items[-place] if best >= 0.8 else None

    def is_copy(self, new: Item, old: Item) -> bool:
        return self._cosine(new, old) >= 0.8

    def _cosine(self, one: Item, other: Item) -> float:
        vector, longer = self._vector(one), self._vector(other)
        return sum(weight * longer.get(term, 0.0) for term, weight in vector.items())

    def _vector(self, item: Item) -> dict[str, float]:
        if item not in self._vectors:
            tf = Counter(_words(item.text))
            weights = {
                word: (1 + math.log(count)) * math.log(len(self._items) / (1 + self._counts[word]) + 1)
                for word, count in tf.items()
            }
            kept = dict(sorted(weights.items(), key=lambda each: (-each[1], each[0]))[:40])
            norm = math.sqrt(sum(weight * weight for weight in kept.values())) or 1.0
            self._vectors[item] = {word: weight / norm for word, weight in kept.items()}
        return self._vectors[item]


class MinHashed:
    """datasketch's MinHash of three words in a row, 128 permutations, in its index for a Jaccard similarity of .5."""

    name = "datasketch MinHash, .5"

    def __init__(self) -> None:
        self._index = MinHashLSH(threshold=0.5, num_perm=128)
        self._items: list[Item] = []

    def add(self, item: Item) -> None:
        self._index.insert(len(self._items), self._hashed(item))
        self._items.append(item)

    def find(self, item: Item) -> Item | None:
        hashed = self._hashed(item)
        near = [(hashed.jaccard(self._hashed(self._items[place])), -place) for place in self._index.query(hashed)]
        best, place = max(near, default=(0.0, 0))
        return self._items[-place] if best >= 0.5 else None

    def is_copy(self, new: Item, old: Item) -> bool:
        return bool(self._hashed(new).jaccard(self._hashed(old)) >= 0.5)

    @staticmethod
    def _hashed(item: Item) -> MinHash:
        return _hashed(_words(item.text))


@lru_cache(maxsize=2**16)
def _hashed(words: tuple[str, ...]) -> MinHash:
    made = MinHash(num_perm=128)
    made.update_batch([" ".join(part).encode() for part in _shingles(words)])
    return made


def _shingles(words: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    return set(zip(words, words[1:], words[2:], strict=False)) or {words}


def methods() -> list[type[Method]]:
    """Return all methods that can be run here."""
    if MinHash is None:
        print("copies: without datasketch, an extra of development; its row is left out")
    return [ExactTitle, WordOverlap, TfIdf, *([MinHashed] if MinHash else [])]
