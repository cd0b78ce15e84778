"""Maps of the world's outlines: clipped to their box, drawn small, and right wherever in the world a place is."""

import math
import random
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator.web.reader_pages import language_of
from syndicator.web.reader_pages.clipping import Box, area, clipped, holds, middle
from syndicator.web.reader_pages.labels import Labels, width_of
from syndicator.web.reader_pages.maps import MOST_DOTS, MOST_NAMES, Dot, drawn
from syndicator.web.reader_pages.outlines import FILE, LEVELS, Outlines, encoded, outlines
from syndicator.web.reader_pages.projection import Cylindrical, Polar, sight_of

BOX = Box(-10.0, -6.0, 12.0, 8.0)
IDLIB, SARAQIB, DAMASCUS = Dot(36.63, 35.93, 7, "Idlib"), Dot(36.8, 35.86, 4, "سراقب"), Dot(36.29, 33.51, 3, "Дамаск")
SUVA, TAVEUNI = Dot(178.44, -18.14, 4, "Suva"), Dot(-179.9, -16.8, 2, "Taveuni")
PLACES = {
    "Syria": ([IDLIB, SARAQIB, DAMASCUS, Dot(40.14, 35.33, 1, "Deir ez-Zor", is_about=False)], ["SY"]),
    "Fiji": ([SUVA, TAVEUNI], ["FJ"]),
    "Russia": ([Dot(37.6, 55.75, 9, "Москва"), Dot(131.9, 43.1, 2, "Vladivostok"), Dot(-172, 66, 1, "Uelen")], ["RU"]),
    "Chukotka": ([Dot(177.5, 64.7, 3, "Anadyr"), Dot(-172, 66, 1, "Uelen")], ["RU"]),
    "Chile": ([Dot(-70.66, -33.45, 9, "Santiago"), Dot(-70.9, -53.2, 2, "Punta Arenas")], ["CL"]),
    "the world": (
        [Dot(-99, 19, 9, "Mexico"), Dot(174.8, -41.3, 2, "Wellington"), Dot(-21.9, 64.1, 1, "Reykjavik")],
        [],
    ),
    "one town": ([IDLIB], ["SY"]),
    "Antarctica": ([Dot(166.67, -77.85, 5, "McMurdo"), Dot(0, -90, 2, "Amundsen–Scott")], ["AQ"]),
    "an island": ([Dot(-171.76, -13.83, 3, "Apia")], ["WS"]),
    "the far north": ([Dot(15.6, 78.2, 3, "Longyearbyen"), Dot(0, 90, 1, "North Pole")], []),
}

points = st.tuples(st.floats(-30, 30), st.floats(-30, 30))


@st.composite
def stars(draw):
    """Draw a polygon that does not cross itself: a star around some point."""
    x, y = draw(points)
    reaches = draw(st.lists(st.floats(0.5, 25), min_size=3, max_size=40))
    turn = 2 * math.pi / len(reaches)
    return [(x + reach * math.cos(n * turn), y + reach * math.sin(n * turn)) for n, reach in enumerate(reaches)]


def area_of(box):
    return box.width * box.height


@settings(max_examples=150, deadline=None)
@given(stars())
def test_nothing_is_left_outside_the_box(polygon):
    """And it is neither larger than it was, nor than the box."""
    found = clipped(polygon, BOX)
    assert all(BOX.wider(1e-9).holds(point) for point in found)
    assert abs(area(found)) <= min(abs(area(polygon)), area_of(BOX)) + 1e-6


@settings(max_examples=75, deadline=None)
@given(stars(), st.integers(0, 10**6))
def test_what_was_inside_still_is(polygon, seed):
    """A place in the box is in what is left of a polygon if it was in the polygon."""
    found, rng = clipped(polygon, BOX), random.Random(seed)
    for _ in range(20):
        place = rng.uniform(BOX.left + 1e-6, BOX.right - 1e-6), rng.uniform(BOX.top + 1e-6, BOX.bottom - 1e-6)
        assert holds(found, place) == holds(polygon, place)


