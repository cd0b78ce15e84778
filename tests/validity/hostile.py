"""Made-up stories that mean harm, the same for each seed: nothing in them has been through ingest."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from syndicator.models import Enclosure, Outlet, Picture, Republish, Source, Story, Tag
from syndicator.publish import PublicationContext
from syndicator.publish.cache import EntryCache
from tests.conftest import NOW

_WORDS = (
    "هدنة في إدلب", "آتش‌بس در کابل", "Перемирие в Алеппо", "Hatay'da deprem", "停战", "Cessez-le-feu à Homs", "שביתת נשק",
    "AT&T", "1 < 2 > 0", "R&D &amp; more", "&lt;b&gt;", "&#x3C;script>", "&copy;", "&notanentity;", "]]>", "<!--", "-->",
    "<![CDATA[x]]>", "<?xml version='1.0'?>", "<b>bold</b>", "</p></div>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>", "<p dir=rtl>يمين</p>", "<a href='javascript:alert(1)'>x</a>", '<a href="//evil.example/x">x</a>',
    "<a href='relative'>x</a>", "<a href='https://x.example/[1]?a=[b]&c=\"d\"'>x</a>", "<style>p{}</style>", "<iframe src=x>",
    "<blockquote><p>unclosed", "<table><tr><td>cell", "\x00", "\x0b\x1b[31m", "\ufffe\uffff", "\ud800", "\udfff", "\u202eoverride",
    "\u2066isolate", "e" + "\u0301" * 40, "👩‍👩‍👧‍👦", "𐍈", "\n  <entry>\n", "\n    <item>\n", "\n</feed>", "\n  </channel>", '","items":[{', "\\u003c",
    "{title}", "{0}", "%s%n", "\u2028line\u2029", "\u0085", "a" * 300, "&" * 20, "<" * 20, "]]&gt;",
)  # fmt: skip
_LINKS = (
    None, "https://www.bona.example/1", "http://bona.example:80/1", "https://www.bona.example/خبر/١", "https://сирия.example/новости?я=ю",
    "https://www.bona.example/a b", "https://www.bona.example/%zz", "https://www.bona.example/[x]?y=[z]#[w]", "https://u:p@www.bona.example/1",
    "javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "//evil.example/x", "/relative", "https://", "https://[::1]/x",
    "https://www.bona.example/\ufffe", "https://www.bona.example/<script>", 'https://www.bona.example/"x"', "https://www.bona.example/?a=1&b=2#c#d",
    "HTTPS://WWW.BONA.EXAMPLE/UP", "ftp://www.bona.example/x", "https://www.bona.example/" + "p" * 3000, "https://xn--/x", " https://www.bona.example/s ",
)  # fmt: skip
_TYPES = ("audio/mpeg", "image/jpeg", "video/mp4; codecs=x", '"><script>', "", "text", "IMAGE/PNG")
_LANGUAGES = ("ar", "fa", "ru", "tr", "he", "en", "zh-Hant", "pt-BR", "")
_REGIONS = (
    ("SY", "Syria"),
    ("SY-ID", "Idlib"),
    ("TR", "Türkiye"),
    ("SY-HL/azaz", "Azaz & <around>"),
    ("TR-31", "Hatay"),
)


def hostile_context() -> PublicationContext:
    """Return a context with outlets of each policy; the last of them is known only from the past, or not at all."""
    return PublicationContext(
        base_url="https://feeds.example",
        title='Desk & "Co" <1>',
        authority="feeds.example,2026",
        outlets={f"{each.value}-paper": _outlet(each) for each in Republish},
        labels={"SY": "Syria", "TR": "Türkiye"},
        icon="https://feeds.example/static/icon.png",
        logo="https://feeds.example/static/logo.png",
        hubs=("https://hub.example/",),
        alternates=("https://mirror.example/syndicator",),
        entry_cache=EntryCache(),
    )


def _outlet(policy: Republish) -> Outlet:
    id_ = f"{policy.value}-paper"
    source = Source(
        id=f"{id_}/f", outlet=id_, endpoints=("https://user:secret@www.bona.example/f?token=1",), language="ar"
    )
    return Outlet(
        id=id_,
        name=f'{policy.value} & <Sons> "صحيفة"',
        country="SY",
        language="ar",
        home="https://www.bona.example",
        mirrors=("https://mirror.example",),
        republish=policy,
        sources=(source,),
    )


def hostile_stories(count: int, *, seed: int = 1) -> list[Story]:
    """Return as many stories, each another in something."""
    chance = random.Random(seed)
    return [_story(chance, number) for number in range(1, count + 1)]


def _story(chance: random.Random, number: int) -> Story:
    outlet = chance.choice(("link-paper", "excerpt-paper", "full-paper", "gone"))
    seen = NOW - timedelta(minutes=number)
    made = Story(
        id=number,
        uid=f"tag:feeds.example,2026:{outlet}/{number}",
        outlet=outlet,
        source=f"{outlet}/f",
        source_title=_text(chance, 3),
        title=_text(chance, 4),
        html=_text(chance, chance.choice((0, 3, 30, 200))),
        link=chance.choice(_LINKS),
        author=chance.choice((None, _text(chance, 2))),
        language=chance.choice(_LANGUAGES),
        published=chance.choice((None, seen - timedelta(hours=chance.randrange(100)))),
        first_seen=seen,
        updated=seen + timedelta(seconds=chance.randrange(100), microseconds=chance.randrange(10**6)),
        categories=tuple(_text(chance, 1) for _ in range(chance.randrange(4))),
    )
    return replace(made, **_more(chance, number))


def _more(chance: random.Random, number: int) -> dict[str, object]:
    enclosure = Enclosure(url=_link(chance), type=chance.choice(_TYPES), length=chance.randrange(3))
    return {
        "enclosure": chance.choice((None, enclosure)),
        "pictures": tuple(_picture(chance) for _ in range(chance.randrange(3))),
        "point": chance.choice(
            (None, (chance.uniform(-90, 90), chance.uniform(-180, 180)), (0.00001, -0.00001), (-90.0, 180.0))
        ),
        "tags": tuple(_tag(chance) for _ in range(chance.randrange(4))),
        "outlets": chance.choice(((), ("full-paper", "link-paper"))),
        "copies": tuple(_link(chance) for _ in range(chance.randrange(4))),
        "revised": chance.choice(((), ("title",), ("title", "text"))),
        "notes": chance.choice(("", f"<p><b>Title changed</b>: <del>{number}</del></p>", _text(chance, 3))),
    }


def _text(chance: random.Random, most: int) -> str:
    return " ".join(chance.choices(_WORDS, k=chance.randint(0, most)))


def _link(chance: random.Random) -> str:
    return chance.choice(_LINKS) or ""


def _picture(chance: random.Random) -> Picture:
    sizes = (0, 3, 640)
    return Picture(
        url=_link(chance),
        type=chance.choice(("", "image/jpeg")),
        width=chance.choice(sizes),
        height=chance.choice(sizes),
        is_thumbnail=chance.random() < 0.5,
    )


def _tag(chance: random.Random) -> Tag:
    term, label = chance.choice(_REGIONS)
    country = term.partition("-")[0]
    return Tag(
        scheme=chance.choice(("region", "concept")),
        term=term,
        label=label,
        path=tuple(dict.fromkeys((country, term))),
        evidence=(),
        role=chance.choice(("about", "mention", "")),
        score=chance.random(),
        point=chance.choice((None, (35.93, 36.63))),
    )
