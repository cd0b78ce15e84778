"""Stories in nearly the same words that are none of a story's copies: other numbers, days or names stand in them.

They are looked for among the stories of its event and those of its outlet that came next to it, by their fingerprints;
only the few that share most are compared.
"""

from __future__ import annotations

from collections.abc import Sequence

from syndicator.fingerprint import keys_of, least_shared
from syndicator.ingest.copies import Mould
from syndicator.ingest.lineage import CopyReader, compare_told
from syndicator.markup import words_of_safe
from syndicator.models import CopyCandidate, Story
from syndicator.models.account import NearStory
from syndicator.runtime.account.event import Surroundings
from syndicator.runtime.scope import Scope
from syndicator.text import words_of

_OF_EVENT, _BESIDE = 60, 15
_MOST_COMPARED, _MOST = 4, 3
# Of a story's keys, what another of the same mould has at least.
_SHARE = 0.2


def near_stories(scope: Scope, story: Story, around: Surroundings) -> tuple[NearStory, ...]:
    """Return stories of one mould with this one, those that share most with it first."""
    alike = _alike(scope, story, around)
    if not alike:
        return ()
    others = {each.id: each for each in scope.tx.stories.get(alike)}
    outlets = {story.outlet, *(each.outlet for each in others.values())}
    reader = CopyReader(story.outlet, scope.tx.copies.boilerplate(outlets))
    this = reader.read(_told(story))
    found = []
    for other in (others[number] for number in alike if number in others):
        is_within = other.outlet == story.outlet
        mould = compare_told(reader.read(_told(other)), this, is_within=is_within).mould
        if mould is not None:
            found.append(_near(scope, story, other, mould))
    return tuple(found[:_MOST])


def _alike(scope: Scope, story: Story, around: Surroundings) -> Sequence[int]:
    """Return the numbers of the few stories whose fingerprints share most with that of a story."""
    nearest = sorted(around.others, key=lambda number: abs(number - story.id))[:_OF_EVENT]
    prints = scope.tx.copies.fingerprints([story.id, *nearest])
    own = keys_of(prints.pop(story.id, b""))
    if not own:
        return ()
    prints |= scope.tx.copies.fingerprints_beside(story.outlet, story.id, _BESIDE)
    keys = frozenset(own)
    shared = {number: len(keys.intersection(keys_of(each))) for number, each in prints.items()}
    least = max(least_shared(own), _SHARE * len(own))
    found = sorted(
        (number for number, count in shared.items() if count >= least), key=lambda each: (-shared[each], each)
    )
    return scope.visible(found[:_MOST_COMPARED])


def _told(story: Story) -> CopyCandidate:
    return CopyCandidate(
        story=story.id,
        outlet=story.outlet,
        title=story.title,
        html=story.html,
        language=story.language,
        tags=story.tags,
    )


def _near(scope: Scope, story: Story, other: Story, mould: Mould) -> NearStory:
    return NearStory(
        id=other.id,
        title=other.title,
        language=other.language,
        outlet=other.outlet,
        outlet_name=scope.name(other.outlet),
        first_seen=other.first_seen,
        seconds=int((other.first_seen - story.first_seen).total_seconds()),
        facts=mould.facts,
        instead=tuple((_as_written(here, story), _as_written(there, other)) for here, there in mould.pairs),
    )


def _as_written(folded: str, story: Story) -> str:
    """Return words as a story writes them: they are compared without case and accents."""
    wanted = folded.split()
    for text in (story.title, words_of_safe(story.html)):
        words = words_of(text)
        said = words.folded()
        for place in range(len(said) - len(wanted) + 1):
            if said[place : place + len(wanted)] == wanted:
                return words.raw(place, place + len(wanted))
    return folded
