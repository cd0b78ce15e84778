"""Pairs of stories that look like copies and are not."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from syndicator.fingerprint import fingerprint, keys_of, least_shared
from syndicator.store.fingerprint_table import FingerprintTable
from tests.bench.copies.corpora import Item, made, moulds

_NUMBER = re.compile(r"(?<![\w.,])\d{1,4}(?![\w.,]*\d)")
Pairs = Sequence[tuple[Item, Item]]


def one_number(items: Sequence[Item], chance: random.Random) -> Iterator[tuple[Item, Item]]:
    """Yield real texts, each with one of its numbers changed."""
    for item in items:
        places = list(_NUMBER.finditer(item.text))
        if places:
            found = chance.choice(places)
            other = str(int(found.group()) + chance.randint(1, 9))
            yield item, replace(item, text=item.text[: found.start()] + other + item.text[found.end() :])


def bulletins(items: Sequence[Item]) -> Iterator[tuple[Item, Item]]:
    """Yield real texts under one headline, more than a day apart, with other numbers."""
    by_title: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.day:
            by_title[item.title].append(item)
    for group in by_title.values():
        group.sort(key=lambda each: each.day)
        for old, new in pairwise(group):
            if new.day - old.day > 1 and _has_other_numbers(old, new):
                yield old, new


def same_mould(items: Sequence[Item]) -> Iterator[tuple[Item, Item]]:
    """Yield real texts that share keys, more than a day apart, under other headlines and with other numbers."""
    with FingerprintTable(None, 2**18) as table:
        for place, item in enumerate(items, 1):
            keys = keys_of(fingerprint(item.title, item.text))
            for story, _ in table.candidates(keys, most=1, least=max(3, least_shared(keys))):
                old = items[story - 1]
                if abs(item.day - old.day) > 1 and item.title != old.title and _has_other_numbers(old, item):
                    yield old, item
            table.add(place, keys)


def _has_other_numbers(old: Item, new: Item) -> bool:
    """Return whether each of two texts has numbers that the other has not, a third of its own at least."""
    numbers, others = (set(re.findall(r"\d[\d,.]*", item.title + " " + item.text)) for item in (old, new))
    return bool(numbers) and bool(others) and 3 * len(numbers & others) < 2 * min(len(numbers), len(others))


def other_slots(language: str, count: int, chance: random.Random) -> Iterator[tuple[str, Item, Item]]:
    """Yield our own stories with one to three slots changed: the kind of change, and the pair."""
    _, values = moulds(language)
    for mould, chosen, item in made(language, count, chance):
        changes = [(slot,) for slot in mould.slots] + [tuple(chance.sample(mould.slots, 3))]
        for slots in changes:
            other = {
                slot: chance.choice([each for each in values[slot] if each != chosen[slot]]) if slot in slots else value
                for slot, value in chosen.items()
            }
            yield slots[0] if len(slots) == 1 else "three slots", item, mould.filled(other)


def short_lines(language: str, count: int, chance: random.Random) -> Iterator[tuple[str, Item, Item]]:
    """Yield the same pairs, cut to the headline and the first sentence."""
    for kind, old, new in other_slots(language, count, chance):
        pair = [replace(item, text=item.text.partition(". ")[0] + ".") for item in (old, new)]
        if pair[0] != pair[1]:
            yield f"short, {kind}", pair[0], pair[1]
