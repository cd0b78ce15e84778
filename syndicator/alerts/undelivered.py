"""Find recipients whom no notice reaches: the others are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from syndicator.alerts.detector import Look
from syndicator.models.alerts import AlertKind, Finding, Subject, SubjectKind
from syndicator.store import Transaction

# A notice that failed at once, after one minute and after five more is no matter of a moment.
_TRIES = 3


class UndeliveredNotices:
    """See ``detector.Detector``. While this machine is offline, it is to blame itself."""

    kinds: Collection[AlertKind] = frozenset({AlertKind.NOTICES})
    needs_network = True

    def find(self, tx: Transaction, look: Look) -> Iterable[Finding]:
        """Return the recipients that none of the last notices reached."""
        for each in tx.notices.failing(_TRIES):
            if each.name in look.rules.config.recipients:
                given_up = " The last one was given up." if each.is_given_up else ""
                yield Finding(
                    kind=AlertKind.NOTICES,
                    subject=Subject(SubjectKind.RECIPIENT, each.name),
                    words=f"Notices to {each.name} have failed since {each.since:%Y-%m-%d %H:%M} UTC.{given_up}",
                    since=each.since,
                    evidence=(each.error,),
                    path="/ops/",
                )
