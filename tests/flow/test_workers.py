"""Several processes poll for one store, and some of them die."""

import time

import pytest
import pytest_asyncio
from sqlalchemy import select

from syndicator.store.tables import entry
from tests.newsroom import MAIN, write_config
from tests.plays import acts
from tests.plays.checks import grouped, manners_problems, problems
from tests.plays.newsroom import OUTLETS, Newsroom, Request
from tests.plays.stage import FEED, LEADER, Stage
from tests.ports import port_of, reserve
from tests.stores import postgres
from tests.waiting import eventually, get, running

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("postgresql"),
    pytest.mark.long,
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory):
    """A leader and three workers for all plays: each takes seconds to start, and what dies is started again."""
    server, name, newsroom = postgres(), "plays", Newsroom(OUTLETS)
    newsroom.publish()
    server.drop(name)
    server.create(name, template="made")
    with reserve() as reserved:
        async with (
            newsroom.open(),
            Stage(newsroom, server, name, tmp_path_factory.mktemp("plays"), port_of(reserved)) as made,
        ):
            await made.start("w1", until="waiting for the daemon")
            await made.complete()
            yield made


@pytest.fixture(autouse=True)
def counted_anew(stage):
    """Begin with no request counted: what one play does wrong is not the next one's."""
    stage.newsroom.forget_requests()


@pytest.mark.parametrize("act", acts.ACTS)
async def test_whatever_dies_nothing_is_lost_or_doubled_and_nobody_is_blamed(stage, act):
    """One of four processes, or the server; at work, with hosts claimed and requests open."""
    await act(stage)
    assert problems(stage) == []


async def test_one_process_alone_makes_the_same_stories_of_it(stage, tmp_path, free_port):
    """All that four have stored by now, who saw it come, is what one makes of it, who sees it at once."""
    await stage.complete()
    outlets = {each.name: each.toml("1s") for each in stage.newsroom.outlets}
    folder = write_config(tmp_path / "c", port=free_port, outlets=outlets, main=MAIN)
    async with running(folder, tmp_path / "s") as daemon:

        async def stored():
            return await daemon.app.store.read(
                lambda tx: tx.connection.execute(select(entry.c.outlet, entry.c.link, entry.c.story)).all()
            )

        async def is_stored():
            return len(await stored()) == stage.newsroom.entries

        await eventually(is_stored)
        assert grouped(await stored()) == grouped(stage.rows("SELECT outlet, link, story FROM entry"))


async def test_workers_follow_what_the_leader_reads(stage):
    """A new outlet is polled, and a new feed has what they bring."""
    await stage.complete()
    outlet = await stage.newsroom.add()
    stage.configure({"everything": FEED, "latest": f'title = "أحدث"\nwhere = "outlet:{outlet.name}"\n'})

    async def do_all_follow():
        return all(f"outlets={OUTLETS + 1}" in each.words() for each in stage.actors.values() if each.name != LEADER)

    await stage.wait(do_all_follow)
    stage.newsroom.publish(agencys=0)
    await stage.all_stored()

    async def is_filled():
        return sorted(stage.published("latest")) == sorted(each.words.title for each in outlet.matters)

    await stage.wait(is_filled)
    assert problems(stage) == []


async def test_an_outlet_is_asked_by_who_has_its_label_alone(stage):
    """Without such a worker it is not asked, and the operator is told."""
    await stage.complete()
    outlet = await stage.newsroom.add(labels=("tr",))
    stage.configure()

    async def is_told():
        words = f"nobody asks 1 outlet ({outlet.name}): no process at work has a label of tr"
        return words in (await get(f"http://127.0.0.1:{stage.port}/status.json")).body.decode()

    await stage.wait(is_told)
    await stage.all_asked(time.monotonic(), without=list(outlet.domains))
    assert not any(domain.requests for domain in outlet.domains)
    await stage.start("turk", labels=["tr"])
    await stage.all_stored()
    asked = stage.rows("SELECT DISTINCT worker FROM host WHERE key = ANY(%s)", [each.host for each in outlet.domains])
    assert asked == [("turk",)]
    assert problems(stage) == []


async def test_a_worker_before_any_leader_waits(stage):
    """Until there is a configuration, which it then works by."""
    first = (stage.folder / "w1-0.log").read_text("utf-8")
    assert first.index("waiting for the daemon") < first.index("event=ready")


MISTAKES = {
    "lost": "DELETE FROM entry WHERE id = (SELECT min(id) FROM entry)",
    "mixed up": "UPDATE entry SET story = (SELECT min(id) FROM story) WHERE id = (SELECT max(id) FROM entry)",
    "doubled": """WITH told AS (SELECT story, count(*) AS times, min(id) AS first FROM entry GROUP BY story)
        UPDATE entry SET story = (SELECT story FROM told ORDER BY times LIMIT 1)
        WHERE id = (SELECT first FROM told ORDER BY times DESC LIMIT 1)""",
    "rewritten": """INSERT INTO revision (story, replaced_at, title, html)
        SELECT id, 0, title, html FROM story CROSS JOIN generate_series(1, 9) AS times""",
    "old words": "UPDATE story SET title = 'old' WHERE id = (SELECT min(id) FROM story)",
    "blamed": "UPDATE endpoint SET failures = 1",
    "1 polls failed": "UPDATE day SET failed = 1",
    "alert": """INSERT INTO alert (kind, subject, state, severity, words, evidence, outlet, country, language, stories, path,
        found_at, raised) VALUES ('failing', 'outlet:one', 'raised', 1, '', '[]', 'one', '', '', '[]', '', 0, '[]')""",
}


async def test_the_checks_of_plays_see_what_is_wrong(stage):
    """Each of them, of what is made wrong by hand. It comes last: it leaves a store behind that is of no use."""
    await stage.complete()
    for actor in stage.actors.values():
        await actor.kill()
    assert problems(stage) == []
    for word, mistake in MISTAKES.items():
        stage.change(mistake)
        assert any(each.startswith(word) for each in problems(stage)), word


@pytest.mark.parametrize(("gap", "is_close"), [(0.0, True), (0.2, True), (0.35, False), (0.5, False)])
async def test_requests_that_come_too_close_are_seen(gap, is_close):
    """By what an outlet notices, which may be late."""
    newsroom = Newsroom(1)
    domain = newsroom.outlets[0].home
    domain.requests += [Request(7.0, 0.01, None, 7.01), Request(7.0 + gap, 0.3, None, 8.0)]
    assert bool(list(manners_problems(newsroom, 0.5))) is is_close
    domain.requests.clear()
    domain.crowded = 1
    assert list(manners_problems(newsroom, 0.5))
