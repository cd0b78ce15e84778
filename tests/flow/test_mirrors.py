"""Outlets that move, hide and lie: the home and its mirrors, seen from the status page and by an independent reader."""

import asyncio
import html
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest
from aiohttp import web
from click.testing import CliRunner

from syndicator.cli import cli
from tests.flow.faults import BRISK, Clock
from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.waiting import eventually, get, moment, running

HOUR = timedelta(hours=1)
COURIER = (
    "Russia and Turkey agree on a ceasefire in Idlib",
    "Aid convoy crosses at Bab al-Hawa as the truce takes hold",
    "Beirut port reopens its second terminal",
    "Families return to Saraqib under the ceasefire",
    "First joint patrol passes Ariha on the highway",
    "Bakers of Latakia ask for cheaper flour",
)
CASINO = (
    "Seven slot machines that pay out tonight",
    "Free spins without deposit for new players",
    "Which bonus code wins most at blackjack",
    "Jackpot rules every gambler should learn",
)
SOLD = {
    "the same address, other things in the same language": ("Lucky Spins Daily", CASINO),
    "another script": ("Счастливая рулетка", ("Лучшие игровые автоматы", "Как выиграть в рулетку", "Бонусы новичкам")),
    "another outlet": (
        "Garden and Pond",
        ("Pruning roses early", "A pond for small gardens", "Which hedge grows fast"),
    ),
}


def items(base, *titles, texts=None):
    return [
        Item(
            title,
            link=f"{base}/n/{abs(hash(title)) % 10**8}",
            guid=title,
            text=(texts or {}).get(title, f"All about: {title}."),
        )
        for title in titles
    ]


class Watched:
    """A running daemon, its clock, and what a reader and an operator see of it."""

    def __init__(self, base, clock, config, state, daemon):
        self.base, self.clock, self.config, self.state, self.daemon = base, clock, config, state, daemon

    async def status(self, name="one"):
        told = json.loads((await get(f"{self.base}/status.json")).body)
        return next(each for each in told["outlets"] if each["id"] == name)

    async def endpoints(self, name="one"):
        """Give the endpoints of an outlet's only source by their addresses' hosts."""
        (source,) = (await self.status(name))["sources"]
        return {each["url"].rpartition("/")[0]: each for each in source["endpoints"]}

    async def poll(self, *sites, after=HOUR):
        """Let an hour pass and wait until these sites have been asked, and what came of it is written down.

        A poll that began before would end in the new hour, and be the last one in it: the clock stands still.
        """
        await self.daemon.dispatcher.settled()
        asked = [len(site.requests) for site in sites]
        self.clock.now += after

        async def are_asked():
            found = await self.endpoints()
            tried = [moment(found[site.base]["last_try_at"]) == self.clock.now for site in sites]
            return all(tried) and all(len(site.requests) > count for site, count in zip(sites, asked, strict=True))

        await eventually(are_asked)

    async def are(self, health, *sites):
        found = await self.endpoints()
        return all(found[site.base]["health"] == health for site in sites)

    async def titles(self):
        return list(await self.entries())

    async def entries(self):
        page = await get(f"{self.base}/feeds/everything.atom")
        if page.status == 404:  # not written yet
            return {}
        parsed = feedparser.parse(page.body)
        assert not parsed.bozo
        return {each.title: (each.id, each.link) for each in parsed.entries}

    async def shows(self, *titles):
        async def are_there():
            return set(titles) <= (await self.entries()).keys()

        await eventually(are_there)
        return await self.entries()

    async def command(self, *words):
        """Run a command as the operator would, beside the daemon."""
        line = [*words, "--config", str(self.config), "--state", str(self.state)]
        done = await asyncio.to_thread(CliRunner().invoke, cli, line)
        return done.exit_code, done.output if done.exit_code else done.stdout


