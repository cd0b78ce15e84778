"""Which story is an entry."""

from dataclasses import replace

import pytest

from syndicator.ingest import COPY_WINDOW, decide, shared_links
from syndicator.models import Entry, Known, KnownEntry, Source, Verdict
from tests.conftest import NOW

HOME, MIRROR = "https://home.example/f", "https://mirror.example/f"
SOURCE = Source(id="o/f", outlet="o", endpoints=(HOME, MIRROR), language="en")
NOTHING = Known(entries={}, links={}, texts={})


def entry(key="guid:1", link="home.example/1", title="t", text="x", copy=None, published=None):
    return Entry(
        key=key,
        link=f"https://{link}",
        link_key=link,
        title=title,
        html=text,
        title_digest=title,
        text_digest=text,
        copy_digest=copy,
        author=None,
        published=published,
        language="en",
    )


def known_entry(**what):
    values = {"id": 7, "source": "o/f", "story": 3, "origin": "o", "title_digest": "t", "text_digest": "x"}
    more = {"link_key": "home.example/1", "published": NOW, "seen_at": NOW, "is_confirmed": True}
    return KnownEntry(**{**values, **more, **what})


def decide_on(*entries, known=NOTHING, endpoint=HOME, source=SOURCE, now=NOW):
    return decide(entries, known, source=source, endpoint=endpoint, now=now, shared=shared_links(entries))


def verdicts(*entries, known=NOTHING, endpoint=HOME, source=SOURCE):
    return [d.verdict for d in decide_on(*entries, known=known, endpoint=endpoint, source=source)]


def known_by_key(seen):
    return replace(NOTHING, entries={"guid:1": seen})


def test_an_unknown_entry_is_new():
    """Not seen before."""
    assert verdicts(entry()) == [Verdict.NEW]


def test_a_changed_title_is_an_update_and_never_a_new_story():
    """However little the titles have in common."""
    (decision,) = decide_on(entry(title="quite another"), known=known_by_key(known_entry()))
    assert (decision.verdict, decision.story, decision.changed) == (Verdict.UPDATED, 3, ("title",))


def test_the_same_words_are_unchanged():
    """Digests are of folded words, so markup and case do not count."""
    assert verdicts(entry(), known=known_by_key(known_entry())) == [Verdict.UNCHANGED]


def test_a_page_in_another_section_of_the_outlet_is_a_copy():
    """By its canonical link, across an outlet's sources."""
    known = replace(NOTHING, links={"home.example/1": known_entry(source="o/other")})
    assert verdicts(entry(title="other title"), known=known) == [Verdict.COPY]


def test_a_new_guid_for_a_known_page_is_the_same_story():
    """Outlets that count guids up on every edit do not make new stories."""
    known = replace(NOTHING, links={"home.example/1": known_entry()})
    assert verdicts(entry(key="guid:1#2", title="edited"), known=known) == [Verdict.UPDATED]
    assert verdicts(entry(key="guid:1#2"), known=known) == [Verdict.UNCHANGED]


def test_a_guid_counts_only_within_its_source():
    """The key is looked up per source: another outlet's forged guid finds nothing."""
    forger = replace(SOURCE, id="evil/f", outlet="evil")
    assert verdicts(entry(link="evil.example/1"), source=forger) == [Verdict.NEW]


def test_word_for_word_the_same_is_a_copy():
    """At whatever outlet."""
    known = replace(NOTHING, texts={"digest": 9})
    (decision,) = decide_on(entry(copy="digest"), known=known)
    assert (decision.verdict, decision.story) == (Verdict.COPY, 9)


def test_twice_in_one_document_is_one_story():
    """Two guids, one page, one title."""
    first, second = decide_on(entry(), entry(key="guid:2"))
    assert (first.verdict, second.verdict, second.repeats) == (Verdict.NEW, Verdict.COPY, 0)


def test_items_that_share_a_live_page_stay_apart():
    """Different titles under one link in one document: the link identifies none of them."""
    assert verdicts(entry(title="a"), entry(key="guid:2", title="b")) == [Verdict.NEW, Verdict.NEW]


@pytest.mark.parametrize(
    ("is_confirmed", "read_at", "verdict"),
    [
        (True, HOME, Verdict.UPDATED),
        (True, MIRROR, Verdict.UNCHANGED),
        (False, MIRROR, Verdict.UPDATED),
        (False, HOME, Verdict.UPDATED),
    ],
)
def test_f48_a_mirror_never_edits_what_the_home_has_said(is_confirmed, read_at, verdict):
    """A stale or forged copy at a mirror cannot take back the home's words, under whatever guid."""
    seen = known_entry(is_confirmed=is_confirmed)
    assert verdicts(entry(title="older"), known=known_by_key(seen), endpoint=read_at) == [verdict]
    by_link = replace(NOTHING, links={"home.example/1": seen})
    assert verdicts(entry(key="guid:other", title="older"), known=by_link, endpoint=read_at) == [verdict]


