"""Outlets on loopback fall silent, thin, and come back; whoever does not answer is not called silent."""

from dataclasses import replace
from datetime import timedelta

from aiohttp import web

from syndicator.alerts import SilenceDetector
from syndicator.models.alerts import AlertKind, AlertState, Severity
from syndicator.runtime.ops import StoreRecords
from syndicator.watch.pulse_row import unpacked
from tests.flow.watched import DAY, HOUR, Paper, a_play
from tests.newsroom import Site, outlet


def persian(_name, home):
    return outlet(home, name="Kheybar Press", country="IR", language="fa")


def of_syria(name, home, **keys):
    return outlet(home, name=name.title(), **{"country": "SY", "language": "ar", **keys})


async def pulses(play):
    """Return what is known of rhythms, by subject."""
    return await play.app.store.read(lambda tx: {row.subject: row for row in tx.pulses.after("", 100)})


async def test_an_outlet_falls_silent_and_comes_back(tmp_path):
    """It is told once, in plain words with the evidence; its next item ends it, an hour later."""
    paper = Paper(Site(), headline="خبر روز {n} از تبریز")
    async with a_play(tmp_path, persian, paper) as play:
        await play.learn()
        for _ in range(30):
            await play.step()
        assert play.told == []
        paper.is_publishing = False
        waited = await play.until_told(4 * DAY, by=2 * HOUR)
        assert 8 * HOUR < waited < 48 * HOUR
        [(phase, kind, subject, words)] = play.told
        assert (phase, kind, subject) == ("raised", "silent", "outlet:paper0")
        assert words.startswith("Kheybar Press has published nothing for ")
        assert " stories were to be expected; the longest lull of late was " in words
        [alert] = await play.app.store.read(lambda tx: tx.alerts.current())
        usual, newest, answers = alert.evidence
        assert usual.startswith("Usual: ")
        assert " stories a day, most at 05, 07" in usual
        assert "“خبر روز " in newest
        assert answers.startswith(f"Answers well: {paper.site.base}/feed.xml (")
        assert (alert.country, alert.language, alert.path) == ("IR", "fa", "/ops/outlets/paper0")
        await play.step()
        paper.is_publishing = True
        await play.until_told(DAY)
        assert [each[:3] for each in play.told[1:]] == [("cleared", "silent", "outlet:paper0")]
        assert await play.alerts() == {}


async def test_who_does_not_answer_is_not_silent(tmp_path):
    """Only a good answer can say that there is nothing new: also when our own network is gone, and when it is back."""
    papers = [Paper(Site(), headline=f"خبر {n} {{n}} من حلب") for n in range(2)]
    async with a_play(tmp_path, of_syria, *papers) as play:
        await play.learn()
        for paper in papers:
            del paper.site.answers["/feed.xml"]
            paper.is_publishing = False
        for _ in range(12):
            await play.step(6 * HOUR)
        assert play.told == []
        play.is_offline = True
        for _ in range(4):
            await play.step(6 * HOUR, polls=False)
        play.is_offline = False
        # While nobody looked, they went on publishing.
        for paper in papers:
            for hours in range(90, 0, -6):
                paper.publish(play.clock() - hours * HOUR)
            paper.is_publishing = True
        for _ in range(24):
            await play.step()
        assert play.told == []
        longest = {unpacked(row).longest for row in (await pulses(play)).values()}
        assert max(longest) < 30  # what nobody saw is no lull of days


async def test_a_country_that_falls_silent_is_one_alert(tmp_path):
    """It covers its outlets' alerts; whoever fails besides does not hinder it."""
    papers = [Paper(Site(), headline=f"عاجل {n} {{n}} من دمشق") for n in range(4)]
    async with a_play(tmp_path, of_syria, *papers, names=["jisr", "nahr", "qalaa", "sham"]) as play:
        await play.learn()
        for _ in range(4):
            await play.step(6 * HOUR)
        assert play.told == []
        for paper in papers:
            paper.is_publishing = False
        papers[0].site.answers["/feed.xml"] = lambda _: web.Response(status=503)
        await play.until_told(3 * DAY, by=2 * HOUR)
        for _ in range(15):
            await play.step(2 * HOUR)
        assert [each[:3] for each in play.told if each[0] == "raised"] == [("raised", "silent", "country:SY")]
        [words] = (await play.alerts()).values()
        assert words.startswith("None of the 4 outlets of Syria has published anything for ")
        current = await play.app.store.read(lambda tx: tx.alerts.current())
        evidence = next(each.evidence for each in current if str(each.subject) == "country:SY")
        assert evidence[-1] == "3 of 4 outlets answer well: Nahr, Qalaa, Sham."


