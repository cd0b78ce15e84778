"""Killed without warning while recipients are told: nothing is lost, and a kill repeats one message of each at most."""

import asyncio
import json
import os
import random
import re
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from syndicator.models.alerts import AlertKind, OpsEvent, Phase, Severity, Subject
from syndicator.store import open_store
from syndicator.tag import ensure_gazetteer
from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.processes import started
from tests.receivers import Hooks, MailBox
from tests.stores import store_url
from tests.waiting import eventually, get_now

ROOT = Path(__file__).parents[2]
# A hundred by hand: SYNDICATOR_KILLS=100.
KILLS = int(os.environ.get("SYNDICATOR_KILLS", "20"))
PATIENCE = 240.0
_EVENT = re.compile(r"событие-(\d+)-конец")
_MORE = re.compile(r"… and ([\d,]+) more")
_KINDS = (AlertKind.SILENT, AlertKind.FAILING, AlertKind.HIJACK)


class Stage:
    """Three recipients on loopback, and the daemons that tell them, one after another on the same folder."""

    def __init__(self, folder, port, hooks, mailbox, target):
        self.folder, self.hooks, self.mailbox, self.target = folder, hooks, mailbox, target
        self.log, self.url = folder / "log", f"http://127.0.0.1:{port}/healthz"
        self.store, self.logged = None, 0

    @asynccontextmanager
    async def daemon(self):
        with self.log.open("ab") as log:
            words = (sys.executable, "-m", "tests.system.brisk", self.folder / "c", self.folder / "s")
            async with started(*words, cwd=ROOT, stdout=log, stderr=log) as process:
                yield process

    async def is_up(self):
        return await asyncio.to_thread(get_now, self.url)

    async def something_happens(self, clock):
        """Log an event of which all recipients are told."""
        self.logged += 1
        event = OpsEvent(
            at=clock,
            kind=_KINDS[self.logged % len(_KINDS)],
            phase=Phase.NOTED,
            subject=Subject.parse("outlet:one"),
            severity=Severity.URGENT,
            words=f"событие-{self.logged}-конец",
            outlet="one",
        )
        await self.store.write(lambda tx: tx.alerts.log([event]))

    def messages(self):
        """Return for each recipient what it got: what a message is known by, and the text."""
        return {
            "hook": [(each.headers["Idempotency-Key"], each.json["text"]) for each in self.hooks.deliveries],
            "mail": [(each["Message-ID"], each.get_content()) for each in self.mailbox.mails],
            "apprise": [(each.json["message"], each.json["message"]) for each in self.target.deliveries],
        }

    def told(self):
        """Return for each recipient how many events it has been told of: each by itself, or in "and 37 more"."""
        return {name: sum(map(count_of, set(dict(found).values()))) for name, found in self.messages().items()}

    async def all_are_told(self):
        """Return whether they are; fail when a recipient is told of more than there is."""
        assert max(self.told().values()) <= self.logged
        return all(count == self.logged for count in self.told().values())


def count_of(text):
    """Return how many events a message tells of."""
    more = _MORE.search(text)
    return len(_EVENT.findall(text)) + (int(more[1].replace(",", "")) if more else 0)


@asynccontextmanager
async def stage(folder, port):
    async with (
        Site({"/feed.xml": rss(Item("عودة الهدوء إلى إدلب", guid="1"))}) as site,
        Hooks() as hooks,
        MailBox() as mailbox,
        Hooks() as target,
    ):
        mail = f'[mail]\nserver = "127.0.0.1"\nport = {mailbox.port}\nsecurity = "none"\n'
        config = write_config(
            folder / "c", port=port, outlets={"one": outlet(site.base)}, feeds={"all": EVERYTHING}, main=MAIN + mail
        )
        (config / "alerts").mkdir()
        addresses = {
            "hook": hooks.url,
            "mail": "mailto:desk@example.org",
            "apprise": f"json://127.0.0.1:{target.port}/",
        }
        for name, address in addresses.items():
            # A child takes a second or more on a busy machine: one for each event would not keep up.
            every = "5s" if name == "apprise" else "0s"
            keys = f'wait = "0s"\nevery = "{every}"\nper_hour = 3600\n'
            (config / "alerts" / f"{name}.toml").write_text(f"to = {json.dumps([address])}\n{keys}")
        made = Stage(folder, port, hooks, mailbox, target)
        try:
            yield made
        finally:
            if made.store is not None:
                made.store.close()


@pytest.mark.long
async def test_kill_9_at_random_moments_loses_no_notice_and_repeats_few(tmp_path, free_port, now):
    """All events reach all three; what comes again is the same message with the same key, one a kill at most.

    Every second kill comes while messages go out, the others at any moment of a start.
    """
    chance = random.Random(20211004)
    ensure_gazetteer()
    async with stage(tmp_path, free_port) as on:
        async with on.daemon():  # makes the store, in which its recipients are known
            await eventually(on.is_up, within=PATIENCE)
            on.store = open_store(store_url(tmp_path / "s" / "syndicator.db"))
            await eventually(lambda: on.store.read(lambda tx: len(tx.notices.recipients()) == 3), within=PATIENCE)
        for number in range(KILLS):
            async with on.daemon() as daemon:
                before = sum(map(len, on.messages().values()))
                await on.something_happens(now)
                if number % 2:
                    await eventually(as_async(lambda: sum(map(len, on.messages().values())) > before), within=PATIENCE)  # noqa: B023 - awaited here
                deadline = chance.uniform(0.0, 0.6 if number % 2 else 3.0)
                await until_dead_or_over(daemon, on, now, deadline)
                assert daemon.returncode is None, on.log.read_text()[-2000:]
                os.kill(daemon.pid, signal.SIGKILL)
                await daemon.wait()
        async with on.daemon():
            await eventually(on.all_are_told, within=PATIENCE)
            await eventually(lambda: on.store.read(lambda tx: all(not row[1] for row in tx.notices.counts().values())))
        for name, found in on.messages().items():
            keys = Counter(key for key, _ in found)
            assert len(dict(found)) == len({text for _, text in found}), name  # one key, one text
            events = Counter(number for text in set(dict(found).values()) for number in _EVENT.findall(text))
            assert max(events.values()) == 1, name
            repeated = sum(count - 1 for count in keys.values())
            assert on.told()[name] == on.logged, name
            print(f"{name}: {len(keys)} messages on {on.logged} events, {repeated} repeated, most {max(keys.values())}")
            assert repeated <= KILLS, name


async def until_dead_or_over(daemon, on, now, seconds):
    """Log events, as fast as the store takes them, for some seconds or until the daemon ends."""
    is_over = asyncio.Event()

    async def happen():
        while not is_over.is_set():
            await on.something_happens(now)
            await asyncio.sleep(0.05)

    happening = asyncio.create_task(happen())
    with suppress(TimeoutError):
        await asyncio.wait_for(daemon.wait(), timeout=seconds)
    is_over.set()
    await happening


def as_async(ask):
    async def answer():
        return ask()

    return answer
