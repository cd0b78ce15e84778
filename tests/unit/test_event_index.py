"""Events: which stories are on the same happening, in which language they may be told."""

import random
import sys
from datetime import UTC, datetime, timedelta

import pytest

from syndicator.outbox.event_features import features_of, latin, stem
from syndicator.outbox.event_index import EventIndex, Item

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
# For each language two headlines on one happening, and one on another at the same place.
HAPPENINGS = {
    "en": (
        "Bakery fire in Aleppo leaves eleven families homeless",
        "Families homeless after fire guts bakery in Aleppo",
        "Aleppo university opens new library for engineers",
    ),
    "ar": (
        "حريق في مخبز بحلب يشرد إحدى عشرة عائلة",
        "تشريد عائلات في حلب بعد الحريق الذي التهم المخبز",
        "جامعة حلب تفتتح مكتبة جديدة للمهندسين",
    ),
    "fa": (
        "آتش‌سوزی در نانوایی حلب یازده خانواده را بی‌خانمان کرد",
        "خانواده‌های بی‌خانمان پس از آتش‌سوزی نانوایی در حلب",
        "دانشگاه حلب کتابخانهٔ تازه‌ای برای مهندسان باز کرد",
    ),
    "ru": (
        "Пожар в пекарне в Алеппо оставил без крова одиннадцать семей",
        "Семьи остались без крова после пожара в пекарне Алеппо",
        "Университет Алеппо открыл новую библиотеку для инженеров",
    ),
    "tr": (
        "Halep'te fırın yangını on bir aileyi evsiz bıraktı",
        "Halep'teki fırında çıkan yangından sonra aileler evsiz kaldı",
        "Halep Üniversitesi mühendisler için yeni kütüphane açtı",
    ),
    "zh": (
        "阿勒颇面包店火灾致十一户家庭无家可归",
        "面包店发生火灾 阿勒颇多户家庭无家可归",
        "阿勒颇大学为工程师开设新图书馆",
    ),
}
FILLERS = (
    "Rain closes the mountain road north of Izmir",
    "Bank holds interest rate at nine per cent",
    "Ferry line to the islands gets a second boat",
    "Museum shows coins found in a field",
    "Team wins the cup after extra time",
)


def items(*headlines, language="en", start=1, step=timedelta(minutes=20), begin=BEGIN):
    return [
        Item(id=start + n, title=title, language=language, at=begin + n * step) for n, title in enumerate(headlines)
    ]


def assign(index, stories):
    return [index.add(each) for each in stories]


@pytest.mark.parametrize("language", HAPPENINGS)
def test_the_same_happening_joins_and_another_at_the_same_place_does_not(language):
    """By one threshold for every script."""
    first, again, other = HAPPENINGS[language]
    index = EventIndex()
    assign(index, items(*FILLERS, start=100))
    one, two, three = assign(index, items(first, again, other, language=language))
    assert one.event == two.event == 1
    assert two.score >= 0.21
    assert "in common" in two.reason
    assert three.event == 3
    assert three.score is None


def test_names_in_other_letters_meet():
    """Cyrillic is compared in Latin letters; Arabic words without article and conjunction."""
    assert latin("путин") == "putin"
    assert latin("зеленский")[:5] == "zelen"
    assert stem("والحكومه") == stem("الحكومه") == "حكوم"
    assert stem("ورق") == "ورق"
    assert features_of("Лавров").shared.keys() == features_of("Lavrov").shared.keys()


def test_events_of_two_languages_are_related_and_never_one():
    """Whether one rare name is in common or four."""
    index = EventIndex()
    assign(index, items(*FILLERS * 40, start=1000, step=timedelta(minutes=1)))
    assign(index, items("Anna Petrova and Marko Kovac win Sarajevo marathon"))
    many = index.add(
        Item(id=2, title="Анна Петрова и Марко Ковач победили в Сараево", language="ru", at=BEGIN + timedelta(hours=1))
    )
    assert (many.event, many.related) == (2, (1,))
    assign(index, items("Lavrentiev resigns", start=3, begin=BEGIN + timedelta(hours=1)))
    few = index.add(Item(id=4, title="Лаврентьев уходит", language="ru", at=BEGIN + timedelta(hours=2)))
    assert (few.event, few.related) == (4, (3,))
    assert "related stories in others" in few.reason


