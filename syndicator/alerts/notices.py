"""Tell recipients of what is in the log of operations: plan messages in one transaction, send them, try again.

A recipient's place in the log, and the messages made of what was there, are committed together. So nothing is lost by a
crash, and a message that was sent when the crash came is sent once more at most, with the same key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from syndicator.alerts.planning import collect, follows, known_alerts, release, steady
from syndicator.alerts.telling import digest_of, message_of, sender_of, stories_of
from syndicator.alerts.wanted import Wanted, is_filtered
from syndicator.errors import StoreError
from syndicator.models.alerts import OpsEvent, muted_by
from syndicator.models.notify import (
    Address,
    AddressKind,
    Message,
    Notice,
    Recipient,
    RecipientState,
    Sent,
    is_local,
)
from syndicator.rules import Rules
from syndicator.store import Store, Transaction

_log = structlog.get_logger()
_EVENTS_AT_ONCE = 1000
_HOUR = timedelta(hours=1)
# After a try that failed; then a notice is given up.
RETRIES = tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 360))
_KEPT_FOR = timedelta(days=30)


class Send(Protocol):
    """Sends a message to some of a recipient's addresses; see ``notify.channels``."""

    async def __call__(
        self, recipient: Recipient, message: Message, addresses: Sequence[Address]
    ) -> Mapping[Address, Sent]:
        """Return what came of each. Ends in bounded time, whatever the other ends do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMessage:
    """A message that is to be stored, with the numbers of the events in it."""

    message: Message
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be stored of one recipient: how far it has come, what is known of it, messages to it."""

    name: str
    position: int
    state: RecipientState
    messages: tuple[PlannedMessage, ...]


class Planner:
    """Decides from what is stored whom to tell of what now. It keeps nothing between two plans but prepared filters."""

    def __init__(self, rules: Callable[[], Rules]) -> None:
        """Plan by the rules in force."""
        self._rules = rules
        self._wanted: Wanted | None = None

    def plan(self, tx: Transaction, now: datetime) -> tuple[list[Step], list[str]]:
        """Return what is to be stored, and the names of recipients that are gone. Reads only."""
        rules = self._rules()
        if self._wanted is None or self._wanted.rules is not rules:
            self._wanted = Wanted(rules)
        known, planning = tx.notices.recipients(), _Planning(tx, self._wanted, now)
        steps = [planning.step(each, known.get(each.name)) for each in rules.config.recipients.values()]
        changed = [step for step in steps if step.messages or (step.position, step.state) != known.get(step.name)]
        gone = known.keys() - rules.config.recipients.keys() - rules.config.resting_recipients
        return changed, sorted(gone)

    def store(self, tx: Transaction, now: datetime) -> None:
        """Plan, and store that."""
        steps, gone = self.plan(tx, now)
        for step in steps:
            tx.notices.save(step.name, step.position, step.state)
            for each in step.messages:
                tx.notices.add(step.name, each.message, each.events)
        if gone:
            tx.notices.forget(gone)
        if steps:
            tx.notices.prune(now - _KEPT_FOR)


