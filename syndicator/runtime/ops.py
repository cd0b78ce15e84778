"""What the operators' pages show beside the status, by short reads of the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from syndicator import urls
from syndicator.alerts import Look
from syndicator.alerts.silence_words import length, rhythm
from syndicator.models import Door, Outlet, OutletMode, PollBounds, Source
from syndicator.models.alerts import AlertState, OpsEvent
from syndicator.models.days import STRIP_DAYS, DayCount
from syndicator.models.ops import DoorPanel, Rhythm
from syndicator.models.pulses import source_subject
from syndicator.poll.rhythm import follows_rhythm, rhythm_in_words
from syndicator.store import Store, Transaction
from syndicator.tag import country_labels
from syndicator.watch import WINDOW
from syndicator.watch.pulse import missed
from syndicator.watch.pulse_row import unpacked
from syndicator.web.ops.outlets import first_day
from syndicator.web.ops.records import AlertRecords, ConfigurationRecords, Counts, OutletRecords

_ENDED_WITHIN = timedelta(days=STRIP_DAYS)
_EVENTS = 12


def _nothing(_sources: Collection[str]) -> Sequence[DayCount]:
    return ()


class StoreRecords:
    """Reads for operators' pages; see ``web.ops.records.OpsRecords``."""

    def __init__(
        self,
        store: Store,
        describe: Callable[[], Look],
        *,
        pending: Callable[[Collection[str]], Sequence[DayCount]] = _nothing,
    ) -> None:
        """Read nothing yet. ``describe`` returns what the store does not know.

        ``pending`` returns days of sources that are counted and not stored yet.
        """
        self._store, self._describe, self._pending = store, describe, pending

    async def alerts(self, now: datetime) -> AlertRecords:
        """Return what is alerted to now."""
        outlets = self._describe().rules.config.outlets
        return await self._store.read(lambda tx: _alerts(tx, outlets, now))

    async def days(self, sources: Sequence[str], since: int) -> Counts:
        """Return the days of sources from a day on."""
        return self._with_pending(await self._store.read(lambda tx: tx.days.of(sources, since)), sources)

    async def log(self, limit: int, before: int | None) -> Sequence[OpsEvent]:
        """Return the latest events of the log, those before a number."""
        return await self._store.read(lambda tx: tx.alerts.latest_events(limit, before=before))

    async def outlet(self, id_: str, now: datetime) -> OutletRecords:
        """Return what is known of one outlet."""
        config = self._describe().rules.config
        outlet = config.outlets.get(id_)
        if outlet is None:
            return OutletRecords()
        found = await self._store.read(lambda tx: _outlet(tx, outlet, config.bounds, now))
        return replace(found, days=self._with_pending(found.days, [source.id for source in outlet.sources]))

    def _with_pending(self, days: Counts, sources: Sequence[str]) -> Counts:
        """Add what is not stored yet. It is asked for last: what is being stored may lack, and is not doubled."""
        added: dict[str, list[DayCount]] = {}
        for each in self._pending(frozenset(sources)):
            added.setdefault(each.source, list(days.get(each.source, ()))).append(each)
        return {**days, **added}

    def configuration(self) -> ConfigurationRecords:
        """Return how the configuration is."""
        look = self._describe()
        config = look.rules.config
        return ConfigurationRecords(
            folder=str(config.folder),
            problems=look.config_problems,
            warnings=config.warnings,
            left_out=look.left_out,
            concepts=len(config.concepts),
            countries=_countries(),
            offline=look.offline_words,
        )


@cache
def _countries() -> dict[str, str]:
    return dict(country_labels())


def _alerts(tx: Transaction, outlets: Mapping[str, Outlet], now: datetime) -> AlertRecords:
    return AlertRecords(
        raised=[each for each in tx.alerts.current() if each.state is AlertState.RAISED],
        ended=tx.alerts.cleared_since(now - _ENDED_WITHIN),
        mutes=tx.alerts.mutes(now),
        quiet=[id_ for subject in tx.pulses.quiet(now) if (id_ := _outlet_of(subject, outlets))],
    )


def _outlet_of(subject: str, outlets: Mapping[str, Outlet]) -> str | None:
    """Return the outlet of which a rhythm tells all: its own, or that of its only source."""
    kind, _, id_ = subject.partition(":")
    if kind == "outlet":
        return id_
    outlet = outlets.get(id_.partition("/")[0]) if kind == "source" else None
    return outlet.id if outlet is not None and len(outlet.sources) == 1 else None


def _rhythm(tx: Transaction, outlet: Outlet, now: datetime) -> Rhythm | None:
    subjects = [f"outlet:{outlet.id}"]
    if len(outlet.sources) == 1:
        subjects.append(source_subject(outlet.sources[0].id))
    rows = tx.pulses.rows(subjects)
    row = next((rows[each] for each in subjects if each in rows), None)
    if row is None:
        return None
    pulse, expect = unpacked(row), outlet.expect
    if row.subject != subjects[0]:  # of its only source, whose own word comes first
        expect = outlet.sources[0].expect or expect
    return Rhythm(
        usual=rhythm(pulse, now),
        newest_at=row.newest_at,
        quiet_at=row.quiet_at,
        silent_at=row.silent_at,
        missed=round(missed(pulse, now.timestamp()), 1),
        longest=round(pulse.longest, 1),
        lulls=pulse.lulls,
        expect=length(expect) if expect is not None else "",
    )


def polled_in_words(tx: Transaction, sources: Sequence[Source], bounds: PollBounds, now: datetime) -> dict[str, str]:
    """Return why sources are polled when they are, for those that are polled by a rhythm that is known."""
    chosen = [each for each in sources if follows_rhythm(each, bounds)]
    found = {id_: rhythm_in_words(state, now) for id_, state in tx.sources.overview(chosen).items()}
    return {id_: words for id_, words in found.items() if words}


def _door(door: Door) -> DoorPanel:
    known = door.certificate
    return DoorPanel(
        issuer=known.issuer if known else "",
        valid_until=known.valid_until if known else None,
        networks=tuple(sorted({**door.prefixes, **door.newcomers})),
    )


def _outlet(tx: Transaction, outlet: Outlet, bounds: PollBounds, now: datetime) -> OutletRecords:
    sources = [source.id for source in outlet.sources]
    hosts = {urls.host_key(endpoint) for source in outlet.sources for endpoint in source.endpoints}
    # Only in this mode all addresses are read, so that one can lack what another shows.
    is_compared = outlet.mode is OutletMode.COMPARE
    return OutletRecords(
        days=tx.days.of(sources, first_day(now)),
        shown=tx.mirrors.shown(sources, now - WINDOW) if is_compared else {},
        events=tx.alerts.latest_events(_EVENTS, outlet=outlet.id),
        rhythm=_rhythm(tx, outlet, now),
        polled=polled_in_words(tx, outlet.sources, bounds, now),
        doors={host: _door(each) for host, each in tx.doors.get(sorted(hosts)).items()},
    )
