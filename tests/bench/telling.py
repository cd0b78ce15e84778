"""What telling recipients costs: a look while nothing happens, events that come all at once, a message by Apprise."""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from syndicator.alerts import NoticeService
from syndicator.cli.logs import set_up_logging
from syndicator.models.alerts import AlertKind, OpsEvent, Phase, Severity, Subject
from syndicator.models.notify import Address, Recipient, Sent
from syndicator.notify.apprise_client import send_by_apprise
from syndicator.notify.message import Sender, trial_message
from syndicator.query import parse
from tests.apps import Clock, Shown, an_app
from tests.conftest import NOW
from tests.receivers import Hooks

_RECIPIENTS, _EVENTS, _LOOKS, _BY_APPRISE = 20, 1000, 200, 5
_WHERE = "region:SY or region:GB or lang:ar"


def telling() -> None:
    """Print CPU milliseconds."""
    set_up_logging(quiet=True)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> None:
    clock = Clock()
    async with an_app(folder, Shown(), clock=clock) as app:
        names = [f"desk-{number}" for number in range(_RECIPIENTS)]
        address = (Address.parse("https://hooks.example/x"),)
        recipients = {name: Recipient(name=name, addresses=address, where=_WHERE) for name in names}
        where = parse(_WHERE, app.config.vocabulary)
        config = replace(app.config, recipients=recipients, recipient_filters=dict.fromkeys(names, where))
        rules = replace(app.rules, config=config)
        service = NoticeService(app.store, _taken, rules=lambda: rules, clock=clock)

        async def tell() -> None:
            await service.run_once()
            await service.settled()

        await tell()
        print(f"{'telling, CPU ms':<50}", flush=True)
        _print(f"a look, {_RECIPIENTS} recipients, nothing new", await _cpu(tell, times=_LOOKS))
        await app.store.write(lambda tx: tx.alerts.log([_event(number) for number in range(_EVENTS)]))
        _print(f"{_EVENTS} events at once, each wanted by all", await _cpu(tell))
        _print("a look while they wait", await _cpu(tell, times=20))
        clock.move(timedelta(minutes=1))
        _print(f"the messages of all {_RECIPIENTS}, made and sent", await _cpu(tell))
        await service.close()
    await _by_apprise()


async def _by_apprise() -> None:
    message = trial_message(Sender(recipient="desk", title="syndicator", base_url="https://news.example", now=NOW))
    async with Hooks() as hooks:
        addresses = [Address.parse(f"json://127.0.0.1:{hooks.port}/")]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for _ in range(_BY_APPRISE):
            await send_by_apprise(message, addresses, deadline=60.0)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    _print("a message by Apprise, in its child", 1000 * spent / _BY_APPRISE)


async def _taken(_of: object, _message: object, addresses: object) -> dict[Address, Sent]:
    return dict.fromkeys(addresses, Sent())  # type: ignore[call-overload]


async def _cpu(work: Callable[[], Awaitable[None]], *, times: int = 1) -> float:
    begun = time.process_time()
    for _ in range(times):
        await work()
    return 1000 * (time.process_time() - begun) / times


def _event(number: int) -> OpsEvent:
    return OpsEvent(
        at=NOW,
        kind=AlertKind.SILENT,
        phase=Phase.NOTED,
        subject=Subject.parse(f"outlet:outlet-{number}"),
        severity=Severity.WARNING,
        words=f"صدى {number} has published nothing for 31 h, in which 19 stories were to be expected.",
        country="SY",
        language="ar",
    )


def _print(name: str, milliseconds: float) -> None:
    print(f"  {name:<48} {milliseconds:8.2f}", flush=True)