def test_the_home_confirms_what_a_mirror_had_first():
    """From then on the mirror may not edit it; another outlet's home confirms nothing."""
    known = known_by_key(known_entry(is_confirmed=False))
    assert [d.is_confirming for d in decide_on(entry(), known=known, endpoint=HOME)] == [True]
    assert [d.is_confirming for d in decide_on(entry(), known=known, endpoint=MIRROR)] == [False]
    copied = known_by_key(known_entry(is_confirmed=False, origin="wire"))
    assert [d.is_confirming for d in decide_on(entry(), known=copied, endpoint=HOME)] == [False]


def test_a_guid_that_outlets_use_again_is_another_story():
    """Title, text, page and date all new: nothing of the old item is left."""
    known = known_by_key(known_entry())
    (decision,) = decide_on(entry(title="a", text="b", link="home.example/2"), known=known)
    assert (decision.verdict, decision.retires) == (Verdict.NEW, 7)


def test_only_the_home_uses_a_guid_again():
    """From a mirror it would be an edit."""
    known = known_by_key(known_entry())
    other = entry(title="a", text="b", link="home.example/2")
    assert verdicts(other, known=known, endpoint=MIRROR) == [Verdict.UNCHANGED]


def test_a_guid_used_again_for_a_copy_gives_up_what_it_stood_for():
    """Whatever the new item turns out to be, the old row makes room."""
    known = replace(known_by_key(known_entry()), links={"home.example/2": known_entry(id=8, source="o/other", story=4)})
    (decision,) = decide_on(entry(title="a", text="b", link="home.example/2"), known=known)
    assert (decision.verdict, decision.story, decision.retires) == (Verdict.COPY, 4, 7)


def test_a_mirrors_guid_does_not_replace_the_homes():
    """A page it shows under a guid and words of its own changes nothing at all."""
    known = replace(NOTHING, links={"home.example/1": known_entry()})
    (decision,) = decide_on(entry(key="guid:mirror", title="other"), known=known, endpoint=MIRROR)
    assert (decision.changed, decision.is_rekeyed) == ((), False)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ("h.example/crime/300409264/twins-found", "h.example/national/300409264/three-girls-named", Verdict.UPDATED),
        ("h.example/crime/300409264/twins-found", "h.example/crime/300409999/twins-of-a-kind", Verdict.NEW),
        ("h.example/world/truce-in-idlib-agreed", "h.example/syria/idlib-truce-holds", Verdict.UPDATED),
        ("h.example/world/truce-in-idlib", "h.example/world/rain-over-paris", Verdict.NEW),
        ("h.example/n/truce.html", "h.example/n/flood.html", Verdict.NEW),
        ("h.example/20260701/truce", "h.example/20260701/flood", Verdict.NEW),
        ("h.example/?p=12", "h.example/?p=13", Verdict.NEW),
    ],
)
def test_an_address_spelt_after_the_headline_changes_with_it(before, after, verdict):
    """The outlet's number in it tells, or else its words."""
    known = known_by_key(known_entry(link_key=before))
    assert verdicts(entry(title="a", text="b", link=after), known=known) == [verdict]


@pytest.mark.parametrize("kept", [{"title": "t"}, {"text": "x"}, {"link": "home.example/1"}, {"published": NOW}])
def test_a_rewritten_item_that_keeps_anything_is_the_same_story(kept):
    """Its page, its words or its date."""
    changed = {"title": "a", "text": "b", "link": "home.example/2", "published": NOW + COPY_WINDOW}
    assert verdicts(entry(**{**changed, **kept}), known=known_by_key(known_entry())) == [Verdict.UPDATED]


def test_a_page_with_one_address_for_ever_holds_a_new_story_in_time():
    """A briefing under a new guid: the same story today, another one days later."""
    known = replace(NOTHING, links={"home.example/1": known_entry()})
    briefing = entry(key="guid:2", title="a", text="b")
    (today,) = decide_on(briefing, known=known, now=NOW)
    (later,) = decide_on(briefing, known=known, now=NOW + 2 * COPY_WINDOW)
    assert (today.verdict, later.verdict) == (Verdict.UPDATED, Verdict.NEW)


def test_a_moved_page_is_followed():
    """A corrected link alone is an update, too."""
    (decision,) = decide_on(entry(link="home.example/right"), known=known_by_key(known_entry()))
    assert (decision.verdict, decision.changed) == (Verdict.UPDATED, ("link",))