class _Planning:
    """One plan: a look at the store at one moment."""

    def __init__(self, tx: Transaction, wanted: Wanted, now: datetime) -> None:
        self._tx, self._wanted, self._rules, self._now = tx, wanted, wanted.rules, now
        self._made, self._log = tx.notices.made_since(now - _HOUR), _Log(tx)
        self._muted = (*self._rules.config.watch.muted, *(each.pattern for each in tx.alerts.mutes(now)))
        self._matching: dict[int, frozenset[str]] = {}

    def step(self, recipient: Recipient, known: tuple[int, RecipientState] | None) -> Step:
        """Return what is to be stored of a recipient. A new one begins with what is open."""
        tx, log = self._tx, self._log
        position, state = known or (log.end, RecipientState())
        if known is None:
            events = [muted_by(each, self._muted) for each in tx.alerts.events(tx.notices.open_events())]
        else:
            events = log.after(position) if position < log.end else []
            position = events[-1].id if events else log.end
        state = collect(recipient, steady(state, self._now), self._wanted_by(recipient, state, events), self._now)
        state, digests = self._digest(recipient, state)
        state, alerts = self._alerts(recipient, state)
        return Step(name=recipient.name, position=position, state=state, messages=(*alerts, *digests))

    def _wanted_by(self, recipient: Recipient, state: RecipientState, events: Sequence[OpsEvent]) -> list[OpsEvent]:
        concerned = [event for event in events if self._wanted.concerns(recipient, event)]
        self._match([event for event in concerned if is_filtered(recipient, event)])
        wanted = {
            event.id
            for event in concerned
            if not is_filtered(recipient, event) or recipient.name in self._matching[event.id]
        }
        found, known = [], known_alerts(state)
        for event in events:
            if event.id in wanted or follows(event, known):
                found.append(event)
                known.add(event.alert)
        return found

    def _match(self, events: Sequence[OpsEvent]) -> None:
        """Find out for all recipients at once whose filters match events, unless that is known."""
        new = [event for event in events if event.id not in self._matching]
        stories = stories_of(self._tx, [number for event in new for number in event.stories])
        for event in new:
            self._matching[event.id] = self._wanted.matching(event, stories, self._now)

    def _alerts(self, recipient: Recipient, state: RecipientState) -> tuple[RecipientState, Sequence[PlannedMessage]]:
        after, events, more = release(recipient, state, self._now, self._made.get(recipient.name, ()))
        if not events:
            return state, ()
        message = message_of(self._tx, events, more, self._rules, sender_of(recipient, self._rules.config, self._now))
        return after, [PlannedMessage(message=message, events=events)] if message else ()

    def _digest(self, recipient: Recipient, state: RecipientState) -> tuple[RecipientState, Sequence[PlannedMessage]]:
        """Return the state after a digest, if it is time for one, and the digest, if there is something in it."""
        if recipient.digest is None or state.digest_at is None:
            return replace(state, digest_at=self._now if recipient.digest else None), ()
        if recipient.digest.next_after(state.digest_at) > self._now:
            return state, ()
        sender = sender_of(recipient, self._rules.config, self._now)
        message = digest_of(self._tx, recipient, state.digest_at, self._rules, sender)
        return replace(state, digest_at=self._now), [PlannedMessage(message=message)] if message else ()


class _Log:
    """The log of operations, read once for recipients that have come equally far."""

    def __init__(self, tx: Transaction) -> None:
        self._tx, self.end = tx, tx.alerts.last_event()
        self._read: dict[int, list[OpsEvent]] = {}

    def after(self, position: int) -> list[OpsEvent]:
        if position not in self._read:
            self._read[position] = self._tx.alerts.events_after(position, _EVENTS_AT_ONCE)
        return self._read[position]


