"""A dead-man's switch elsewhere: told each minute that all is well, it raises an alarm when it is told no more.

A daemon cannot say that it is dead, nor that its machine is off. Who waits for its heartbeat can.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit, urlunsplit

import structlog

from syndicator.alerts import Look
from syndicator.errors import LocalFaultError
from syndicator.fetch.callbacks import CallbackClient, Reply
from syndicator.models import PollReport
from syndicator.runtime.app import App

_log = structlog.get_logger()
_DEADLINE = 10.0
# The address is the operator's own choice: a switch may be in a network at home.
_ANYWHERE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
# So many sources that failed, with none that answered well since, are all there are.
_ENOUGH = 20
_LONGEST_ADDRESS = 2000
_ADDRESS = re.compile(rf"https?://\S{{1,{_LONGEST_ADDRESS - 8}}}")

Get = Callable[[str], Awaitable[Reply]]


class DeadManSwitch:
    """Sends heartbeats to the address in ``watch.heartbeat_file``. ``note`` each poll, and ``beat`` each minute.

    The address is a secret: whoever has it can feign a heartbeat. It is read anew each time, and never logged. Must be
    closed with ``close()``.
    """

    def __init__(self, app: App, describe: Callable[[], Look], *, get: Get | None = None) -> None:
        """Send nothing before ``beat``; ``get`` replaces the network. ``describe`` tells what is wrong."""
        self._app, self._describe, self._own_get = app, describe, get
        self._failed: set[str] = set()
        self._client: CallbackClient | None = None
        self._problem = ""

    def note(self, report: PollReport) -> None:
        """Take notice of a poll that has just ended."""
        if report.outcome.is_good:
            self._failed.clear()
        elif len(self._failed) < _ENOUGH:
            self._failed.add(report.source)

    @property
    def is_well(self) -> bool:
        """Whether the store can be written, due polls end, nothing is missing, and not all sources fail."""
        least = min(_ENOUGH, len(self._app.config.sources))
        look = self._describe()
        return not look.trouble and not look.is_offline and not 0 < least <= len(self._failed)

    async def beat(self) -> None:
        """Send a heartbeat, or word that all is not well. A switch that does not answer is logged once."""
        if self._app.config.watch.heartbeat_file is None:
            return
        try:
            address = await asyncio.to_thread(self._address)
            reply = await self._get(address if self.is_well else address_of_failure(address))
            problem = "" if reply.is_accepted else _without_secrets(reply, address)
        except OSError as error:
            problem = f"watch.heartbeat_file cannot be read: {error}"
        except ValueError:  # its own words may have all of the address
            problem = "watch.heartbeat_file must hold one address that begins with http:// or https://, and no more"
        except LocalFaultError as error:
            problem = str(error)
        if problem and not self._problem:
            _log.warning("the dead-man's switch is not reached, and is tried each minute", problem=problem)
        elif self._problem and not problem:
            _log.info("the dead-man's switch is reached again")
        self._problem = problem

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    def _address(self) -> str:
        file = self._app.config.watch.heartbeat_file
        assert file is not None
        with file.open(encoding="utf-8") as opened:
            address = opened.read(_LONGEST_ADDRESS + 1).strip()
        if not _ADDRESS.fullmatch(address):
            raise ValueError
        return address

    async def _get(self, address: str) -> Reply:
        if self._own_get is not None:
            return await self._own_get(address)
        self._client = self._client or CallbackClient(
            self._app.config.politeness.user_agent,
            allow_private=_ANYWHERE,
            deadline=_DEADLINE,
            resolver=self._app.resolver,
        )
        return await self._client.get(address, self._app.config.fetch_options, largest=0)


def _without_secrets(reply: Reply, address: str) -> str:
    """Return why a heartbeat was not taken, without what only whoever sends it may know."""
    parts = urlsplit(address)
    secrets = filter(None, (parts.path.strip("/"), parts.query, parts.username, parts.password))
    is_safe = reply.note and not any(each in reply.note for each in secrets)
    return reply.note if is_safe else f"it answered {reply.status}" if reply.status else "no answer"


def address_of_failure(address: str) -> str:
    """Return where to say that all is not well: ``/fail`` below the address, as healthchecks.io has it.

    Where the address says ``status=up``, as Uptime Kuma's do, it is ``status=down``.
    """
    parts = urlsplit(address)
    fields = parts.query.split("&")
    if "status=up" in fields:
        query = "&".join("status=down" if each == "status=up" else each for each in fields)
        return urlunsplit(parts._replace(query=query))
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
