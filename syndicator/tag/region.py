"""Geoparsing: tag a story with the regions it names, their roles, and the words each tag rests on.

    words -> recognition -> resolution -> evidence of each region -> focus -> roles -> tags
             institutions ----------------^

Recognition, resolution and focus are linear models over features; see ``mention``, ``sense``, ``focus``, ``roles``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from syndicator.models import Evidence, Tag
from syndicator.tag.cues import Cue
from syndicator.tag.dateline import datelines
from syndicator.tag.evidence import ResolvedMention, StoryFacts
from syndicator.tag.gazetteer import NO_COUNTRY, Gazetteer, Kind, Place
from syndicator.tag.institutions import InstitutionMention, institution_finder
from syndicator.tag.letters import Text
from syndicator.tag.mention import Recognizer, Span
from syndicator.tag.namesake import NamesakeFinder, Position
from syndicator.tag.roles import Extent, RegionRole, assign_roles
from syndicator.tag.sense import Prior, Resolver, Sense
from syndicator.tag.weights import weights
from syndicator.text import MemoDict, words_of

_MOST_EVIDENCE = 5
_UNKNOWN = frozenset(("", "und"))
_MOST_TAGS = 40
_POINT_KINDS = frozenset((Kind.TOWN, Kind.SITE, Kind.SUBDIVISION, Kind.DIVISION))
PLACE_THRESHOLD = 0.42  # least probability of a name taken for a place: precision and recall balance on both corpora
PEOPLE_THRESHOLD = 0.25  # the same of a name of a people that counts for its country
_HARDLY = 0.2  # probability below which a name hides no institution: the village Labor, the Labor Department
_FAINT, _MOSTLY = 0.15, 0.6  # probabilities, of a place and of the outlet's country, from which a name tells of it
_HOME_KINDS = _POINT_KINDS | {Kind.AREA}
_PERSONAL = frozenset(
    ("first-name-before", "initial-before", "title-before", "surname-after", "initial-after", "person", "person-strong")
)
_AMBIGUOUS = frozenset(("first-name", "surname", "word", "word-large", "stop", "generic", "calendar", "zipf-7"))
_SURE = 0.8  # probability of a name that tells where a story is set
_NO_PRIOR = Prior()


class Located(NamedTuple):
    """A story's places in the order of its words, and its regions with their roles, the weightiest first.

    ``undecided`` are the names which a town and the division around it share, where nothing says which is meant.
    """

    places: Sequence[ResolvedMention]
    regions: Sequence[RegionRole]
    undecided: frozenset[Position] = frozenset()


class RegionTagger:
    """Tags stories with regions."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Recognize and resolve names of this gazetteer."""
        self.gazetteer = gazetteer
        self._recognize = Recognizer(gazetteer)
        self._resolve = Resolver(gazetteer)
        self._institutions = institution_finder()
        self._namesakes = NamesakeFinder(gazetteer)

    def __call__(self, title: str, text: str, language: str = "en", prior: Prior = _NO_PRIOR) -> tuple[Tag, ...]:
        """Return one story's tags, the weightiest region first."""
        located = self.locate(title, text, language, prior)
        evidence = MemoDict(partial(_evidence, (title, text)))  # a town's words are those of its country, too
        return tuple([self._tag(each, evidence, located.undecided) for each in located.regions[:_MOST_TAGS]])

    def locate(self, title: str, text: str, language: str = "en", prior: Prior = _NO_PRIOR) -> Located:
        """Return a story's places and regions; ``prior`` is what is known of its outlet."""
        fields = (title, text)
        if language in _UNKNOWN:
            language = "en"  # the language of the corpora that weights are fitted to
        texts = self._recognize.read([words_of(field) for field in fields])
        words = [each.words for each in texts]
        spans = self._recognize.recognize(texts, language)
        origins = list(datelines(spans, text, 1))
        known = Prior(language=language, country=prior.country, shares=prior.shares)
        senses = self._resolve(spans, known, origins)
        likely = spans if prior.country is None else _at_home(spans, senses, prior.country)
        mentions = [
            ResolvedMention(span, senses[span.name.number], found in origins)
            for found, span in zip(spans, likely, strict=True)
            if span.probability >= PLACE_THRESHOLD
            or found in origins
            or (span.name.is_demonym and span.probability >= PEOPLE_THRESHOLD)
        ]
        mentions, undecided = self._namesakes.read(mentions, words)
        main = "" if prior.country is not None else self._main_country(mentions)
        institutions = self._institutions_in(texts, spans, senses, language=language, home=prior.country, main=main)
        if not mentions and not institutions:
            return Located((), ())
        facts = StoryFacts(
            mentions=mentions, institutions=institutions, lengths=(len(title), len(text)), home=prior.country
        )
        places = [each for each in mentions if each.span.probability >= PLACE_THRESHOLD or each.is_dateline]
        return Located(places, assign_roles(facts, self.gazetteer), undecided)

    def _main_country(self, mentions: Sequence[ResolvedMention]) -> str:
        """Return the code of the country that most of a story's names lie in; empty if there is none."""
        counts: defaultdict[int, float] = defaultdict(float)
        for each in mentions:
            counts[each.sense.place.country] += each.score
        first = max(counts, key=counts.__getitem__, default=NO_COUNTRY)
        if 2 * counts[first] <= sum(counts.values()):
            return ""
        return self.gazetteer.code(first) or ""

    def _institutions_in(
        self,
        texts: Sequence[Text],
        spans: Sequence[Span],
        senses: Mapping[int, Sense],
        *,
        language: str,
        home: int | None,
        main: str,
    ) -> list[InstitutionMention]:
        """Return a story's institutions; a company named after the outlet's country is one of it: Australia Post.

        ``main`` is the country that it names most, for the outlet's where that is unknown.
        """
        code = "" if home is None else self.gazetteer.code(home) or ""
        found = self._institutions(
            [each.words for each in texts],
            code,
            [(span.field, span.start, span.end) for span in spans if span.probability >= _HARDLY],
            [each.places(Cue.INSTITUTION) for each in texts],
            language,
            likely=main,
        )
        if home is not None:
            found += [
                InstitutionMention(span.field, span.at, span.to, code, is_home=True)
                for span in spans
                if span.probability < PLACE_THRESHOLD and _stands_for_home(span, senses.get(span.name.number), home)
            ]
        return found

    def _tag(self, role: RegionRole, evidence: Mapping[Extent, Evidence], undecided: frozenset[Position]) -> Tag:
        place = role.place
        region = self.gazetteer.region(place)
        return Tag(
            scheme="region", term=region.term, label=region.label, path=region.path,
            evidence=tuple([evidence[words] for words in role.words(_MOST_EVIDENCE)]),
            role=str(role.role), score=round(role.score, 3),
            geonameid=place.geonameid or None, point=_point(place),
            namesakes=self._namesakes.terms(role, undecided) if undecided else (),
        )  # fmt: skip


