"""By whom stories are told in words of their own: an agency that credits name, or the outlet."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from syndicator.parse.credits import agency_called
from syndicator.runtime.scope import Scope


def origins_of(scope: Scope, members: Mapping[int, Collection[int]]) -> dict[int, int]:
    """Return by event how many told it in words of their own, of events with the numbers of their stories."""
    numbers = [number for some in members.values() for number in some]
    outlets, credits_ = scope.tx.stories.outlets_of(numbers), scope.tx.entries.credits(numbers)
    return {
        event: count_origins(scope, {number: outlets.get(number, "") for number in some}, credits_)
        for event, some in members.items()
    }


def count_origins(scope: Scope, outlets: Mapping[int, str], credits_: Mapping[int, str]) -> int:
    """Return how many origins stories have, by their outlets and the agencies that some are credited to.

    An agency is one, whether it is credited or read itself, in whatever language.
    """
    return len({credits_.get(number) or _agency(scope, outlet) or outlet for number, outlet in outlets.items()})


def _agency(scope: Scope, outlet: str) -> str | None:
    found = scope.rules.outlets.get(outlet)
    return agency_called(found.name) if found else None
