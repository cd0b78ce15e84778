"""Names that hold a place's name and are none, and opponents in sport, in eight languages."""

from pathlib import Path

import pytest

from syndicator.tag import Prior, RegionTagger, ensure_gazetteer, open_gazetteer

_CASES = Path(__file__).parent.parent / "data" / "false_friends.tsv"


def _cases():
    lines = [line for line in _CASES.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    for line in lines[1:]:
        cells = line.split("\t")
        yield pytest.param(*cells, *[""] * (7 - len(cells)), id=f"{cells[0]}: {cells[1]}")


@pytest.fixture(scope="module")
def tagger():
    return RegionTagger(open_gazetteer(ensure_gazetteer()))


@pytest.mark.parametrize(("language", "title", "text", "about", "within", "actor", "dateline"), _cases())
def test_made_stories(tagger, language, title, text, about, within, actor, dateline):
    """Each of the table: who acts, where it is; what only sounds like a place is at most mentioned."""
    found = {}
    for tag in tagger(title, text, language, Prior()):
        found.setdefault(tag.role if len(tag.path) == 1 else f"{tag.role}/", set()).add(tag.term)
    assert found.get("about", set()) == set(about.split())
    assert found.get("actor", set()) == set(actor.split())
    assert found.get("dateline", set()) == set(dateline.split())
    assert set(within.split()) <= found.get("about/", set())


def test_there_are_enough_cases_in_eight_languages():
    """The table covers what it says."""
    languages = [case.values[0] for case in _cases()]
    assert len(languages) >= 100
    assert set(languages) == {"en", "ar", "ru", "tr", "fa", "de", "fr", "es"}
    assert min(map(languages.count, set(languages))) >= 9