def _at_home(spans: Sequence[Span], senses: Mapping[int, Sense], home: int) -> list[Span]:
    """Return names, those of places in the outlet's country likelier than before: Bolton is no person there.

    Not in a story that surely names a place elsewhere: Bolton may be a singer in Manila.
    """
    places = [senses[span.name.number].place if span.name.number in senses else None for span in spans]
    elsewhere = (home, NO_COUNTRY)
    if any(
        place and place.country not in elsewhere and span.probability >= _SURE
        for span, place in zip(spans, places, strict=True)
    ):
        return list(spans)
    advance = math.exp(weights("mention")["at-home"])
    return [
        _likelier(span, advance)
        if place and place.country == home and place.kind in _POINT_KINDS and not span.name.is_demonym
        else span
        for span, place in zip(spans, places, strict=True)
    ]


def _stands_for_home(span: Span, sense: Sense | None, home: int) -> bool:
    """Return whether a name that is hardly a place tells of the outlet's country all the same.

    A company named after it does (Australia Post), and what is part of a longer name: Otago Boys, the Queensland
    Premier. A person does not, nor what is an everyday word.
    """
    if "named-after" in span.cues and home in span.name.countries:
        return True
    if sense is None or sense.place.country != home or sense.place.kind not in _HOME_KINDS or span.name.is_demonym:
        return False
    if span.probability < _FAINT or sense.in_country < _MOSTLY:
        return False
    return _PERSONAL.isdisjoint(span.cues) and ("in" in span.cues or _AMBIGUOUS.isdisjoint(span.name.features))


def _likelier(span: Span, times: float) -> Span:
    """Return a name that is a place's at so many times the odds."""
    odds = span.probability / (1 - span.probability) * times
    return span._replace(probability=odds / (1 + odds))


def _evidence(fields: Sequence[str], words: Extent) -> Evidence:
    field, start, end = words
    return Evidence(field="text" if field else "title", start=start, end=end, words=fields[field][start:end])


def _point(place: Place) -> tuple[float, float] | None:
    """Return a place's point, latitude first, if the place is small enough to have one."""
    if place.kind not in _POINT_KINDS or not place.is_compact or math.isnan(place.lat):
        return None
    return round(place.lat, 5), round(place.lon, 5)
