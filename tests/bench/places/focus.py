"""Focus: what stories are about, measured against people's decisions, and fitted to one half of the wire stories.

Each of our own short items, of the articles coded by hand and of the wire stories says which countries it is about. Of
LGL and GeoWebNews nobody did: the country of more than half of a story's marked places stands for it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from syndicator.tag import Prior, RegionTagger, detect
from syndicator.tag.evidence import add_up
from syndicator.tag.focus import StoryShape, focus_features, probability
from syndicator.tag.gazetteer import NO_PLACE, Gazetteer
from syndicator.tag.region import Located
from syndicator.tag.weights import weights
from tests.bench.places.corpora import Story, Wire, coded, modern
from tests.bench.places.learn import Row

_DATA = Path(__file__).parent.parent.parent / "data"
_CUTS = (0, 0, 250, 600, 1200)  # characters: feeds carry titles and beginnings as often as whole texts
_ROLES = frozenset(("about", "actor"))
_LEAST_SCORE = 0.5  # what ``region:`` asks for


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A story with the countries that it is about: the ``first``, which is empty if it is about none, and ``others``.

    ``maybe`` are right or left out, as one likes; ``home`` is the outlet's country.
    """

    title: str
    text: str
    first: str
    others: frozenset[str] = frozenset()
    maybe: frozenset[str] = frozenset()
    home: str = ""
    language: str = "en"


def items() -> list[Item]:
    """Read our own short items in eight languages."""
    return [_item(row) for row in _rows("focus.tsv")]


def made_articles(parts: Collection[str] = "1234") -> list[Item]:
    """Read our own articles; their text has the title at its head, as those coded by others have."""
    found = [_item(row) for row in _rows("articles.tsv") if row["part"] in parts]
    return [replace(each, title="", text=f"{each.title} {each.text}") for each in found]


def _rows(name: str) -> list[dict[str, str]]:
    lines = [line for line in (_DATA / name).read_text("utf-8").splitlines() if not line.startswith("#")]
    return [
        {column: cell or "" for column, cell in row.items()}
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    ]


def _item(row: Mapping[str, str]) -> Item:
    return Item(
        title=row["title"],
        text=row["text"],
        first="" if row["first"] == "-" else row["first"],
        others=frozenset(row["others"].split()),
        maybe=frozenset(row["maybe"].split()),
        home=row["home"],
        language=row["lang"],
    )


def articles() -> list[Item]:
    """Read the articles that were coded by hand: their text has the title at its head, as they were given."""
    return [
        Item(title="", text=text, first=country, others=frozenset(places) - {country}, home=home)
        for text, country, places, home in coded()
    ]


def by_most_places(stories: Iterable[Story]) -> list[Item]:
    """Return the stories of which one country has more than half of the marked places; the others may be named."""
    found = []
    for story in stories:
        counts = Counter(gold.country for gold in story.gold if gold.country)
        for country, count in counts.most_common(1):
            if 2 * count > counts.total():
                found.append(
                    Item(title="", text=story.text, first=country, maybe=frozenset(counts), home=story.outlet_country)
                )
    return found


class Right(NamedTuple):
    """How many stories have their first country first, and among those said; how much of what is said is right."""

    stories: int
    first: int
    among: int
    said: int
    right: int

    def __str__(self) -> str:
        """Return shares as text."""
        stories = max(1, self.stories)
        return (
            f"first {self.first / stories:.3f}  among {self.among / stories:.3f}"
            f"  precision {self.right / max(1, self.said):.3f}  ({self.stories} stories, {self.said} said)"
        )


def measure(items: Sequence[Item], said: Sequence[Sequence[str]]) -> Right:
    """Compare the countries said of each story, the first one first, with the gold."""
    pairs = list(zip(items, said, strict=True))
    about = [(item, found) for item, found in pairs if item.first]
    return Right(
        stories=len(about),
        first=sum(item.first == (*found, "")[0] for item, found in about),
        among=sum(item.first in found for item, found in about),
        said=sum(map(len, said)),
        right=sum(len({item.first, *item.others, *item.maybe} & set(found)) for item, found in pairs),
    )