@asynccontextmanager
async def watched(tmp_path, port, text, *, main=MAIN, intervals=BRISK, **parts):
    """Run a daemon with one outlet; ``parts`` go to its App."""
    clock = Clock()
    folder = write_config(tmp_path / "c", port=port, outlets={"one": text}, feeds={"everything": EVERYTHING}, main=main)
    async with running(folder, tmp_path / "s", intervals=intervals, clock=clock, **parts) as daemon:
        yield Watched(f"http://127.0.0.1:{port}", clock, folder, tmp_path / "s", daemon)


def compared(home, *mirrors):
    return outlet(home.base, *(mirror.base for mirror in mirrors), mode="compare")


async def test_a_sold_home_is_quarantined_and_the_mirror_carries_on(tmp_path, free_port):
    """The operator is told why; readers get nothing of it, lose nothing, and are led to the mirror."""
    async with Site() as home, Site() as mirror:
        home.answers["/feed.xml"] = rss(*items(home.base, *COURIER[:4]), title="The Levant Courier")
        mirror.answers["/feed.xml"] = rss(*items(mirror.base, *COURIER), title="The Levant Courier")
        async with watched(tmp_path, free_port, outlet(home.base, mirror.base)) as w:
            before = await w.shows(*COURIER[:4])
            home.answers["/feed.xml"] = rss(*items(home.base, *CASINO), title="Lucky Spins Daily")
            await w.poll(home, mirror)
            after = await w.shows(*COURIER)
            assert not set(CASINO) & after.keys()
            assert {title: after[title][0] for title in before} == {title: id_ for title, (id_, _) in before.items()}

            async def all_lead_to_the_mirror():
                return all(link.startswith(mirror.base) for _, link in (await w.entries()).values())

            await eventually(all_lead_to_the_mirror)
            told = (await w.endpoints())[home.base]
            assert (told["health"], told["outcome"]) == ("quarantined", "suspect")
            assert 'its title is "Lucky Spins Daily" and was "The Levant Courier"' in told["note"]
            assert (await w.endpoints())[mirror.base]["health"] == "working"


@pytest.mark.parametrize("case", SOLD)
async def test_a_held_endpoint_waits_for_the_operator(tmp_path, free_port, case):
    """It is asked once a day, stays held when it looks well again, and speaks again when released."""
    title, headlines = SOLD[case]
    async with Site() as home:
        good = rss(*items(home.base, *COURIER), title="The Levant Courier")
        home.answers["/feed.xml"] = good
        async with watched(tmp_path, free_port, outlet(home.base)) as w:
            await w.shows(*COURIER)
            home.answers["/feed.xml"] = rss(*items(home.base, *headlines), title=title)
            await w.poll(home)
            assert (await w.endpoints())[home.base]["health"] == "quarantined"
            home.answers["/feed.xml"] = good
            await w.poll(home, after=25 * HOUR)
            told = (await w.endpoints())[home.base]
            assert told["health"] == "quarantined"
            assert told["note"].startswith("quarantined until you decide: syndicator release or syndicator confirm;")
            home.answers["/feed.xml"] = rss(*items(home.base, "Truce holds", *COURIER), title="The Levant Courier")
            said = f"{home.base}/feed.xml is polled again; its next document is accepted.\n"
            assert await w.command("release", home.base) == (0, said)
            await w.shows("Truce holds")
            assert (await w.endpoints())[home.base]["health"] == "working"


async def test_a_released_endpoint_may_be_another_from_now_on(tmp_path, free_port):
    """An outlet that really has a new name and new pages is learned anew."""
    async with Site() as home:
        home.answers["/feed.xml"] = rss(*items(home.base, *COURIER), title="The Levant Courier")
        async with watched(tmp_path, free_port, outlet(home.base)) as w:
            await w.shows(*COURIER)
            home.answers["/feed.xml"] = rss(*items(home.base, *CASINO[:2]), title="Lucky Spins Daily")
            await w.poll(home)
            assert (await w.command("release", f"{home.base}/feed.xml"))[0] == 0
            await w.shows(*CASINO[:2])
            home.answers["/feed.xml"] = rss(*items(home.base, *CASINO[2:]), title="Lucky Spins Daily")
            await w.poll(home)
            await w.shows(*CASINO)


