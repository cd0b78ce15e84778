"""Made-up filters and stories, for the property test and the benchmark."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from syndicator.models import Tag
from syndicator.query import Details, Subject

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
WORDS = {
    "en": (
        "ceasefire ceasefires truce prisoner prisoners exchange exchanged exchanges talks talk cease fire cease-fire "
        "Idlib Aleppo Homs market markets marketing bombing bombed strike strikes airstrike the a of in after before "
        "hospital hospitals school schools aid convoy convoys border minister ministers said says WHO who US us army"
    ).split(),
    "ar": "هدنة الهدنة والهدنة وقف إطلاق النار للنار في إدلب حلب مدرسة المدرسة تبادل الأسرى أسرى قصف القصف مستشفى بالمستشفى".split(),
    "ru": "перемирие перемирия перемирием обмен обмена пленными пленных удар удары ударов больница больницы в на Идлиб Идлибе".split(),
    "fa": "آتش‌بس آتش بس زندانی زندانیان مبادله بیمارستان بیمارستان‌ها بیمارستانها در ادلب حمله حمله‌های".split(),
    "tr": "ateşkes ateşkesin ateşkes'in esir takası hastane hastanesi İdlib İdlib'de saldırı saldırılar ve".split(),
    "zh": "停火协议达成 停火 停火协议 双方同意停火 交换战俘 医院遭空袭 和谈".split(),
    "he": "הפסקת אש הפסקת-אש והפסקת החטופים חטופים עסקה בעסקה בעזה".split(),
}
REGIONS = ("SY", "SY SY-ID", "SY SY-ID SY-ID/saraqib", "LB", "TR", "UA UA-63", "RU")
CONCEPTS = ("ceasefire", "aid", "airstrike")
OUTLETS = ("tass", "bbc", "sana", "enab")


def made_story(chance: random.Random, *, length: int = 40) -> Subject:
    """Make up a story."""
    language = chance.choice([*WORDS, "und"])
    words = WORDS[language if language in WORDS else "en"]

    def text(count: int) -> str:
        return "".join(chance.choice(words) + chance.choice((" ", " ", " ", ", ", "-", ". ")) for _ in range(count))

    tags = [
        Tag(
            scheme="region", term=path.split()[-1], label="", path=tuple(path.split()), evidence=(),
            role=chance.choice(("about", "actor", "dateline", "mention")), score=chance.choice((0.3, 0.9)),
        )
        for path in chance.sample(REGIONS, chance.randint(0, 2))
    ]  # fmt: skip
    concepts = chance.sample(CONCEPTS, chance.randint(0, 2))
    tags += [Tag(scheme="concept", term=term, label="", path=(term,), evidence=()) for term in concepts]
    published = NOW - timedelta(hours=chance.randint(0, 2000))
    details = Details(
        author=chance.choice(("", "Anna Politkovskaya", "Ali Hassan", text(2))),
        source=chance.choice(("bbc/world.xml", "tass/rss")),
        categories=tuple(
            chance.sample(("World news", "Politics", "Sport", "Middle East", text(2)), chance.randint(0, 2))
        ),
        url=f"https://o.example/{chance.choice(('politics', 'sport', 'world', chance.choice(words)))}/{chance.randint(0, 99)}",
        published=chance.choice((published, published, None)),
        has=tuple(chance.sample(("image", "audio", "enclosure"), chance.randint(0, 2))),
    )
    return Subject(
        title=text(chance.randint(0, 9)),
        text=text(chance.randint(0, length)),
        language=language,
        outlets=tuple(chance.sample(OUTLETS, chance.randint(1, 4))),
        tags=tags,
        revised=tuple(chance.sample(("title", "text"), chance.randint(0, 1))),
        is_deleted=chance.random() < 0.1,
        details=details,
        age=details.age(NOW),
        events=tuple(chance.sample((1, 2, 3), chance.randint(0, 1))),
    )


def made_filter(chance: random.Random, *, depth: int = 3, feeds: tuple[str, ...] = ()) -> str:
    """Make up a filter that parses; it may use some ``feeds``."""
    if depth and chance.random() < 0.6:
        parts = [made_filter(chance, depth=depth - 1, feeds=feeds) for _ in range(chance.randint(2, 3))]
        return "(" + chance.choice((" and ", " ", " or ")).join(parts) + ")"
    if chance.random() < 0.2:
        return chance.choice(("not ", "-")) + _term(chance, feeds)
    return _term(chance, feeds)


def _term(chance: random.Random, feeds: tuple[str, ...]) -> str:
    words = WORDS[chance.choice(list(WORDS))]

    def word() -> str:
        return chance.choice(words).strip("'").replace("'", "")

    def text() -> str:
        phrase = " ".join(word() for _ in range(chance.randint(1, 3)))
        start = word()
        return chance.choice((word(), word(), f'"{phrase}"', f"{start[: max(1, len(start) - 2)]}*", f'"{phrase}*"'))

    makers = (
        *([text] * 8),
        lambda: f"{chance.choice(('title', 'text'))}:{text()}",
        lambda: f"title:({word()} or {word()} or {word()} or {word()} or {word()} or {word()})",
        lambda: f"near/{chance.randint(0, 6)}({text()}, ({text()} or {text()}))",
        lambda: f"title:near({word()}, {word()}, {text()})",
        lambda: chance.choice(("/S-?[34]00/", r"/\bWHO\b/", "/hospital.{0,9}school/i", r"title:/^\w+ing/i")),
        lambda: chance.choice(("author:Anna", 'author:"Ali Hassan"', "author:/^A/", "author:hassan*")),
        lambda: chance.choice(('category:"world news"', "category:sport", "category:(east or news)")),
        lambda: f"{chance.choice(('author', 'category'))}:{word()}",
        lambda: chance.choice(("url:politics", 'url:"/sport/"', r"url:/world\/\d$/")),
        lambda: (
            chance.choice(("region", "about", "actor", "dateline", "mentions"))
            + f":{chance.choice(REGIONS).split()[-1]}"
        ),
        lambda: f"concept:{chance.choice(CONCEPTS)}",
        lambda: f"outlet:{chance.choice(OUTLETS)}",
        lambda: f"lang:{chance.choice(list(WORDS))}",
        lambda: chance.choice(("source:bbc/world.xml", "has:image", "has:audio", "event:1", "event:2", "deleted:yes")),
        lambda: chance.choice(("revised:yes", "revised:title", "copies:>=2", "copies:1..2", "copies:0")),
        lambda: chance.choice(("published:2026-11", "published:2026-11-01..", "published:..2026-10-31")),
        *([lambda: f"feed:{chance.choice(feeds)}"] if feeds else []),
    )
    return chance.choice(makers)()