def test_places_link_what_letters_cannot():
    """A place has one term whatever the language; by itself it makes nothing one event."""
    index = EventIndex()
    assign(index, items(*FILLERS * 40, start=1000, step=timedelta(minutes=1)))
    arabic, english = "حريق في مخبز بمنبج", "Bakery burns in Manbij"
    index.add(Item(id=1, title=arabic, language="ar", at=BEGIN, places=("SY-HL/manbij",)))
    told = index.add(Item(id=2, title=english, language="en", at=BEGIN, places=("SY-HL/manbij",)))
    assert (told.event, told.related) == (2, (1,))


def test_an_event_takes_no_story_after_two_quiet_days():
    """The same words are another happening by then, and the index forgets the first."""
    headline = "Bakery fire in Aleppo leaves eleven families homeless"
    index = EventIndex()
    late = timedelta(days=3)
    assert [each.event for each in assign(index, items(headline, headline, step=late))] == [1, 2]
    soon = EventIndex()
    assert [each.event for each in assign(soon, items(headline, headline, step=timedelta(hours=20)))] == [1, 1]


def test_events_that_turn_out_to_be_one_are_merged_into_the_older():
    """Its number survives; the other is named, and no later story gets it."""
    index = EventIndex()
    assign(index, items(*FILLERS * 20, start=1000, step=timedelta(minutes=1)))
    fire, evacuation = "Warehouse fire spreads along Basra harbour", "Hundreds leave homes near smoking depot"
    both = "Hundreds leave homes near smoking depot as warehouse fire spreads along Basra harbour"
    assigned = assign(index, items(fire, evacuation, both, both, evacuation))
    assert [each.event for each in assigned[:2]] == [1, 2]
    merging = [each for each in assigned if each.merged]
    assert [each.merged for each in merging] == [(2,)]
    assert assigned[-1].event == 1
    assert "to be the same" in merging[0].reason


def made(count, *, seed=3):
    chance = random.Random(seed)
    words = ["".join(chance.choices("abdegiklmnorstu", k=chance.randint(4, 9))) for _ in range(4000)]
    topics = [chance.sample(words, 6) for _ in range(count // 3)]
    headlines = [" ".join(chance.sample(chance.choice(topics), 4) + chance.sample(words, 3)) for _ in range(count)]
    return items(*headlines, step=timedelta(minutes=2))


def test_a_replay_gives_the_same():
    """To the word of each reason."""
    stories = made(600)
    assert assign(EventIndex(), stories) == assign(EventIndex(), stories)


def test_an_index_made_again_goes_on_with_the_same_events():
    """Each story is put where it was; those that follow join as they would have."""
    *before, last, after = made(500)
    index, again = EventIndex(), EventIndex()
    events = [each.event for each in assign(index, [*before, last])]
    for story, event in zip([*before, last], events, strict=True):
        again.restore(story, event)
    assert again.add(after).event == index.add(after).event
    copy = Item(id=9999, title=last.title, language="en", at=after.at)
    assert again.add(copy).event == index.add(copy).event == events[-1]


def test_what_is_idle_is_forgotten():
    """Weeks of stories take the room of two days: events are pruned every 2,000 stories."""
    index = EventIndex()
    for day in range(9):
        later = BEGIN + timedelta(days=4 * day)
        assign(index, items(*(each.title for each in made(450, seed=day)), start=day * 450, begin=later))
    assert len(index) < 450


def test_a_headline_without_a_word_is_an_event_of_its_own():
    """Neither an empty title nor bare signs are like anything."""
    index = EventIndex()
    assert [each.event for each in assign(index, items("", "…", "!!!"))] == [1, 2, 3]


def test_one_event_takes_little_room():
    """However many stories and words it has."""
    index = EventIndex()
    chance = random.Random(5)
    for story in items(*(f"Flood in Basra {chance.random()} {chance.random()}" for _ in range(400))):
        index.add(story)
    centroids = [each for event in index._events.values() for each in event.centroids.values()]
    assert max(sys.getsizeof(each._features) for each in centroids) < 2000
