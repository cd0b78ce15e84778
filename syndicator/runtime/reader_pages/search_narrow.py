"""Terms by which the results of a search can be narrowed, and those that can be taken away again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from syndicator.models.reader_pages import Facet, Name, Narrower, SearchTerm
from syndicator.query import Where, without_members, written
from syndicator.query.subject import fields_of
from syndicator.query.tree import AllOf, Every, FieldEquals, leaves
from syndicator.runtime.reader_pages.reading import Reading

# Of so many of the newest results it is counted what they have.
MOST_COUNTED = 2_000
_MOST_CHOICES = 5
_FIELDS = {"language": "lang", "outlet": "outlet", "place": "region", "topic": "concept"}


class Counts:
    """What the newest results of a search have, by the kinds of facets; and on how many events they are."""

    def __init__(self, reading: Reading, numbers: Sequence[int]) -> None:
        """Read up to ``MOST_COUNTED`` of these stories."""
        counted = numbers[:MOST_COUNTED]
        self.counted = len(counted)
        self.by_kind: dict[str, Counter[str]] = {kind: Counter() for kind in _FIELDS}
        for outlet, language, tags in reading.tx.stories.tagged(counted).values():
            self.by_kind["outlet"][outlet] += 1
            self.by_kind["language"][language.partition("-")[0].lower()] += 1
            found = {(field, term) for tag in tags for field in fields_of(tag) for term in tag.path}
            self.by_kind["place"].update(term for field, term in found if field == "region")
            self.by_kind["topic"].update(term for field, term in found if field == "concept")
        on = reading.tx.events.events_of(counted)
        self.events = len(set(on.values())) + self.counted - len(on)

    @property
    def outlets(self) -> int:
        """How many outlets told them first."""
        return len(self.by_kind["outlet"])


def facets(reading: Reading, where: Where, counts: Counts) -> Iterator[Facet]:
    """Yield terms that some of the results have, and not all."""
    asked = {(leaf.field, leaf.value) for leaf in leaves(where) if isinstance(leaf, FieldEquals)}
    for kind, field in _FIELDS.items():
        found = [
            _narrower(reading, where, kind, FieldEquals(field, value.casefold()), stories)
            for value, stories in counts.by_kind[kind].most_common()
            if value and stories < counts.counted and (field, value.casefold()) not in asked
        ][:_MOST_CHOICES]
        if found:
            yield Facet(kind=kind, choices=tuple(found))


def _narrower(reading: Reading, where: Where, kind: str, term: FieldEquals, stories: int) -> Narrower:
    groups = reading.rules.readers_vocabulary.folded_groups
    narrowed = without_members(_both(where, term), groups)
    return Narrower(term=written(term), of=_name(reading, kind, term), stories=stories, where=written(narrowed))


def _name(reading: Reading, kind: str, term: FieldEquals) -> Name:
    if kind == "outlet":
        return next(
            (reading.outlet(each) for each in reading.rules.outlets if each.casefold() == term.value),
            Name(id=term.value, name=term.value),
        )
    label = term.value if kind == "language" else reading.rules.readers_vocabulary.label(term.field, term.value)
    return Name(id=term.value, name=label, language="" if kind == "language" else "en")


def terms(reading: Reading, where: Where) -> Iterator[SearchTerm]:
    """Yield what each result has to have, and the filter without it; nothing where that is one term."""
    shown = without_members(where, reading.rules.readers_vocabulary.folded_groups)
    parts = shown.parts if isinstance(shown, AllOf) else (shown,)
    for place, part in enumerate(parts):
        rest = parts[:place] + parts[place + 1 :]
        yield SearchTerm(term=written(part), without=written(_all_of(rest)) if rest else "")


def _both(where: Where, term: Where) -> Where:
    if isinstance(where, Every):
        return term
    return AllOf((*(where.parts if isinstance(where, AllOf) else (where,)), term))


def _all_of(parts: Sequence[Where]) -> Where:
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))
