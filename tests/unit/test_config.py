"""TOML to Config: everything wrong is said at once."""

import json
import tomllib
from datetime import timedelta

import pytest

from syndicator.config import find_folder, find_state, load
from syndicator.errors import ConfigError
from syndicator.models.formats import DEFAULT_FORMATS, FORMAT_NAMES
from syndicator.query import Filters, Subject, parse
from syndicator.tag import RegionTagger, open_gazetteer
from tests.newsroom import CEASEFIRE, CUSTOM_PLACES, outlet, write_config


def problems(folder, **what):
    with pytest.raises(ConfigError) as caught:
        load(folder, environ=what.pop("environ", {}), **what)
    return [str(problem) for problem in caught.value.problems]


def test_the_example_of_the_documentation(tmp_path):
    """An outlet with a mirror and a feed with a filter."""
    folder = write_config(
        tmp_path,
        outlets={
            "presstv": 'name = "Press TV"\ncountry = "IR"\nlanguage = "en"\nhome = "https://www.presstv.ir"\n'
            'mirrors = ["https://www.presstv.com"]\n[[source]]\npath = "/rss/rss-101.xml"\n'
        },
        feeds={
            "syria-ceasefire": 'title = "S"\nwhere = \'region:SY and concept:ceasefire\'\nformats = ["atom", "rss"]\n'
        },
        concepts={"ceasefire": CEASEFIRE},
    )
    config = load(folder, environ={})
    (source,) = config.sources.values()
    assert source.id == "presstv/rss/rss-101.xml"
    assert source.endpoints == ("https://www.presstv.ir/rss/rss-101.xml", "https://www.presstv.com/rss/rss-101.xml")


def test_an_outlet_may_differ_from_the_rest_in_whether_deletions_are_found(tmp_path):
    """By its own key, else as for all; never unless somebody says so."""
    texts = {
        "as-all": outlet("https://a.example"),
        "on": outlet("https://b.example").replace("[[source]]", "deletions = true\n[[source]]"),
        "off": outlet("https://c.example").replace("[[source]]", "deletions = false\n[[source]]"),
    }
    folder = write_config(tmp_path, outlets=texts)
    for overrides, found in (({}, {"on"}), ({"deletions.watch": "true"}, {"as-all", "on"})):
        config = load(folder, environ={}, overrides=overrides)
        assert {each.id for each in config.outlets.values() if each.finds_deletions} == found
    wrong = {"deletions.watch": "maybe", "deletions.per_hour": "all"}
    assert problems(folder, overrides=wrong) == [
        'command line: deletions.watch: "maybe" is not true or false',
        'command line: deletions.per_hour: "all" is not a number',
    ]


def test_all_problems_come_at_once_with_file_and_key(tmp_path):
    """Unknown key, bad country, bad address, duplicate source, bad filter, bad TOML, bad id: seven lines."""
    folder = write_config(
        tmp_path,
        outlets={
            "a": outlet("https://a.example", country="UK", extra='colour = "red"'),
            "b": outlet("not a url"),
            "c": outlet("https://c.example") + '[[source]]\npath = "/feed.xml"\n',
            "broken": "name = ",
            "Wrong Name": "",
        },
        feeds={"f": "title = \"F\"\nwhere = 'region:Syira'\n"},
    )
    told = problems(folder)
    for start in (
        "outlets/a.toml: country:",
        "outlets/a.toml: source[0].colour: is not a known key",
        "outlets/b.toml: home:",
        "outlets/c.toml: source[1]: is the same as source[0]",
        "outlets/broken.toml: is not valid TOML",
        "outlets/Wrong Name.toml: a file's name is an id",
        "feeds/f.toml: where: line 1, column 8: there is no region",
    ):
        assert any(line.startswith(start) for line in told), (start, told)
    assert len(told) == 7