async def test_an_outlet_that_leaves_its_country_makes_nobody_silent(tmp_path):
    """What it brought is not to be expected of the others any more."""
    big, small, third = (Paper(Site(), headline=f"Haber {n} {{n}} Van'dan") for n in range(3))
    small.hours = third.hours = (9,)
    async with a_play(tmp_path, of_syria, big, small, third, names=["big", "small", "third"]) as play:
        await play.learn(shape=None)
        await play.step()
        assert "country:SY" in await pulses(play)
        await play.reload("big", of_syria("big", big.site.base, country="TR", language="tr"))
        small.is_publishing = third.is_publishing = False
        for _ in range(8):
            await play.step(2 * HOUR)
        assert "country:SY" not in await pulses(play)
        assert [each for each in play.told if "country" in each[2]] == []


async def test_a_weekly_letter_has_a_timetable(tmp_path):
    """With ``expect`` nothing need be learned; a change of it counts at once."""

    def weekly(name, home):
        return outlet(home, name="Cuma Mektubu", country="TR", language="tr", expect="8d")

    paper = Paper(Site(), headline="Haftalık mektup {n}", hours=())
    async with a_play(tmp_path, weekly, paper) as play:
        paper.publish(play.clock() - HOUR)
        await play.step()
        for _ in range(7):
            await play.step(DAY)
        assert play.told == []
        await play.until_told(3 * DAY, by=6 * HOUR)
        [(*_, words)] = play.told
        assert words == "Cuma Mektubu has published nothing for 8 d; something is expected at least every 8 d."
        rhythm = (await StoreRecords(play.app.store, play.describe).outlet("paper0", play.clock())).rhythm
        assert (rhythm.expect, rhythm.silent_at) == ("8 d", rhythm.newest_at + 8 * DAY)
        await play.reload(
            "paper0", outlet(paper.site.base, name="Cuma Mektubu", country="TR", language="tr", expect="15d")
        )
        await play.step()
        await play.step(2 * HOUR)
        assert play.told[1][:3] == ("cleared", "silent", "outlet:paper0")


async def test_an_outlet_that_brings_a_fifth_is_thinned(tmp_path):
    """It is no silence, and ends when it brings what is usual."""
    paper = Paper(Site(), headline="Новость {n} из Казани", hours=tuple(range(24)))

    def russian(_name, home):
        return outlet(home, name="Reka", country="RU", language="ru")

    async with a_play(tmp_path, russian, paper) as play:
        await play.learn(28, shape=lambda day: [hour + day % 5 / 6 for hour in range(24 - day % 5)])
        for _ in range(8):
            await play.step(3 * HOUR)
        assert play.told == []
        paper.hours = (2, 7, 12, 17, 22)
        await play.until_told(4 * DAY, by=3 * HOUR)
        [(phase, kind, subject, words)] = play.told
        assert (phase, kind, subject) == ("raised", "thinned", "outlet:paper0")
        assert words.startswith("Reka has published ")
        assert await play.alerts() == {}
        paper.hours = tuple(range(24))
        await play.until_told(4 * DAY, by=3 * HOUR)
        assert play.told[1][:2] == ("cleared", "thinned")


