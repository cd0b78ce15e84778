"""Made-up stories in eight languages and more, as filters look at them: our own sentences on real places."""

from datetime import timedelta

from syndicator.models import Evidence, Tag
from syndicator.query import Subject
from syndicator.query.subject import Details
from tests.conftest import NOW

TEXTS = [
    ("en", "Ceasefire in Idlib holds", "A cease-fire began at noon. Markets re-opened, and Idlib's bakers sold bread."),
    (
        "en",
        "Market traders return to Aleppo",
        "Marketing of olives resumed near the U.S. base; prisoners were exchanged.",
    ),
    (
        "en-gb",
        "Prisoner exchange near Kharkiv",
        "The exchange of 40 prisoners took place at the border, Reuters writes.",
    ),
    ("ar", "هدنة في إدلب", "بدأت الهُدنة ظهرا، وأعيد فتح الأسواق والمدارس في حلب بعد وقف إطلاق النار."),
    ("ar", "تبادل الأسرى قرب حمص", "وصل أربعون أسيرا إلى المدينة بموجب الهدنة، وفُتح السوق."),
    ("fa", "آتش‌بس در غزه", "کتاب‌ها و نان به بازار رسید؛ مدرسه‌های شهر باز شد."),
    ("fa", "بازار شیراز باز شد", "فروشندگان می‌گویند آتش بس به بازارها جان داد."),
    ("ru", "Перемирие в Газе", "Рынки Алеппо открылись, войска отошли от границы. Ещё идёт обмен пленными."),
    ("ru", "Обмен пленными под Харьковом", "Сорок пленных вернулись; перемирия нет, рынок закрыт."),
    ("tr", "Hatay'da ateşkes haberi", "İstanbul'dan gelen heyet ateşkesin sürdüğünü söyledi; ILGAZ'da pazar açıldı."),
    ("tr", "Pazar yeniden açıldı", "Esirler Gaziantep'te takas edildi. Pazarlar ve okullar açık."),
    ("he", "הפסקת-אש בצפון", "השוק בחיפה נפתח, והפסקת האש נשמרה. חילופי שבויים בגבול."),
    ("zh", "停火协议在阿勒颇生效", "双方停火，市场重新开放。GPT模型与此无关。"),
    ("fr", "Trêve à Alep", "L'armée s'est retirée; les marchés rouvrent et l’échange de prisonniers a eu lieu."),
    ("de", "Waffenruhe in Aleppo", "Die Märkte öffnen wieder, der Gefangenenaustausch begann. Größe: 40."),
    ("uk", "Перемир'я в Газі", "Ринки Харкова відкрито, обмін полоненими триває."),
    ("", "12 34", "—"),
]
_PLACES = [("SY", "SY-ID"), ("SY", "SY-HL"), ("UA", "UA-63")]
_ROLES = ["about", "actor", "dateline", "mention"]


def made_stories():
    """Return stories by number: texts under several outlets, with tags, copies, dates and what else they may have."""
    return {number: _story(number, *TEXTS[number % len(TEXTS)]) for number in range(1, 6 * len(TEXTS))}


def _story(number, language, title, text):
    outlets = [f"outlet-{(number + each) % 5}" for each in range(1 + number % 4)]
    path = _PLACES[number % 3]
    evidence = (Evidence(field="title", start=0, end=3, words=title[:3]),)
    tags = [
        Tag(
            scheme="region", term=path[-1], label="x", path=path, evidence=evidence, role=_ROLES[number % 4], score=0.9
        ),
        Tag(scheme="concept", term="a b", label="x", path=("a b",), evidence=()),
    ]
    return Subject(
        title,
        text,
        language,
        outlets,
        tags[: number % 3],
        revised=("title",) if number % 7 == 0 else (),
        is_deleted=number % 11 == 0,
        details=Details(
            author="Samira Haddad" if number % 2 else "Ali Öztürk",
            source=f"{outlets[0]}/feed",
            categories=("World news", "مال") if number % 3 else (),
            url=f"https://news.example/politics/2026/story-{number}.html",
            published=None if number % 5 == 0 else NOW - timedelta(hours=7 * number),
            has=("image",) if number % 4 else (),
        ),
        age=None if number % 5 == 0 else timedelta(hours=7 * number),
    )
