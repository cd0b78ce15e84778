"""Which events a recipient wants: by kind and weight, and by the filter language."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from syndicator.alerts.planning import is_told_of
from syndicator.models import Outlet, Story, Tag
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
        if not self.concerns(recipient, event):
            return False
        return not is_filtered(recipient, event) or recipient.name in self.matching(event, stories, now)

    def matching(self, event: OpsEvent, stories: Mapping[int, Story], now: datetime) -> frozenset[str]:
        """Return whose filters match one of an event's stories, or, of one without, what the event is on."""
        found = [stories[number] for number in event.stories if number in stories]
        subjects = [subject_of(each, now=now) for each in found]
        return frozenset().union(*map(self._filters, subjects or [subject_of_event(event, self._outlets_of(event))]))

    def concerns(self, recipient: Recipient, event: OpsEvent) -> bool:
        """Return whether a recipient wants an event of such a kind and weight there, whatever its filter says."""
        if not is_told_of(recipient, event):
            return False
        if event.subject.kind in _EVERYWHERE:
            return True
        outlets = self._outlets_of(event)
        countries = {event.country, *(each.country for each in outlets)}
        languages = {event.language, *(each.language for each in outlets)}
        return (
            (not recipient.countries or not countries.isdisjoint(recipient.countries))
            and (not recipient.languages or not languages.isdisjoint(recipient.languages))
            and (not recipient.outlets or event.outlet in recipient.outlets or _has_one(outlets, recipient.outlets))
        )

    def _outlets_of(self, event: OpsEvent) -> Sequence[Outlet]:
        """Return the outlets that an event on a country or a language stands for: alerts on them are not told."""
        kind, id_ = event.subject.kind, event.subject.id
        outlets = self.rules.outlets.values()
        if kind is SubjectKind.COUNTRY:
            return [each for each in outlets if each.country == id_]
        return [each for each in outlets if each.language == id_] if kind is SubjectKind.LANGUAGE else ()


def _has_one(outlets: Iterable[Outlet], wanted: Collection[str]) -> bool:
    return any(each.id in wanted for each in outlets)


def is_filtered(recipient: Recipient, event: OpsEvent) -> bool:
    """Return whether the recipient's filter has a say."""
    return bool(recipient.where) and event.subject.kind not in _EVERYWHERE


def subject_of_event(event: OpsEvent, outlets: Sequence[Outlet] = ()) -> Subject:
    """Return what filters look at of an event without stories: its words, source, language, its outlet and country.

    An event on a country or a language has all the ``outlets`` that it stands for.
    """
    source = event.subject.id if event.subject.kind is SubjectKind.SOURCE else ""
    return Subject(
        event.words,
        "\n".join(event.evidence),
        event.language,
        (event.outlet,) if event.outlet else tuple(each.id for each in outlets),
        tuple(_country_tags(event.country)),
        details=Details(source=source),
    )


def _country_tags(country: str) -> Iterator[Tag]:
    if country:
        for role in _ROLES:
            yield Tag(scheme="region", term=country, label=country, path=(country,), evidence=(), role=role)