class Focused:
    """What the tagger and two baselines say that stories are about."""

    def __init__(self, tagger: RegionTagger) -> None:
        """Use this tagger."""
        self.tagger = tagger

    def locate(self, item: Item, *, is_home_known: bool = True) -> Located:
        """Return a story's places and regions."""
        home = self.tagger.gazetteer.country(item.home) if item.home and is_home_known else None
        language = item.language if item.language != "en" else detect(item.title, item.text)
        return self.tagger.locate(item.title, item.text, language.partition("-")[0], Prior(country=home))

    def regions(self, item: Item, *, is_home_known: bool = True) -> list[str]:
        """Return the countries that ``region:`` finds a story by, groups left out."""
        found = self.locate(item, is_home_known=is_home_known).regions
        return list(
            dict.fromkeys(
                code
                for each in found
                if each.place.parent == NO_PLACE and each.role in _ROLES and each.score >= _LEAST_SCORE
                if (code := self._code(each.place.country))
            )
        )

    def most_named(self, item: Item) -> list[str]:
        """Return the country named most: the baseline of the field."""
        codes = (self._code(each.sense.place.country) for each in self.locate(item).places)
        return [code for code, _ in Counter(filter(None, codes)).most_common(1)]

    def in_title(self, item: Item) -> list[str]:
        """Return the countries that the title names, or else the first sentence of a text without one."""
        first = [
            each for each in self.locate(item).places if each.span.field == 0 or not (item.title or each.span.at > 80)
        ]
        return list(dict.fromkeys(filter(None, (self._code(each.sense.place.country) for each in first))))

    def _code(self, country: int) -> str:
        return self.tagger.gazetteer.code(country) or ""


def print_focus(tagger: RegionTagger, lgl: Sequence[Story], gwn: Sequence[Story], *, details: bool = False) -> None:
    """Print how often stories are found to be about what they are about, beside the baselines."""
    focused = Focused(tagger)
    corpora = (
        ("own items", items()),
        *((f"own articles {part}", made_articles(part)) for part in "1234"),
        ("coded by hand", articles()),
        ("LGL", by_most_places(lgl)),
        ("GeoWebNews", by_most_places(gwn)),
    )
    for name, stories in corpora:
        said = [focused.regions(each) for each in stories]
        print(
            f"focus, {name:<14} country named most        {measure(stories, [focused.most_named(each) for each in stories])}"
        )
        print(
            f"focus, {name:<14} title only                {measure(stories, [focused.in_title(each) for each in stories])}"
        )
        unknown = [focused.regions(each, is_home_known=False) for each in stories]
        print(f"focus, {name:<14} outlet's country unknown  {measure(stories, unknown)}")
        print(f"focus, {name:<14} outlet's country known    {measure(stories, said)}")
        if details:
            _list_wrong(stories, said)
        if name == "own items":
            for language in sorted({each.language for each in stories}):
                chosen = [(each, found) for each, found in zip(stories, said, strict=True) if each.language == language]
                print(f"focus, {name}, {language}: {measure(*map(list, zip(*chosen, strict=True)))}")


def _list_wrong(stories: Sequence[Item], said: Sequence[Sequence[str]]) -> None:
    for item, found in zip(stories, said, strict=True):
        beyond = sorted(set(found) - {item.first, *item.others, *item.maybe})
        if beyond or item.first not in (*found[:1], ""):
            print(
                f"   {item.language} gold {item.first or '-'} said {' '.join(found) or '-'}: {item.title or item.text[:60]}"
            )


# --- fitting -----------------------------------------------------------------------------------------


def rows(tagger: RegionTagger, wires: Sequence[Wire]) -> Iterator[Row]:
    """Yield a row for each country named in the wire stories, beside the dateline's: whether an editor chose it.

    Half of the stories are cut. The dateline's country is left out because that wire's editors always chose it.
    """
    for number, wire in enumerate(wires):
        text = wire.text if number % 2 else wire.text[: _CUTS[number // 2 % len(_CUTS)]]
        mentions = tagger.locate(wire.title, text).places
        regions = add_up((each for each in mentions if not each.is_dateline), tagger.gazetteer, weights("role"))
        shape = StoryShape.of(regions.values(), (len(wire.title), len(text)))
        origins = {each.sense.place.country for each in mentions if each.is_dateline}
        for region in regions.values():
            if region.place.parent == NO_PLACE and region.place.country not in origins:
                is_chosen = modern(_term(tagger.gazetteer, region.place.number)) in wire.countries
                yield focus_features(region, shape), is_chosen, 1.0


def focus_calibration(tagger: RegionTagger, wires: Sequence[Wire], steps: int = 5) -> str:
    """Return, for each fifth of the scale, the mean focus, the share of countries that editors chose, and how many."""
    weigh = weights("focus")
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(steps)]
    for features, is_chosen, _ in rows(tagger, wires):
        likely = probability(sum(weigh[feature] * value for feature, value in features))
        bins[min(steps - 1, int(likely * steps))].append((likely, is_chosen))
    return "  ".join(
        f"{fmean(likely for likely, _ in group):.2f} -> {fmean(hit for _, hit in group):.2f} ({len(group)})"
        for group in bins
        if group
    )


def _term(gazetteer: Gazetteer, number: int) -> str:
    return gazetteer.region(gazetteer.place[number]).term
