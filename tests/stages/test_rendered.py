"""Readers' pages being made: few at a time, once for all who ask, and not for those who have left."""

import asyncio
import socket

import pytest

from syndicator.errors import StoreError
from syndicator.models.reader_pages import AboutWanted, ErrorPage, FrontWanted, Moved
from syndicator.web.rendered import BusyError, RenderedPages
from tests.stages.test_frame_pages import site
from tests.waiting import eventually, get


class Source:
    """Makes pages that tell their numbers, when ``may_end`` is set; counts them."""

    def __init__(self):
        self.asked, self.now, self.most, self.may_end = [], 0, 0, asyncio.Event()
        self.fails = False

    async def __call__(self, wanted):
        self.asked.append(wanted.number)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.may_end.wait()
        finally:
            self.now -= 1
        if self.fails:
            raise StoreError("the disk is gone")
        if wanted.number == 404:
            return None
        return Moved(path="events/1") if wanted.number == 301 else ErrorPage(status=wanted.number)


async def rest():
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


def asking(pages, *numbers):
    return [asyncio.create_task(pages.get(FrontWanted(number=number), None)) for number in numbers]


async def ended(*tasks):
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_no_more_than_two_are_made_at_a_time_and_the_rest_in_turn():
    """Of two hundred that are asked for at once, those too many are told so at once."""
    source = Source()
    pages = RenderedPages(source, lambda: 0.0)
    tasks = asking(pages, *range(1, 201))
    await rest()
    refused = [task for task in tasks if task.done()]
    assert len(refused) == 98
    source.may_end.set()
    answers = await ended(*tasks)
    assert [type(each) for each in answers[102:]] == [BusyError] * 98
    assert [each.representation.body for each in answers[:2]] == [
        b'{"status":1,"reason":"","retry_after":0}',
        b'{"status":2,"reason":"","retry_after":0}',
    ]
    assert (source.most, sorted(source.asked)) == (2, list(range(1, 103)))


async def test_those_who_ask_for_the_same_page_get_the_same_one():
    """Made once, and a minute later again."""
    source, now = Source(), 0.0
    pages = RenderedPages(source, lambda: now)
    source.may_end.set()
    answers = await ended(*asking(pages, *[7] * 200))
    assert (source.asked, len({id(each.representation) for each in answers})) == ([7], 1)
    now = 59.0
    await ended(*asking(pages, 7))
    assert source.asked == [7]
    now = 60.0
    await ended(*asking(pages, 7))
    assert source.asked == [7, 7]


async def test_what_nobody_waits_for_any_more_is_not_made():
    """Its place is free at once. What has begun ends, and another is not begun beside it."""
    source = Source()
    pages = RenderedPages(source, lambda: 0.0)
    first, waiting = asking(pages, 1, 2), asking(pages, *range(3, 103))
    await rest()
    for each in (*first, *waiting):
        each.cancel()
    await ended(*first, *waiting)
    others = asking(pages, *range(200, 300))
    await rest()
    assert (source.asked, source.now, [each.done() for each in others].count(True)) == ([1, 2], 2, 0)
    source.may_end.set()
    await ended(*others)
    assert sorted(source.asked) == [1, 2, *range(200, 300)]


async def test_one_who_leaves_takes_nothing_from_those_who_stay():
    """Whoever asked first."""
    source = Source()
    pages = RenderedPages(source, lambda: 0.0)
    busy, same = asking(pages, 1, 2), asking(pages, 3, 3)
    await rest()
    same[0].cancel()
    await rest()
    source.may_end.set()
    assert (await same[1]).representation.body.startswith(b'{"status":3')
    await ended(*busy)


@pytest.mark.parametrize("number", [404, 301, 5])
async def test_what_is_no_page_is_told_to_all_and_asked_for_again(number):
    """There may be one a moment later: no page, one elsewhere, a store that fails."""
    source = Source()
    source.fails = number == 5
    pages = RenderedPages(source, lambda: 0.0)
    source.may_end.set()
    answers = await ended(*asking(pages, number, number))
    expected = {404: None, 301: Moved(path="events/1")}
    assert source.fails == all(isinstance(each, StoreError) for each in answers)
    assert source.fails or answers == [expected[number]] * 2
    await ended(*asking(pages, number))
    assert source.asked == [number] * 2


async def test_too_many_readers_are_told_when_to_come_again(tmp_path):
    """Over real HTTP. Those who leave before their turn make room, and their pages are not made."""
    source = Source()

    async def pages(wanted):
        return None if isinstance(wanted, AboutWanted) else await source(wanted)

    async with site(tmp_path, pages=pages) as base:
        readers = [await reading(base, f"/index.json?page={number}") for number in range(1, 103)]
        try:

            async def is_refused():
                return len(source.asked) == 2 and (await get(f"{base}/about.json")).status == 503

            async def is_let_in():
                asked = asyncio.create_task(get(f"{base}/about.json"))
                await asyncio.wait({asked}, timeout=2)  # who is let in waits for a turn
                return None if asked.done() and (await asked).status == 503 else asked

            await eventually(is_refused)
            assert (await get(f"{base}/about.json")).headers["Retry-After"] == "10"
            for reader in readers[2:]:
                reader.close()
            let_in = await eventually(is_let_in)
            source.may_end.set()
            assert ((await let_in).status, sorted(source.asked)) == (404, [1, 2])
        finally:
            for reader in readers:
                reader.close()


async def reading(base, path):
    """Ask for a page and do not read the answer."""
    reader, loop = socket.socket(), asyncio.get_running_loop()
    reader.setblocking(False)
    await loop.sock_connect(reader, ("127.0.0.1", int(base.rpartition(":")[2])))
    await loop.sock_sendall(reader, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return reader
