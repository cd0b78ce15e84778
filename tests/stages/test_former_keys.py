"""A store that was filled before keys were made as they are now: nothing in it is told again."""

from dataclasses import replace

import pytest

from syndicator.extract.normalize import normalize
from syndicator.ingest import COPY_WINDOW, decide, shared_links
from syndicator.models import Entry, New, PollBounds, RawEntry, Source, Unchanged, Update
from syndicator.store import open_store
from tests.conftest import NOW
from tests.stores import store_url

HOME = "https://gazette.example"
SOURCE = Source(id="gazette/feed", outlet="gazette", endpoints=(f"{HOME}/feed",), language="en")
OTHER = replace(SOURCE, id="gazette/other")


@pytest.fixture
async def store(tmp_path):
    made = open_store(store_url(tmp_path / "s.db"))
    await made.write(lambda tx: tx.sources.sync({each.id: each for each in (SOURCE, OTHER)}, NOW, PollBounds()))
    yield made
    made.close()


def read(*raw: RawEntry) -> tuple[Entry, ...]:
    return normalize(raw, url=f"{HOME}/feed", bases=(HOME,), language="en", now=NOW)


def as_before(raw: RawEntry, key: str, link_key: str | None) -> Entry:
    """Return an entry as the version before would have made it."""
    (entry,) = read(raw)
    return replace(entry, key=key, link_key=link_key, other_keys=(), other_links=())


async def take_in(store, *entries, source=SOURCE):
    """Decide on entries, and store them; return the decisions."""

    def work(tx):
        known = tx.entries.known(source, entries, copied_since=NOW - COPY_WINDOW)
        shared = shared_links(entries)
        decisions = decide(entries, known, source=source, endpoint=source.home, now=NOW, shared=shared)
        for each in decisions:
            number = None if isinstance(each, New) else each.story
            if isinstance(each, New):
                (number,) = tx.stories.add([(f"tag:{source.id}/{each.entry.key}", each.entry)], source, NOW)
            tx.entries.record([(each, number)], source, NOW)
        return decisions

    return await store.write(work)


def item(title: str, link: str | None = None, guid: str | None = None, **more: object) -> RawEntry:
    return RawEntry(title=title, link=link, guid=guid, summary=f"نص {title}", **more)


KINDS = {
    "a parameter that was taken for a tracker": (
        item("Мост открыт", f"{HOME}/article.php?ref=71"),
        "link:~/article.php",
        "~/article.php",
    ),
    "such a parameter in a guid": (
        item("Мост открыт", f"{HOME}/article.php?ref=71", f"{HOME}/article.php?ref=71"),
        "guid:~/article.php",
        "~/article.php",
    ),
    "a session id": (
        item("Köprü açıldı", f"{HOME}/a;jsessionid=7F0A?id=5"),
        "link:~/a;jsessionid=7F0A?id=5",
        "~/a;jsessionid=7F0A?id=5",
    ),
    "a part of a page": (item("السد صامد", f"{HOME}/live#u1"), "link:~/live", "~/live"),
    "a part of a page with a guid": (item("السد صامد", f"{HOME}/live#u1", f"{HOME}/live#u1"), "guid:~/live", "~/live"),
    "a page behind a counting proxy": (
        item("Köprü açıldı", f"{HOME}/bridge", other_links=("http://proxy.example/~3/x",)),
        "link:proxy.example/~3/x",
        "proxy.example/~3/x",
    ),
    "a copy that was taken for the page": (
        item("Мост открыт", f"{HOME}/1", other_links=(f"{HOME}/1/amp",)),
        "link:~/1/amp",
        "~/1/amp",
    ),
    "an address that was none": (
        item("Мост открыт", None, other_links=(f"{HOME}/N/A",)),
        "link:~/N/A",
        "~/N/A",
    ),
    "a route of a script": (item("پل باز شد", f"{HOME}/#/news/7"), None, None),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_story_that_is_known_by_its_former_key_is_not_told_again(store, kind):
    """Not at the first poll, when its row takes the new key, and not at the second."""
    raw, key, link_key = KINDS[kind]
    (now,) = read(raw)
    words = f"words:{now.title_digest}{now.text_digest}"
    await take_in(store, as_before(raw, key or words, link_key))
    for _ in range(2):
        (decision,) = await take_in(store, now)
        assert isinstance(decision, Unchanged | Update)
        assert (decision.story, decision.changed in ((), ("link",))) == (1, True)
    assert decision.changed == ()


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"an address that was none", "a route of a script"}))
async def test_nor_is_it_at_another_source_of_its_outlet(store, kind):
    """The page's former key names it there."""
    raw, key, link_key = KINDS[kind]
    await take_in(store, as_before(raw, key, link_key), source=OTHER)
    (decision,) = await take_in(store, *read(replace(raw, guid=None)))
    assert not isinstance(decision, New)
    assert decision.story == 1


async def test_an_edit_at_the_same_time_is_an_update(store):
    """A title or a text is enough to know it by."""
    raw, key, link_key = KINDS["a parameter that was taken for a tracker"]
    await take_in(store, as_before(raw, key, link_key))
    (decision,) = await take_in(store, *read(replace(raw, summary="другой текст")))
    assert isinstance(decision, Update)
    assert decision.story == 1


async def test_what_the_former_key_had_folded_together_comes_apart(store):
    """The one whose words the row has is known; the others are stories of their own."""
    pages = [item(name, f"{HOME}/article.php?ref={n}") for n, name in enumerate(("ash", "birch", "cedar"))]
    await take_in(store, as_before(pages[1], "link:~/article.php", "~/article.php"))
    kinds = {each.entry.title: type(each) for each in (await take_in(store, *read(*pages)))}
    assert (kinds["birch"], kinds["ash"], kinds["cedar"]) == (Update, New, New)
    assert {type(each) for each in (await take_in(store, *read(*pages)))} == {Unchanged}


async def test_a_counter_goes_on_counting(store):
    """The guid's fragment rises, the page stays: one story, in a store of before too."""
    for n in range(4):
        raw = item("Мост открыт", f"{HOME}/a/5", f"{HOME}/a/5#{n}")
        (entry,) = read(raw)
        before = as_before(raw, "guid:~/a/5", "~/a/5")
        (decision,) = await take_in(store, before if n < 2 else entry)
        assert isinstance(decision, New if n == 0 else Unchanged)