async def test_a_silence_that_was_confirmed_teaches_nothing(tmp_path):
    """One that was not is learned as a lull: next time it takes longer."""
    papers = [Paper(Site(), headline=f"News {n} {{n}}") for n in range(2)]

    def alone(name, home):
        return outlet(home, country="IR" if name == "paper0" else "SY", language="fa" if name == "paper0" else "ar")

    async with a_play(tmp_path, alone, *papers) as play:
        await play.learn()
        before = {subject: unpacked(row).longest for subject, row in (await pulses(play)).items()}
        for paper in papers:
            paper.is_publishing = False
        for _ in range(24):
            await play.step(4 * HOUR)
        alerts = await play.app.store.read(lambda tx: tx.alerts.current())
        assert {str(each.subject) for each in alerts} == {"outlet:paper0", "outlet:paper1"}
        # The operator confirms one of them.
        confirmed = replace(next(each for each in alerts if each.subject.id == "paper0"), confirmed_at=play.clock())
        await play.app.store.write(lambda tx: tx.alerts.save([confirmed]))
        for paper in papers:
            paper.is_publishing = True
        await play.step(6 * HOUR)
        after = {subject: unpacked(row).longest for subject, row in (await pulses(play)).items()}
        assert after["source:paper0/feed.xml"] < 1.5 * before["source:paper0/feed.xml"] + 2
        assert after["source:paper1/feed.xml"] > 3 * before["source:paper1/feed.xml"]


async def test_a_clock_that_is_set_calls_nobody_silent(tmp_path):
    """What was planned moves with it; of a clock that was ahead nothing is left."""
    paper = Paper(Site(), headline="Haber {n}")
    async with a_play(tmp_path, persian, paper) as play:
        await play.learn()
        begun = play.clock()
        for _ in range(6):
            await play.step()
        ahead = timedelta(days=400)
        play.clock.move(ahead)
        await play.app.shift_plans(begun, ahead)
        await play.step(HOUR)
        play.clock.move(-ahead)
        await play.app.shift_plans(begun + ahead, -ahead)
        for _ in range(20):
            await play.step()
        assert play.told == []
        [row] = (await pulses(play)).values()
        assert row.newest_at <= play.clock()
        assert row.silent_at < play.clock() + 3 * DAY


async def test_an_old_archive_is_no_rhythm(tmp_path):
    """Two thousand old items at once, and a year of silence, leave the rhythm as it was."""
    paper = Paper(Site(), headline="خبر {n}")
    async with a_play(tmp_path, persian, paper) as play:
        await play.learn()
        [before] = (await pulses(play)).values()
        for old in ([play.clock() - DAY * n for n in range(2000)], [None] * 2000):
            await play.note("paper0/feed.xml", old, since=play.clock() - HOUR, now=play.clock())
        await play.app.outbox.run()
        [after] = (await pulses(play)).values()
        assert unpacked(after).rate < 1.6 * unpacked(before).rate
        year = play.clock() + 365 * DAY
        await play.note("paper0/feed.xml", [year + n * HOUR for n in range(9)], since=year, now=year + 9 * HOUR)
        await play.app.outbox.run()
        [back] = (await pulses(play)).values()
        assert unpacked(back).rate > 0.3 * unpacked(before).rate
        assert back.silent_at - back.newest_at < 20 * DAY


async def test_kinds_of_alerts_that_are_looked_for():
    """A detector says which alerts it may end."""
    assert SilenceDetector.kinds == {AlertKind.SILENT, AlertKind.THINNED}
    assert SilenceDetector.needs_network


