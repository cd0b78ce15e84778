"""What an outlet repeats under its stories."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.ingest.boilerplate import Boilerplate

NOTICES = {
    "en": "Subscribe to our newsletter!",
    "ar": "اشترك في نشرتنا البريدية.",
    "fa": "برای خواندن ادامه اینجا را ببینید.",
    "ru": "Подписывайтесь на наш канал.",
    "tr": "Haberin devamı için tıklayın.",
}


def story(number):
    return f"Story {number} begins here. It has {number * 7} readers. It ends with number {number}."


@pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES)
def test_what_stands_under_four_stories_is_left_out_of_the_fifth(notice):
    learned = Boilerplate()
    for number in range(4):
        assert learned.clean(f"{story(number)} {notice}") == f"{story(number)} {notice}"
        learned.learn(f"{story(number)} {notice}")
    assert learned.clean(f"{story(9)} {notice}") == story(9)
    assert learned.clean(f"{notice} {story(9)}") == story(9)


def test_what_was_learned_survives_the_store():
    learned = Boilerplate()
    for number in range(4):
        learned.learn(f"{story(number)} Read more.")
    assert Boilerplate(learned.pack()).clean(f"{story(9)} Read more.") == story(9)


def test_a_text_of_boilerplate_alone_is_left_as_it_is():
    learned = Boilerplate()
    for _ in range(5):
        learned.learn("Read more. Subscribe now.")
    assert learned.clean("Read more. Subscribe now.") == "Read more. Subscribe now."


def test_memory_is_bounded_and_what_recurs_is_kept():
    learned = Boilerplate()
    for number in range(2000):
        learned.learn(f"{story(number)} Read more.")
    assert len(learned.pack()) < 6000
    assert learned.clean(f"{story(-1)} Read more.") == story(-1)


def test_a_sentence_in_the_middle_of_long_stories_is_not_learned():
    learned = Boilerplate()
    for number in range(9):
        first, last = (" ".join(f"{number} {name} {place}." for place in range(5)) for name in ("a", "b"))
        learned.learn(f"{first} The talks go on. {last}")
    assert learned.clean("The talks go on. So they do.") == "The talks go on. So they do."


@pytest.mark.parametrize("blob", [b"x", b"x" * 10])
def test_a_damaged_record_is_refused(blob):
    with pytest.raises(ValueError, match="boilerplate: "):
        Boilerplate(blob)


@given(st.lists(st.text()))
def test_the_same_stories_in_the_same_order_teach_the_same(texts):
    one, other = Boilerplate(), Boilerplate()
    for text in texts:
        one.learn(text)
        other.learn(text)
    assert one.pack() == other.pack() == Boilerplate(one.pack()).pack()