async def test_a_confirmed_loss_is_asked_once_a_month(tmp_path, free_port):
    """The operator's word stands until it is taken back."""
    async with Site() as home, Site() as mirror:
        for site in (home, mirror):
            site.answers["/feed.xml"] = rss(*items(site.base, *COURIER), title="The Levant Courier")
        async with watched(tmp_path, free_port, outlet(home.base, mirror.base)) as w:
            await w.shows(*COURIER)
            home.answers["/feed.xml"] = rss(*items(home.base, *CASINO), title="Lucky Spins Daily")
            await w.poll(home, mirror)
            assert await w.command("confirm", home.base) == (0, f"{home.base}/feed.xml stays quarantined.\n")
            await w.poll(home, mirror, after=25 * HOUR)
            asked = len(home.requests)
            await w.poll(mirror, after=24 * 29 * HOUR)
            assert len(home.requests) == asked
            assert (await w.endpoints())[home.base]["health"] == "quarantined"
            code, said = await w.command("release", "https://nobody.example")
            assert code == 2
            assert 'no source has the address "https://nobody.example"' in said


async def test_a_new_day_a_new_name_or_a_new_address_is_no_sale(tmp_path, free_port):
    """Nothing known in the document, but it looks like itself in most respects."""
    async with Site() as home:
        home.answers["/feed.xml"] = rss(*items(home.base, *COURIER[:3]), title="The Levant Courier")
        async with watched(tmp_path, free_port, outlet(home.base)) as w:
            await w.shows(*COURIER[:3])
            home.answers["/feed.xml"] = rss(*items(home.base, *COURIER[3:]), title="The Levant Courier")
            await w.poll(home)
            await w.shows(*COURIER)
            moved = "https://courier.example"
            home.answers["/feed.xml"] = rss(
                *items(moved, "Ceasefire in Idlib: the highway is open"), title="Levant Courier"
            )
            await w.poll(home)
            await w.shows("Ceasefire in Idlib: the highway is open")


async def test_a_mirror_that_lags_is_told_by_how_much(tmp_path, free_port):
    """Only what was seen counts: it lacked them an hour after the home had them, and had them after two."""
    async with Site() as home, Site() as mirror:
        for site in (home, mirror):
            site.answers["/feed.xml"] = rss(*items(site.base, *COURIER[:3]), title="Courier")
        async with watched(tmp_path, free_port, compared(home, mirror)) as w:
            await w.shows(*COURIER[:3])
            await w.poll(home, mirror)
            for count in (4, 5):
                home.answers["/feed.xml"] = rss(*items(home.base, *COURIER[:count]), title="Courier")
                await w.poll(home, mirror)
                await w.poll(home, mirror)
                mirror.answers["/feed.xml"] = rss(*items(mirror.base, *COURIER[:count]), title="Courier")
                await w.poll(home, mirror)
            found = await w.endpoints()
            of_mirror, of_home = found[mirror.base]["comparison"], found[home.base]["comparison"]
            assert (of_mirror["lag_seconds"], of_mirror["notes"]) == (3600, ["lags by at least 60 min"])
            assert (of_home["lag_seconds"], of_home["notes"]) == (0, [])
            assert len(await w.shows(*COURIER[:5])) == 5


async def test_a_mirror_that_drops_or_edits_stories_is_found_out(tmp_path, free_port):
    """Readers get the home's words; the status says what the mirror shows instead, or not at all."""
    async with Site() as home, Site() as mirror:
        for site in (home, mirror):
            site.answers["/feed.xml"] = rss(*items(site.base, *COURIER[:3]), title="Courier")
        async with watched(tmp_path, free_port, compared(home, mirror)) as w:
            await w.shows(*COURIER[:3])
            await w.poll(home, mirror)
            home.answers["/feed.xml"] = rss(*items(home.base, *COURIER[:5]), title="Courier")
            edited = [*items(mirror.base, *COURIER[:3]), *items(mirror.base, COURIER[4])]
            edited[0].title = "Russia and Turkey at odds over Idlib"
            mirror.answers["/feed.xml"] = rss(*edited, title="Courier")
            await w.poll(home, mirror)
            await w.poll(home, mirror, after=7 * HOUR)
            found = (await w.endpoints())[mirror.base]["comparison"]
            assert found["notes"] == [f'shows another title of "{COURIER[0]}"', f'does not show "{COURIER[3]}"']
            assert found["missing"] == [COURIER[3]]
            (difference,) = found["differences"]
            assert (difference["title"], difference["home_title"]) == (edited[0].title, COURIER[0])
            assert (await w.shows(*COURIER[:5])).keys() == set(COURIER[:5])
            page = html.unescape((await get(f"{w.base}/ops/outlets/one")).body.decode())
            assert all(words in page for words in found["notes"])


