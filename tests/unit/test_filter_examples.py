"""The filters of docs/filters.md mean what is said of them, with the places, concepts and outlets of config/."""

import os
import re
from datetime import UTC, datetime, timedelta

import pytest

from syndicator.config import load
from syndicator.errors import FilterError
from syndicator.models import Tag
from syndicator.query import Details, Filters, Subject, deciding_terms, parse
from tests.documents import ROOT

_DOCUMENT = (ROOT / "docs/filters.md").read_text("utf-8")
_ROW = re.compile(r"^\| `(.+?)` \| (.*?) \| ?(.*?) ?\|$", re.MULTILINE)


def section(heading):
    return re.split(r"^## ", _DOCUMENT.partition(f"## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


EXAMPLES = _ROW.findall(section("Examples"))
MISTAKES = _ROW.findall(section("Mistakes"))
# In the table of terms; what are values, or parts of a term, is no filter.
_NO_FILTERS = {
    r"\"", "i", "concepts/ceasefire.toml", "feeds/idlib.toml", "pt-BR", "( … )", "(exchange or swap)", "<", "<=", ">", "deletions",
    "m", "h", "d", "w", "or", "not", "audio", "video", "enclosure", "point", "2026-11-01..", "..2026-11-15",
    "source:bbc/world.xml",
}  # fmt: skip
TERMS = sorted(
    set(re.findall(r"`([^`]+)`", "\n".join(line for line in section("Terms").splitlines() if line[0:1] == "|")))
    - _NO_FILTERS
)


def story(cell):
    """Make a story as the table writes it: its title, then what else is known, each behind a dot."""
    title, *known = cell.split(" · ")
    pairs = dict(part.split(" ", 1) for part in known)
    path = tuple(pairs.get("region", "").split())
    tags = [Tag(scheme="region", term=path[-1], label="", path=path, evidence=(), role="about")] if path else []
    if concept := pairs.get("concept"):
        tags.append(Tag(scheme="concept", term=concept, label="", path=(concept,), evidence=()))
    outlets = (pairs.get("outlet", "tass"), *(f"b{number}" for number in range(int(pairs.get("copies", 0)))))
    published = (
        datetime.fromisoformat(pairs["published"]).replace(hour=12, tzinfo=UTC) if "published" in pairs else None
    )
    return Subject(
        title=title,
        text=pairs.get("text", ""),
        language=pairs.get("lang", "en"),
        outlets=outlets,
        tags=tags,
        revised=tuple(filter(None, [pairs.get("revised")])),
        details=Details(
            author=pairs.get("author", ""),
            categories=tuple(filter(None, [pairs.get("category")])),
            url=pairs.get("url", ""),
            published=published,
            has=tuple(filter(None, [pairs.get("has")])),
        ),
        age=timedelta(hours=int(pairs["age"])) if "age" in pairs else None,
        events=tuple(int(each) for each in [pairs.get("event")] if each),
    )


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return load(ROOT / "config", environ=os.environ, state=tmp_path_factory.mktemp("state"))


def test_the_document_has_sixty_examples():
    """Of which a third must be refused."""
    assert len(EXAMPLES) >= 40
    assert len(MISTAKES) >= 20
    assert len({where for where, _, _ in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize(("where", "found", "other"), EXAMPLES)
def test_a_filter_finds_what_the_document_says(where, found, other, config):
    """And not what stands beside it; ``explain`` says the same."""
    filters = {**config.filters, "it": parse(where, config.vocabulary)}
    matching = Filters(filters)
    for cell, is_found in ((found, True), (other, False)):
        if cell:
            assert ("it" in matching(story(cell))) is is_found
            holds, terms = deciding_terms(filters["it"], story(cell), filters)
            assert holds is is_found
            assert terms


@pytest.mark.parametrize(("where", "column", "words"), MISTAKES)
def test_a_mistake_is_refused_as_the_document_says(where, column, words, config):
    """At its column, in these words."""
    with pytest.raises(FilterError) as caught:
        parse(where, config.vocabulary)
    assert (caught.value.line, caught.value.column) == (1, int(column))
    plain = caught.value.message.translate(dict.fromkeys((0x2068, 0x2069)))
    assert words in plain


@pytest.mark.parametrize("where", TERMS)
def test_every_term_that_is_shown_is_one(where, config):
    """The table above the examples shows nothing that is refused."""
    assert parse(where, config.vocabulary)


def test_the_first_filter_is_one(config):
    """What a journalist copies works as it is."""
    where = re.search(r"^where = '''\n(.*?)'''$", section("The first one"), re.MULTILINE | re.DOTALL)[1]
    filters = Filters({"it": parse(where, config.vocabulary)})
    assert filters(story("Calm · region SY · concept ceasefire · outlet bbc"))
    assert not filters(story("Calm · region SY · concept ceasefire · outlet tass"))
