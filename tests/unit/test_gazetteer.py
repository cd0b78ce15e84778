"""The file of all names: found where it is, refused where it is none."""

import json
import struct

import pytest

from syndicator.errors import GazetteerError, OwnPlaceError
from syndicator.tag import Gazetteer, find_cache, ready, tables
from syndicator.tag.compile.custom import add_own_places
from syndicator.tag.compile.draft import Draft, Place
from syndicator.tag.gazetteer import MAGIC, Kind, Means, is_whole
from syndicator.text import phrase_of


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
        ("short", whole[:10]), ("hollow", whole[: len(whole) // 2].ljust(len(whole), b"\0")),
    ):  # fmt: skip
        path = tmp_path / name
        path.write_bytes(content)
        assert not is_whole(path)
        if name != "hollow":
            with pytest.raises(GazetteerError, match=str(path)):
                Gazetteer(path)
    assert is_whole(ready())
    assert not is_whole(tmp_path / "none")


def test_a_gazetteer_whose_inside_is_rubbish_is_refused(tmp_path):
    """Whatever it is that cannot be read of it."""
    whole = ready().read_bytes()
    start, (size,) = len(MAGIC) + 8, struct.unpack_from("<Q", whole, len(MAGIC))
    header = json.loads(whole[start : start + size])
    at, length = header["sections"]["trie"]
    path = tmp_path / "trie"
    path.write_bytes(whole[:at] + bytes(length) + whole[at + length :])
    with pytest.raises(GazetteerError, match="remove it"):
        Gazetteer(path)
    path.write_bytes(whole[:start] + b"[]".ljust(size) + whole[start + size :])
    with pytest.raises(GazetteerError, match="remove it"):
        Gazetteer(path)


def test_every_town_of_our_table_is_found_and_once():
    """A row that names none, or two, would be lost without a word."""
    gazetteer = Gazetteer(ready())
    for row in tables.rows("towns.tsv"):
        names = [name for language in ("ar", "ru", "tr", "fa") for name in tables.cell(row, language)]
        numbers = [gazetteer.number(" ".join(choices[0] for choices in phrase_of(name))) for name in names]
        towns = {
            meaning.place.number
            for number in numbers
            for meaning in gazetteer.meanings(number)
            if meaning.means & Means.CURATED and meaning.place.kind is Kind.TOWN
            if gazetteer.code(meaning.place.country) == row["code"]
        }
        assert min(numbers) >= 0, row
        assert len(towns) == 1, row


def small_draft():
    draft = Draft()
    syria = draft.add(Place(kind=Kind.COUNTRY, label="Syria", term="SY", lat=35.0, lon=38.0))
    division = draft.add(Place(kind=Kind.DIVISION, label="Idlib", term="SY-ID", holder=syria, country=syria, lat=35.9))
    town = draft.add(Place(kind=Kind.TOWN, label="Saraqib", holder=division, country=syria, people=30_000))
    draft.name(town, "Saraqib")
    return draft


def own(**place):
    return {"at": "regions/a.toml: place[0]", **place}


def test_groups_may_hold_groups_and_places_without_a_point():
    """A group within a group counts with all that it holds."""
    draft = small_draft()
    add_own_places(
        draft,
        [
            own(label="Camp", id="camp", within="SY-ID"),
            own(label="Camps", id="camps", members=["SY-ID/camp"]),
            own(label="All", id="all", members=["camps", "SY"]),
        ],
    )
    assert draft.groups == {"camps": ["SY-ID/camp"], "all": ["SY-ID/camp", "SY"]}


@pytest.mark.parametrize(
    "place", [{"label": "S", "id": "sy", "members": ["SY"]}, {"label": "Saraqib", "within": "SY-ID"}]
)
def test_what_is_there_already_is_not_replaced(place):
    """Neither a country nor a town by a place of one's own: the message says what to do."""
    with pytest.raises(OwnPlaceError, match=r"regions/a\.toml: place\[0\]\.id: .* of = "):
        add_own_places(small_draft(), [own(**place)])


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
