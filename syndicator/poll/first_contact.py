"""The first documents of a source, before anything of it is known: are they its outlet's at all? Pure.

A domain may have been sold before it was ever polled. Where an outlet has mirrors, they speak for each other; where it
has none, only what the operator wrote of it can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from syndicator import urls
from syndicator.models import EndpointState, Outlet, ParsedDocument, Quarantine, SourceState
from syndicator.text import words_of
from syndicator.watch import ENOUGH_WORDS, learn, mismatch_reason

Answers = Sequence[tuple[EndpointState, ParsedDocument]]
_NEVER = datetime.min.replace(tzinfo=UTC)
_MOST_TITLE = 60


def is_first_contact(state: SourceState) -> bool:
    """Return whether no endpoint of a source has ever answered well, nor been decided on."""
    if state.good_at is not None:
        return False
    return all(each.good_at is None and each.quarantine is Quarantine.NOT for each in state.endpoints)


def strangers(answers: Answers, outlet: Outlet) -> Mapping[str, str]:
    """Return which endpoints show something else than the others, with what each says; home first in ``answers``.

    The first, and those that agree with it, are the outlet's own. Where none does, none can be told to be.
    """
    named = [(endpoint.endpoint, parsed) for endpoint, parsed in answers if parsed.entries]
    if len(named) < 2:  # noqa: PLR2004 - nothing to compare with
        return {}
    (first, shown), *others = named
    agreeing = {address for address, parsed in others if _agree(shown, parsed, outlet)}
    own = {first, *agreeing} if agreeing else set()
    said = "; ".join(f"{urls.redact(address)} shows {_described(parsed)}" for address, parsed in named)
    reason = f"at first contact the outlet's addresses have nothing in common: {said}. Release the outlet's own"
    return {address: reason for address, _ in named if address not in own}


def doubt_of(parsed: ParsedDocument, outlet: Outlet) -> str:
    """Return why nothing in a source's first document speaks for its outlet; empty if something does."""
    if not parsed.entries:
        return ""
    names = frozenset(word for word in words_of(outlet.name).folded() if len(word) > 1)
    titles = frozenset(words_of(parsed.title).folded())
    hosts = {urls.site(base) for base in outlet.bases}
    links = [urls.site(each.link) for each in parsed.entries if each.link]
    if names & titles or any(site in hosts for site in links):
        return ""
    return (
        f"nothing in it speaks for {outlet.name}: it shows {_described(parsed)}. "
        "If it is not the outlet's own: syndicator confirm"
    )


def _agree(one: ParsedDocument, other: ParsedDocument, outlet: Outlet) -> bool:
    """Return whether two documents have a headline in common, or look alike. A guid or a path may be anybody's."""
    first, second = ({each.title_digest for each in parsed.entries} for parsed in (one, other))
    if first & second:
        return True
    profile = learn(one.title, one.entries, None, _NEVER)
    if profile is None or len(profile.words) < ENOUGH_WORDS:
        titles = [frozenset(words_of(parsed.title).folded()) for parsed in (one, other)]
        return not all(titles) or bool(titles[0] & titles[1])
    hosts = [urls.site(base) for base in outlet.bases]
    return not mismatch_reason(profile, other.title, other.entries, hosts=hosts)


def _described(parsed: ParsedDocument) -> str:
    headline = parsed.entries[-1].title[:_MOST_TITLE]  # the newest
    return f'"{parsed.title[:_MOST_TITLE]}" ("{headline}")'
