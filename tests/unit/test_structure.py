"""What the linters do not check of the structure: sizes of modules, and what an import brings along."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import syndicator

ROOT = Path(syndicator.__file__).parent
MODULES = sorted(path for path in ROOT.rglob("*.py") if "versions" not in path.parts)
LONGEST = 350


def test_no_module_is_longer_than_a_few_pages():
    """But tables, which are read by looking up."""
    long = {path.name for path in MODULES if len(path.read_text("utf-8").splitlines()) > LONGEST}
    assert long <= {"tables.py"}


@pytest.mark.parametrize("room", ["poll", "ingest", "outbox", "pipeline.py", "store/api.py"])
def test_seams_are_typed(room):
    """No Any where the rooms of the flow meet."""
    place = ROOT / room
    paths = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert paths
    assert [str(path) for path in paths if re.search(r"\bAny\b", path.read_text("utf-8"))] == []


def imported_by(statement):
    """Return the modules that a statement brings into a new process."""
    code = f"{statement}; import sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_configuration_is_read_without_the_network_and_the_parsers():
    """Whoever only checks or edits a configuration waits for neither."""
    found = imported_by("import syndicator.config, syndicator.config.opml, syndicator.config.write")
    assert found & {"aiohttp", "feedparser", "sqlalchemy", "lxml", "trafilatura", "apscheduler", "jinja2"} == set()
    sections = {
        "extract",
        "fetch",
        "parse",
        "watch",
        "store",
        "web",
        "poll",
        "publish",
        "ingest",
        "pipeline",
        "runtime",
    }
    assert found & {f"syndicator.{section}" for section in sections} == set()
