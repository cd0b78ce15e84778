"""Who has a story, in order of time, why it was taken for the story, and what became of its words there."""

from __future__ import annotations

from collections.abc import Iterator

from syndicator.ingest.copies import Likeness, likeness
from syndicator.models import Capture, Telling, Verdict
from syndicator.models.account import Basis, TellingAccount
from syndicator.runtime.account.addresses import Addresses, is_onion
from syndicator.runtime.account.changes import title_diff
from syndicator.runtime.account.told import Told
from syndicator.runtime.scope import Scope

_IDENTITIES = ("guid", "link", "words")


def telling_accounts(scope: Scope, told: Told, at: Addresses) -> Iterator[TellingAccount]:
    """Yield an account of each item that tells a story."""
    own = {each.text_digest for each in told.items if each.outlet == told.story.outlet}
    for telling in told.items:
        source = scope.rules.sources.get(telling.source)
        outlet = scope.rules.outlets.get(telling.outlet)
        is_copy = telling.outlet != told.story.outlet
        yield TellingAccount(
            outlet=telling.outlet,
            outlet_name=scope.name(telling.outlet),
            source=telling.source,
            endpoint=scope.endpoint(telling.source, telling.endpoint),
            is_mirror=source is not None and telling.endpoint not in (None, source.home),
            link=at.working_link(telling.link),
            title=telling.title,
            published=telling.published,
            seen_at=telling.seen_at,
            seconds=int((telling.seen_at - told.items[0].seen_at).total_seconds()),
            decision=telling.verdict.value if telling.verdict else "",
            reason=telling.reason,
            credit=telling.credit,
            captured=_captured(told.captures.get((telling.source, telling.key))),
            language=source.language if source else "",
            country=outlet.country if outlet else "",
            is_copy=is_copy,
            wording=_wording(telling, own) if is_copy else "",
            headline=title_diff(told.title_at(telling.seen_at), telling.title) if telling.title else (),
        )


def _wording(telling: Telling, own: set[str]) -> str:
    """Return what became of the text in a copy: as it was found, or else as it is by now."""
    found = likeness(telling.reason) if telling.verdict is Verdict.COPY else None
    return found or (Likeness.SAME if telling.text_digest in own else "")


def basis(scope: Scope, told: Told) -> Basis | None:
    """Return how a story is known, by the item that told it first."""
    if not told.items:
        return None
    first = told.items[0]
    capture = told.captures.get((first.source, first.key))
    return Basis(
        endpoint=scope.endpoint(first.source, first.endpoint),
        source=first.source,
        way=_way(scope, first),
        identity=next((each for each in _IDENTITIES if first.key.startswith(f"{each}:")), ""),
        outcome=capture.outcome if capture else "",
        digest=capture.record.digest if capture else "",
        captured=_captured(capture),
    )


def _way(scope: Scope, first: Telling) -> str:
    """Return how an endpoint is requested, by now: direct, onion, socks, proxy; empty if it is requested no more."""
    source = scope.rules.sources.get(first.source)
    if source is None or first.endpoint not in source.endpoints:
        return ""
    proxy = source.options_for(first.endpoint).proxy
    if is_onion(first.endpoint):
        return "onion"
    if not proxy:
        return "direct"
    return "socks" if proxy.startswith("socks") else "proxy"


def _captured(capture: Capture | None) -> str:
    return f"{capture.record.file} at byte {capture.record.offset}" if capture else ""
