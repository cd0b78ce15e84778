"""Two things at once: a reload, an operator or an upgrade, and a poll under way."""

from dataclasses import replace
from datetime import timedelta

from syndicator.config import load
from syndicator.models import Concept, Outcome, Quarantine
from tests.apps import HOME, Clock, Shown, an_app, source_of
from tests.newsroom import EVERYTHING, Item, rss

HARVEST = Item("Harvest begins", link=f"{HOME}/1", guid="1", text="x")


def many(count, first=0):
    return rss(
        *(
            Item(f"Report {n} from Idlib", link=f"{HOME}/{n}", guid=str(n), text="x")
            for n in range(first, first + count)
        )
    )


async def stories(app):
    return await app.store.read(lambda tx: tx.stories.newest(1000))


async def reloads_during_a_poll(app, shown, concepts):
    """Put concepts in force, and let the backfill end, while a document is between its child and the store."""
    read = app.extractor.document

    async def slow(*args, **options):
        parsed = await read(*args, **options)
        await app.adopt(replace(app.config, concepts=concepts))
        await app.outbox.run()
        return parsed

    class Extract:
        document, full_text = staticmethod(slow), app.extractor.full_text

    ports = replace(app.pipeline.ports, extract=Extract())
    await type(app.pipeline)(ports).poll(source_of(app))
    await app.outbox.run()


async def test_what_a_reload_overtakes_is_tagged_by_the_rules_in_force_new_or_updated(tmp_path):
    """A document read under the concepts of before a reload is stored with the tags of those after it."""
    shown = Shown(rss(HARVEST))
    async with an_app(tmp_path, shown) as app:
        await app.pipeline.poll(source_of(app))
        shown.body = rss(
            replace(HARVEST, title="Harvest and truce"), Item("Truce holds", link=f"{HOME}/2", guid="2", text="x")
        )
        await reloads_during_a_poll(app, shown, {"truce": Concept(id="truce", label="Truce", terms=("truce",))})
        assert {story.title: [tag.term for tag in story.tags] for story in await stories(app)} == {
            "Harvest and truce": ["truce"],
            "Truce holds": ["truce"],
        }


async def test_an_operators_word_during_a_poll_stands(tmp_path):
    """Released while it was being asked: it is asked again at once, as promised."""
    shown, clock = Shown(rss(HARVEST)), Clock()
    shown.outcome, shown.note = Outcome.SUSPECT, "looks like another outlet's"
    async with an_app(tmp_path, shown, clock=clock) as app:
        source = source_of(app)
        await app.pipeline.poll(source)

        async def release():
            await app.store.write(lambda tx: tx.sources.decide_quarantine(source, source.home, Quarantine.RELEASED))

        shown.before = release
        await app.pipeline.poll(source)
        state = await app.store.read(lambda tx: tx.sources.state(source))
    assert state.endpoints[0].quarantine is Quarantine.RELEASED
    assert state.endpoints[0].next_try_at is None
    assert state.due_at <= clock.now


async def test_an_operators_word_between_two_polls_of_one_commit_touches_only_its_source(tmp_path):
    """The other polls that are committed together are written as they were."""
    shown, clock = Shown(rss(HARVEST)), Clock()
    async with an_app(tmp_path, shown, clock=clock, patience=0.2) as app:
        source = source_of(app)
        before = await app.store.read(lambda tx: tx.sources.state(source))
        await app.store.write(lambda tx: tx.sources.decide_quarantine(source, source.home, Quarantine.CONFIRMED))
        report = await app.pipeline.poll(source, before)  # begun with a state of before
        state = await app.store.read(lambda tx: tx.sources.state(source))
    assert report.outcome is Outcome.OK
    assert state.endpoints[0].quarantine is Quarantine.CONFIRMED
    assert state.polled_at == clock.now


async def test_an_upgrade_of_the_tagger_holds_neither_publishing_nor_a_reload(tmp_path):
    """Stories are tagged anew in small steps of their own: fresh news are published before the first of them."""
    shown = Shown(many(450))
    async with an_app(tmp_path, shown) as app:
        await app.pipeline.poll(source_of(app))
        await app.outbox.run()
        await app.publisher.publish()
        await app.store.write(lambda tx: tx.set_meta("tagger", "of the version before"))
        await app.adopt(app.config)
        shown.body = rss(Item("News of today", link=f"{HOME}/new", guid="new", text="x"))
        await app.pipeline.poll(source_of(app))
        assert await app.publisher.publish() == ["all"]
        assert b"News of today" in (tmp_path / "s" / "feeds" / "all.atom").read_bytes()
        await app.adopt(app.config)  # a reload is taken meanwhile
        steps = 1
        while await app.backfill.step():
            steps += 1
        assert steps >= 5  # of a hundred stories at most
        assert await app.store.read(lambda tx: tx.get_meta("retag_below")) == "0"


