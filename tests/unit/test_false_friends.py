"""Names that hold a place's name and are none, and opponents in sport, in eight languages."""

import pytest

from tests.regions import COLUMNS, cases, check_story


@pytest.mark.parametrize(COLUMNS, cases("false_friends.tsv"))
def test_made_stories(tagger, language, title, text, about, within, actor, dateline):
    """Each of the table: who acts, where it is; what only sounds like a place is at most mentioned."""
    check_story(tagger(title, text, language), about, within, actor, dateline)


def test_there_are_enough_cases_in_eight_languages():
    """The table covers what it says."""
    languages = [case.values[0] for case in cases("false_friends.tsv")]
    assert len(languages) >= 100
    assert set(languages) == {"en", "ar", "ru", "tr", "fa", "de", "fr", "es"}
    assert min(map(languages.count, set(languages))) >= 9
