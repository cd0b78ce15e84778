"""What filters cost: stories a second at 100, 1,000 and 10,000 feeds, beside the same filters tried one by one.

Made data: words of five languages by how often they are used (wordfreq), filters of the kinds that people write, one in
twenty without a term that it cannot do without. A process of its own for each number of feeds tells the memory.
"""

from __future__ import annotations

import itertools
import json
import pickle
import random
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from wordfreq import top_n_list

from syndicator.models import Tag
from syndicator.query import Details, Filters, Subject, Vocabulary, Where, parse
from syndicator.query.match import IndexedSubject, lexicon_of, matches

_LANGUAGES = {"en": 0.5, "ar": 0.2, "ru": 0.15, "es": 0.1, "fa": 0.05}
_COMMONEST = 20_000
# Filters name words that are neither the commonest nor hardly ever used.
_NAMED = slice(400, 12_000)
_COUNTRIES = [f"{a}{b}" for a in "abcdefghijklmnopqrst" for b in "abcdefghij"]
_CONCEPTS = [f"concept{number}" for number in range(60)]
_OUTLETS = [f"outlet{number}" for number in range(300)]
_WORDS_PER_STORY = 240  # some 1,500 characters
_STORIES, _WALKED_SECONDS = 3_000, 4.0


class _Maker:
    """Makes stories and filters."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.words = {language: top_n_list(language, _COMMONEST, wordlist="best") for language in _LANGUAGES}
        weights = [1 / rank for rank in range(1, _COMMONEST + 1)]
        self._cumulative = {each: list(itertools.accumulate(weights[: len(self.words[each])])) for each in self.words}

    def language(self) -> str:
        return self.chance.choices(list(_LANGUAGES), list(_LANGUAGES.values()))[0]

    def text(self, language: str, count: int) -> str:
        return " ".join(self.chance.choices(self.words[language], cum_weights=self._cumulative[language], k=count))

    def story(self) -> Subject:
        language = self.language()
        places = [path.upper().split("-") for path in self.chance.sample(_COUNTRIES, 2)]
        tags = [
            Tag(scheme="region", term="-".join(path), label="", path=tuple(path), evidence=(), role="about")
            for path in places
        ]
        tags += [
            Tag(scheme="concept", term=each, label="", path=(each,), evidence=())
            for each in self.chance.sample(_CONCEPTS, self.chance.randint(0, 3))
        ]
        title, text = self.text(language, 9), self.text(language, _WORDS_PER_STORY)
        details = Details(published=datetime(2026, 11, self.chance.randint(1, 30), 12, tzinfo=UTC))
        return Subject(title, text, language, (self.chance.choice(_OUTLETS),), tags, details=details)

    def where(self) -> str:
        chance = self.chance
        words = self.words[self.language()][_NAMED]

        def word() -> str:
            found = chance.choice(words)
            return found if found.isalpha() and found not in ("and", "or", "not", "near") else word()

        region = f"region:{chance.choice(_COUNTRIES)}"
        match chance.random():
            case draw if draw < 0.25:
                return f"{region} concept:{chance.choice(_CONCEPTS)}"
            case draw if draw < 0.45:
                return f"{region} ({word()} or {word()} or {word()})"
            case draw if draw < 0.6:
                return f"{word()} {word()} not outlet:{chance.choice(_OUTLETS)}"
            case draw if draw < 0.7:
                return f'"{word()} {word()}" or title:({word()} or {word()})'
            case draw if draw < 0.8:
                return " or ".join(word() for _ in range(12))
            case draw if draw < 0.88:
                return f"near/5({word()}, ({word()} or {word()})) {region}"
            case draw if draw < 0.94:
                return f"{word()}* lang:{self.language()}"
            case draw if draw < 0.95:
                return f"/{word()}.{{0,9}}{word()}/i"
            case _:
                return f"not ({region} or {word()}) published:2026-11-{chance.randint(1, 30):02}"


def filters() -> None:
    """Print the table: a process of its own for each row."""
    print("filters: stories/s on a core; seconds to parse and to file, MB that they add, KB sent to a child")
    head = ("feeds", "ours", "one by one", "parse", "file", "MB", "KB", "found/story")
    print(" ".join(f"{each:>12}" for each in head))
    for count in (100, 1_000, 10_000):
        command = (sys.executable, "-m", "tests.bench.filters", str(count))
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        numbers = (found[each] for each in ("ours", "walked", "parse", "file", "memory", "sent", "found"))
        print(f"{count:>12,} " + " ".join(f"{each:>12,.2f}" if each < 100 else f"{each:>12,.0f}" for each in numbers))


def _measure(count: int) -> dict[str, float]:
    maker = _Maker(7)
    stories = [maker.story() for _ in range(_STORIES)]
    wheres = [maker.where() for _ in range(count)]
    parse("a b or c" if not wheres else wheres[0], Vocabulary())  # the grammar is made once
    before = _memory()
    started = time.process_time()
    trees = {f"f{number}": parse(where, Vocabulary()) for number, where in enumerate(wheres)}
    parsed = time.process_time()
    ours = Filters(trees)
    filed = time.process_time()
    found = sum(len(ours(story)) for story in stories)  # words are looked up, tests compiled
    memory = _memory() - before
    again = time.process_time()
    assert sum(len(ours(story)) for story in stories) == found
    rate = len(stories) / (time.process_time() - again)
    walked, walked_found = _walked(trees, stories)
    assert walked_found == [ours(story) for story in stories[: len(walked_found)]]
    return {
        "ours": rate,
        "walked": walked,
        "parse": parsed - started,
        "file": filed - parsed,
        "memory": memory / 1024,
        "sent": len(pickle.dumps(trees)) / 1024,
        "found": found / len(stories),
    }


def _walked(trees: dict[str, Where], stories: Sequence[Subject]) -> tuple[float, list[frozenset[str]]]:
    """Return stories a second when every filter's tree is walked for each, and what was found in those tried."""
    lexicon = lexicon_of(trees.values())

    def holding(story: Subject) -> frozenset[str]:
        subject = IndexedSubject(story, lexicon, trees)
        return frozenset(name for name, where in trees.items() if matches(where, subject))

    for story in stories[:20]:
        holding(story)
    started, found = time.process_time(), []
    for story in stories:
        found.append(holding(story))
        if time.process_time() - started > _WALKED_SECONDS:
            break
    return len(found) / (time.process_time() - started), found


def _memory() -> float:
    """Return the KB of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1024


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))
