"""What the documents say of the code is so."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

from syndicator import __version__

ROOT = Path(__file__).parents[2]
_NAME = re.compile(r"def test_(\w+)")
_FAULT = re.compile(r"(?:^|_)f(\d\d)(?=_)")
_REQUIREMENT = re.compile(r"(?:^|_)must((?:_\d\d|_and|_to)+)(?=_)")


def numbers(name):
    """Return the numbers that a test's name bears, as in docs/faults.md; those in between, too, of "31_to_37"."""
    for number in _FAULT.findall(name):
        yield f"F{number}"
    for words in _REQUIREMENT.findall(name):
        first, *rest = re.findall(r"\d\d", words)
        yield from (f"must_{number}" for number in (first, *rest))
        if "_to_" in words:
            yield from (f"must_{number:02}" for number in range(int(first), int(rest[0])))


def test_names_of_tests_are_read_as_they_are_meant():
    """Alone, several, and a range."""
    assert set(numbers("f03_f08_what_points_inward")) == {"F03", "F08"}
    assert set(numbers("f43_must_21_a_forged_guid")) == {"F43", "must_21"}
    assert set(numbers("must_09_and_13_the_request_is_plain")) == {"must_09", "must_13"}
    assert set(numbers("must_31_to_34_a_push")) == {"must_31", "must_32", "must_33", "must_34"}
    assert set(numbers("f27_utf_7_is_refused_as_utf_8_of_2026")) == {"F27"}


def test_every_number_in_a_tests_name_is_explained():
    """Whoever meets test_f12 finds what F12 is, once."""
    explained = re.findall(
        r"^\| (F\d\d|must_\d\d) \| .{10}", (ROOT / "docs/faults.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(set(explained)) == len(explained)
    borne = {
        number
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in _NAME.findall(path.read_text("utf-8"))
        for number in numbers(name)
    }
    assert len(borne) > 80
    assert borne <= set(explained)


def test_the_version_stands_in_one_place():
    """The package's metadata are made from the program's own."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "version" not in project
    assert metadata.version("syndicator") == __version__
