"""The filters of docs/filters.md mean what is said of them, with the places, concepts and outlets of config/."""

import os
import re

import pytest

from syndicator.config import load
from syndicator.models import Tag
from syndicator.query import Filters, Subject, parse
from tests.documents import ROOT

_TABLE = "\n".join(
    line for line in (ROOT / "docs/filters.md").read_text("utf-8").splitlines() if line.startswith("| `")
)
_NO_FILTERS = {"concepts/ceasefire.toml", "pt-BR", "( … )", "<", "<=", ">", "=", "deletions"}
SHOWN = sorted(set(re.findall(r"`([^`]+)`", _TABLE)) - _NO_FILTERS)


def story(title="", text="", *, outlet="tass", language="en", concepts=(), **regions):
    """Make a story; ``about="SY/SY-ID"`` gives it a region with the ones around it."""
    tags = [
        Tag(scheme="region", term=path.split(" ")[-1], label="", path=tuple(path.split(" ")), evidence=(), role=role)
        for role, path in regions.items()
    ]
    tags += [Tag(scheme="concept", term=term, label="", path=(term,), evidence=()) for term in concepts]
    return Subject(title=title, text=text, language=language, outlets=(outlet,), tags=tags)


def carried(count):
    return story()._replace(outlets=("tass", *(f"b{number}" for number in range(count))))


REVISED = {each: story()._replace(revised=(each,)) for each in ("title", "text")}
SYRIA, LEBANON = story(about="SY"), story(about="LB")
SARAQIB = story(about="SY SY-ID SY-ID/saraqib")
# Each filter, with stories that it finds and stories that it does not.
EXAMPLES = {
    "ceasefire": ([story("Ceasefires agreed"), story("", "a CEASEFIRE, at last")], [story("Cease now")]),
    '"cease fire"': (
        [story("A cease fire"), story("A cease-fire")],
        [story("Fire, cease"), story("They cease to fire")],
    ),
    "ateşkes*": ([story("Ateşkesin ardından"), story("ATEŞKES")], [story("ateş")]),
    '"cessation of hostilit*"': ([story("cessation of hostilities")], [story("hostilities")]),
    "title:truce": ([story("Truce")], [story("", "Truce")]),
    'title:(truce or "cease fire")': ([story("Truce"), story("Cease fire!")], [story("", "Truce"), story("Fire")]),
    "region:SY": (
        [SYRIA, SARAQIB, story(actor="SY")],
        [LEBANON, story(mention="SY"), story(dateline="SY")],
    ),
    "region:SY-ID": ([SARAQIB], [SYRIA]),
    "region:SY-ID/saraqib": ([SARAQIB], [story(about="SY SY-ID")]),
    "region:levant": ([SYRIA, LEBANON], [story(about="RU")]),
    "about:SY": ([SYRIA], [story(actor="SY")]),
    "actor:RU": ([story(actor="RU")], [story(about="RU")]),
    "dateline:RU": ([story(dateline="RU RU-MOW")], [story(about="RU")]),
    "mentions:IR": ([story(mention="IR"), story(about="IR"), story(actor="IR"), story(dateline="IR")], [SYRIA]),
    "concept:ceasefire": ([story(concepts=["ceasefire"])], [story("ceasefire", concepts=["aid"])]),
    "outlet:tass": ([story(outlet="tass")], [story("TASS", outlet="ria")]),
    "revised:title": ([REVISED["title"]], [REVISED["text"], story("revised title")]),
    "revised:text": ([REVISED["text"]], [REVISED["title"]]),
    "revised:yes": (list(REVISED.values()), [story()]),
    "not revised:yes": ([story()], list(REVISED.values())),
    "copies:>=3": ([carried(3), carried(4)], [carried(0), carried(2)]),
    "copies:3": ([carried(3)], [carried(2), carried(4)]),
    "deleted:yes": ([story()._replace(is_deleted=True)], [story()]),
    "lang:ar": ([story(language="ar"), story(language="ar-SY")], [story(language="fa")]),
    "lang:pt": ([story(language="pt-BR")], [story(language="es")]),
    "a b": ([story("b a")], [story("a"), story("b")]),
    "a and b": ([story("b a")], [story("a"), story("b")]),
    "a or b": ([story("a"), story("b")], [story("c")]),
    "not a": ([story("b")], [story("a b")]),
    "-a": ([story("b")], [story("a b")]),
    "region:(SY or LB)": ([SYRIA, LEBANON], [story(about="RU")]),
    "(region:SY or region:LB)": ([SYRIA, LEBANON], [story(about="RU")]),
    "# note": ([story("anything")], []),
    # What the sentences below the table say.
    "region:SY (ceasefire or truce)": ([story("A truce", about="SY")], [SYRIA, story("A truce")]),
    "هدنة": ([story("", "والهدنة"), story("هدنة")], [story("هدن")]),
    "آتش‌بس": ([story("آتش‌بس")], [story("آتش")]),
    '"آتش بس"': ([story("آتش‌بس"), story("آتش بس")], [story("آتش")]),
    "region:SY-ID or region:SY-ID/idlib": ([SARAQIB], [SYRIA]),
}


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    return load(ROOT / "config", environ=os.environ, state=tmp_path_factory.mktemp("state")).vocabulary


def test_every_filter_of_the_document_has_examples():
    """None is shown that is not tried."""
    assert len(SHOWN) > 20
    assert set(SHOWN) <= EXAMPLES.keys()


@pytest.mark.parametrize("where", EXAMPLES)
def test_a_filter_finds_what_the_document_says(where, vocabulary):
    """And nothing else of what stands beside it here."""
    found, others = EXAMPLES[where]
    filters = Filters({"it": parse(where, vocabulary)})
    assert [bool(filters(each)) for each in (*found, *others)] == [True] * len(found) + [False] * len(others)


def test_or_beside_and_is_refused_as_the_document_says(vocabulary):
    """Without parentheses."""
    for where in ("region:SY ceasefire or truce", "region:SY and ceasefire or truce"):
        with pytest.raises(Exception, match="parenthes"):
            parse(where, vocabulary)
