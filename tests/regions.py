"""Tables of made stories, and what the tagger must say of each."""

from pathlib import Path

import pytest

_DATA = Path(__file__).parent / "data"
COLUMNS = ("language", "title", "text", "about", "within", "actor", "dateline")


def cases(table):
    """Yield the rows of a table in ``tests/data`` as parameters named like ``COLUMNS``."""
    lines = [line for line in (_DATA / table).read_text("utf-8").splitlines() if line and not line.startswith("#")]
    for line in lines[1:]:
        cells = line.split("\t")
        yield pytest.param(*cells, *[""] * (len(COLUMNS) - len(cells)), id=f"{cells[0]}: {cells[1]}")


def roles(tags):
    """Return terms by role: those of the widest regions under the role, the others under ``role/``."""
    found: dict[str, set[str]] = {}
    for tag in tags:
        found.setdefault(tag.role if len(tag.path) == 1 else f"{tag.role}/", set()).add(tag.term)
    return found


def check_story(tags, about, within, actor, dateline):
    """Assert that the widest regions have these roles and no others, and that places within are about, too."""
    found = roles(tags)
    assert found.get("about", set()) == set(about.split())
    assert found.get("actor", set()) == set(actor.split())
    assert found.get("dateline", set()) == set(dateline.split())
    assert set(within.split()) <= found.get("about/", set())