@pytest.mark.parametrize(
    "name",
    [
        ".x.toml", "._x.toml", ".#x.toml", "#x.toml#", "x.toml~", ".x.toml.swp", ".~lock.x.toml#", "4913",
        ".x.toml.0123abcd.new",
    ],
)  # fmt: skip
@pytest.mark.parametrize("section", ["outlets", "feeds", "concepts", "regions"])
def test_files_that_editors_and_systems_leave_are_no_configuration(tmp_path, section, name):
    """Hidden files, locks, swap files and backups are not read, whatever is in them."""
    folder = write_config(tmp_path)
    (folder / section / name).write_bytes(b"\x00\x05\x16\x07 = [")
    load(folder, environ={})


def test_an_editors_lock_that_leads_nowhere_is_no_configuration(tmp_path):
    """Emacs makes a symbolic link to nothing while a file is edited."""
    folder = write_config(tmp_path)
    (folder / "outlets" / ".#x.toml").symlink_to("user@host.4711:1")
    load(folder, environ={})


@pytest.mark.parametrize("stem", ["x\n", "\nx", "x y", "X", "-x", "é", "x" * 65, "x\u0660"])
def test_a_files_name_is_an_id_from_its_first_to_its_last_character(tmp_path, stem):
    """A line break at the end is a character like any other."""
    folder = write_config(tmp_path, outlets={stem: outlet("https://a.example")})
    (told,) = problems(folder)
    assert told == f"outlets/{stem}.toml: a file's name is an id: a to z, 0 to 9, - and _ only"


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    """Some editors begin every file with it."""
    folder = write_config(tmp_path, outlets={"a": "\ufeff" + outlet("https://a.example")})
    assert list(load(folder, environ={}).outlets) == ["a"]


def test_a_draft_is_read_as_if_it_were_written(tmp_path):
    """In the place of a file or beside the others, and nothing is written."""
    folder = write_config(tmp_path, outlets={"a": outlet("https://a.example"), "b": outlet("https://b.example")})
    drafts = {"outlets/b.toml": outlet("https://other.example"), "outlets/c.toml": outlet("https://c.example")}
    config = load(folder, environ={}, drafts=drafts)
    assert {key: each.home for key, each in config.outlets.items()} == {
        "a": "https://a.example",
        "b": "https://other.example",
        "c": "https://c.example",
    }
    assert problems(folder, drafts={"outlets/d.toml": "x = "})[0].startswith("outlets/d.toml: is not valid TOML")
    assert problems(folder, drafts={"outlets/../d.toml": outlet("https://d.example")}) == [
        "outlets/../d.toml: a file's name is an id: a to z, 0 to 9, - and _ only"
    ]
    assert {path.name for path in (folder / "outlets").iterdir()} == {"a.toml", "b.toml"}


@pytest.mark.parametrize("value", ['interval = "5m\\n"', 'longest = "1d\\n"'])
def test_a_duration_ends_with_its_unit(tmp_path, value):
    """A line break behind it is a mistake."""
    assert "is not a duration" in problems(write_config(tmp_path, main=f"[poll]\n{value}\n"))[0]


def test_a_language_ends_with_its_last_letter(tmp_path):
    """A line break behind it would go into every entry."""
    folder = write_config(tmp_path, outlets={"a": outlet("https://a.example", language="en\\n")})
    assert "is not a language tag" in problems(folder)[0]


def test_unknown_keys_come_with_a_suggestion(tmp_path):
    """A slip of the finger is recognised."""
    folder = write_config(tmp_path, main="[poll]\nintervall = '1m'\n")
    assert problems(folder) == ["syndicator.toml: poll.intervall: is not a known key: did you mean interval?"]


@pytest.mark.parametrize(
    ("main", "told"),
    [
        ('interval = "1m"', "interval: is not a known key: it belongs in [poll]"),
        ('[poll]\ntitle = "T"', "poll.title: is not a known key: it belongs above all tables"),
        ('[poll]\nspacing = "1s"', "poll.spacing: is not a known key: it belongs in [politeness]"),
        ("[poll]\nnothing_of_the_kind = 1", "poll.nothing_of_the_kind: is not a known key"),
    ],
)
def test_a_key_in_the_wrong_table_is_sent_to_the_right_one(tmp_path, main, told):
    """It is not suggested to write what is written there already."""
    assert problems(write_config(tmp_path, main=main + "\n")) == [f"syndicator.toml: {told}"]