async def all_hours(play, days=28):
    """Have some days behind, on which every outlet has published at each of its hours."""
    begun = play.clock() - days * DAY
    for day in range(days + 1):
        start = (begun + day * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
        for source in play.app.rules.sources.values():
            if day == 0:
                await play.note(source.id, [begun], since=None, now=begun)
            hours = enumerate(play.papers[source.outlet].hours)
            moments = [start + hour * HOUR + timedelta(minutes=(day * 7 + n * 3) % 50) for n, hour in hours]
            moments = [each for each in moments if begun < each <= play.clock() - HOUR]
            if moments:
                await play.note(source.id, moments, since=moments[0], now=moments[-1])
        await play.app.outbox.run()
    for paper in play.papers.values():
        paper.publish(play.clock() - timedelta(minutes=5))
    await play.step(timedelta(0))
    for _ in range(12):
        await play.step(2 * HOUR)
    assert play.told == []


def big_and_small():
    """Return an outlet that brings most of a country's stories, and one that brings few."""
    papers = [Paper(Site(), headline=f"عاجل {n} {{n}} من دمشق") for n in range(2)]
    papers[0].hours, papers[1].hours = tuple(range(24)), (6, 11, 16, 20)
    return papers


async def test_a_country_is_not_thinned_because_its_biggest_outlet_does_not_answer(tmp_path):
    """Who fails is failing: nobody knows what it would have brought. Nor is the country thinned once it is back."""
    papers = big_and_small()
    async with a_play(tmp_path, of_syria, *papers, names=["big", "small"]) as play:
        await all_hours(play)
        shown = papers[0].show
        papers[0].show = lambda _: papers[0].site.answers.pop("/feed.xml", None)
        for _ in range(30):
            await play.step(2 * HOUR)
        del papers[0].items[5:]  # its feed is short
        papers[0].show = shown
        for _ in range(24):
            await play.step(HOUR)
        assert play.told == []


async def test_an_outlet_that_falls_silent_is_one_alert_and_thins_no_country(tmp_path):
    """Neither while it is silent nor after it has come back."""
    papers = big_and_small()
    async with a_play(tmp_path, of_syria, *papers, names=["big", "small"]) as play:
        await all_hours(play)
        papers[0].is_publishing = False
        for _ in range(18):
            await play.step(2 * HOUR)
        papers[0].is_publishing = True
        for _ in range(24):
            await play.step(HOUR)
        told = [each[:3] for each in play.told if each[0] != "reminder"]
        assert told == [("raised", "silent", "outlet:big"), ("cleared", "silent", "outlet:big")]


async def test_a_daemon_that_was_stopped_for_days_calls_nobody_thinned(tmp_path):
    """Nobody looked: what feeds do not show any more is not lacking."""
    papers = [Paper(Site(), headline=f"عاجل {n} {{n}} من دمشق") for n in range(5)]
    for n, paper in enumerate(papers):
        paper.hours = tuple(range(24)) if n == 0 else (5 + 3 * n, 17 + n)
    async with a_play(tmp_path, of_syria, *papers, names=["agency", "bab", "jisr", "nahr", "sham"]) as play:
        await all_hours(play)
        begun = play.clock().replace(minute=0, second=0, microsecond=0)
        for paper in papers:
            for at in (begun + n * HOUR for n in range(1, 73)):
                if at.hour in paper.hours:
                    paper.publish(at)
            del paper.items[8:]
        play.clock.move(3 * DAY)
        for _ in range(30):
            await play.step(HOUR)
        assert play.told == []


async def test_a_country_whose_outlets_all_bring_a_fifth_is_thinned(tmp_path):
    """Each of them shows it; it is a warning, and their own alerts are part of it."""
    papers = [Paper(Site(), headline=f"عاجل {n} {{n}} من دمشق", hours=tuple(range(24))) for n in range(3)]
    async with a_play(tmp_path, of_syria, *papers, names=["jisr", "nahr", "sham"]) as play:
        await all_hours(play)
        for n, paper in enumerate(papers):
            paper.hours = tuple(range(n, 24, 5))
        for _ in range(24):
            await play.step(3 * HOUR)
        assert "country:SY" in await play.alerts(kind=AlertKind.THINNED)
        alerts = await play.app.store.read(lambda tx: tx.alerts.current())
        assert {each.severity for each in alerts} == {Severity.WARNING}


async def test_words_of_an_open_silence_are_made_once_an_hour(tmp_path):
    """Of hundreds of silent outlets, words and evidence would take most of each look."""
    paper = Paper(Site(), headline="Haber {n}")
    async with a_play(tmp_path, persian, paper) as play:
        await play.learn()
        paper.is_publishing = False
        await play.until_told(3 * DAY)

        async def after(by):
            await play.step(by)
            [alert] = await play.app.store.read(lambda tx: tx.alerts.current())
            assert alert.state is AlertState.RAISED
            return alert.words, alert.evidence

        first = await after(timedelta(minutes=5))
        assert await after(timedelta(minutes=20)) == first
        assert await after(HOUR) != first
