"""Of which groups a source is part: its outlet, if that has others, its outlet's country and language. Pure.

A group has a rhythm of its own, made of its members' items: a country that falls silent is one alert.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from syndicator.models import Outlet
from syndicator.models.alerts import Subject, SubjectKind

# One outlet alone is no group.
_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseGroups:
    """The rhythms that there are.

    ``subjects`` are by source those that its items are part of, and ``members`` the sources of each group. ``alerts``
    are what an alert on a rhythm is on, and the wider alerts that say the same. ``expect`` has what the operator says.
    """

    subjects: Mapping[str, tuple[str, ...]]
    members: Mapping[str, tuple[str, ...]]
    alerts: Mapping[str, tuple[Subject, ...]]
    expect: Mapping[str, timedelta]


def groups_of(outlets: Mapping[str, Outlet]) -> PulseGroups:
    """Return the groups of outlets and their sources."""
    by_group: defaultdict[str, list[Outlet]] = defaultdict(list)
    for outlet in outlets.values():
        for group in _wide(outlet):
            by_group[group].append(outlet)
    groups = {subject: some for subject, some in by_group.items() if len(some) >= _FEWEST}
    members = {subject: _sources(some) for subject, some in groups.items()}
    alerts = {subject: _alerts_on_group(subject, groups) for subject in groups}
    subjects: dict[str, tuple[str, ...]] = {}
    for outlet in outlets.values():
        own, sources = outlet_subject(outlet), _sources([outlet])
        wide = tuple([each for each in _wide(outlet) if each in groups])
        on_outlet = (Subject(SubjectKind.OUTLET, outlet.id), *map(Subject.parse, wide))
        if len(sources) >= _FEWEST:
            members[own] = sources
        for id_ in sources:
            mine = source_subject(id_)
            alerts[mine] = (Subject(SubjectKind.SOURCE, id_), *on_outlet)
            subjects[id_] = tuple(dict.fromkeys((mine, own, *wide)))
        alerts[own] = on_outlet
    return PulseGroups(subjects=subjects, members=members, alerts=alerts, expect=dict(_expected(outlets)))


def _alerts_on_group(subject: str, groups: Mapping[str, list[Outlet]]) -> tuple[Subject, ...]:
    """Return what an alert on a country or language is on, and the wider one that has all of its outlets."""
    some = groups[subject]
    wider = [each for each in _wide(some[0]) if each != subject and _has_all(each, some)]
    is_told = bool(wider) and (len(groups[wider[0]]) > len(some) or subject.startswith("language:"))
    return (Subject.parse(subject), *map(Subject.parse, wider if is_told else ()))


def _has_all(subject: str, outlets: list[Outlet]) -> bool:
    return all(subject in _wide(each) for each in outlets)


def source_subject(id_: str) -> str:
    """Return the subject of a source's own rhythm."""
    return f"source:{id_}"


def outlet_subject(outlet: Outlet) -> str:
    """Return the subject of an outlet's rhythm, which is its source's if it has but one."""
    return f"outlet:{outlet.id}" if len(outlet.sources) >= _FEWEST else source_subject(outlet.sources[0].id)


def _wide(outlet: Outlet) -> tuple[str, str]:
    return f"country:{outlet.country}", f"language:{outlet.language}"


def _sources(outlets: list[Outlet]) -> tuple[str, ...]:
    return tuple(sorted(source.id for outlet in outlets for source in outlet.sources))


def _expected(outlets: Mapping[str, Outlet]) -> Iterator[tuple[str, timedelta]]:
    for outlet in outlets.values():
        if outlet.expect is not None:
            yield outlet_subject(outlet), outlet.expect
        for source in outlet.sources:
            if source.expect is not None:
                yield source_subject(source.id), source.expect