def test_a_key_of_a_source_is_sent_to_the_source(tmp_path):
    """Tables within tables are named as they are written."""
    folder = write_config(tmp_path, outlets={"a": 'path = "/f"\nitem = "p"\n' + outlet("https://a.example")})
    assert problems(folder) == [
        "outlets/a.toml: path: is not a known key: it belongs in [[source]]",
        "outlets/a.toml: item: is not a known key: it belongs in [source.select]",
    ]


@pytest.mark.parametrize(
    ("main", "key"),
    [
        ('listen = "8080"', "listen"),
        ('base_url = "example.org"', "base_url"),
        ('retention = "forever"', "retention"),
        ("workers = true", "workers"),
        ('workers = "2"', "workers"),
        ('[politeness]\nallow_private = ["10.0.0.0/40"]', "politeness.allow_private[0]"),
        ('[tag]\nauthority = "UPPER case"', "tag.authority"),
        ('poll = "often"', "poll"),
        ('retention = "9999999999d"', "retention"),
        ('title = "\\u202e"', "title"),
    ],
)
def test_values_are_checked_strictly(tmp_path, main, key):
    """No coercion: a wrong kind of value is a problem at its key."""
    (told,) = problems(write_config(tmp_path, main=main))
    assert told.startswith(f"syndicator.toml: {key}:")


def test_the_command_line_outranks_the_environment_outranks_the_file(tmp_path):
    """CLI > environment > file > default."""
    folder = write_config(tmp_path, main='title = "file"\n[poll]\ninterval = "1h"\n')
    environ = {"SYNDICATOR_TITLE": "environment", "SYNDICATOR_POLL_INTERVAL": "2h", "SYNDICATOR_WORKERS": "3"}
    assert load(folder, environ={}).title == "file"
    config = load(folder, environ=environ)
    assert (config.title, config.bounds.interval, config.workers) == ("environment", timedelta(hours=2), 3)
    assert load(folder, environ=environ, overrides={"title": "2026", "tag.date": "2025"}).title == "2026"
    private = load(folder, environ={"SYNDICATOR_POLITENESS_ALLOW_PRIVATE": "10.0.0.0/8, fd00::/8"}).politeness
    assert [str(network) for network in private.allow_private] == ["10.0.0.0/8", "fd00::/8"]
    assert "is not a number" in problems(folder, environ={"SYNDICATOR_WORKERS": "many"})[0]


def test_a_feed_has_the_formats_of_feeds_unless_it_names_some(tmp_path):
    """Those that the one table gives to every feed; maps only where they are asked for."""
    feeds = {"all": 'title = "A"\nwhere = ""\n', "one": 'title = "O"\nwhere = ""\nformats = ["rss"]\n'}
    found = load(write_config(tmp_path, main="", feeds=feeds), environ={}).feeds
    assert (found["all"].formats, found["one"].formats) == (DEFAULT_FORMATS, ("rss",))


def test_a_format_that_there_is_not_is_a_problem_at_its_place(tmp_path):
    """With those that there are; a feed in no format is a problem, too."""
    feeds = {
        "none": 'title = "N"\nwhere = ""\nformats = []\n',
        "number": 'title = "N"\nwhere = ""\nformats = [1]\n',
        "wrong": 'title = "W"\nwhere = ""\nformats = ["atom", "exe"]\n',
    }
    none, number, wrong = problems(write_config(tmp_path, main="", feeds=feeds))
    assert none.startswith("feeds/none.toml: formats: ")
    assert number.startswith("feeds/number.toml: formats[0]: ")
    assert wrong == (f"feeds/wrong.toml: formats[1]: there is no format 'exe': choose from {', '.join(FORMAT_NAMES)}")