@pytest.mark.parametrize("is_trusted", [False, True])
async def test_f48_a_mirror_adds_only_what_leads_to_the_outlet_unless_trusted(tmp_path, free_port, is_trusted):
    """Once trusted, what was left out before is taken in as well."""
    async with Site() as home, Site() as mirror:
        home.answers["/feed.xml"] = rss(*items(home.base, *COURIER[:3]), title="Courier")
        stray = items("https://stray.example", "Buy this now")
        mirror.answers["/feed.xml"] = rss(*stray, *items(mirror.base, *COURIER[:4]), title="Courier")
        text = compared(home, mirror)
        async with watched(tmp_path, free_port, text) as w:
            await w.shows(*COURIER[:4])
            assert "Buy this now" not in await w.entries()
            told = (await w.endpoints())[mirror.base]
            assert told["note"] == "1 item leads to other hosts than the outlet's: left out"
            if is_trusted:
                trusting = text.replace("[[source]]", f'trusted = ["{mirror.base}"]\n[[source]]')
                (w.config / "outlets" / "one.toml").write_text(trusting)
                mirror.answers["/feed.xml"] = rss(*stray, *items(mirror.base, *COURIER[:5]), title="Courier")

                async def is_taken():
                    w.clock.now += HOUR
                    return "Buy this now" in await w.entries()

                await eventually(is_taken)


@pytest.mark.parametrize("home_is", ["slow", "wrong", "well"])
async def test_where_endpoints_race_the_first_good_answer_counts(tmp_path, free_port, home_is):
    """A slow home is not waited for, and has not failed; one that answers wrongly is followed by the next at once."""
    never = asyncio.Event()
    told = rss(Item(COURIER[0], guid="1"))

    async def answer(_):
        await never.wait()

    first = {"slow": answer, "wrong": lambda _: web.Response(status=500), "well": told}[home_is]
    async with Site({"/feed.xml": first}) as home, Site({"/feed.xml": told}) as mirror:
        text = outlet(home.base, mirror.base, mode="race")
        main = MAIN + '[mirrors]\nslow = "100ms"\n'
        async with watched(tmp_path, free_port, text, main=main) as w:
            await w.shows(COURIER[0])
            found = await w.endpoints()
        never.set()
    outcomes = found[home.base]["outcome"], found[mirror.base]["outcome"]
    # At the first contact all are asked.
    assert outcomes == {"slow": (None, "ok"), "wrong": ("server_error", "ok"), "well": ("ok", "ok")}[home_is]


async def test_f48_a_mirrors_bare_address_of_another_is_left_out_too(tmp_path, free_port):
    """With or without a path, or behind a mark."""
    async with Site() as home, Site() as mirror:
        home.answers["/feed.xml"] = lambda _: web.Response(status=503)
        spam = [
            Item(f"Spam {n}", link=f"https://evil.example{rest}", guid=f"{n}")
            for n, rest in enumerate(("/deep", "/", "/#/x", ""))
        ]
        own = Item("Own", link=f"{mirror.base}/1", guid="own")
        mirror.answers["/feed.xml"] = rss(*spam, own)
        async with watched(tmp_path, free_port, outlet(home.base, mirror.base)) as w:
            assert set(await w.shows("Own")) == {"Own"}