def test_what_is_all_inside_or_outside_stays_as_it_is_or_goes():
    """And what is all around the box is the box."""
    small, far = [(0, 0), (1, 0), (1, 1)], [(50, 0), (51, 0), (51, 1)]
    around = [(-99, -99), (99, -99), (99, 99), (-99, 99)]
    assert list(clipped(small, BOX)) == small
    assert list(clipped(far, BOX)) == []
    assert abs(area(clipped(around, BOX))) == pytest.approx(area_of(BOX))
    assert middle([(0, 0), (2, 0), (2, 2), (0, 2)]) == pytest.approx((1, 1))


@given(st.lists(st.tuples(st.integers(-36000, 36000), st.integers(-9000, 9000), st.integers(0, 7)), min_size=3))
def test_an_arc_is_read_as_it_was_written(arc):
    """However far its points are from each other, with their levels."""
    line = encoded(arc)
    assert line.isascii()
    assert "\t" not in line
    assert not line.startswith("#")
    (ring,) = Outlines(f"# made\n{line}\n\nSY\t0\n").rings
    assert [(round(x * 100), round(y * 100)) for x, y in ring.at(0)] == [(x, y) for x, y, _ in arc]
    assert [len(ring.at(level)) for level in range(8)] == [sum(of >= level for *_, of in arc) for level in range(8)]


def test_the_outlines_are_small_and_whole():
    """Every country of some size has land, each level fewer corners, and what holds a city is its country."""
    assert FILE.stat().st_size < 200_000
    rings = outlines().rings
    assert len({ring.country for ring in rings}) > 230
    corners = [sum(len(ring.at(level)) for ring in rings) for level in range(len(LEVELS))]
    assert corners == sorted(corners, reverse=True)
    assert corners[-1] < 8000
    cities = {"SY": (36.63, 35.93), "UA": (34.1, 45.0), "RU": (-173, 66), "FJ": (178.2, -17.8), "CL": (-70.7, -33.4)}
    cities |= {"XK": (21.0, 42.6), "CY": (33.4, 35.2), "AQ": (0, -80), "TW": (121, 24), "PS": (35.2, 32.2)}
    for country, (x, y) in cities.items():
        found = {each.country for each in rings for turn in (-360, 0, 360) if holds(closed(each), (x + turn, y))}
        assert found == {country}


def closed(ring):
    points = list(ring.at(0))
    return [*points, (points[-1][0], -90), (points[0][0], -90)] if ring.is_polar else points


@pytest.mark.parametrize("name", PLACES)
def test_a_map_shows_its_places(name):
    """All of them inside, none of their names on another, in few bytes; with the land of their country."""
    dots, home = PLACES[name]
    svg = str(drawn(dots, "A map", home=home, country=language_of("tr").country))
    root = ET.fromstring(svg)
    _, _, wide, high = map(float, root.get("viewBox").split())
    circles = root.findall("circle")
    assert len(circles) == len(dots)
    assert all(0 < float(each.get("cx")) < wide and 0 < float(each.get("cy")) < high for each in circles)
    assert wide == 320
    assert 80 <= high <= 300
    assert len(svg) < 8000
    assert "nan" not in svg
    assert all(abs(float(number)) < 800 for path in starts(root) for number in path)
    assert {text.text for text in root.findall("text") if text.get("class") is None} >= {dots[0].name}
    assert not overlaps(root)
    if home:
        assert root.find(".//path[@class='home']") is not None


def starts(root):
    """Yield where the pieces of land of a map begin, in half pixels."""
    for path in root.iter("path"):
        yield from re.findall(r"M(-?\d+) (-?\d+)l", path.get("d"))


