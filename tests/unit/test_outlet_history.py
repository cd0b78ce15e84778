"""Where an outlet's earlier stories were, learned by two threads at once."""

import sys
import threading

import pytest

from syndicator.models import Tag
from syndicator.tag import OutletHistory


def about(*numbers):
    """The tags of a story that is about these places, by number."""
    return tuple(
        Tag(scheme="region", term=str(n), label="", path=(str(n),), evidence=(), role="about", score=1.0)
        for n in numbers
    )


@pytest.fixture
def history():
    return OutletHistory(int)


@pytest.fixture
def often_switched():
    """Threads take turns as often as the interpreter can: what may happen, happens."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_stories_learned_together_appear_together(history):
    """Who asks while a document's stories are being counted gets the shares from before, never half of them."""
    asked = []

    def stories():
        yield from [about(1)] * 10
        asked.append(history.shares("o"))
        yield from [about(2)] * 10

    history.learn("o", stories())
    assert asked == [{}]
    assert history.shares("o") == {1: 0.5, 2: 0.5}


def test_shares_once_given_do_not_change(history):
    """What was handed to a child, or is being iterated, stays as it was while more is learned."""
    history.learn("o", [about(1, 2)] * 4)
    shares = history.shares("o")
    seen = []
    for number in shares:
        history.learn("o", [about(number + 10, number + 20)] * 4)
        seen.append(number)
    assert seen == [1, 2]
    assert shares == {1: 0.5, 2: 0.5}


def in_threads(*work):
    """Run functions at once; return what they raised."""
    raised = []
    start = threading.Barrier(len(work))

    def run(function):
        start.wait()
        try:
            function()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells
            raised.append(repr(error))

    threads = [threading.Thread(target=run, args=(function,)) for function in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_two_threads_may_learn_and_ask_at_once(history, often_switched):
    """The event loop learns of polls while the writer's thread learns from the store and re-tags."""

    def learn(first):
        for number in range(first, first + 4000, 20):
            history.learn("o", [about(*range(number, number + 20))] * 5)

    def ask():
        for _ in range(3000):
            history.shares("o")

    assert in_threads(lambda: learn(0), ask, lambda: learn(50_000), ask) == []


def test_no_story_is_lost_when_two_threads_learn_of_one_outlet(history, often_switched):
    """Shares are those that one thread would have learned."""

    def learn(number):
        for _ in range(130):
            history.learn("o", [about(number)])

    assert in_threads(*(lambda number=number: learn(number) for number in (1, 2, 3))) == []
    assert history.shares("o") == {1: 1 / 3, 2: 1 / 3, 3: 1 / 3}


def test_places_that_come_equally_often_are_kept_in_the_order_they_came(history):
    """Of more places than are remembered the same ones are, whatever the interpreter's hash seed is."""
    history.learn("o", [about(*range(100, 0, -1))] * 3)
    assert list(history.shares("o")) == list(range(100, 60, -1))
