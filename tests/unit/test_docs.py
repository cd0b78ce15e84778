"""What the documents say of the code is so."""

import re
import shutil
import subprocess
import tomllib
from importlib import metadata
from typing import Annotated

import click
import pytest
from pydantic import TypeAdapter, ValidationError

from syndicator import __version__
from syndicator.cli import cli
from syndicator.config import alert_schema, schema
from syndicator.config.folder import _LARGEST
from syndicator.extract.normalize import LONGEST_TITLE
from syndicator.extract.pool import Limits
from syndicator.fetch.redirects import MOST_REDIRECTS
from syndicator.ingest.revisions import MOST_TEXT_REVISIONS
from syndicator.parse.raw import MOST_ENTRIES
from syndicator.poll.follow import _MOST_ARCHIVES, _MOST_SITEMAPS
from syndicator.poll.read import _LONGEST_FOLLOWING, _MOST_PAGES
from syndicator.query.grammar import MAX_DEPTH, MAX_LENGTH
from syndicator.store.stories import MOST_REVISIONS
from syndicator.web.pushes import PushLimits
from tests.documents import DOCUMENTS, ROOT, inline

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


_HEADINGS = {
    "`syndicator.toml`": schema.MainFile,
    "`outlets/*.toml`": schema.OutletFile,
    "`[[source]]`": schema.SourceFile,
    "`[source.select]`": schema.SelectFile,
    "`feeds/*.toml`": schema.FeedFile,
    "`concepts/*.toml`": schema.ConceptFile,
    "`regions/*.toml`": schema.PlaceFile,
    "`alerts/*.toml`": alert_schema.AlertFile,
}
_ROW = re.compile(r"^\| `([a-z_.]+)` \| (?:`([^`]*)`)? ?\| (\S.*) \|$", re.MULTILINE)


def reference():
    """Yield the tables of docs/configuration.md: what the heading names, and its rows of key, default and meaning."""
    text = (ROOT / "docs/configuration.md").read_text("utf-8")
    for section in re.split(r"^##+ ", text, flags=re.MULTILINE)[1:]:
        yield section.partition("\n")[0], _ROW.findall(section)


def keys_of(file):
    """Yield the keys of a file's schema with their fields; those of a table of ``syndicator.toml`` as ``poll.interval``."""
    for name, info in file.model_fields.items():
        if file is schema.MainFile and name in schema.SECTIONS:
            yield from ((f"{name}.{key}", each) for key, each in schema.SECTIONS[name].model_fields.items())
        else:
            yield name, info


def test_every_heading_of_the_reference_is_a_file():
    """And every file of the schema has one, but the list of places, which is made of places."""
    assert [heading for heading, _ in reference()] == list(_HEADINGS)
    inner = {schema.RegionsFile, schema.ConfigTable, alert_schema.DigestFile}
    described = {*_HEADINGS.values(), *schema.SECTIONS.values(), *inner}
    assert {
        each
        for each in (vars(schema) | vars(alert_schema)).values()
        if isinstance(each, type) and issubclass(each, schema.ConfigTable)
    } == described


@pytest.mark.parametrize("heading", _HEADINGS)
def test_the_reference_has_every_key_and_its_default(heading):
    """No key is forgotten, none is made up, and each default is the program's."""
    rows = dict(reference())[heading]
    fields = dict(keys_of(_HEADINGS[heading]))
    assert [key for key, _, _ in rows] == list(dict.fromkeys(key for key, _, _ in rows))
    assert {key for key, _, _ in rows} == fields.keys()
    for key, default, _ in rows:
        has_default = not fields[key].is_required() and fields[key].get_default(call_default_factory=True) is not None
        assert bool(default) == has_default, key
        if default:
            accepted = TypeAdapter(Annotated[fields[key].annotation, key, *fields[key].metadata])
            given = accepted.validate_python(tomllib.loads(f"x = {default}")["x"])
            assert given == fields[key].get_default(call_default_factory=True), key


