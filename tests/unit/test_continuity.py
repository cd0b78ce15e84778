"""Is it still the same outlet? In the languages of the outlets we read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.models import Entry
from syndicator.watch import learn, mismatch_reason
from tests.conftest import NOW

OUTLETS = {
    "en": (
        "The Levant Courier",
        ("Ceasefire agreed for Idlib from midnight", "Aid convoy crosses at Bab al-Hawa", "Families return to Saraqib"),
        ("Second aid convoy reaches Idlib", "Ceasefire holds as families return", "Rain floods camps near the border"),
    ),
    "ar": (
        "وكالة الجسر للأنباء",
        ("اتفاق على وقف إطلاق النار في إدلب", "قافلة مساعدات تدخل من باب الهوى", "عودة عائلات إلى سراقب بعد الهدنة"),
        ("وقف إطلاق النار في إدلب ما زال صامدا", "قافلة جديدة تصل إلى مخيمات إدلب", "عائلات سراقب تنتظر فتح المدارس"),
    ),
    "fa": (
        "پیام البرز",
        ("آتش‌بس در ادلب از نیمه‌شب آغاز شد", "کاروان کمک از گذرگاه باب‌الهوا گذشت", "خانواده‌ها به سراقب بازگشتند"),
        ("آتش‌بس در ادلب ادامه دارد", "دومین کاروان کمک به ادلب رسید", "بارش باران در اردوگاه‌های مرزی"),
    ),
    "ru": (
        "Невский бюллетень",
        (
            "Перемирие в Идлибе вступило в силу",
            "Конвой с помощью прошёл через Баб-эль-Хава",
            "Семьи возвращаются в Саракиб",
        ),
        ("Перемирие в Идлибе соблюдается", "Второй конвой прибыл в лагеря беженцев", "Дожди затопили лагеря у границы"),
    ),
    "tr": (
        "Boğaz Postası",
        ("İdlib'de ateşkes gece yarısı başladı", "Yardım konvoyu Cilvegözü'nden geçti", "Aileler Serakib'e dönüyor"),
        ("İdlib'de ateşkes sürüyor", "İkinci yardım konvoyu yola çıktı", "Sınırdaki kamplarda sel baskını"),
    ),
}
SOLD = (
    "Lucky Wheel",
    ("Free spins for new players", "Which slot machine pays out tonight", "Bonus codes that never expire"),
)
HOST = "outlet.example"


def entries(titles, host=HOST):
    return [
        Entry(
            key=title, link=f"https://{host}/{number}", link_key=f"~/{number}", title=title, html="", title_digest="",
            text_digest="", copy_digest=None, author=None, published=None, language="xx",
        )
        for number, title in enumerate(titles)
    ]  # fmt: skip


def known_by(language):
    title, first, _ = OUTLETS[language]
    return learn(title, entries(first), None, NOW)


@pytest.mark.parametrize("language", OUTLETS)
def test_another_day_of_the_same_outlet_is_not_doubted(language):
    """No item is known, and yet it is plainly the same."""
    title, _, later = OUTLETS[language]
    assert mismatch_reason(known_by(language), title, entries(later), hosts=[HOST]) == ""


@pytest.mark.parametrize("language", OUTLETS)
@pytest.mark.parametrize("host", [HOST, "lucky.example"])
def test_a_sold_domain_is_doubted_wherever_its_links_lead(language, host):
    """The reasons name what gave it away."""
    title, headlines = SOLD
    said = mismatch_reason(known_by(language), title, entries(headlines, host), hosts=[HOST])
    assert said.startswith("looks like another outlet's (")
    assert f'its title is "Lucky Wheel" and was "{OUTLETS[language][0]}"' in said
    assert ("lead to lucky.example" in said) == (host != HOST)


@pytest.mark.parametrize("language", OUTLETS)
@pytest.mark.parametrize("other", OUTLETS)
def test_a_feed_led_to_another_outlet_is_doubted(language, other):
    """Whichever two of them: also one of the same language and trade, if it is somewhere else."""
    if language == other:
        return
    title, first, _ = OUTLETS[other]
    assert mismatch_reason(known_by(language), title, entries(first, "other.example"), hosts=[HOST])


@pytest.mark.parametrize("change", ["title", "host"])
@pytest.mark.parametrize("language", OUTLETS)
def test_a_new_name_or_new_pages_alone_are_no_reason(language, change):
    """Outlets rename themselves, and move."""
    title, _, later = OUTLETS[language]
    named, host = ("Altogether Different", HOST) if change == "title" else (title, "moved.example")
    assert mismatch_reason(known_by(language), named, entries(later, host), hosts=[HOST]) == ""


def test_who_is_hardly_known_is_not_doubted():
    """One headline makes no picture."""
    profile = learn("Courier", entries(["Truce"]), None, NOW)
    assert mismatch_reason(profile, SOLD[0], entries(SOLD[1], "lucky.example")) == ""


def test_what_is_learned_adds_up_and_is_refreshed_in_time():
    """New words come first; a source known well is learned from four times a day."""
    before = known_by("en")
    after = learn("Courier", entries(OUTLETS["en"][2]), before, NOW + timedelta(minutes=5))
    assert set(before.words) < set(after.words)
    assert after.words[0] == "second"
    assert after.title == "Courier"
    well = replace(after, words=tuple(map(str, range(1000))))
    assert learn("Courier", entries(["Anything"]), well, NOW + timedelta(hours=1)) is None
    assert len(learn("Courier", entries(["Anything"]), well, NOW + timedelta(hours=7)).words) == 1000


@pytest.mark.parametrize(("new", "is_doubted"), [((), False), (("issuer",), False), (("issuer", "network"), True)])
def test_a_new_name_passes_unless_issuer_and_network_are_new_as_well(new, is_doubted):
    """An outlet that renames itself at its usual place is itself; at a new place with new papers it may be another."""
    headlines = [
        "Мост через Оронт снова открыт для грузовиков",
        "Школы Алеппо начинают учебный год вовремя",
        "Пекари Латакии просят дешёвой муки",
        "Порт Тартуса принял первые корабли с зерном",
    ]
    shown = entries(headlines)
    profile = learn("Вести Хомса", shown, None, NOW)
    reason = mismatch_reason(profile, "Голос Сирии", shown, hosts=[HOST], new=new)
    assert bool(reason) is is_doubted
    assert all(each in reason for each in new) or not is_doubted
