"""Which agency a story is credited to."""

import pytest

from syndicator.parse.credits import wire_credit


@pytest.mark.parametrize(
    ("agency", "text"),
    [
        ("AP", "BEIRUT (AP) — Dock workers returned to their cranes on Thursday."),
        ("Reuters", "LONDON, March 3 (Reuters) - Dock workers returned to their cranes."),
        ("Reuters", "بيروت (رويترز) - عاد عمال المرفأ إلى عملهم يوم الخميس."),
        ("AFP", "بيروت (أ ف ب) - عاد عمال المرفأ إلى عملهم يوم الخميس."),
        ("SANA", "دمشق-سانا - عاد عمال المرفأ إلى عملهم."),
        ("TASS", "МОСКВА, 3 марта. /ТАСС/. Докеры вернулись к работе."),
        ("RIA Novosti", "БЕЙРУТ, 3 мар - РИА Новости. Докеры вернулись к работе."),
        ("Anadolu", "BEYRUT (AA) - Liman işçileri perşembe günü işbaşı yaptı."),
        ("IHA", "BEYRUT (İHA) - Liman işçileri perşembe günü işbaşı yaptı."),
        ("ISNA", "تهران، ایسنا - کارگران بندر به کار بازگشتند."),
        ("Xinhua", "BEIRUT, March 3 (Xinhua) -- Dock workers returned to work."),
        ("Xinhua", "（新华社）港口工人复工。"),
        ("AFP", "Dock workers of Beirut returned to their cranes. (AFP)"),
        ("Reuters", "Dock workers of Beirut returned to their cranes. Reuters"),
        ("dpa", "Die Hafenarbeiter kehrten an ihre Kräne zurück. Quelle: dpa"),
        ("Interfax", "Докеры вернулись к работе. (Интерфакс)"),
        ("AP", "BEIRUT (AP/Staff) — Dock workers returned to work."),
        ("EFE", "Beirut, 3 mar (EFE).- Los estibadores volvieron al trabajo."),
    ],
)
def test_an_agency_is_credited_in_the_dateline_or_at_the_end(agency, text):
    assert wire_credit("Dockers return", text, None) == agency


@pytest.mark.parametrize(
    ("agency", "author"),
    [
        ("AFP", "AFP"),
        ("Reuters", "By Reuters"),
        ("AP", "The Associated Press"),
        ("AFP", "Leila Nassar, AFP"),
        ("AFP", "Leila Nassar (AFP)"),
        ("TASS", "ТАСС"),
        ("Anadolu", "وكالة الأناضول"),
        ("Fars", "خبرگزاری فارس"),
        ("AP", "Times staff and AP"),
    ],
)
def test_an_agency_is_credited_in_the_byline(agency, author):
    assert wire_credit("Dockers return", "Dock workers returned to their cranes.", author) == agency


@pytest.mark.parametrize(
    "text",
    [
        "The minister told Reuters that dock workers would be paid.",
        "Reuters said that it would close its office in Beirut.",
        "Interfax reported a strike. Dock workers returned to work on Thursday.",
        "وقال الوزير لوكالة رويترز إن العمال سيتقاضون أجورهم.",
        "Министр рассказал ТАСС о выплатах докерам.",
        "The strike was reported by AFP on Thursday and ended on Friday.",
        "Dock workers (some of AP Moller's) returned to work.",
        "The map of Beirut - drawn by hand - hangs in the hall.",
        "",
    ],
)
def test_a_mention_is_no_credit(text):
    assert wire_credit("Dockers return", text, "Leila Nassar") is None


@pytest.mark.parametrize("title", ["Reuters cuts staff", "ТАСС: докеры бастуют", "Dockers return to work"])
def test_a_headline_that_names_an_agency_is_no_credit(title):
    assert wire_credit(title, "Dock workers returned to their cranes.", None) is None


def test_time_is_linear_in_the_text():
    """Brackets and dashes without end."""
    assert wire_credit("x", "(" * 50_000 + "- " * 50_000, "(" * 1000) is None