def test_a_feeds_labels_may_be_in_any_language_of_cldr(tmp_path):
    """English, if none is named."""
    feeds = {name: f'title = "T"\nwhere = ""\n{key}\n' for name, key in (("ar", 'labels = "ar"'), ("plain", ""))}
    found = load(write_config(tmp_path, main="", feeds=feeds), environ={}).feeds
    assert (found["ar"].labels, found["plain"].labels) == ("ar", "")


def test_a_language_that_there_is_not_is_told_with_the_feed_the_key_and_what_to_do(tmp_path):
    """A code that nobody has, a language's name, and what is no text."""
    feeds = {name: f'title = "T"\nwhere = ""\nlabels = {value}\n' for name, value in
             (("code", '"xx"'), ("name", '"arabic"'), ("number", "1"))}  # fmt: skip
    code, name, number = problems(write_config(tmp_path, main="", feeds=feeds))
    assert code.startswith('feeds/code.toml: labels: "xx" is not the code of a language')
    assert "without this key labels are English" in code
    assert name.startswith("feeds/name.toml: labels: ")
    assert 'is "ar" (Arabic) meant?' in name
    assert number.startswith("feeds/number.toml: labels: ")


def test_secrets_may_come_from_files(tmp_path):
    """SYNDICATOR_STORE_FILE names a file that holds the value; both at once is a problem."""
    folder = write_config(tmp_path / "c", main="")
    (tmp_path / "secret").write_text("sqlite:////nowhere/x.db\n")
    environ = {"SYNDICATOR_STORE_FILE": str(tmp_path / "secret")}
    assert load(folder, environ=environ).store == "sqlite:////nowhere/x.db"
    assert "unset one" in problems(folder, environ={**environ, "SYNDICATOR_STORE": "x"})[0]
    assert "cannot read" in problems(folder, environ={"SYNDICATOR_STORE_FILE": "/does/not/exist"})[0]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://u:geheim@h", "is not an address like"),
        ("mysql://u:geheim@h/news", "is not an address like"),
        ("/var/lib/news.db", "is not an address like"),
        ("postgresql://u:geheim:/@h/news", "written %40, %2F and %3A"),
        ("postgresql+asyncpg://u:geheim@h/news", "is not an address like"),
    ],
)
def test_a_store_that_cannot_be_is_a_problem_that_shows_no_password(tmp_path, address, said):
    """It names the file and the key, and how an address is written."""
    (problem,) = problems(write_config(tmp_path, main=f"store = {json.dumps(address)}\n"))
    assert problem.startswith("syndicator.toml: store: ")
    assert said in problem
    assert "geheim" not in problem


@pytest.mark.parametrize(
    "address", ["sqlite:////var/lib/новости.db", "postgresql://u:%40@[::1]:5433/خبر?sslmode=require"]
)
def test_a_store_may_be_in_either_database(tmp_path, address):
    """The address is taken as it is."""
    folder = write_config(tmp_path, main=f"store = {json.dumps(address)}\n")
    assert load(folder, environ={}).store == address


def test_folders_are_found_by_themselves(tmp_path):
    """The environment, then XDG; a miss says where it looked."""
    home = tmp_path / "home"
    write_config(home / ".config" / "syndicator", main="")
    assert find_folder({"HOME": str(home)}) == home / ".config" / "syndicator"
    assert find_folder({"SYNDICATOR_CONFIG": "/x", "HOME": str(home)}).name == "x"
    assert str(find_state({"STATE_DIRECTORY": "/var/lib/syndicator"})) == "/var/lib/syndicator"
    with pytest.raises(ConfigError, match="looked for"):
        find_folder({"HOME": str(tmp_path / "nobody")})


def test_what_no_parser_should_meet_is_a_problem_like_any_other(tmp_path):
    """Numbers of thousands of digits, brackets without end, terms without a word: said, not raised."""
    folder = write_config(
        tmp_path,
        concepts={"c": 'label = "C"\n[terms]\nen = ["*", "!!", "good"]\n'},
        outlets={"deep": "x = " + "[" * 5000, "long": "x = " + "9" * 5000},
    )
    told = problems(folder)
    assert sum(line.startswith("concepts/c.toml: terms.en[") for line in told) == 2
    assert {line.split(":")[0] for line in told} == {"concepts/c.toml", "outlets/deep.toml", "outlets/long.toml"}


