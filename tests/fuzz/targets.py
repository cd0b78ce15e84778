"""What is fuzzed: for each target how inputs are made, what must hold for them, and what long ones may cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from syndicator import urls
from syndicator.models import Enclosure, Picture, RawEntry
from tests.fuzz import costs, samples
from tests.fuzz.checks import BASES, DATED, URL, check_address, check_any_date, check_document, check_story
from tests.fuzz.mutate import mutated


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """``check`` raises where something does not hold for an input of ``inputs``; ``is_shrunk`` by Hypothesis.

    ``grown`` makes an input that contains a long text, by a number that stands for all other choices; ``cost`` does
    with it what the program does, and nothing else.
    """

    inputs: st.SearchStrategy[Any]
    check: Callable[[Any], None]
    is_shrunk: bool = True
    grown: Callable[[int, str], Any] | None = None
    cost: Callable[[Any], None] | None = None


def _mix(*pieces: str) -> st.SearchStrategy[str]:
    """Join pieces, nasty ones among them, and any text at all."""
    one = st.one_of(
        st.sampled_from(pieces), st.sampled_from(pieces), st.text(max_size=8), st.sampled_from(samples.NASTY)
    )
    return st.one_of(st.sampled_from(pieces), st.lists(one, max_size=6).map("".join))


_any_text = _mix(*samples.TEXTS, *samples.NASTY)
_any_link = _mix(*samples.LINKS, *"http:// https:// www. outlet.example mirror.example / ? # @ : % .. & =".split())
_any_date = _mix(*samples.DATES, " ", *"2026 - : / T Z + Mar Fri , 9 0 12 AM".split())
_base = st.sampled_from((*BASES, "http://пример.example", "https://a.example:443/b"))
_when = st.none() | st.datetimes().map(lambda moment: moment.replace(tzinfo=UTC))
_enclosure = st.builds(
    Enclosure, url=_any_link.map(lambda link: urls.absolute(link) or URL), type=_any_text, length=st.integers(0, 10**15)
)
_picture = st.builds(
    Picture,
    url=_any_link.map(lambda link: urls.absolute(link) or URL),
    width=st.integers(0, 9000),
    is_thumbnail=st.booleans(),
)
_maybe = st.none() | _any_text
_raw = st.builds(
    RawEntry, guid=_maybe | _any_link, link=st.none() | _any_link, title=_maybe, title_is_html=st.booleans(), summary=_maybe,
    content=_maybe, author=_maybe, published=_when, updated=_when, categories=st.lists(_any_text, max_size=3).map(tuple),
    enclosure=st.none() | _enclosure, base=st.none() | _any_link, pictures=st.lists(_picture, max_size=2).map(tuple),
)  # fmt: skip

TARGETS: Mapping[str, Target] = {
    "parse": Target(
        inputs=st.integers(0, 2**63).map(mutated), check=check_document, is_shrunk=False,
        grown=costs.grown_document, cost=costs.read_document,
    ),
    "dates": Target(
        inputs=st.tuples(st.integers(0, len(DATED) - 1), _any_date), check=check_any_date,
        grown=costs.grown_date, cost=costs.read_date,
    ),
    "urls": Target(
        inputs=st.tuples(_any_link, _base | _any_link, st.lists(_base, min_size=1, max_size=3, unique=True).map(tuple)),
        check=check_address, grown=costs.grown_address, cost=costs.read_address,
    ),
    "render": Target(inputs=_raw, check=check_story, grown=costs.grown_story, cost=costs.publish_story),
}  # fmt: skip
