"""What a detector is: a look at the store that finds what is wrong now, and remembers nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from syndicator.errors import Problem
from syndicator.models.alerts import AlertKind, Finding
from syndicator.rules import Rules
from syndicator.store import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """When a look is taken, by which rules, and what the store does not know.

    While this machine ``is_offline``, in ``offline_words``, what depends on the network is neither raised nor ended.
    ``unreached`` endpoints are not to blame: this machine is, or may be, offline. ``trouble`` is that of the daemon
    itself, besides; ``config_problems`` are those of files that are not in force, of which nothing of those
    ``left_out`` is.
    """

    now: datetime
    rules: Rules
    is_offline: bool = False
    offline_words: str = ""
    unreached: Collection[str] = ()
    trouble: Sequence[str] = ()
    config_problems: Sequence[Problem] = ()
    left_out: Collection[str] = ()


class Detector(Protocol):
    """Finds what is wrong. Findings are made anew at every look: an open alert of these kinds without one is ending."""

    @property
    def kinds(self) -> Collection[AlertKind]:
        """The kinds of alerts that it may find."""

    @property
    def needs_network(self) -> bool:
        """Whether it judges what others answer, so that it says nothing while this machine is offline."""

    def find(self, tx: Transaction, look: Look) -> Iterable[Finding]:
        """Return what is wrong now. Reads only, in milliseconds at ten thousand sources."""
