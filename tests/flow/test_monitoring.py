"""What a running daemon tells those who watch it."""

import asyncio
from dataclasses import replace

from aiohttp import web

from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.waiting import FAST, eventually, get, running

BODY = rss(Item("هدنة في إدلب", link="https://o.example/1"))
OFTEN = replace(FAST, dead_man=0.05)


def watched(tmp_path, port, site, address):
    """Write a configuration with one outlet, and a dead-man's switch at an address."""
    (tmp_path / "heartbeat").write_text(address)
    return write_config(
        tmp_path / "c",
        port=port,
        outlets={"one": outlet(site.base)},
        feeds={"everything": EVERYTHING},
        main=MAIN + f'[watch]\nheartbeat_file = "{tmp_path}/heartbeat"\n',
    )


async def test_a_dead_mans_switch_hears_of_a_daemon_that_is_well_and_of_one_that_is_not(tmp_path, free_port):
    """When all sources fail it is told so at once, and that they are back."""
    beats = {path: lambda _: web.Response() for path in ("/beat", "/beat/fail")}
    async with Site({"/feed.xml": BODY}) as site, Site(beats) as switch:
        folder = watched(tmp_path, free_port, site, f"{switch.base}/beat")
        async with running(folder, tmp_path / "s", intervals=OFTEN):

            async def hears(path):
                return bool(switch.requests) and switch.requests[-1].path == path

            await eventually(lambda: hears("/beat"))
            del site.answers["/feed.xml"]
            await eventually(lambda: hears("/beat/fail"))
            site.answers["/feed.xml"] = BODY
            await eventually(lambda: hears("/beat"))
            assert (await get(f"http://127.0.0.1:{free_port}/readyz")).status == 200


async def test_a_switch_that_never_answers_holds_nothing_up(tmp_path, free_port, capsys):
    """Polls go on beside it, and at the end it is broken off, which is no error."""
    may_answer = asyncio.Event()

    async def hang(_request):
        await may_answer.wait()
        return web.Response()

    async with Site({"/feed.xml": BODY}) as site, Site({"/beat": hang}) as switch:
        folder = watched(tmp_path, free_port, site, f"{switch.base}/beat")
        async with running(folder, tmp_path / "s", intervals=OFTEN) as daemon:

            def beats():
                return [each for each in switch.requests if each.path == "/beat"]  # it may be told of the start, too

            async def is_asked():
                return beats()

            await eventually(is_asked)
            polls = daemon.dispatcher.totals.unchanged

            async def goes_on():
                return daemon.dispatcher.totals.unchanged > polls

            await eventually(goes_on)
        assert len(beats()) == 1
        may_answer.set()
    out = capsys.readouterr()
    assert "Traceback" not in out.out + out.err
    assert "[error" not in out.out + out.err
