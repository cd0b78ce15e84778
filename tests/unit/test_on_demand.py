"""Names of feeds on demand, what they hold, and how many are made."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.models import Concept, Event, Outlet, Story, Tag
from syndicator.outbox.making_gate import MakingGate
from syndicator.outbox.on_demand import keys_of
from syndicator.outbox.on_demand_names import UnknownFeedError, event_number, is_on_demand, resolve
from syndicator.query import Vocabulary
from tests.conftest import NOW

OUTLETS = {"sana": Outlet(id="sana", name="SANA", country="SY", language="ar", home="https://sana.example")}
CONCEPTS = {"ceasefire": Concept(id="ceasefire", label="Ceasefire", terms=("truce",))}
TOWNS = {"sy-id/saraqib": "Saraqib"}
VOCABULARY = Vocabulary(
    values={
        "outlet": {"sana": "SANA"},
        "concept": {"ceasefire": "Ceasefire"},
        "region": {"SY": "Syria", "SY-ID": "Idlib", "levant": "Levant"},
    },
    groups={"levant": ("SY", "LB")},
    find_region=lambda term: TOWNS.get(term.casefold()),
)
EVENT = Event(id=7, uid="tag:x,2026:7", title="Truce in Saraqib", first_at=NOW, last_at=NOW, stories=2)


def found(name, event=None):
    return resolve(name, outlets=OUTLETS, concepts=CONCEPTS, vocabulary=VOCABULARY, event=event)


@pytest.mark.parametrize(
    ("name", "title", "keys"),
    [
        ("outlet/sana", "SANA", {"outlet/sana"}),
        ("concept/ceasefire", "Ceasefire", {"concept/ceasefire"}),
        ("region/SY-ID", "Idlib", {"region/sy-id"}),
        ("region/SY-ID/saraqib", "Saraqib", {"region/sy-id/saraqib"}),
        ("region/levant", "Levant", {"region/levant", "region/sy", "region/lb"}),
    ],
)
def test_a_name_stands_for_a_feed(name, title, keys):
    """With its title in words, and the keys of the stories that it has."""
    made = found(name)
    assert (made.feed.name, made.feed.title, made.keys) == (name, title, keys)
    assert made.feed.where == name.replace("/", ":", 1)


def test_an_event_is_known_by_its_number():
    """One that has been merged into another says so: a feed has one address."""
    assert (found("event/7", EVENT).event, found("event/7", EVENT).feed.title) == (7, "Truce in Saraqib")
    with pytest.raises(UnknownFeedError, match="event/7"):
        found("event/9", EVENT)


@pytest.mark.parametrize(
    "name",
    [
        "outlet/SANA",
        "outlet/nobody",
        "outlet/",
        "concept/Ceasefire",
        "region/sy",
        "region/SY-ID/Saraqib",
        "region/sy-id/saraqib",
        "region/SY-ID/saraqib/x",
        "region/Levant",
        'region/"',
        "event/07",
        "event/x",
        "author/me",
    ],
)
def test_a_name_in_another_case_or_of_nothing_is_refused(name):
    """With a sentence for whoever asked."""
    with pytest.raises(UnknownFeedError, match=r"\w"):
        found(name)


def test_names_of_configured_feeds_are_none_of_these():
    """Nor are archives, or kinds that there are not."""
    assert [is_on_demand(each) for each in ("region/SY", "event/1", "idlib", "idlib/2026-11", "region")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert [event_number(each) for each in ("event/12", "event/012", "event/-1", "event/٣", "region/12")] == [
        12,
        None,
        None,
        None,
        None,
    ]


def region(role, *path, score=1.0):
    return Tag(scheme="region", term=path[-1], label="", path=path, evidence=(), role=role, score=score)


STORY = Story(
    id=1,
    uid="tag:x,2026:1",
    outlet="sana",
    source="sana/feed",
    source_title="SANA",
    link=None,
    author=None,
    published=None,
    title="t",
    html="",
    language="ar",
    first_seen=NOW,
    updated=NOW,
    outlets=("sana", "tass"),
)


def test_a_story_has_the_keys_that_filters_find_it_by():
    """Its outlets, its concepts, and the regions that it is about or that act, with what holds them; no mere mentions."""
    concept = Tag(scheme="concept", term="ceasefire", label="", path=("ceasefire",), evidence=())
    tags = (
        region("about", "SY", "SY-ID"),
        region("actor", "RU"),
        region("mention", "FR"),
        region("dateline", "TR"),
        region("about", "LB", score=0.2),
        concept,
    )
    assert set(keys_of(replace(STORY, tags=tags))) == {
        "outlet/sana",
        "outlet/tass",
        "concept/ceasefire",
        "region/sy",
        "region/sy-id",
        "region/ru",
    }


def test_so_many_are_made_a_minute():
    """A clock that was set back makes nobody wait."""
    gate = MakingGate(2)
    assert [gate.admit(NOW), gate.admit(NOW), gate.admit(NOW)] == [True, True, False]
    assert gate.admit(NOW + timedelta(minutes=1))
    assert gate.admit(NOW - timedelta(hours=1))