def overlaps(root):
    """Return whether two names of a map are on each other."""
    boxes = []
    for text in root.findall("text"):
        width, x, y = width_of(text.text), float(text.get("x")), float(text.get("y"))
        left = x - {None: 0, "end": width, "middle": width / 2}[text.get("text-anchor")]
        boxes.append(Box(left + 1, y - 9, left + width - 1, y + 2))
    return any(one.meets(other) for place, one in enumerate(boxes) for other in boxes[:place])


def test_what_is_near_the_antimeridian_is_near_each_other():
    """The two sides of Fiji are on one small map, and Chukotka is in one piece with the rest of Russia."""
    fiji = sight_of([(dot.lon, dot.lat) for dot in (SUVA, TAVEUNI)])
    assert fiji.box.width < 8
    chukotka = sight_of([(177.5, 64.7), (-172.0, 66.0)])
    assert chukotka.pixel(177.5, 64.7)[0] < chukotka.pixel(-172.0, 66.0)[0]
    assert not any(ring.west < -180 < ring.east < -170 and ring.south < 68 for ring in outlines().rings)


def test_the_world_is_shown_once_around():
    """And what is far apart on it is on the right side: America to the west."""
    world = sight_of([(-122.0, 37.8), (0.0, 51.5), (139.7, 35.7), (174.8, -41.3)])
    assert world.box.width <= 360
    assert world.pixel(-122.0, 37.8)[0] < world.pixel(0.0, 0.0)[0] < world.pixel(174.8, -41.3)[0]


def test_antarctica_is_shown_from_above_the_pole():
    """In the middle of its map; whoever is in the Arctic has a map like others."""
    south = sight_of([(16.4, -78.2)])
    assert isinstance(south.projection, Polar)
    assert south.pixel(0, -90) == pytest.approx((160, 150))
    assert isinstance(sight_of([(15.6, 78.2)]).projection, Cylindrical)


def test_no_map_without_places():
    """Nothing is drawn."""
    assert drawn([], "A map") == ""


def test_many_places_are_cut_short_and_few_are_named():
    """The heaviest of them, in a map of at most 12,000 bytes."""
    dots = [Dot(35 + n % 20 / 3, 32 + n // 20 / 3, n, f"Town {n}") for n in range(300)]
    svg = str(drawn(dots, "A map", home=["SY"], country=language_of("ru").country))
    root = ET.fromstring(svg)
    assert len(root.findall("circle")) == MOST_DOTS
    assert len([text for text in root.findall("text") if text.get("class") is None]) <= MOST_NAMES
    assert "<title>Town 299: 299</title>" in svg
    assert "Town 250:" not in svg
    assert len(svg) < 12_000


def test_names_are_text():
    """Whatever they hold."""
    svg = str(drawn([Dot(36, 35, 1, '<script>"&\u202e')], '"><script>', home=[]))
    assert "<script>" not in svg
    ET.fromstring(svg)


def test_what_is_no_scene_is_hollow():
    """A dateline is a ring."""
    root = ET.fromstring(str(drawn([IDLIB, DAMASCUS._replace(is_about=False)], "A map")))
    assert [each.get("class") for each in root.findall("circle")] == [None, "c"]


def test_a_small_map_says_where_it_is():
    """By another one in a corner; one of a continent needs none."""
    assert 'class="in"' in drawn([IDLIB], "A map")
    assert 'class="in"' not in drawn([Dot(0, 50, 1, "A"), Dot(30, 40, 1, "B")], "A map")


def test_a_name_without_room_is_left_out():
    """And so is one too many."""
    names = Labels(Box(0, 0, 100, 40))
    assert 'x="60"' in names.beside("Idlib", (52, 20), 5, most=2)
    assert 'text-anchor="end"' in names.beside("Idlib", (53, 21), 5, most=2)
    assert names.beside("Hama", (10, 10), 5, most=2) == ""
    assert Labels(Box(0, 0, 30, 10)).beside("Idlib", (5, 5), 5, most=2) == ""
