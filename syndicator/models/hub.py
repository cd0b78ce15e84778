"""Our own hub (WebSub): who subscribes to which feed here, and what came of the last delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syndicator.models.settings import Network

HUB_PATH = "/hub"


def hub_address(base_url: str) -> str:
    """Return where our own hub is asked."""
    return f"{base_url}{HUB_PATH}"


class HubMode(StrEnum):
    """What is asked of a hub (WebSub, 5.1)."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSettings:
    """What the operator says of the hub.

    It is built in if it ``is_enabled``, and holds at most so many ``subscriptions``, ``per_domain`` of them with
    callbacks at one registrable domain. Callbacks are addresses given by strangers: only in ``allow_private`` may they
    be private ones, whatever outlets may be. The hubs of ``ping`` are others', and are told that a feed has changed.
    """

    is_enabled: bool = False
    subscriptions: int = 10_000
    per_domain: int = 1_000
    allow_private: tuple[Network, ...] = ()
    ping: tuple[str, ...] = ()

    def announced(self, base_url: str) -> tuple[str, ...]:
        """Return the addresses of the hubs that feeds name: our own, if there is one, and those that are pinged."""
        return (*([hub_address(base_url)] if self.is_enabled else ()), *self.ping)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRequest:
    """A valid request to subscribe to the feed's ``file``, or to end that. The secret may be empty."""

    mode: HubMode
    file: str
    callback: str
    secret: str = ""
    lease: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How far deliveries to a subscriber have come.

    ``digest`` is that of the file's bytes that it has. Since ``failing_since``, ``failures`` deliveries have failed in
    a row, the last at ``tried_at``; the next is at ``next_try_at``.
    """

    digest: str
    failures: int = 0
    failing_since: datetime | None = None
    tried_at: datetime | None = None
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A subscription in force: a published ``file`` is sent to ``callback``, at ``domain``, until its lease ends."""

    id: int
    file: str
    callback: str
    domain: str
    secret: str
    until: datetime
    delivered: Delivered