class NoticeService:
    """Plans and sends. Must be created in a running event loop and closed with ``close()``."""

    def __init__(
        self,
        store: Store,
        send: Send,
        *,
        rules: Callable[[], Rules],
        clock: Callable[[], datetime],
        is_offline: Callable[[], bool] = lambda: False,
    ) -> None:
        """Tell the recipients of the rules in force. While this machine ``is_offline``, notices wait."""
        self._store, self._send, self._rules, self._clock, self._is_offline = store, send, rules, clock, is_offline
        self._planner = Planner(rules)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        # What came of notices, by their numbers, that the store could not take: they are not sent again for that.
        self._unrecorded: dict[int, Mapping[Address, Sent]] = {}
        # Addresses that want to be left alone, by their keys: since when, and until when.
        self._resting: dict[str, tuple[datetime, datetime]] = {}
        self._running, self._is_closed = asyncio.Lock(), False

    async def run_once(self) -> None:
        """Plan what the log of operations has new, and start to send what is due. Raise StoreError.

        To each recipient one message is on its way at most, and one that hangs holds nobody else up.
        """
        async with self._running:
            if not self._is_closed:
                await self._run()

    async def _run(self) -> None:
        now = self._clock()
        steps, gone = await self._store.read(lambda tx: self._planner.plan(tx, now))
        if steps or gone:
            await self._store.write(lambda tx: self._planner.store(tx, now))
        recipients = self._rules().config.recipients.values()
        names = [each.name for each in recipients if each.name not in self._tasks and self._is_reached(each)]
        for name in await self._store.read(lambda tx: tx.notices.due(now, names)):
            task = asyncio.create_task(self._send_all(name))
            self._tasks[name] = task
            task.add_done_callback(partial(self._ended, name))

    async def settled(self) -> None:
        """Wait until nothing is on its way."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def close(self) -> None:
        """Break off what is on its way: what is not known to have arrived is sent after the next start."""
        self._is_closed = True
        async with self._running:
            for task in self._tasks.values():
                task.cancel()
        await self.settled()

    async def _send_all(self, name: str) -> None:
        """Send a recipient all that is due, one message after another."""
        while True:
            recipient, now = self._rules().config.recipients.get(name), self._clock()
            notice = await self._store.read(lambda tx: tx.notices.next_due(name, now))  # noqa: B023 - awaited here
            if recipient is None or notice is None:
                return
            await self._send_one(recipient, notice)

    async def _send_one(self, recipient: Recipient, notice: Notice) -> None:
        lacking = [each for each in recipient.addresses if each.key not in notice.reached]
        now = self._clock()
        tried = [each for each in lacking if self._held_until(each, now) is None]
        found = self._unrecorded.get(notice.id) or await self._try(recipient, notice, tried)
        self._unrecorded[notice.id] = found
        await self._record(recipient, notice, found, [each for each in lacking if each not in found])
        del self._unrecorded[notice.id]

    def _is_reached(self, recipient: Recipient) -> bool:
        """Return whether anything can be sent to a recipient now."""
        return not self._is_offline() or any(map(self._is_local, recipient.addresses))

    def _is_local(self, address: Address) -> bool:
        mail = self._rules().config.mail
        return is_local(mail.server if address.kind is AddressKind.MAIL and mail else address.host)

    def _held_until(self, address: Address, now: datetime) -> datetime | None:
        """Return until when nothing is sent to an address, for no fault of a notice."""
        since, until = self._resting.get(address.key, (now, now))
        if since <= now < until:
            return until
        return now + RETRIES[0] if self._is_offline() and not self._is_local(address) else None

    async def _record(
        self, recipient: Recipient, notice: Notice, found: Mapping[Address, Sent], untried: Sequence[Address]
    ) -> None:
        """Store what came of a notice."""
        reached = {*notice.reached, *(address.key for address, sent in found.items() if not sent.error)}
        failed = {address: sent for address, sent in found.items() if sent.error}
        now = self._clock()
        self._resting |= {
            each.key: (now, now + sent.retry_after) for each, sent in failed.items() if sent.retry_after is not None
        }
        waits = [self._held_until(each, now) or now for each in untried]
        if failed and self._is_offline():
            waits += [self._held_until(each, now) or now + RETRIES[0] for each in failed]
            failed = {}
        if not failed and waits:
            await self._store.write(lambda tx: tx.notices.held(notice.id, now, reached, min(waits)))
            return
        if not failed:
            await self._store.write(lambda tx: tx.notices.sent(notice.id, now, reached))
            _log.info("notice sent", recipient=recipient.name, key=notice.message.key, title=notice.message.title)
            return
        error = "; ".join(f"{address.shown}: {sent.error}" for address, sent in failed.items())
        # Who has not been tried yet for its own wish is tried once at least.
        due_at = next_try(notice.tries, failed.values(), now) or max(waits, default=None)
        log = _log.error if due_at is None else _log.warning
        log("notice failed", recipient=recipient.name, key=notice.message.key, error=error, tries=notice.tries + 1)
        await self._store.write(lambda tx: tx.notices.failed(notice.id, now, reached, error, due_at))

    async def _try(self, recipient: Recipient, notice: Notice, lacking: Sequence[Address]) -> Mapping[Address, Sent]:
        """Send a notice to the addresses that lack it; a fault of ours is a failure like others, and tried again."""
        try:
            return await self._send(recipient, notice.message, lacking) if lacking else {}
        except Exception as error:  # noqa: BLE001 - one notice's fault must not keep the others back
            _log.error("sending a notice failed", recipient=recipient.name, key=notice.message.key, exc_info=error)
            return {address: Sent(error=f"{type(error).__name__}, see the log") for address in lacking}

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        self._tasks.pop(name, None)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, StoreError):
            _log.error("cannot send notices", recipient=name, error=str(error))
        else:
            _log.error("sending notices failed", recipient=name, exc_info=error)


def next_try(tries: int, failed: Iterable[Sent], now: datetime) -> datetime | None:
    """Return when a notice is tried again after one more failure, None if it is given up."""
    if tries >= len(RETRIES):
        return None
    asked = [each.retry_after for each in failed if each.retry_after is not None]
    return now + max([RETRIES[tries], *asked])
