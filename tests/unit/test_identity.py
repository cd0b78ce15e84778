"""Which story is an entry."""

from dataclasses import replace

import pytest

from syndicator.dedupe import decide
from syndicator.models import Entry, Known, Sighting, Source, Verdict

HOME, MIRROR = "https://home.example/f", "https://mirror.example/f"
SOURCE = Source(id="o/f", outlet="o", endpoints=(HOME, MIRROR), language="en")
NOTHING = Known(sightings={}, links={}, texts={})


def entry(key="guid:1", link="home.example/1", title="t", text="x", copy=None):
    return Entry(
        key=key,
        link=f"https://{link}",
        link_key=link,
        title=title,
        html=text,
        text=text,
        title_digest=title,
        text_digest=text,
        copy_digest=copy,
        author=None,
        published=None,
        language="en",
    )


def sighting(**what):
    values = {"id": 7, "source": "o/f", "story": 3, "origin": "o", "title_digest": "t", "text_digest": "x"}
    return Sighting(**{**values, "endpoint": HOME, **what})


def verdicts(*entries, known=NOTHING, endpoint=HOME, source=SOURCE):
    return [d.verdict for d in decide(entries, known, source=source, endpoint=endpoint)]


def known_by_key(seen):
    return replace(NOTHING, sightings={"guid:1": seen})


def test_an_unknown_entry_is_new():
    """Not seen before."""
    assert verdicts(entry()) == [Verdict.NEW]


def test_a_changed_title_is_an_update_and_never_a_new_story():
    """However little the titles have in common."""
    (decision,) = decide([entry(title="quite another")], known_by_key(sighting()), source=SOURCE, endpoint=HOME)
    assert (decision.verdict, decision.story, decision.changed) == (Verdict.UPDATED, 3, ("title",))


def test_the_same_words_are_unchanged():
    """Digests are of folded words, so markup and case do not count."""
    assert verdicts(entry(), known=known_by_key(sighting())) == [Verdict.UNCHANGED]


def test_a_page_in_another_section_of_the_outlet_is_a_copy():
    """By its canonical link, across an outlet's sources."""
    known = replace(NOTHING, links={"home.example/1": sighting(source="o/other")})
    assert verdicts(entry(title="other title"), known=known) == [Verdict.COPY]


def test_a_new_guid_for_a_known_page_is_the_same_story():
    """Outlets that count guids up on every edit do not make new stories."""
    known = replace(NOTHING, links={"home.example/1": sighting()})
    assert verdicts(entry(key="guid:1#2", title="edited"), known=known) == [Verdict.UPDATED]
    assert verdicts(entry(key="guid:1#2"), known=known) == [Verdict.UNCHANGED]


def test_a_guid_counts_only_within_its_source():
    """The key is looked up per source: another outlet's forged guid finds nothing."""
    forger = replace(SOURCE, id="evil/f", outlet="evil")
    assert verdicts(entry(link="evil.example/1"), source=forger) == [Verdict.NEW]


def test_word_for_word_the_same_is_a_copy():
    """At whatever outlet."""
    known = replace(NOTHING, texts={"digest": 9})
    (decision,) = decide([entry(copy="digest")], known, source=SOURCE, endpoint=HOME)
    assert (decision.verdict, decision.story) == (Verdict.COPY, 9)


def test_twice_in_one_document_is_one_story():
    """Two guids, one page, one title."""
    first, second = decide([entry(), entry(key="guid:2")], NOTHING, source=SOURCE, endpoint=HOME)
    assert (first.verdict, second.verdict, second.repeats) == (Verdict.NEW, Verdict.COPY, 0)


def test_items_that_share_a_live_page_stay_apart():
    """Different titles under one link in one document: the link identifies none of them."""
    assert verdicts(entry(title="a"), entry(key="guid:2", title="b")) == [Verdict.NEW, Verdict.NEW]


@pytest.mark.parametrize(
    ("seen_at", "read_at", "verdict"),
    [
        (HOME, HOME, Verdict.UPDATED),
        (HOME, MIRROR, Verdict.UNCHANGED),
        (MIRROR, MIRROR, Verdict.UPDATED),
        (MIRROR, HOME, Verdict.UPDATED),
        ("https://formerly.example/f", MIRROR, Verdict.UPDATED),
    ],
)
def test_a_mirror_never_edits_what_the_home_has_said(seen_at, read_at, verdict):
    """A stale or forged copy at a mirror cannot take back the home's words."""
    known = known_by_key(sighting(endpoint=seen_at))
    assert verdicts(entry(title="older"), known=known, endpoint=read_at) == [verdict]


def test_an_entry_past_retention_does_not_come_back():
    """Its identity outlives its story."""
    assert verdicts(entry(title="new words"), known=known_by_key(sighting(story=None))) == [Verdict.UNCHANGED]


def test_a_changed_copy_leaves_the_story_alone():
    """The story keeps its origin's words."""
    assert verdicts(entry(title="rewritten"), known=known_by_key(sighting(origin="wire"))) == [Verdict.UNCHANGED]
