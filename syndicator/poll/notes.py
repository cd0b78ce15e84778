"""What polls note in the log of operations. Pure."""

from __future__ import annotations

from datetime import datetime

from syndicator import urls
from syndicator.models import Outlet
from syndicator.models.alerts import AlertKind, OpsEvent, Phase, Severity, Subject, SubjectKind


def note_of_takeover(outlet: Outlet, before: str, base: str, now: datetime) -> OpsEvent:
    """Return the note that links lead to another base address of an outlet: a mirror took over, or the home is back."""
    home, there = urls.redact(outlet.home), urls.redact(base)
    if base == outlet.home:
        words = f"The home of {outlet.name} is back: links lead to {home} again."
    elif before == outlet.home:
        words = f"A mirror took over for {outlet.name}: {home} is down or quarantined, links lead to {there}."
    else:
        words = f"Another mirror of {outlet.name} took over from {urls.redact(before)}: links lead to {there}."
    return OpsEvent(
        at=now,
        kind=AlertKind.TAKEOVER,
        phase=Phase.NOTED,
        subject=Subject(SubjectKind.OUTLET, outlet.id),
        severity=Severity.NOTE,
        words=words,
        outlet=outlet.id,
        country=outlet.country,
        language=outlet.language,
        path=f"/ops/outlets/{outlet.id}",
    )
