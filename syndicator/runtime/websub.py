"""WebSub (W3C Recommendation, 2018), the subscriber's side: news are pushed where an outlet's home names a hub.

Polling goes on, slowly, as a safety net: hubs fail silently.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial

import structlog

from syndicator import urls
from syndicator.errors import LocalFaultError, StoreError
from syndicator.models import DIRECT, Document, FetchOptions, HubLink, Outcome, PollReport, Source, Subscription
from syndicator.pipeline import Pipeline
from syndicator.store import Transaction
from syndicator.web.pushes import HubBusyError

_log = structlog.get_logger()
PATH = "/websub/"
_LEASE = timedelta(days=10)
# Shorter ones would have us ask all the time.
_SHORTEST_LEASE, _LONGEST_LEASE = timedelta(hours=1), timedelta(days=365)
# A subscription is renewed when this share of its time is left.
_LEFT = 0.2
_AGAIN = timedelta(hours=6)
_AT_ONCE = 20
# Pushes being ingested: more are answered with 503, and the hub tries again.
_MOST_PUSHES = 20
_METHODS = ("sha1", "sha256", "sha384", "sha512")
_MOST_DIGITS = 9

Post = Callable[[str, Mapping[str, str], FetchOptions], Awaitable[Document]]


class WebSubClient:
    """Subscribes at hubs, and ingests what they push.

    ``post`` sends a form to a hub, guarded; ``token`` makes random words; hubs reach us at ``base_url``. What is
    pushed to captured sources is recorded by ``keep``, and what came of each push told to ``observer``.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        post: Post,
        token: Callable[[], str],
        base_url: Callable[[], str],
        keep: Callable[[Source, Document], Awaitable[Document]] | None = None,
        observer: Callable[[PollReport], None] = lambda _: None,
    ) -> None:
        self._pipeline, self._ports = pipeline, pipeline.ports
        self._post, self._token, self._base_url, self._keep = post, token, base_url, keep
        self._observer = observer
        self._pushes: dict[str, asyncio.Task[None]] = {}
        # Sources of which a push was lost to a fault of ours: they are polled as soon as the store can note it.
        self._lost: set[str] = set()

    async def renew(self) -> None:
        """Ask for subscriptions that are wanted, and for those again that end soon: each under a new address (5.1).

        What a fault of ours has lost of pushes is polled.
        """
        now = self._ports.clock()
        for id_ in tuple(self._lost):
            if (source := self._ports.rules().sources.get(id_)) is not None:
                await self._poll_soon(source)
            self._lost.discard(id_)
        if self._ports.rules().takes_pushes:
            wanted = await self._ports.store.read(lambda tx: tx.subscriptions.wanted(now, _AGAIN, _AT_ONCE))
            await asyncio.gather(*(self._subscribe(link) for link in wanted))

    async def _subscribe(self, link: HubLink) -> None:
        now, token = self._ports.clock(), self._token()
        # A secret travels only where nobody reads along (5.1).
        secret = self._token() if link.hub.startswith("https://") else ""
        asked = Subscription(token=token, source=link.source, hub=link.hub, topic=link.topic, secret=secret)
        # Stored first: a hub may verify before it answers.
        await self._ports.store.write(lambda tx: tx.subscriptions.add(asked, now))
        form = {
            "hub.mode": "subscribe",
            "hub.topic": link.topic,
            "hub.callback": f"{self._base_url()}{PATH}{token}",
            "hub.lease_seconds": str(_LEASE // timedelta(seconds=1)),
        } | ({"hub.secret": secret} if secret else {})
        # The hub is reached the way the outlet is: whoever polls through Tor does not want to be seen here either.
        source = self._ports.rules().sources.get(link.source)
        answer = await self._post(link.hub, form, source.options_for(source.home) if source else DIRECT)
        log = _log.info if answer.outcome.is_good else _log.warning
        log("subscribing", source=link.source, hub=urls.redact(link.hub), outcome=answer.outcome, note=answer.note)

    async def verify(self, token: str, asked: Mapping[str, str]) -> str | None:
        """Answer a hub that asks whether we meant it (5.3): its challenge if we did, None if not."""
        now = self._ports.clock()
        known = await self._ports.store.read(lambda tx: tx.subscriptions.by_token(token))
        if known is None or asked.get("hub.topic") != known.topic:
            return None
        if asked.get("hub.mode") == "denied":
            _log.warning("subscription denied", source=known.source, hub=urls.redact(known.hub))
            await self._ports.store.write(lambda tx: tx.subscriptions.refuse(known, now))
            return ""
        if asked.get("hub.mode") != "subscribe" or not asked.get("hub.challenge"):
            return None
        lease = _lease(asked.get("hub.lease_seconds", ""))
        renew_at, until = now + lease * (1 - _LEFT), now + lease
        await self._ports.store.write(lambda tx: tx.subscriptions.confirm(known, renew_at=renew_at, until=until))
        _log.info("subscribed", source=known.source, hub=urls.redact(known.hub), days=round(lease / timedelta(days=1)))
        return asked["hub.challenge"]

    async def knows(self, token: str) -> bool:
        """Return whether something may be sent to a callback."""
        return await self._in_force(token) is not None

    async def receive(self, token: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Accept what was sent to a callback, known by its path alone (7). Return whether the callback is ours.

        What is not signed as agreed is ignored, and the sender not told so (7.1). What comes where no signature was
        agreed on is only taken as word that there is news: the source is polled. A hub may push without end: raise
        HubBusyError beyond one push of a source at a time, and so many of all.
        """
        found = await self._in_force(token)
        if found is None:
            return False
        known, source = found
        if known.secret and not is_signed(headers.get("X-Hub-Signature", ""), known.secret, body):
            _log.warning("push ignored: not signed as agreed", source=source.id, hub=urls.redact(known.hub))
            return True
        if source.id in self._pushes or len(self._pushes) >= _MOST_PUSHES:
            raise HubBusyError
        work = self._ingest(source, known, headers, body) if known.secret else self._poll_soon(source)
        task = self._pushes[source.id] = asyncio.create_task(work)
        task.add_done_callback(partial(self._ended, source.id))
        return True

    async def settled(self, seconds: float | None = None) -> None:
        """Wait until all that was pushed is ingested. What is not within ``seconds`` is left to the next poll."""
        tasks = list(self._pushes.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _in_force(self, token: str) -> tuple[Subscription, Source] | None:
        known = await self._ports.store.read(lambda tx: tx.subscriptions.by_token(token))
        source = self._ports.rules().sources.get(known.source) if known else None
        if known is None or source is None or known.until is None or known.until <= self._ports.clock():
            return None
        return known, source

    async def _ingest(self, source: Source, known: Subscription, headers: Mapping[str, str], body: bytes) -> None:
        document = Document(
            endpoint=source.home,
            outcome=Outcome.OK,
            url=known.topic,
            body=body,
            content_type=headers.get("Content-Type", ""),
        )
        if self._keep is not None:
            document = await self._keep(source, document)
        report = await self._pipeline.ingest_push(source, document)
        self._observer(report)
        counts = {verdict.value: count for verdict, count in report.verdicts.items() if count}
        note = report.documents[0].note
        _log.info("push", source=source.id, outcome=report.outcome.value, **counts, **({"note": note} if note else {}))

    async def _poll_soon(self, source: Source) -> None:
        """Bring a source's due time forward: not more often than any may be polled, nor before its next try."""
        now, shortest = self._ports.clock(), self._ports.rules().bounds.shortest

        def bring_forward(tx: Transaction) -> None:
            state = tx.sources.state(source)
            waits = (state.polled_at and state.polled_at + shortest, state.endpoints[0].next_try_at)
            soon = max((now, *filter(None, waits)))
            tx.sources.postpone(source.id, min(state.due_at, soon))

        await self._ports.store.write(bring_forward)

    def _ended(self, source: str, task: asyncio.Task[None]) -> None:
        self._pushes.pop(source, None)
        if task.cancelled() or (error := task.exception()) is None:
            return
        self._lost.add(source)
        is_expected = isinstance(error, StoreError | LocalFaultError)
        _log.error("push failed", source=source, error=str(error), exc_info=None if is_expected else error)


def is_signed(signature: str, secret: str, body: bytes) -> bool:
    """Return whether ``X-Hub-Signature`` is that of the body by the secret (7.1): sha1, sha256, sha384 or sha512."""
    method, _, digest = signature.partition("=")
    if method not in _METHODS:
        return False
    expected = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    return hmac.compare_digest(expected.encode(), digest.strip().lower().encode("utf-8", "replace"))


def _lease(seconds: str) -> timedelta:
    """Return the lease that a hub grants; where it says none, the one that was asked for."""
    is_number = seconds.isascii() and seconds.isdigit() and 0 < len(seconds) <= _MOST_DIGITS
    return min(max(timedelta(seconds=int(seconds)), _SHORTEST_LEASE), _LONGEST_LEASE) if is_number else _LEASE