def test_an_entry_past_retention_does_not_come_back():
    """Its identity outlives its story."""
    assert verdicts(entry(title="new words"), known=known_by_key(known_entry(story=None))) == [Verdict.UNCHANGED]


def test_a_changed_copy_leaves_the_story_alone():
    """The story keeps its origin's words."""
    assert verdicts(entry(title="rewritten"), known=known_by_key(known_entry(origin="wire"))) == [Verdict.UNCHANGED]


def by_other_key(seen, **more):
    return replace(NOTHING, entries={"guid:page": seen}, **more)


def other(key, **what):
    made = entry(key=key, **what)
    return replace(made, other_keys=("guid:page",))


def test_another_key_counts_beside_the_same_words():
    """The title or the text; the row takes the new key."""
    for same in ({"text": "y"}, {"title": "s", "text": "x"}):
        (decision,) = decide_on(other("guid:page#1", **same), known=by_other_key(known_entry()))
        assert (decision.verdict, decision.story, decision.is_rekeyed) == (Verdict.UPDATED, 3, True)
    (decision,) = decide_on(other("guid:page#1"), known=by_other_key(known_entry()))
    assert (decision.verdict, decision.is_rekeyed) == (Verdict.UNCHANGED, True)


def test_without_the_same_words_another_key_is_no_evidence():
    """Nor is a title that comes back at another date."""
    assert verdicts(other("guid:page#2", title="s", text="y"), known=by_other_key(known_entry())) == [Verdict.NEW]
    later = other("guid:page#2", text="y", published=NOW + COPY_WINDOW)
    assert verdicts(later, known=by_other_key(known_entry())) == [Verdict.NEW]


def test_a_known_entry_is_claimed_once_and_by_the_best():
    """Of several parts of one page with one title, the one with the very same text."""
    parts = [
        replace(other(f"guid:page#{n}", text=text), link=f"https://home.example/1#{n}")
        for n, text in enumerate(("w", "x", "y"))
    ]
    decisions = decide_on(*parts, known=by_other_key(known_entry()))
    assert [each.verdict for each in decisions] == [Verdict.NEW, Verdict.UNCHANGED, Verdict.NEW]


def test_another_address_of_a_page_counts_beside_the_same_words():
    """What a counting proxy hid, at another source of the outlet."""
    known = replace(NOTHING, links={"proxy.example/x": known_entry(source="o/other")})
    behind = replace(entry(), other_links=("proxy.example/x",))
    assert verdicts(behind, known=known) == [Verdict.COPY]
    assert verdicts(replace(behind, title_digest="s", text_digest="y"), known=known) == [Verdict.NEW]


def test_another_place_in_a_page_with_other_words_is_another_story():
    """Though each document of a live page lists only the latest."""
    before = known_entry(link="https://home.example/1#u1")
    known = replace(NOTHING, links={"home.example/1": before})
    later = replace(entry(key="guid:1#u2", title="s", text="y"), link="https://home.example/1#u2")
    assert verdicts(later, known=known) == [Verdict.NEW]
    assert verdicts(replace(later, title_digest="t"), known=known) == [Verdict.UPDATED]
    assert verdicts(replace(later, link="https://home.example/1"), known=known) == [Verdict.UPDATED]


def test_a_link_that_several_stories_shared_lately_identifies_none_of_them():
    """A live page whose items have other guids, one at a time."""
    known = replace(NOTHING, links={"home.example/1": known_entry()}, shared_links=frozenset({"home.example/1"}))
    assert verdicts(entry(key="guid:9", title="s", text="y"), known=known) == [Verdict.NEW]
    assert verdicts(entry(key="guid:9"), known=known) == [Verdict.UNCHANGED]


def test_parts_of_a_page_with_one_title_are_told_apart_by_text_and_place():
    """Every update of a live page may be called the same."""
    parts = [replace(entry(key=f"guid:{n}", text=f"text {n}"), link=f"https://home.example/1#u{n}") for n in range(3)]
    assert verdicts(*parts) == [Verdict.NEW] * 3


def test_an_old_entry_whose_key_is_made_otherwise_now_does_not_come_back():
    """Of what is long gone only a tombstone is left, under the key it had; undated ones are taken for new."""
    old = replace(other("guid:page#1"), published=NOW - 9 * COPY_WINDOW)
    known = replace(NOTHING, tombstones=frozenset({"guid:page"}))
    assert verdicts(old, known=known) == [Verdict.UNCHANGED]
    assert verdicts(replace(old, published=None), known=known) == [Verdict.NEW]
