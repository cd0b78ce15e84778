"""The versions of the tagger and of the gazetteer's compiler, compared with what those give."""

from syndicator.tag.gazetteer_cache import COMPILER_VERSION
from tests.golden import (
    CompilerGolden,
    TaggerGolden,
    code_digest,
    compiler_problem,
    stored_compiler,
    stored_tagger,
    tagger_now,
    tagger_problem,
    texts,
)


def test_the_tagger_gives_what_its_version_gave():
    """Or else stored stories would keep tags that new ones do not get."""
    assert tagger_problem(stored_tagger(), tagger_now()) == ""


def test_the_compiler_makes_what_its_version_made():
    """Or else installations would keep a file that new ones do not have."""
    assert compiler_problem(stored_compiler(), COMPILER_VERSION, code_digest()) == ""


def test_the_golden_set_has_paragraphs_in_eight_languages():
    """Headlines alone would not notice a change in how a story's places tell for one another."""
    long = [text for text in texts() if len(text.text) > 200]
    assert {text.language for text in long} == {"en", "ar", "fa", "ru", "tr", "de", "fr", "es"}
    assert len(long) >= 16


def test_the_message_says_what_to_do():
    """Raise the version by hand, then write the digest."""
    before = TaggerGolden(1, "a", "i")
    assert tagger_problem(before, before) == ""
    assert tagger_problem(before, before._replace(inputs="j")) == ""
    assert "raise TAGGER_VERSION" in tagger_problem(before, before._replace(digest="b"))
    assert "data packages" in tagger_problem(before, TaggerGolden(1, "b", "j"))
    assert "make golden" in tagger_problem(before, before._replace(version=2))
    made = CompilerGolden(1, "c", "i", "f")
    assert compiler_problem(made, 1, "c") == ""
    assert "make golden" in compiler_problem(made, 1, "d")
