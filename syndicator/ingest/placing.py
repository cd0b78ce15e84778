"""When a new story has its place in feeds: at its arrival, or by its own date where it was old by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from syndicator.models import Decision, EntryBatch, New, placed_at
from syndicator.store import Transaction


def places_of(
    tx: Transaction, decisions: Sequence[Decision], batch: EntryBatch, outlet: str, now: datetime
) -> Mapping[int, datetime]:
    """Return the times of new stories, by the places of their decisions.

    Where an outlet's clock is slow, its newest item looks old whenever it comes. One that is newer than all that is
    known of the outlet, and is said to be from before the endpoint last answered, has arrived now.
    """
    new = {place: each.entry for place, each in enumerate(decisions) if isinstance(each, New)}
    places = {place: placed_at(entry.published, now) for place, entry in new.items()}
    looked_at = batch.endpoint.good_at
    if looked_at is None or all(at == now for at in places.values()):
        return places
    newest = tx.stories.newest_date(outlet, looked_at)
    is_late = {place for place, at in places.items() if newest is not None and newest < at <= looked_at}
    return {place: now if place in is_late else at for place, at in places.items()}
