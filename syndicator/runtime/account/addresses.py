"""Where a story can be read, and since when: its page at each address of the outlet whose page it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syndicator import urls
from syndicator.models import Appearance, EndpointState, Outlet, Source, Telling
from syndicator.models.account import AddressAccount, RevisionAccount, Stretch
from syndicator.models.reader_pages import AddressState, DiffPart
from syndicator.runtime.account.changes import title_diff
from syndicator.runtime.address_state import KnownDocument, known_below, state_of
from syndicator.runtime.open_addresses import open_bases
from syndicator.runtime.scope import Scope
from syndicator.watch import is_home_down, working_base


@dataclass(frozen=True, slots=True)
class _Shown:
    """An item as an address shows it: since when, and whether in the words that the item has by now."""

    first_at: datetime
    absent_at: datetime | None = None
    is_newest: bool | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class _Item:
    """A story at its outlet: its link, how each address shows it, and how it was rewritten."""

    link: str
    shown: Mapping[str, _Shown]
    revisions: Sequence[RevisionAccount]


class Addresses:
    """The outlets that links lead to, with how their addresses are: of all links, they are read together."""

    def __init__(self, scope: Scope, links: Iterable[str | None]) -> None:
        """Look the outlets up that own these links."""
        self._is_public, self._now = scope.is_public, scope.now
        self._owners = {link: scope.rules.owner_of(link) for link in dict.fromkeys(links) if link}
        outlets = {owner.id: owner for owner in self._owners.values() if owner is not None}
        self._states = scope.endpoints(outlets.values())

    def working_link(self, link: str | None) -> str | None:
        """Return where a link works now: at the outlet's home, or a mirror while that is down."""
        owner = self._owners.get(link) if link else None
        if link is None or owner is None:
            return link
        base = working_base(owner, self._states)
        is_for_all = not self._needs_secret(owner, base) and base in self._bases(owner)
        return urls.lead(link, base if is_for_all else owner.home, owner.bases)

    def _bases(self, owner: Outlet) -> tuple[str, ...]:
        return open_bases(owner) if self._is_public else owner.bases

    def is_home_down(self, link: str | None) -> bool:
        """Return whether the home of the outlet whose page this is does not answer."""
        owner = self._owners.get(link) if link else None
        return owner is not None and is_home_down(owner, self._states)

    def accounts(
        self, scope: Scope, link: str | None, told: Sequence[Telling], revisions: Sequence[RevisionAccount]
    ) -> tuple[AddressAccount, ...]:
        """Return a story's page at each address of its outlet, the home first, and since when it was shown there."""
        owner = self._owners.get(link) if link else None
        if link is None or owner is None:
            return (AddressAccount(host=_host(link), page=link, kind="elsewhere"),) if link else ()
        item = _Item(link, _shown_at(scope, owner, [each for each in told if each.outlet == owner.id]), revisions)
        known = known_below(owner, self._states)
        return tuple(self._account(owner, base, item, known[base]) for base in self._bases(owner))

    def _account(self, owner: Outlet, base: str, item: _Item, known: Sequence[KnownDocument]) -> AddressAccount:
        """Return an address as it was when it was last asked, and since when it shows an item."""
        states = [each.state for each in known]
        state = state_of(known, self._now)
        good = [each for each in states if each.outcome is not None and each.outcome.is_good]
        tried_at = max((each.tried_at for each in states if each.tried_at), default=None)
        good_at = max((each.good_at for each in states if each.good_at), default=None)
        shown, home = item.shown.get(base), item.shown.get(owner.home)
        changed = [each.at for each in item.revisions if each.endpoint and urls.is_below(each.endpoint, (base,))]
        return AddressAccount(
            host=_host(base),
            page=None if self._needs_secret(owner, base) else urls.lead(item.link, base, owner.bases),
            kind="onion" if is_onion(base) else "home" if base == owner.home else "mirror",
            state=state,
            good_at=good_at,
            answers_since=max((each.good_since for each in good if each.good_since), default=None),
            tried_at=tried_at,
            shown_at=shown.first_at if shown else None,
            missing_at=shown.absent_at if shown else None,
            changed_at=max(changed, default=None),
            has_newest=shown.is_newest if shown else None,
            headline=_headline(shown, home),
            lag=int((shown.first_at - home.first_at).total_seconds()) if shown and home else 0,
            stretches=tuple(_stretches(item, base, good_at, tried_at if state is AddressState.NO_ANSWER else None)),
        )

    def _needs_secret(self, owner: Outlet, base: str) -> bool:
        """Return whether an address is not for everybody: it is asked with a password, or has a key in it."""
        at_base = (each.endpoint for each in self._states_of(owner) if urls.is_below(each.endpoint, (base,)))
        return urls.redact(base) != base or any(urls.without_user(each) != each for each in at_base)

    def _states_of(self, owner: Outlet) -> Iterator[EndpointState]:
        for source in owner.sources:
            yield from self._states.get(source.id, ())