def test_a_sources_id_holds_no_secret(tmp_path):
    """It stands in the log and on the status page."""
    folder = write_config(tmp_path, outlets={"a": outlet("https://a.example", path="/f?api_key=SECRET")})
    (source,) = load(folder, environ={}).sources.values()
    assert source.id == "a/f?api_key=***"
    assert "SECRET" in source.home


def test_user_names_in_addresses_are_only_for_asking(tmp_path):
    """The endpoint has them; what readers see is made without."""
    folder = write_config(tmp_path, outlets={"a": outlet("https://u:p@a.example")})
    config = load(folder, environ={})
    assert config.outlets["a"].home == "https://a.example"
    assert config.outlets["a"].sources[0].home == "https://u:p@a.example/feed.xml"


def test_a_path_source_and_an_address_source(tmp_path):
    """Exactly one of path and url."""
    both = outlet("https://a.example", extra='url = "https://b.example/f"')
    assert "needs either path" in problems(write_config(tmp_path, outlets={"a": both}))[0]


def test_the_shipped_configuration_is_well(pytestconfig):
    """config/ has at least fifteen outlets and the three promised feeds."""
    config = load(pytestconfig.rootpath / "config", environ={})
    assert len(config.outlets) >= 15
    assert {"syria-ceasefire", "idlib", "everything"} <= set(config.feeds)
    assert len(config.outlets["presstv"].mirrors) >= 1
    assert {outlet.language for outlet in config.outlets.values()} >= {"en", "ar", "fa", "ru", "tr"}


