"""Whether what an endpoint shows is its outlet's own. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syndicator import urls
from syndicator.models import EndpointState, Entry, Outlet, ParsedDocument, Quarantine, Source, SourceProfile
from syndicator.watch import ENOUGH_KNOWN, mismatch_reason


def leads_elsewhere(entry: Entry, outlet: Outlet) -> bool:
    """Return whether an entry's link is under none of its outlet's addresses."""
    return entry.link is not None and not urls.is_below(entry.link, outlet.bases)


def may_add_any_item(endpoint: str, source: Source, outlet: Outlet) -> bool:
    """Return whether items may lead anywhere: those of the home, and of mirrors that the operator trusts."""
    return endpoint == source.home or _base_of(endpoint, outlet.trusted) is not None


def keys_leading_elsewhere(entries: Iterable[Entry], outlet: Outlet, profile: SourceProfile | None) -> frozenset[str]:
    """Return the keys of entries that lead to sites which are neither the outlet's nor known from its home."""
    hosts = profile.hosts if profile else ()
    elsewhere = (each for each in entries if leads_elsewhere(each, outlet))
    return frozenset(each.key for each in elsewhere if urls.site(each.link or "") not in hosts)


def needs_proof(parsed: ParsedDocument, endpoint: EndpointState, before: Sequence[EndpointState]) -> bool:
    """Return whether a document must be compared with what its source is known by.

    A document that shows enough known items, the first one of a source, and one of an endpoint that the operator has
    released need no proof.
    """
    is_first = all(state.good_at is None for state in before)
    is_released = endpoint.quarantine is Quarantine.RELEASED
    return bool(parsed.entries) and not (is_first or is_released or shows_enough(parsed, 0))


def shows_enough(parsed: ParsedDocument, known_entries: int) -> bool:
    """Return whether enough of a document is known: items known by their bytes, and ``known_entries`` of the others."""
    listed = parsed.known_items + len(parsed.entries)
    return parsed.known_items + known_entries >= ENOUGH_KNOWN * listed


def why_not_its_own(parsed: ParsedDocument, profile: SourceProfile, outlet: Outlet, *, new: Sequence[str] = ()) -> str:
    """Return why a document looks like another outlet's, empty if it does not; ``new`` is what is of who answered."""
    return mismatch_reason(profile, parsed.title, parsed.entries, hosts=map(urls.site, outlet.bases), new=new)


def page_address(link: str, endpoint: str, outlet: Outlet) -> str:
    """Return the address of a story's page at the base that an endpoint is below, if it is below any."""
    base = _base_of(endpoint, outlet.bases)
    return urls.lead(link, base, outlet.bases) if base else link


def _base_of(endpoint: str, bases: Iterable[str]) -> str | None:
    address = urls.without_user(endpoint)
    return next((base for base in bases if address.startswith(base + "/")), None)
