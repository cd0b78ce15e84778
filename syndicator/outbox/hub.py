"""Our own hub (WebSub, W3C Recommendation of 2018): whoever subscribes to a feed here is sent it when it changes.

request -> verify at the callback -> subscription in the store | file changed -> who lacks it -> deliver, signed

What a subscriber has is a digest in the store. So nothing is queued that a restart could lose, the newest content wins
over what was not delivered in time, and a change is delivered again rather than not at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from syndicator import domains, urls
from syndicator.errors import LocalFaultError, StoreError
from syndicator.fetch import CallbackClient
from syndicator.models.hub import Delivered, HubMode, HubRequest, Subscriber
from syndicator.outbox.delivery_queue import DeliveryLimits, DeliveryQueue
from syndicator.outbox.hub_context import HubContext, read_request, verification
from syndicator.outbox.verification_gate import VerificationGate, VerificationLimits
from syndicator.store import Store, Transaction
from syndicator.web.hub import HubRefusedError

_log = structlog.get_logger()
_GONE = 410
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
# A subscriber that could not be reached for so long has to subscribe again.
_GIVEN_UP_AFTER = timedelta(days=3)
_FULL = 3600


class Info(Protocol):
    """What identifies a published file's bytes."""

    @property
    def digest(self) -> str: ...  # noqa: D102


class File(Info, Protocol):
    """A published file's bytes."""

    @property
    def body(self) -> bytes: ...  # noqa: D102


class Files(Protocol):
    """The published files by name; see ``publish.FeedFiles``."""

    async def info(self, name: str) -> Info | None: ...  # noqa: D102
    async def get(self, name: str, *, is_compressed: bool) -> File | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class HubPorts:
    """What the hub is made of. ``chance`` returns numbers from 0 to 1, and ``token`` words that nobody can guess."""

    store: Store
    files: Files
    client: Callable[[], CallbackClient]
    context: Callable[[], HubContext]
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    token: Callable[[], str]