def test_every_file_of_the_package_is_packed(pytestconfig):
    """Data beside the code is matched by a pattern of pyproject.toml."""
    project = tomllib.loads((pytestconfig.rootpath / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["syndicator"]
    package = pytestconfig.rootpath / "syndicator"
    packed = {path for pattern in patterns for path in package.glob(pattern)}
    data = {p for p in package.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")}
    assert data <= packed


@pytest.mark.long
@pytest.mark.xdist_group("compiler")
def test_places_of_ones_own(tmp_path):
    """A camp, a name more for a town, a group: filters name them, texts are read with them, groups mean their members."""
    where = "region:SY-ID/zebra-camp or about:quad or region:US-TX/houston"
    folder = write_config(tmp_path, regions={"mine": CUSTOM_PLACES}, feeds={"f": f"title = \"F\"\nwhere = '{where}'\n"})
    config = load(folder, environ={})
    tagger = RegionTagger(open_gazetteer(config.gazetteer))
    for title, language, term in (
        ("Fire in Zebra camp", "en", "SY-ID/zebra-camp"),
        ("حريق في مخيم الزيبرا", "ar", "SY-ID/zebra-camp"),
        ("Families return to Saraquib", "en", "SY-ID/saraqib"),
        ("Ministers of the Quad meet", "en", "quad"),
    ):
        assert term in {tag.term for tag in tagger(title, "", language)}
    filters = Filters({"quad": parse("about:quad", config.vocabulary)})
    tags = tagger("Earthquake in Japan", "")
    assert filters(Subject("Earthquake in Japan", "", "en", (), tags)) == {"quad"}


def test_filters_come_parsed(tmp_path):
    """Whoever takes the configuration need not read them again."""
    folder = write_config(
        tmp_path,
        feeds={"truces": "title = \"T\"\nwhere = 'truce lang:en'\n", "all": 'title = "A"\nwhere = ""\n'},
    )
    config = load(folder, environ={})
    assert config.filters.keys() == config.feeds.keys()
    assert config.filters["truces"] == parse("truce lang:en", config.vocabulary)
    assert Filters(config.filters)(Subject("Truce holds", "", "fr", (), ())) == {"all"}


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("paris", "FR-IDF/paris (Paris)"), ("UK", "GB (United Kingdom)"), ("georgia", "GE (Georgia) or region:US-GA"),
        ("gaza", "PS/gaza-strip (Gaza Strip)"), ("سوريا", "SY (Syria)"),
    ],
)  # fmt: skip
def test_a_region_by_its_name_is_answered_with_its_terms(tmp_path, asked, meant):
    """As tags have them, the likeliest first."""
    (told,) = problems(write_config(tmp_path, feeds={"f": f"title = \"F\"\nwhere = 'region:{asked}'\n"}))
    isolates = dict.fromkeys((0x2068, 0x2069))
    assert f'there is no region "{asked}": region:{meant}' in told.translate(isolates)


@pytest.mark.parametrize(
    "place",
    [
        'of = "SY"\nnames = ["S"]\nid = "s"', 'label = "G"\nmembers = ["SY"]\nkind = "town"', 'label = "!!!"\nwithin = "SY"',
        'of = "SY"\nnames = ["..."]',
    ],
)  # fmt: skip
def test_what_would_be_silently_ignored_is_told(tmp_path, place):
    """A key that goes with nothing, a name that no text can have."""
    (told,) = problems(write_config(tmp_path, regions={"r": f"[[place]]\n{place}\n"}))
    assert told.startswith("regions/r.toml: place[0]")


@pytest.mark.long
@pytest.mark.xdist_group("compiler")
def test_places_that_make_no_sense_are_told_by_file_and_key(tmp_path):
    """Every kind of mistake; none stops the others from being told."""
    bad = (
        '[[place]]\nlabel = "A"\n[[place]]\nnames = ["B"]\n[[place]]\nof = "SY"\n'
        '[[place]]\nlabel = "C"\nwithin = "SY"\nlat = 3.0\n[[place]]\nlabel = "D"\nwithin = "SY"\ncolour = "red"\n'
    )
    told = problems(write_config(tmp_path / "a", regions={"bad": bad}))
    assert told == ["regions/bad.toml: place[4].colour: is not a known key"]
    told = problems(write_config(tmp_path / "b", regions={"bad": bad.rpartition("[[")[0]}))
    for number, start in enumerate(("needs either within", "needs either label", ".names: is empty", "needs both lat")):
        assert any(f"place[{number}]" in line and start.lstrip(".") in line for line in told), told
    lost = '[[place]]\nlabel = "Camp"\nwithin = "XX-9"\n'
    assert problems(write_config(tmp_path / "c", regions={"lost": lost})) == [
        'regions/lost.toml: place[0].within: there is no region "XX-9"'
    ]


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("feeds", "neither an absolute path nor"),
        ("http://copy.example/feeds", "neither an absolute path nor"),
        ("s3://AKIA:sesame@bucket/feeds", "credentials belong in the environment"),
        ("s3://bucket/feeds?secret=sesame", "credentials belong in the environment"),
        ("s3:///feeds", "neither an absolute path nor"),
        ("{state}/feeds", "is in the state folder"),
        ("{state}/../{name}", "is in the state folder"),
    ],
)
def test_a_copy_has_a_place_where_it_can_be(tmp_path, target, told):
    """A folder elsewhere or a bucket; what is wrong is told with its key, and without secrets."""
    state = tmp_path / "s"
    target = target.format(state=state, name=state.name)
    folder = write_config(tmp_path / "c", main=f"[publish]\nalso_to = ['/srv/www', '{target}']\n")
    (problem,) = problems(folder, state=state)
    assert problem.startswith("syndicator.toml: publish.also_to[1]: ")
    assert told in problem
    assert "sesame" not in problem


def test_copies_may_be_given_in_the_environment(tmp_path):
    """As lists with commas; one that is given twice is one."""
    environ = {
        "SYNDICATOR_PUBLISH_ALSO_TO": "/srv/www/, s3://bucket/feeds/,/srv/www",
        "SYNDICATOR_PUBLISH_ALSO_AT": "https://c.example/",
    }
    config = load(write_config(tmp_path / "c"), environ=environ, state=tmp_path / "s")
    assert config.copies_to == ("/srv/www", "s3://bucket/feeds")
    assert config.copies_at == ("https://c.example",)