def _shown_at(scope: Scope, owner: Outlet, told: Sequence[Telling]) -> Mapping[str, _Shown]:
    """Return how each address of an outlet shows an item, by the address: as compared, or where it was read first."""
    found: dict[str, _Shown] = {}
    for source in (each for each in owner.sources if len(each.endpoints) > 1):
        items = {each.key: each for each in told if each.source == source.id}
        for row in scope.tx.mirrors.shown_as(source.id, list(items)) if items else ():
            _put(found, _base_of(row.endpoint, source, owner), _shown(row, items[row.key]))
    for each in told:
        source_of = next((source for source in owner.sources if source.id == each.source), None)
        if each.endpoint and source_of is not None and not found:
            _put(found, _base_of(each.endpoint, source_of, owner), _Shown(each.seen_at))
    return found


def _shown(row: Appearance, item: Telling) -> _Shown:
    is_newest = (row.title_digest, row.text_digest) == (item.title_digest, item.text_digest)
    return _Shown(row.first_at, row.absent_at, is_newest, row.title)


def _headline(shown: _Shown | None, home: _Shown | None) -> tuple[DiffPart, ...]:
    """Return the home's headline against that of another address, if they are known and differ."""
    if shown is None or home is None or shown.title is None or home.title is None:
        return ()
    return title_diff(home.title, shown.title)


def _put(found: dict[str, _Shown], base: str | None, shown: _Shown) -> None:
    """Keep what an address showed first: an item of several sections is there as soon as one of them has it."""
    if base is not None and (base not in found or shown.first_at < found[base].first_at):
        found[base] = shown


def _base_of(endpoint: str, source: Source, owner: Outlet) -> str | None:
    """Return the address of an outlet that an endpoint is below; a source's home may be elsewhere."""
    below = next((base for base in owner.bases if urls.is_below(endpoint, (base,))), None)
    return below or (owner.home if endpoint == source.home else None)


def _stretches(item: _Item, base: str, good_at: datetime | None, failed_at: datetime | None) -> Iterator[Stretch]:
    """Yield what is known of the time since any address showed an item, until this one answered last."""
    shown = item.shown.get(base)
    if shown is not None and shown.is_newest is not None:
        begun = min(each.first_at for each in item.shown.values())
        if shown.absent_at is not None and shown.absent_at > begun:
            yield Stretch(kind="missing", start=begun, end=shown.absent_at)
        yield from _wordings(shown, item.revisions, max(good_at or shown.first_at, shown.first_at))
    if failed_at is not None and good_at is not None and failed_at > good_at:
        yield Stretch(kind="silent", start=good_at, end=failed_at)


def _wordings(shown: _Shown, revisions: Sequence[RevisionAccount], end: datetime) -> Iterator[Stretch]:
    """Yield when an address showed other words than the newest, which nobody had before they were seen first."""
    newest = max((each.at for each in revisions if each.at <= end), default=shown.first_at)
    turn = max(newest, shown.first_at) if shown.is_newest else end
    if turn > shown.first_at or not shown.is_newest:
        yield Stretch(kind="other", start=shown.first_at, end=turn)
    if shown.is_newest:
        yield Stretch(kind="shown", start=turn, end=end)


def is_onion(address: str) -> bool:
    """Return whether an address is that of an onion service."""
    return urls.host_key(address).partition(":")[0].endswith(".onion")


def _host(address: str) -> str:
    return urls.host_key(urls.without_user(address)).removeprefix("www.")