def test_every_default_of_the_configuration_that_is_shipped_is_the_programs():
    """Whether it is commented out or not."""
    text = (ROOT / "config/syndicator.toml").read_text("utf-8")
    shown = re.sub(r"^# ([a-z_]+ = )", r"\1", text, flags=re.MULTILINE)
    main = schema.MainFile.model_validate(tomllib.loads(shown))
    differing = {
        "store",
        "base_url",
        "user_agent",
        "contact",
        "allow_private",
        "ping",
        "heartbeat_file",
        "polls_a_day",
        "server",
        "user",
        "password_file",
        "muted",
    }  # examples of what one may write there
    for key, info in keys_of(schema.MainFile):
        value = main
        for part in key.split("."):
            value = getattr(value, part)
        if key.rpartition(".")[2] not in differing:
            assert value == info.get_default(call_default_factory=True), key


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_commands_in_sentences_exist(document):
    """With the options that they are written with; and so do targets of make."""
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for code in inline(document.read_text("utf-8")):
        program, *words = code.replace("\\|", "|").split()
        if program == "make" and words:
            assert words[0] in targets, code
        if program != "syndicator" or not words:
            continue
        command, words = cli, iter([word.strip("[]") for word in words])
        for word in words:
            if word.startswith("-"):
                parameters = (*command.params, *cli.params)
                option = next((each for each in parameters if word.partition("=")[0] in each.opts), None)
                assert option or word == "--help", code
                if isinstance(option, click.Option) and not option.is_flag and "=" not in word:
                    next(words, None)
            elif isinstance(command, click.Group):
                found = command.get_command(click.Context(command), word.partition("|")[0])
                assert found, f"{document.name}: there is no command {word} of {code}"
                command = found


_LINK = re.compile(r"\]\(([^)\s]+)\)")
PAGES = (*DOCUMENTS, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "SECURITY.md")


def anchors(path):
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page):
    """To a file that exists, and to a heading of it."""
    for link in _LINK.findall(page.read_text("utf-8")):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_the_unit_names_a_document_that_is_installed():
    """Below the folder that the program is installed into."""
    unit = (ROOT / "deploy/syndicator.service").read_text("utf-8")
    (place,) = re.findall(r"^Documentation=file:/opt/syndicator/(.*)/operate\.md$", unit, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["tool"]["setuptools"]["data-files"][place] == ["docs/*.md"]
    assert "/opt/syndicator/bin/syndicator" in unit


def test_the_unit_for_roles_is_the_daemons_but_for_what_it_runs_and_where_it_writes():
    """What hardens one hardens the other."""
    daemon, role = (
        [line for line in (ROOT / "deploy" / name).read_text("utf-8").splitlines() if not line.startswith("#")]
        for name in ("syndicator.service", "syndicator@.service")
    )
    own = {"Description", "Documentation", "ExecStart", "EnvironmentFile", "StateDirectory", "CacheDirectory"}
    own |= {"ExecReload", "RuntimeDirectory", "RuntimeDirectoryMode"}
    differing = set(daemon).symmetric_difference(role)
    assert {line.partition("=")[0] for line in differing} == own


@pytest.mark.parametrize(
    ("target", "extra"), [("demo", False), ("run", False), ("test", True), ("lint", True), ("bench", True)]
)
def test_running_installs_only_what_running_needs(target, extra, tmp_path):
    """In an empty folder, with the versions that are tested together; what developing needs comes with its targets."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "syndicator/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    done = subprocess.run(["make", "--dry-run", target], cwd=tmp_path, capture_output=True, text=True, check=True)
    installs = [line for line in done.stdout.splitlines() if "pip install" in line]
    assert any("[dev]" in line for line in installs) == extra
    assert installs
    assert all("--constraint constraints.txt" in line for line in installs)


def test_the_limits_that_are_told_are_the_programs():
    """Each number of the table in docs/operate.md is a constant of the code, or of the unit."""
    table = (ROOT / "docs/operate.md").read_text("utf-8").partition("\n## Limits\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE))
    numbers = {name: [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", said)] for name, said in rows.items()}
    limits = Limits()
    assert numbers["a document"] == [MOST_ENTRIES, limits.wall, limits.cpu, limits.memory >> 20]
    assert numbers["what a document leads to"] == [_MOST_ARCHIVES, _MOST_SITEMAPS, _MOST_PAGES, _LONGEST_FOLLOWING]
    assert numbers["a request"] == [MOST_REDIRECTS]
    assert numbers["a story"] == [LONGEST_TITLE, MOST_TEXT_REVISIONS, MOST_REVISIONS]
    assert numbers["a filter"] == [MAX_LENGTH, MAX_DEPTH]
    assert numbers["a file of the configuration"] == [_LARGEST >> 20]
    assert numbers["hubs"] == [PushLimits().pushes]
    unit = (ROOT / "deploy/syndicator.service").read_text("utf-8").splitlines()
    assert set(re.findall(r"`(\w+=\w+)`", rows["the service, by the unit"])) <= set(unit)
    with pytest.raises(ValidationError):
        schema.FeedFile(title="F", where="", limit=numbers["a feed"][0] + 1)
    assert schema.FeedFile(title="F", where="", limit=numbers["a feed"][0]).limit == numbers["a feed"][0]
