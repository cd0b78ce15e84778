"""WebSub (W3C Recommendation, 2018), the subscriber's side: news come by themselves where an outlet names a hub.

Polling goes on, slowly, as the net beneath: hubs fail silently.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog

from syndicator import urls
from syndicator.models import DIRECT, Document, FetchOptions, HubLink, Outcome, PollReport, Source, Subscription
from syndicator.pipeline import Pipeline

_log = structlog.get_logger()
PATH = "/websub/"
_LEASE = timedelta(days=10)
# Shorter ones would have us ask all the time.
_SHORTEST_LEASE, _LONGEST_LEASE = timedelta(hours=1), timedelta(days=365)
# A subscription is renewed when this share of its time is left.
_LEFT = 0.2
_AGAIN = timedelta(hours=6)
_AT_ONCE = 20
_METHODS = ("sha1", "sha256", "sha384", "sha512")
_MOST_DIGITS = 9

Post = Callable[[str, Mapping[str, str], FetchOptions], Awaitable[Document]]


class WebSubClient:
    """Subscribes at hubs, and takes in what they bring.

    ``post`` sends a form to a hub, guarded; ``token`` makes words that nobody guesses; hubs reach us at ``base_url``.
    """

    def __init__(
        self,
        pipeline: Callable[[], Pipeline],
        sources: Callable[[], Mapping[str, Source]],
        *,
        post: Post,
        token: Callable[[], str],
        base_url: Callable[[], str],
    ) -> None:
        self._pipeline, self._sources = pipeline, sources
        self._post, self._token, self._base_url = post, token, base_url
        self._taking: set[asyncio.Task[None]] = set()

    async def renew(self) -> None:
        """Ask for subscriptions that are wanted, and for those again that end soon: each under a new address (5.1)."""
        pipeline = self._pipeline()
        now = pipeline.clock()
        if pipeline.takes_pushes:
            wanted = await pipeline.store.read(lambda tx: tx.pushes.wanted(now, _AGAIN, _AT_ONCE))
            await asyncio.gather(*(self._ask(pipeline, offer) for offer in wanted))

    async def _ask(self, pipeline: Pipeline, offer: HubLink) -> None:
        now, token = pipeline.clock(), self._token()
        # A secret travels only where nobody reads along (5.1).
        secret = self._token() if offer.hub.startswith("https://") else ""
        asked = Subscription(token=token, source=offer.source, hub=offer.hub, topic=offer.topic, secret=secret)
        # Written down first: a hub may verify before it answers.
        await pipeline.store.write(lambda tx: tx.pushes.add(asked, now))
        form = {
            "hub.mode": "subscribe",
            "hub.topic": offer.topic,
            "hub.callback": f"{self._base_url()}{PATH}{token}",
            "hub.lease_seconds": str(_LEASE // timedelta(seconds=1)),
        } | ({"hub.secret": secret} if secret else {})
        # The hub is reached the way the outlet is: whoever asks through Tor does not want to be seen here either.
        source = self._sources().get(offer.source)
        answer = await self._post(offer.hub, form, source.options_for(source.home) if source else DIRECT)
        log = _log.info if answer.outcome.is_good else _log.warning
        log("subscribing", source=offer.source, hub=urls.redact(offer.hub), outcome=answer.outcome, note=answer.note)

    async def verify(self, token: str, asked: Mapping[str, str]) -> str | None:
        """Answer a hub that asks whether we meant it (5.3): its challenge if we did, None if not."""
        pipeline = self._pipeline()
        now = pipeline.clock()
        known = await pipeline.store.read(lambda tx: tx.pushes.by_token(token))
        if known is None or asked.get("hub.topic") != known.topic:
            return None
        if asked.get("hub.mode") == "denied":
            _log.warning("subscription denied", source=known.source, hub=urls.redact(known.hub))
            await pipeline.store.write(lambda tx: tx.pushes.refuse(known, now))
            return ""
        if asked.get("hub.mode") != "subscribe" or not asked.get("hub.challenge"):
            return None
        lease = _lease(asked.get("hub.lease_seconds", ""))
        await pipeline.store.write(
            lambda tx: tx.pushes.confirm(known, renew_at=now + lease * (1 - _LEFT), until=now + lease)
        )
        _log.info("subscribed", source=known.source, hub=urls.redact(known.hub), days=round(lease / timedelta(days=1)))
        return asked["hub.challenge"]

    async def knows(self, token: str) -> bool:
        """Say whether a callback is one of ours and in force: what else is sent need not be read."""
        return await self._in_force(token) is not None

    async def _in_force(self, token: str) -> tuple[Subscription, Source] | None:
        pipeline = self._pipeline()
        known = await pipeline.store.read(lambda tx: tx.pushes.by_token(token))
        source = self._sources().get(known.source) if known else None
        if known is None or source is None or known.until is None or known.until <= pipeline.clock():
            return None
        return known, source

    async def receive(self, token: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Take what was sent to a callback, by its path alone (7); say whether there is such a subscription.

        The work is done later. What is not signed as agreed is ignored, and the sender not told so (7.1); what comes
        without a signature being agreed is only taken as word that there is news: the source is polled.
        """
        found = await self._in_force(token)
        if found is None:
            return False
        known, source = found
        if known.secret and not is_signed(headers.get("X-Hub-Signature", ""), known.secret, body):
            _log.warning("push ignored: not signed as agreed", source=source.id, hub=urls.redact(known.hub))
            return True
        work = self._ingest(source, known, headers, body) if known.secret else self._poll(source)
        task = asyncio.create_task(work)
        self._taking.add(task)
        task.add_done_callback(self._taken)
        return True

    async def settled(self, seconds: float | None = None) -> None:
        """Wait until all that was sent is taken in; what is not within ``seconds`` is left to the next poll."""
        tasks = list(self._taking)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _ingest(self, source: Source, known: Subscription, headers: Mapping[str, str], body: bytes) -> None:
        document = Document(
            endpoint=source.home,
            outcome=Outcome.OK,
            url=known.topic,
            body=body,
            content_type=headers.get("Content-Type", ""),
        )
        visit: PollReport = await self._pipeline().ingest(source, document)
        counts = {verdict.value: count for verdict, count in visit.verdicts.items() if count}
        extra: dict[str, Any] = {"note": visit.documents[0].note} if visit.documents[0].note else {}
        _log.info("push", source=source.id, outcome=visit.outcome.value, **counts, **extra)

    async def _poll(self, source: Source) -> None:
        """Have a source polled soon: not more often than any may be, nor before it may be asked again."""
        pipeline = self._pipeline()
        now, shortest = pipeline.clock(), pipeline.bounds.shortest

        def bring_forward(tx: Any) -> None:
            state = tx.sources.state(source)
            waits = (state.polled_at and state.polled_at + shortest, state.endpoints[0].next_try_at)
            soon = max((now, *filter(None, waits)))
            tx.sources.postpone(source.id, min(state.due_at, soon))

        await pipeline.store.write(bring_forward)

    def _taken(self, task: asyncio.Task[None]) -> None:
        self._taking.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("push failed", exc_info=error)


def is_signed(signature: str, secret: str, body: bytes) -> bool:
    """Say whether ``X-Hub-Signature`` is that of the body by the secret (7.1): sha1, sha256, sha384 or sha512."""
    method, _, digest = signature.partition("=")
    if method not in _METHODS:
        return False
    expected = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    return hmac.compare_digest(expected.encode(), digest.strip().lower().encode("utf-8", "replace"))


def _lease(seconds: str) -> timedelta:
    """Read the lease that a hub grants; what it does not say is what was asked for."""
    is_number = seconds.isascii() and seconds.isdigit() and 0 < len(seconds) <= _MOST_DIGITS
    return min(max(timedelta(seconds=int(seconds)), _SHORTEST_LEASE), _LONGEST_LEASE) if is_number else _LEASE
