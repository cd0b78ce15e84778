"""Outlets on loopback fall silent, thin, and come back; whoever does not answer is not called silent."""

from tests.flow.watched import DAY, HOUR, Paper, a_play
from tests.newsroom import Site, outlet


def farsi(name, home):
    return outlet(home, name="Kheybar Press", country="IR", language="fa")


async def test_an_outlet_falls_silent_and_comes_back(tmp_path):
    """It is told once, in plain words; its next item ends it, an hour later."""
    paper = Paper(Site(), headline="خبر روز {n} از تبریز")
    async with a_play(tmp_path, farsi, paper) as play:
        await play.learn()
        for _ in range(24):
            await play.step()
        assert play.told == []
        paper.is_publishing = False
        waited = await play.until_told(4 * DAY)
        print(waited, play.told, await play.alerts())
        assert 8 * HOUR < waited < 60 * HOUR


async def test_debug(tmp_path):
    from syndicator.alerts.silence_words import rhythm
    from syndicator.watch.pulse_row import unpacked

    paper = Paper(Site(), headline="خبر روز {n} از تبریز")
    async with a_play(tmp_path, farsi, paper) as play:
        await play.learn()

        def show(tx):
            print(play.clock(), play.app.outbox.problems)
            for row in tx.pulses.after("", 10):
                p = unpacked(row)
                print(
                    row.subject,
                    row.begun_at,
                    row.newest_at,
                    row.quiet_at,
                    row.silent_at,
                    p.rate,
                    p.longest,
                    p.lulls,
                    rhythm(p),
                    p.counts,
                    p.span,
                )
            print(tx.pulses.arrivals(3), tx.pulses.answers(["paper0/feed.xml"]))

        await play.app.store.read(show)
        for _ in range(3):
            await play.step()
        await play.app.store.read(show)