class Hub:
    """Takes requests, verifies them, and delivers. Must be closed with ``close()``."""

    def __init__(
        self,
        ports: HubPorts,
        *,
        deliveries: DeliveryLimits | None = None,
        verifications: VerificationLimits | None = None,
    ) -> None:
        """Begin with nothing under way."""
        self._ports = ports
        self._gate = VerificationGate(verifications or VerificationLimits())
        self._queue = DeliveryQueue(deliveries or DeliveryLimits())
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def request(self, form: Mapping[str, str]) -> None:
        """Take a request, and verify it soon. Raise HubRefusedError for one that is not taken."""
        context = self._ports.context()
        if not context.settings.is_enabled or self._is_closed:
            raise HubRefusedError(404, "There is no hub here.")
        request = read_request(form, context)
        domain = domains.registrable(request.callback)
        try:
            if reason := await self._ports.store.read(partial(_obstacle, request=request, domain=domain, of=context)):
                raise reason
        except StoreError:
            raise HubRefusedError(503, "The hub cannot take requests now; try again later.", 60) from None
        self._gate.enter(domain, self._ports.clock())
        self._spawn(self._verify(request, domain, context))

    async def deliver(self, files: Collection[str] | None = None) -> None:
        """Start deliveries of these files, or of all, to subscribers who lack them. Raise StoreError."""
        ports, context = self._ports, self._ports.context()
        if not context.settings.is_enabled or self._is_closed:
            return
        wanted = await ports.store.read(lambda tx: tx.subscribers.files())
        some = wanted if files is None else wanted.intersection(files)
        infos = {file: await ports.files.info(file) for file in sorted(some) if context.is_public(file)}
        digests = {file: info.digest for file, info in infos.items() if info is not None}
        now = ports.clock()
        for each in await ports.store.read(lambda tx: tx.subscribers.behind(digests, now)):
            self._queue.add(each.id, each.domain, is_failing=each.delivered.failures > 0)
        self._start()

    async def prune(self) -> None:
        """Delete subscriptions that have ended, and those to feeds that are gone. Raise StoreError."""
        context, now = self._ports.context(), self._ports.clock()
        files = await self._ports.store.read(lambda tx: tx.subscribers.files())
        gone = list(filter(context.is_gone, files))
        ended = await self._ports.store.write(lambda tx: tx.subscribers.prune(now, gone=gone)) if files else 0
        if ended:
            _log.info("subscriptions ended", count=ended)

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Break off what is under way: what was not delivered is, after the next start."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- verification of intent --------------------------------------------------------------------

    async def _verify(self, request: HubRequest, domain: str, context: HubContext) -> None:
        """Ask a callback whether it meant a request, and do what was asked if so."""
        challenge = self._ports.token()
        address = verification(request, context, challenge)
        is_confirmed, note = True, ""
        try:
            reply = await self._ports.client().get(address, context.options, largest=len(challenge) + 1)
            is_confirmed = reply.is_accepted and hmac.compare_digest(reply.body, challenge.encode())
            note = "" if is_confirmed else reply.note if not reply.is_accepted else "another answer than the challenge"
            if is_confirmed:
                note = await self._carry_out(request, domain)
        except (StoreError, LocalFaultError) as error:  # no fault of the callback's
            note = str(error)
        finally:
            self._gate.leave(domain, self._ports.clock(), is_confirmed=is_confirmed)
        log = _log.warning if note else _log.info
        words = {"note": note} if note else {}
        log("hub request", mode=request.mode.value, file=request.file, callback=urls.redact(request.callback), **words)

    async def _carry_out(self, request: HubRequest, domain: str) -> str:
        """Store what a callback has confirmed; return what stands against it by now, nothing if that is nothing."""
        ports = self._ports
        info = await ports.files.info(request.file)
        digest, context, now = info.digest if info else "", ports.context(), ports.clock()

        def carry_out(tx: Transaction) -> HubRefusedError | None:
            obstacle = _obstacle(tx, request=request, domain=domain, of=context)
            if obstacle is None and request.mode is HubMode.SUBSCRIBE:
                tx.subscribers.add(request, domain=domain, digest=digest, now=now)
            elif obstacle is None:
                tx.subscribers.remove(request.file, request.callback)
            return obstacle

        obstacle = await ports.store.write(carry_out)
        return obstacle.reason if obstacle else ""

    # --- delivery ----------------------------------------------------------------------------------

    def _start(self) -> None:
        """Start deliveries as far as there is room."""
        while not self._is_closed and (id_ := self._queue.take()) is not None:
            self._spawn(self._deliver(id_))

    async def _deliver(self, id_: int) -> None:
        """Bring a subscriber up to date, however often its file changes meanwhile; then it is another's turn."""
        try:
            while await self._deliver_once(id_):
                pass
        except (StoreError, LocalFaultError) as error:  # no fault of the subscriber's: the next look tries again
            _log.error("cannot deliver", error=str(error))
        finally:
            self._queue.done(id_)
            self._start()

    async def _deliver_once(self, id_: int) -> bool:
        """Send a subscriber its file as it is now, if it lacks it; return whether it lacks it again."""
        ports, context = self._ports, self._ports.context()
        to = await ports.store.read(lambda tx: tx.subscribers.get(id_))
        if to is None or to.until <= ports.clock() or not context.is_public(to.file):
            return False
        file = await ports.files.get(to.file, is_compressed=False)
        if file is None or file.digest == to.delivered.digest:
            return False
        headers = context.headers(to.file) | signature(to.secret, file.body)
        reply = await ports.client().post(to.callback, headers, file.body, context.options)
        if reply.is_accepted:
            delivered = Delivered(digest=file.digest)
            await ports.store.write(lambda tx: tx.subscribers.record(id_, delivered), may_wait=True)
            info = await ports.files.info(to.file)
            return info is not None and info.digest != file.digest
        await self._note_failure(to, is_gone=reply.status == _GONE, note=reply.note)
        return False

    async def _note_failure(self, to: Subscriber, *, is_gone: bool, note: str) -> None:
        """Store when a callback is tried again, or drop it."""
        failed = after_failure(to.delivered, self._ports.clock(), self._ports.chance())
        told = {"file": to.file, "callback": urls.redact(to.callback), "note": note}
        if is_gone or failed is None:
            _log.warning("subscription dropped", **told)
            await self._ports.store.write(lambda tx: tx.subscribers.drop(to.id), may_wait=True)
            return
        if failed.failures == 1:  # once, and not at every try
            _log.info("delivery failed", **told)
        await self._ports.store.write(lambda tx: tx.subscribers.record(to.id, failed), may_wait=True)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the hub failed", exc_info=error)


def signature(secret: str, body: bytes) -> dict[str, str]:
    """Return the header by which a subscriber knows that a body is ours, if it gave a secret (WebSub, 7.1)."""
    if not secret:
        return {}
    return {"X-Hub-Signature": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


def after_failure(before: Delivered, now: datetime, chance: float) -> Delivered | None:
    """Return what is to be stored after one more failure; None if it is time to give up.

    Each wait is twice the one before, up to an hour; ``chance``, from 0 to 1, takes away up to half of it, so that
    callbacks which failed together are not tried together.
    """
    since = before.failing_since or now
    if now - since >= _GIVEN_UP_AFTER:
        return None
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(before.failures, 10))
    next_try_at = now + wait * (1 - chance / 2)
    failures = before.failures + 1
    return replace(before, failures=failures, failing_since=since, tried_at=now, next_try_at=next_try_at)


def _obstacle(tx: Transaction, *, request: HubRequest, domain: str, of: HubContext) -> HubRefusedError | None:
    """Return why a request cannot be met as things are in the store, None if it can."""
    if not of.is_public(request.file):
        return HubRefusedError(404, "There is no such feed any more.")
    is_known = tx.subscribers.find(request.file, request.callback) is not None
    if request.mode is HubMode.UNSUBSCRIBE:
        return None if is_known else HubRefusedError(404, "There is no such subscription.")
    if is_known:
        return None
    if tx.subscribers.count() >= of.settings.subscriptions:
        return HubRefusedError(429, "The hub has as many subscriptions as it may have.", _FULL)
    if tx.subscribers.count(domain) >= of.settings.per_domain:
        return HubRefusedError(429, "There are too many subscriptions with callbacks at this domain.", _FULL)
    return None
