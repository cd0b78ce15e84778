"""By what items are known again."""

import pytest

from syndicator.extract.normalize import normalize, normalize_document
from syndicator.models import RawEntry

BASES = ("https://gazette.example",)
URL = "https://gazette.example/feed.xml"
LIVE = "https://gazette.example/live/flood"


def of(now, *raw):
    """Return a document's entries by their titles."""
    return {each.title: each for each in normalize(raw, url=URL, bases=BASES, language="ar", now=now)}


def item(title, link=None, guid=None, text="", **more):
    return RawEntry(title=title, link=link, guid=guid, summary=text or f"نص {title}", **more)


def test_a_part_of_a_page_is_known_by_its_place(now):
    """Guid and link name the same place; the page's key, by which it may be known from before, is another."""
    (entry,) = of(now, item("السد صامد", f"{LIVE}#u1", f"{LIVE}#u1")).values()
    assert (entry.key, entry.link_key, entry.link) == ("guid:~/live/flood#u1", "~/live/flood", f"{LIVE}#u1")
    assert "guid:~/live/flood" in entry.other_keys


def test_a_counter_in_a_guid_is_no_part_of_its_key(now):
    """The link is to the page."""
    keys = {of(now, item("Köprü açık", LIVE, f"{LIVE}#{n}"))["Köprü açık"].key for n in range(3)}
    assert keys == {"guid:~/live/flood"}


def test_items_of_one_document_with_other_places_and_words_are_told_apart(now):
    """By guids alone; one that repeats another's words is the same."""
    several = of(now, item("Дорога закрыта", LIVE, f"{LIVE}#2"), item("Мост открыт", LIVE, f"{LIVE}#1"))
    assert {each.key for each in several.values()} == {"guid:~/live/flood#2", "guid:~/live/flood#1"}
    assert all("guid:~/live/flood" in each.other_keys for each in several.values())
    assert {each.key for each in of(now, item("t", LIVE, f"{LIVE}#2"), item("t", LIVE, f"{LIVE}#1")).values()} == {
        "guid:~/live/flood"
    }


def test_items_without_guids_that_share_a_page_are_told_apart_by_their_words(now):
    """A live page: a shared link is no evidence."""
    first, second = of(now, item("Мост открыт", LIVE), item("Дорога закрыта", LIVE)).values()
    assert first.key.startswith("words:")
    assert first.key != second.key
    (alone,) = of(now, item("Мост открыт", LIVE)).values()
    assert alone.key == "link:~/live/flood"
    assert second.key in alone.other_keys or first.key in alone.other_keys


@pytest.mark.parametrize(
    ("raw", "key", "former"),
    [
        (item("t", "https://gazette.example/a.php?ref=71"), "link:~/a.php?ref=71", "link:~/a.php"),
        (item("t", f"{LIVE}#u1"), "link:~/live/flood#u1", "link:~/live/flood"),
        (item("t", "https://gazette.example/#/7"), "link:~#/7", None),
        (item("t", "https://gazette.example/a;jsessionid=7?id=5"), "link:~/a?id=5", "link:~/a;jsessionid=7?id=5"),
        (
            item("t", "https://gazette.example/a?ref=71", "https://gazette.example/a?ref=71"),
            "guid:~/a?ref=71",
            "guid:~/a",
        ),
        (
            item("t", "https://gazette.example/1", other_links=("http://proxy.example/~3/x",)),
            "link:~/1",
            "link:proxy.example/~3/x",
        ),
        (item("t", None, "12345"), "guid:12345", None),
    ],
)
def test_the_key_by_which_an_item_was_known_before_is_among_its_others(now, raw, key, former):
    """A store of the version before holds it."""
    (entry,) = of(now, raw).values()
    assert entry.key == key
    assert former is None or former in entry.other_keys


def test_a_session_in_a_guid_is_no_part_of_its_key(now):
    """At the outlet or elsewhere."""
    for host in ("gazette.example", "cms.example"):
        guids = [f"https://{host}/a;jsessionid={n}?id=5" for n in range(3)]
        assert len({of(now, item("t", guid, guid))["t"].key for guid in guids}) == 1


def test_what_is_left_out_of_a_document_is_counted(now):
    """Items that say nothing, items with one id, texts that are cut."""
    long = "<p>" + "слово " * 15_000 + "</p>"
    raw = [
        RawEntry(summary=" "),
        item("a", guid="1", text=long),
        item("b", guid="1"),
        *(item(f"c{n}", guid=f"c{n}", text=long) for n in range(60)),
    ]
    found = normalize_document(raw, url=URL, bases=BASES, language="ru", now=now)
    assert (found.empty, found.repeated) == (1, 1)
    assert found.shortened == sum(len(each.html) <= 1000 for each in found.entries) > 0
    assert len(found.entries) == 61