@pytest.mark.parametrize("case", SOLD)
async def test_a_home_that_was_sold_before_it_was_ever_polled_is_told_by_the_mirror(tmp_path, free_port, case):
    """Neither is published until the operator says which is the outlet's own; each is named with what it shows."""
    title, headlines = SOLD[case]
    async with Site() as home, Site() as mirror:
        home.answers["/feed.xml"] = rss(*items(home.base, *headlines), title=title)
        mirror.answers["/feed.xml"] = rss(*items(mirror.base, *COURIER), title="The Levant Courier")
        async with watched(tmp_path, free_port, outlet(home.base, mirror.base)) as w:
            await eventually(lambda: w.are("quarantined", home, mirror))
            told = (await w.endpoints())[home.base]["note"]
            assert f'{home.base}/feed.xml shows "{title}"' in told
            assert f'{mirror.base}/feed.xml shows "The Levant Courier" ("{COURIER[0]}")' in told
            assert await w.titles() == []
            assert (await w.command("release", mirror.base))[0] == 0
            await w.shows(*COURIER)
            assert (await w.endpoints())[home.base]["health"] == "quarantined"


async def test_a_mirror_that_was_sold_is_told_by_the_home_and_another_mirror(tmp_path, free_port):
    """What the home and one other agree on is the outlet's: it is published at once."""
    async with Site() as home, Site() as sold, Site() as mirror:
        for site in (home, mirror):
            site.answers["/feed.xml"] = rss(*items(site.base, *COURIER), title="The Levant Courier")
        sold.answers["/feed.xml"] = rss(*items(sold.base, *CASINO), title="Lucky Spins Daily")
        async with watched(tmp_path, free_port, outlet(home.base, sold.base, mirror.base)) as w:
            await w.shows(*COURIER)
            found = await w.endpoints()
            assert [found[site.base]["health"] for site in (home, sold, mirror)] == [
                "working",
                "quarantined",
                "working",
            ]
            home.answers.pop("/feed.xml")
            mirror.answers["/feed.xml"] = rss(*items(mirror.base, "Truce holds", *COURIER), title="The Levant Courier")
            await w.poll(home)
            await w.shows("Truce holds", *COURIER)  # it was asked before, and is read whole when its turn comes


async def test_a_mirror_that_lags_agrees_though_it_shows_none_of_the_same(tmp_path, free_port):
    """It looks like its home, in Arabic as well."""
    arabic = ("هدنة جديدة في حلب تدخل حيز التنفيذ", "عودة النازحين إلى قراهم في إدلب", "افتتاح الطريق الدولي بعد سنوات")
    older = ("الهدنة في حلب صامدة منذ أيام", "النازحون في إدلب يطالبون بالعودة", "إغلاق الطريق الدولي قرب سراقب")
    async with Site() as home, Site() as mirror:
        home.answers["/feed.xml"] = rss(*items(home.base, *arabic), title="بريد المشرق", language="ar")
        mirror.answers["/feed.xml"] = rss(*items(mirror.base, *older), title="بريد المشرق", language="ar")
        async with watched(tmp_path, free_port, outlet(home.base, mirror.base)) as w:
            await w.shows(*arabic)
            assert (await w.endpoints())[mirror.base]["health"] == "working"


async def test_a_first_document_that_nothing_speaks_for_is_doubted_aloud(tmp_path, free_port):
    """Without mirrors, the operator's own words are all there is: it is published, and the doubt is said."""
    async with Site() as home, Site() as other:
        other.answers["/feed.xml"] = rss(*items(other.base, *COURIER), title="The Levant Courier")
        casino = [
            replace(each, link=each.link.replace(home.base, "https://spins.example"))
            for each in items(home.base, *CASINO)
        ]
        home.answers["/feed.xml"] = rss(*casino, title="Lucky Spins Daily")
        text = outlet(home.base, name="Wadi News Agency")
        async with watched(tmp_path, free_port, text) as w:
            await w.shows(*CASINO)
            note = (await w.endpoints())[home.base]["note"]
        assert 'nothing in it speaks for Wadi News Agency: it shows "Lucky Spins Daily"' in note
        assert "syndicator confirm" in note
