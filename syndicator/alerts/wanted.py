"""Which events a recipient wants: by kind and weight, and by the filter language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from syndicator.alerts.planning import is_told_of
from syndicator.models import Story, Tag
from syndicator.models.alerts import OpsEvent, SubjectKind
from syndicator.models.notify import Recipient
from syndicator.query import Details, Filters, Subject, resolved
from syndicator.rules import Rules, subject_of

# What concerns all outlets is nowhere: no filter leaves it out.
_EVERYWHERE = frozenset({SubjectKind.DAEMON, SubjectKind.FILE, SubjectKind.RECIPIENT})
_ROLES = ("about", "actor")


class Wanted:
    """Decides by the configuration of some rules."""

    def __init__(self, rules: Rules) -> None:
        """Prepare the filters of all recipients."""
        self.rules = rules
        wheres = rules.config.recipient_filters
        self._filters = Filters({name: resolved(where, rules.filters) for name, where in wheres.items()})

    def by(self, recipient: Recipient, event: OpsEvent, stories: Mapping[int, Story], now: datetime) -> bool:
        """Return whether a recipient wants an event; ``stories`` are the event's, as far as the store has them."""
        if not concerns(recipient, event):
            return False
        return not is_filtered(recipient, event) or recipient.name in self.matching(event, stories, now)

    def matching(self, event: OpsEvent, stories: Mapping[int, Story], now: datetime) -> frozenset[str]:
        """Return whose filters match one of an event's stories, or, of one without, what the event is on."""
        found = [stories[number] for number in event.stories if number in stories]
        subjects = [subject_of(each, now=now) for each in found] or [subject_of_event(event)]
        return frozenset().union(*map(self._filters, subjects))


def concerns(recipient: Recipient, event: OpsEvent) -> bool:
    """Return whether a recipient wants an event of such a kind and weight there, whatever its filter says."""
    if not is_told_of(recipient, event):
        return False
    return event.subject.kind in _EVERYWHERE or (
        (not recipient.countries or event.country in recipient.countries)
        and (not recipient.languages or event.language in recipient.languages)
        and (not recipient.outlets or event.outlet in recipient.outlets)
    )


def is_filtered(recipient: Recipient, event: OpsEvent) -> bool:
    """Return whether the recipient's filter has a say."""
    return bool(recipient.where) and event.subject.kind not in _EVERYWHERE


def subject_of_event(event: OpsEvent) -> Subject:
    """Return what filters look at of an event without stories: its words, outlet, source, language, and its country."""
    source = event.subject.id if event.subject.kind is SubjectKind.SOURCE else ""
    return Subject(
        event.words,
        "\n".join(event.evidence),
        event.language,
        (event.outlet,) if event.outlet else (),
        tuple(_country_tags(event.country)),
        details=Details(source=source),
    )


def _country_tags(country: str) -> Iterator[Tag]:
    if country:
        for role in _ROLES:
            yield Tag(scheme="region", term=country, label=country, path=(country,), evidence=(), role=role)
