"""Build the parts of pages: alerts with their commands, lines of the log, mistakes in the configuration. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator
from datetime import datetime

from syndicator import urls
from syndicator.errors import Problem
from syndicator.models.alerts import Alert, AlertKind, Mute, OpsEvent, Severity, Subject, SubjectKind
from syndicator.models.ops import AlertRow, Command, EventRow, FileProblem, Frame
from syndicator.models.status import Health, OutletStatus
from syndicator.web.ops.view import OpsView

_QUARANTINED = frozenset({AlertKind.QUARANTINED, AlertKind.HIJACK})
_TAUGHT = frozenset({AlertKind.SILENT, AlertKind.THINNED})
_PLACE = re.compile(r"(line \d+, column \d+): (.*)")
_TOML_PLACE = re.compile(r"(.*) \(at (line \d+, column \d+)\)")
_PICTURE, _ADVICE = "    ", "  "
_MAIN = "syndicator.toml"


def frame_of(view: OpsView, *, refresh: int = 0) -> Frame:
    """Return what surrounds a page."""
    status = view.status
    return Frame(
        title=status.title,
        version=status.version,
        base_url=status.base_url,
        made_at=status.made_at,
        alerts=len(view.open),
        problems=len(status.config_problems),
        offline=view.config.offline,
        trouble=tuple(each for each in status.trouble if each != view.config.offline),
        notices=status.notices,
        refresh=refresh,
    )


def label_of(kind: AlertKind) -> str:
    """Return what a kind of alert is called."""
    return kind.value.replace("-", " ").capitalize()


def alert_row(view: OpsView, alert: Alert) -> AlertRow:
    """Return an alert as it is shown."""
    outlet = _outlet(view, alert.outlet)
    name, language = _named(view, alert.subject, outlet)
    return AlertRow(
        id=alert.id,
        kind=alert.kind,
        label=label_of(alert.kind),
        subject=str(alert.subject),
        name=name,
        language=language,
        page=f"outlets/{outlet.id}" if outlet else "",
        outlet=outlet.name if outlet else "",
        is_urgent=alert.severity is Severity.URGENT,
        words=alert.words,
        evidence=alert.evidence,
        since=alert.since or alert.raised_at or alert.found_at,
        ended_at=alert.cleared_at,
        acknowledged_at=alert.acknowledged_at,
        muted_until=_muted_until(alert, view.alerts.mutes),
        is_covered=alert.is_covered,
        decisions=tuple(_decisions(view, alert)) if alert.is_open else (),
        commands=tuple(_commands(alert)) if alert.is_open else (),
    )


def event_row(view: OpsView, event: OpsEvent) -> EventRow:
    """Return a line of the log as it is shown."""
    outlet = _outlet(view, event.outlet)
    name, language = _named(view, event.subject, outlet)
    return EventRow(
        id=event.id,
        at=event.at,
        label=label_of(event.kind),
        phase=event.phase,
        name=name,
        language=language,
        page=f"outlets/{outlet.id}" if outlet else "",
        outlet=outlet.name if outlet else "",
        words=event.words,
        alert=event.alert,
    )


def country_name(view: OpsView, code: str) -> str:
    """Return the name of a country, or its code where it has none."""
    return view.config.countries.get(code, code)


def file_problem(problem: Problem, left_out: Collection[str] | None) -> FileProblem:
    """Return a mistake in its parts; ``left_out`` is None for a remark on what is in force."""
    first, *more = problem.message.split("\n")
    place, message = "", first
    if found := _PLACE.fullmatch(first):
        place, message = found.groups()
    elif found := _TOML_PLACE.fullmatch(first):
        message, place = found.groups()
    return FileProblem(
        file=problem.file,
        key=problem.key,
        place=place,
        message=message,
        picture="\n".join(line.removeprefix(_PICTURE) for line in more if line.startswith(_PICTURE)),
        advice=tuple(line.removeprefix(_ADVICE) for line in more if line and not line.startswith(_PICTURE)),
        in_force=_in_force(problem.file, left_out),
    )


def _in_force(file: str, left_out: Collection[str] | None) -> str:
    if left_out is None or not file:
        return ""
    if file == _MAIN:
        return "The settings from before stay in force."
    if file in left_out:
        return "Nothing of this file is in force."
    return "What the file said before stays in force."


def _outlet(view: OpsView, id_: str) -> OutletStatus | None:
    listed = view.outlets.get(id_)
    return listed.status if listed else None


def _named(view: OpsView, subject: Subject, outlet: OutletStatus | None) -> tuple[str, str]:
    """Return what something is called, and in which language."""
    match subject.kind:
        case SubjectKind.OUTLET if outlet:
            return outlet.name, outlet.language
        case SubjectKind.SOURCE if outlet:
            path = subject.id.removeprefix(f"{outlet.id}/")
            return (f"{outlet.name}, {path}" if len(outlet.sources) > 1 else outlet.name), outlet.language
        case SubjectKind.COUNTRY:
            return country_name(view, subject.id), "en"
        case SubjectKind.DAEMON:
            return "this daemon", "en"
        case SubjectKind.ENDPOINT:
            return urls.redact(subject.id), ""
    return subject.id, ""


def _muted_until(alert: Alert, mutes: Collection[Mute]) -> datetime | None:
    of = {"outlet": alert.outlet, "country": alert.country, "language": alert.language}
    found = (each.until for each in mutes if each.pattern.matches(alert.kind, alert.subject, **of))
    return max(found, default=None)


def _decisions(view: OpsView, alert: Alert) -> Iterator[Command]:
    if addresses := " ".join(map(shlex.quote, _doubted(view, alert))):
        yield Command(line=f"syndicator release {addresses}", effect="it is the outlet’s own: it is polled again")
        yield Command(line=f"syndicator confirm {addresses}", effect="it is lost: nothing of it is published")
    if alert.kind in _TAUGHT and alert.confirmed_at is None:
        yield Command(line=f"syndicator alerts confirm {alert.id}", effect="it is true: nothing is learned from it")


def _doubted(view: OpsView, alert: Alert) -> list[str]:
    """Return the addresses in quarantine that an alert is about: that of its subject, or all of a host."""
    if alert.kind not in _QUARANTINED:
        return []
    if alert.subject.kind is SubjectKind.ENDPOINT:
        return [alert.subject.id]
    outlet = _outlet(view, alert.outlet)
    if outlet is None:
        return []
    endpoints = [each for source in outlet.sources for each in source.endpoints if each.health is Health.QUARANTINED]
    return [each.url for each in endpoints if urls.host_key(each.url) == alert.subject.id]


def _commands(alert: Alert) -> Iterator[Command]:
    if alert.acknowledged_at is None:
        yield Command(line=f"syndicator alerts ack {alert.id}", effect="seen: no reminders")
    yield Command(
        line=f"syndicator alerts mute {shlex.quote(str(alert.subject))} 3d", effect="nobody is told for three days"
    )