async def test_new_tags_arrive_newest_first_and_in_every_story(tmp_path):
    """A step takes the newest stories that are left."""
    shown = Shown(many(150))
    async with an_app(tmp_path, shown) as app:
        await app.pipeline.poll(source_of(app))
        await app.outbox.run()
        for story in await stories(app):
            await app.store.write(lambda tx, story=story: tx.stories.retag(story.id, ()))
        await app.store.write(lambda tx: tx.set_meta("tagger", "of the version before"))
        await app.adopt(app.config)
        assert await app.backfill.step()
        tagged = [bool(story.tags) for story in await stories(app)]
        assert tagged == [True] * 100 + [False] * 50
        assert not await app.backfill.step()
        assert all(story.tags for story in await stories(app))


async def test_a_reload_in_the_middle_of_a_backfill_step_has_it_done_again(tmp_path):
    """What was classified by other filters is not stored."""
    shown = Shown(many(20))
    async with an_app(tmp_path, shown) as app:
        await app.pipeline.poll(source_of(app))
        await app.outbox.run()
        feeds = {"all": EVERYTHING, "syria": "title = 'S'\nwhere = 'region:SY'\n"}
        for name, text in feeds.items():
            (tmp_path / "c" / "feeds" / f"{name}.toml").write_text(text, encoding="utf-8")
        await app.adopt(load(tmp_path / "c", environ={}, state=tmp_path / "s"))
        classify = app.extractor.classify

        class Overtaken:
            async def classify(self, stories, *, retag, **others):
                found = await classify(stories, retag=retag, **others)
                (tmp_path / "c" / "feeds" / "syria.toml").write_text("title = 'S'\nwhere = 'region:FR'\n")
                await app.adopt(load(tmp_path / "c", environ={}, state=tmp_path / "s"))
                return found

        overtaken = type(app.backfill)(
            app.store, Overtaken(), rules=app.pipeline.ports.rules, clock=app.pipeline.ports.clock
        )
        assert not await overtaken.step()
        await app.outbox.run()
        members = await app.store.read(lambda tx: tx.feeds.members("syria", 100))
    assert members == []


async def test_a_text_that_counts_is_not_revised_without_end(tmp_path):
    """A counter in the text is taken 24 times, then noted no more; a new title always counts."""
    shown = Shown()
    async with an_app(tmp_path, shown) as app:

        async def poll(title, text):
            shown.body = rss(Item(title, link=f"{HOME}/1", guid="1", text=text))
            return await app.pipeline.poll(source_of(app))

        updates = [(await poll("Live", f"read {n} times")).revised["text"] for n in range(49)]
        assert sum(updates) == 24
        assert (await poll("Live: it is over", "read 49 times")).revised["title"] == 1
        for n in range(80):
            await poll(f"Title {n}", "x")
        (story,) = await stories(app)
        assert story.title == "Title 79"
        kept = await app.store.read(lambda tx: tx.stories.revisions(story.id))
        assert len(kept) == 50
        assert (kept[0].title, kept[-1].title) == ("Live", "Title 78")


async def test_an_outlet_that_a_reload_takes_away_during_its_poll_ends_well(tmp_path):
    """What was read is stored, nobody is blamed, and the source rests."""
    shown = Shown(rss(HARVEST))
    async with an_app(tmp_path, shown) as app:
        source = source_of(app)

        async def remove():
            await app.adopt(replace(app.config, outlets={}))

        shown.before = remove
        report = await app.pipeline.poll(source)
        assert report.outcome is Outcome.OK
        assert [story.title for story in await stories(app)] == ["Harvest begins"]
        assert await app.publisher.publish() == ["all"]
        state = await app.store.read(lambda tx: tx.sources.state(source))
        assert state.endpoints[0].outcome is Outcome.OK
        assert await app.store.read(lambda tx: tx.sources.due(app.clock() + timedelta(days=400), 9)) == []
