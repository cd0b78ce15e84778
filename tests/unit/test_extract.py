"""Documents made ready, without a child around them."""

import zlib
from dataclasses import replace
from datetime import timedelta

from syndicator.extract.document import extract_document
from syndicator.extract.job import Job
from syndicator.extract.normalize import Classification
from syndicator.models import Evidence, Tag
from tests.conftest import NOW
from tests.newsroom import Item, rss

JOB = Job(url="https://o.example/f", outlet="o", content_type="", bases=("https://o.example",), language="en", now=NOW)
OLD = Item("Old", link="https://o.example/1", guid="1", text="x")
NEW = Item("New", link="https://o.example/2", guid="2", text="y")


def test_known_items_are_left_out_and_counted():
    """Only what is new comes out, with a listing of all for the next time."""
    first = extract_document(JOB, rss(OLD))
    then = extract_document(replace(JOB, seen_items=first.seen_items), rss(NEW, OLD))
    assert ([entry.title for entry in then.entries], then.known_items) == (["New"], 1)
    again = extract_document(replace(JOB, seen_items=then.seen_items), rss(NEW, OLD, extra="<ttl>5</ttl>"))
    assert (again.entries, again.known_items, again.polling_hints.pause) == ((), 2, timedelta(minutes=5))


def test_a_changed_item_comes_out_again():
    """Its bytes are others."""
    first = extract_document(JOB, rss(NEW, OLD))
    then = extract_document(replace(JOB, seen_items=first.seen_items), rss(replace(NEW, title="Newer"), OLD))
    assert [entry.title for entry in then.entries] == ["Newer"]
    back = extract_document(replace(JOB, seen_items=then.seen_items), rss(NEW, OLD))
    assert [entry.title for entry in back.entries] == ["New"]


def test_a_guid_used_twice_is_judged_with_both_items_at_hand():
    """An unreliable guid is no key, though one of its items was known."""
    first = extract_document(JOB, rss(OLD))
    then = extract_document(replace(JOB, seen_items=first.seen_items), rss(replace(NEW, guid="1"), OLD))
    assert {entry.key for entry in then.entries} == {"link:~/1", "link:~/2"}


def test_a_part_of_a_page_is_judged_beside_its_other_parts():
    """What tells them apart is seen only where all are at hand."""
    parts = [
        Item(f"تحديث {n}", link="https://o.example/live", guid=f"https://o.example/live#u{n}", text=f"السد {n}")
        for n in range(2)
    ]
    first = extract_document(JOB, rss(parts[0]))
    then = extract_document(replace(JOB, seen_items=first.seen_items), rss(*parts))
    assert {entry.key for entry in then.entries} == {"guid:~/live#u0", "guid:~/live#u1"}


def test_what_is_left_out_is_said_and_counted():
    """Items with one id, and those that say nothing."""
    items = (OLD, replace(OLD, title="Older"), replace(OLD, text="z"), Item("", text=" "), NEW)
    note = extract_document(JOB, rss(*items)).note
    assert "another has the same id: 2" in note
    assert "neither title nor link: 1" in note
    assert extract_document(JOB, rss(OLD, NEW)).note == ""


def test_tags_and_feeds_come_with_the_entries():
    """The judge is asked for title and text."""
    tag = Tag(
        scheme="region",
        term="SY",
        label="Syria",
        path=("SY",),
        evidence=(Evidence(field="title", start=0, end=3, words="New"),),
    )
    said = {("New", "y"): Classification("ar", (tag,), ("syria",))}
    (entry,) = extract_document(JOB, rss(NEW), lambda title, text, _: said[title, text]).entries
    assert (entry.language, entry.tags, entry.feeds) == ("ar", (tag,), ("syria",))


def test_a_list_too_long_says_so():
    """Nobody has to wonder where the rest is."""
    prepared = extract_document(JOB, rss(*(Item(f"t{n}", guid=str(n)) for n in range(2100))))
    assert len(prepared.entries) == 2000
    assert prepared.note == "lists 2100 items, only the first 2000 are read"
    assert extract_document(JOB, rss(NEW)).note == ""


def test_one_document_in_a_hundred_is_read_both_ways():
    """Chosen by its bytes, so that the same one is chosen again; both ways agree."""
    bodies = [rss(replace(NEW, title=f"t{n}"), OLD) for n in range(300)]
    checked = [extract_document(JOB, body) for body in bodies if zlib.crc32(body) % 100 == 0]
    assert checked
    assert all(each.was_checked and not each.disagrees for each in checked)
    assert not any(extract_document(JOB, body).was_checked for body in bodies[:20] if zlib.crc32(body) % 100)
