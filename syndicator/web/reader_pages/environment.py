"""What templates of readers' pages are rendered by: filters and drawings, in each language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache, partial
from itertools import pairwise
from typing import cast
from unicodedata import combining, normalize

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from syndicator import urls
from syndicator.models.account import NearStory, StoryAccount, TagAccount, TellingAccount
from syndicator.models.reader_pages import SEARCH_FEEDS, USUAL_SPAN, DiffPart, MapView, Mark, PlaceName, TagChip
from syndicator.text import isolated
from syndicator.web import drawings as day_drawings
from syndicator.web.reader_pages import drawings, event_lanes, lanes
from syndicator.web.reader_pages.languages import LANGUAGES, PageLanguage, language_of
from syndicator.web.reader_pages.maps import Dot, drawn
from syndicator.web.templating import environment
from syndicator.wordiff import Kind, Segment, as_html


@cache
def environment_of(code: str) -> Environment:
    """Return the environment of a language: compiled templates have its messages."""
    language = language_of(code)
    made = environment()
    made.add_extension("jinja2.ext.i18n")
    made.install_gettext_translations(language.messages, newstyle=True)  # type: ignore[attr-defined]
    if language.direction == "rtl":
        for name in ("gettext", "ngettext"):
            made.globals[name] = _isolating(cast("Callable[..., str]", made.globals[name]))
    made.filters |= {
        "clock": language.clock,
        "time": language.time,
        "day": language.day,
        "short_day": _short_day(language),
        "number": language.number,
        "language": language.language,
        "country": language.country,
        "later": language.later,
        "listed": language.listed,
        "span": language.span,
        "marked": _marked,
        "from_left": _from_left,
        "is_right_to_left": _is_right_to_left,
        "place": partial(_place, language),
        "tag_name": partial(_tag_name, language),
        "by_name": partial(_by_name, language),
        "drawn": partial(_map, language),
        "diff": _diff,
        "host": _host,
        "paragraphs": _paragraphs,
        "lineage": _lineage,
        "window": lanes.window_of,
        "lane": lanes.lane,
        "clause": _clause,
    }
    made.globals |= {
        "spark": drawings.spark,
        "dots": drawings.dots,
        "bar": drawings.bar,
        "columns": drawings.columns,
        "strip": day_drawings.strip,
        "swatch": day_drawings.swatch,
        "bars": day_drawings.bars,
        "linked_bars": drawings.linked_bars,
        "event_lane": event_lanes.lane,
        "thirds": event_lanes.thirds,
        "lanes_end": event_lanes.end_of,
        "pace_bars": event_lanes.bars,
        "pace_end": event_lanes.pace_end,
    }
    made.globals |= {"usual_span": USUAL_SPAN, "feed_paths": SEARCH_FEEDS}
    return made


def _short_day(language: PageLanguage) -> Callable[[Context, date], str]:
    """Return what writes days on a page: those of the year in which it is made without their year."""

    @pass_context
    def short_day(context: Context, at: date) -> str:
        return language.short_day(at, context["frame"].year)

    return short_day


def _from_left(line: str) -> str:
    """Return a line laid out from the left, so that a caret below it stands where it was counted to."""
    return f"\u2066{line}\u2069"


def _is_right_to_left(text: str) -> bool:
    return isolated(text) != text


def _isolating(say: Callable[..., str]) -> Callable[..., str]:
    """Have names stand by themselves in sentences: a number behind a Latin name would jump before it."""

    @pass_context
    def say_isolated(context: Context, *words: object, **variables: object) -> str:
        return say(context, *words, **{name: _isolated(each) for name, each in variables.items()})

    return say_isolated


def _isolated(value: object) -> object:
    return f"\u2068{value}\u2069" if type(value) is str and not value.isdecimal() else value


def _place(language: PageLanguage, place: PlaceName) -> str:
    """Return what a place is called in a language, or its English label where that is not known."""
    if len(place.term) == 2 and place.term.isupper():  # noqa: PLR2004 - the code of a country
        return language.country(place.term)
    return place.names.get(language.code, place.label)


def _tag_name(language: PageLanguage, tag: TagChip | TagAccount) -> Markup:
    """Return what a place or a topic is called; the labels of places that are no countries are in one language."""
    if tag.scheme != "region":
        return Markup("<bdi>{}</bdi>").format(tag.label)
    name = _place(language, PlaceName(term=tag.term, label=tag.label))
    is_english = name == tag.label and name.isascii() and language.code != LANGUAGES[0]
    language_of_it = Markup(' lang="en"') if is_english else ""
    return Markup("<bdi{}>{}</bdi>").format(language_of_it, name)


def _by_name(language: PageLanguage, places: Iterable[PlaceName]) -> list[PlaceName]:
    """Return places by their names, as if these had no accents."""
    return sorted(places, key=lambda place: (_sorted_as(_place(language, place)), place.term))


def _sorted_as(name: str) -> str:
    return "".join(letter for letter in normalize("NFKD", name.casefold()) if not combining(letter))


def _map(language: PageLanguage, view: MapView, label: str) -> Markup:
    dots = [Dot(each.lon, each.lat, each.weight, _place(language, each.place), each.is_about) for each in view.points]
    return drawn(dots, label, home=view.home, country=language.country)


def _marked(text: str, marks: Sequence[Mark]) -> Markup:
    return drawings.marked(text, [(each.start, each.end, each.kind) for each in marks])


def _paragraphs(story: StoryAccount) -> Iterator[tuple[str, Sequence[Mark]]]:
    """Yield the paragraphs of a story's text, each with its marks."""
    for start, end in pairwise((0, *story.breaks, len(story.text))):
        inside = [each for each in story.marks if start <= each.start and each.end <= end]
        moved = [Mark(start=each.start - start, end=each.end - start, kind=each.kind) for each in inside]
        yield story.text[start:end], moved


def _lineage(story: StoryAccount) -> Sequence[TellingAccount | NearStory]:
    """Return who tells a story and who tells another in nearly the same words, in order of time."""
    return sorted((*story.tellings, *story.near), key=_seen_at)


def _seen_at(each: TellingAccount | NearStory) -> datetime:
    return each.seen_at if isinstance(each, TellingAccount) else each.first_seen


def _clause(term: str) -> Markup:
    """Return a term of a filter in words as markup: 'no region:TR'; 'region:SY by “Syria”'."""
    no, rest = ("no ", term[3:]) if term.startswith("no ") else ("", term)
    asked, by, words = rest.partition(" by “")
    return Markup("{}<code>{}</code>{}").format(no, asked, by + words)


def _host(address: str) -> str:
    """Return the host of an address, for people to read."""
    return urls.host_key(urls.without_user(address)).removeprefix("www.")


def _diff(parts: Sequence[DiffPart]) -> Markup:
    """Return a word diff as markup; its words are escaped."""
    return Markup(as_html([Segment(Kind(part.kind), part.words) for part in parts]))  # noqa: S704
