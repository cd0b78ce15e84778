"""The file of all names: found where it is, refused where it is none."""

import pytest

from syndicator.errors import GazetteerError
from syndicator.tag import Gazetteer, find_cache, ready


def test_the_second_who_needs_it_finds_it(tmp_path):
    """It is named after all that it is made from, and not made twice."""
    told = []
    path = ready(say=told.append)
    before = path.stat()
    assert ready(say=told.append) == path
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.parent == find_cache()


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"SYNDICATOR_CACHE": "/a", "CACHE_DIRECTORY": "/b"}, "/a"),
        ({"CACHE_DIRECTORY": "/b:/c", "XDG_CACHE_HOME": "/d"}, "/b"),
        ({"XDG_CACHE_HOME": "/d", "HOME": "/e"}, "/d/syndicator"),
        ({"HOME": "/e"}, "/e/.cache/syndicator"),
    ],
)
def test_where_it_is_kept(environ, place):
    """Our variable, then systemd's, then XDG's."""
    assert str(find_cache(environ)) == place


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    """With the way out."""
    (tmp_path / "file").touch()
    with pytest.raises(GazetteerError, match="SYNDICATOR_CACHE"):
        ready(tmp_path / "file" / "below")


def test_what_is_no_gazetteer_or_half_of_one_is_refused(tmp_path):
    """By name, with what to do; nothing is read beyond its end."""
    whole = ready().read_bytes()
    for name, content in (
        ("empty", b""), ("other", b"PNG and so on"), ("half", whole[: len(whole) // 2]), ("head", whole[:4000]),
        ("short", whole[:10]),
    ):  # fmt: skip
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(GazetteerError, match=str(path)):
            Gazetteer(path)


def test_every_place_has_a_term_that_leads_back_to_it():
    """Terms of all but towns; a path begins with the widest."""
    gazetteer = Gazetteer(ready())
    labels = gazetteer.labels()
    assert len(labels) > 4000
    for term in labels:
        place = gazetteer.find(term)
        assert place is not None
        region = gazetteer.region(place)
        assert region.path[-1] == region.term == term
    assert gazetteer.label_of("US-TX/houston") == "Houston"
    assert gazetteer.label_of("US-TX/atlantis") is None
    assert len(gazetteer) > 280_000
