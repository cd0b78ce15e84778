"""Phrases of alerts' sentences: how long, since when, on whom. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from syndicator import urls
from syndicator.models import Outcome, Outlet
from syndicator.models.alerts import Finding

_UNITS = ((timedelta(days=1), "day", "days"), (timedelta(hours=1), "h", "h"), (timedelta(minutes=1), "min", "min"))
_REASONS = {
    Outcome.DNS_ERROR: "its name does not resolve",
    Outcome.CONNECT_ERROR: "it cannot be connected to",
    Outcome.PROXY_ERROR: "the proxy to it fails",
    Outcome.TIMEOUT: "it does not answer in time",
    Outcome.GONE: "it says that it is gone for good (HTTP 410)",
    Outcome.DISALLOWED: "its robots.txt forbids it",
    Outcome.NOT_A_FEED: "what it sends is no feed",
    Outcome.BLOCKED_ADDRESS: "its address is not public",
}
# The addresses of what fails stay the same from one look to the next.
redact = lru_cache(maxsize=16384)(urls.redact)
_CERTIFICATE = re.compile(r"certificate verify failed: ([^(\])]+)")
_LONGEST_NOTE = 120


def reason(outcome: Outcome | None, note: str) -> str:
    """Return why an endpoint fails, in words, by its last outcome and the note that came with it."""
    if refusal := _CERTIFICATE.search(note):
        return f"its certificate is refused ({refusal[1].strip()})"
    if outcome in _REASONS:
        return _REASONS[outcome]
    return note.partition("\n")[0][:_LONGEST_NOTE].rstrip(". ") or str(outcome).replace("_", " ")


def span(length: timedelta) -> str:
    """Return a length of time in its largest fitting unit: "45 min", "31 h", "6 days"."""
    for size, _, many in _UNITS:
        if length >= 2 * size:
            return f"{length // size} {many}"
    return f"{max(0, round(length.total_seconds()))} s"


def moment(at: datetime) -> str:
    """Return a moment for people: "12 March 14:00 UTC"."""
    return f"{at.day} {at:%B %H:%M} UTC"


def since_and_for(since: datetime | None, now: datetime) -> str:
    """Return since when something lasts, and how long: "for 31 h, since 12 March 14:00 UTC"."""
    return "from the first request on" if since is None else f"for {span(now - since)}, since {moment(since)}"


def listed(names: list[str], most: int = 3) -> str:
    """Return names in a row, the first ones and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def on_outlet(outlet: Outlet, finding: Finding) -> Finding:
    """Return a finding with what filters and pages ask of the outlet that it is on."""
    path = f"/ops/outlets/{outlet.id}"
    return replace(finding, outlet=outlet.id, country=outlet.country, language=outlet.language, path=path)
