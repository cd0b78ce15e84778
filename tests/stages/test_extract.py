"""The parent and its children: who is killed, who is to blame, and what comes of it."""

import asyncio
import contextlib
import fcntl
import os
import resource
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from syndicator.errors import LocalFaultError, WorkerError
from syndicator.extract import COMMAND, ClassificationRules, Extractor, Limits, Pool
from syndicator.markup import words_of_safe
from syndicator.models import Concept, Document, Outcome, ParsedDocument, Source, Story, Tag
from syndicator.query import Filters, Subject, Vocabulary, parse
from syndicator.tag import OutletHistory, Tagger, ensure_gazetteer, open_gazetteer
from tests.conftest import NOW
from tests.newsroom import Item, rss

URL = "https://outlet.example/feed.xml"
SOURCE = Source(id="outlet/feed.xml", outlet="outlet", endpoints=(URL,), language="en")


@pytest.fixture
async def pool():
    made = Pool(COMMAND, size=1)
    yield made
    await made.close()


async def prepared(pool, body, **what):
    document = Document(endpoint=URL, outcome=Outcome.OK, url=URL, body=body)
    values = {"source": SOURCE, "bases": ("https://outlet.example",), "now": NOW, **what}
    return await Extractor(pool).document(document, **values)


async def test_an_idle_worker_that_died_costs_no_document_anything():
    """Found dead, it is replaced, and the document is parsed."""
    pool = Pool(COMMAND, size=1)
    try:
        assert isinstance(await prepared(pool, rss(Item("t", guid="1"))), ParsedDocument)
        os.kill(pool._free[0].pid, signal.SIGKILL)
        assert isinstance(await prepared(pool, rss(Item("t", guid="1"))), ParsedDocument)
    finally:
        await pool.close()


async def test_f24_a_document_that_takes_too_long_is_killed_and_the_next_one_is_parsed():
    """Killed at its CPU limit; the pool goes on with a new child."""
    pool = Pool(COMMAND, size=1, limits=Limits(cpu=1, wall=20))
    hostile = (
        rss(Item("t", guid="1"))
        .replace(b"<rss", b"<!DOCTYPE rss><rss")
        .replace(b"</item>", b"<x/>" * 400_000 + b"</item>")
    )
    try:
        result = await prepared(pool, hostile)
        assert result.outcome is Outcome.PARSE_TIMEOUT
        assert len((await prepared(pool, rss(Item("t", guid="1")))).entries) == 1
    finally:
        await pool.close()


async def test_the_wall_limit_kills_too():
    """A child that hangs without using the CPU is ended from outside."""
    code = "import socket,sys,time\nfrom syndicator.extract.worker import serve_template\n"
    code += "serve_template(socket.socket(fileno=int(sys.argv[1])), lambda _: lambda h, b: time.sleep(60))"
    pool = Pool((sys.executable, "-c", code), size=1, limits=Limits(wall=0.2))
    try:
        with pytest.raises(WorkerError) as caught:
            await pool.run(b"", b"")
    finally:
        await pool.close()
    assert caught.value.reason == Outcome.PARSE_TIMEOUT


async def test_too_much_memory_is_an_outcome(pool):
    """The limit makes an error of it, not a dead machine."""
    code = "import socket,sys\nfrom syndicator.extract.worker import serve_template\n"
    code += "serve_template(socket.socket(fileno=int(sys.argv[1])), lambda _: lambda h, b: b'x' * (1 << 40))"
    greedy = Pool((sys.executable, "-c", code), size=1)
    try:
        with pytest.raises(WorkerError) as caught:
            await greedy.run(b"", b"")
    finally:
        await greedy.close()
    assert caught.value.reason == Outcome.PARSE_CRASH


async def test_a_template_that_died_is_replaced():
    """The pool notices and starts another."""
    pool = Pool(COMMAND, size=1, limits=Limits(jobs=1))
    try:
        assert isinstance(await prepared(pool, rss(Item("t", guid="1"))), ParsedDocument)
        os.kill(pool.template_pid, signal.SIGKILL)
        assert isinstance(await prepared(pool, rss(Item("t", guid="1"))), ParsedDocument)
    finally:
        await pool.close()


# --- faults of this machine: never the document's ------------------------------------------------------

# A template whose children answer with HANDLER, without the imports of the real one.
LIGHT = """
import os, resource, signal, socket, sys, time
from pathlib import Path
from syndicator.extract.worker import serve_template
folder = Path(sys.argv[1])
{before}
def make(set_up):
    {make}
    def handle(header, body):
        with (folder / "runs").open("a") as runs:
            runs.write("run\\n")
        {handle}
        return str(os.getpid()).encode()
    return handle
with (folder / "starts").open("a") as starts:
    starts.write("start\\n")
with socket.socket(fileno=int(sys.argv[-1])) as control:
    serve_template(control, make{more})
"""


@pytest.fixture
async def light(tmp_path):
    """Make pools of light children; their folder counts the jobs they began, and how often a template was started."""
    pools = []

    def made(handle="pass", *, make="pass", before="", more="", limits=None, retry_after=0.0):
        code = LIGHT.format(handle=handle, make=make, before=before, more=more)
        pool = Pool((sys.executable, "-c", code, str(tmp_path)), size=1, limits=limits, retry_after=retry_after)
        pools.append(pool)
        return pool

    yield made
    for pool in pools:
        await pool.close()


def count(folder, what):
    return len((folder / what).read_text().splitlines()) if (folder / what).exists() else 0


KILL = "os.kill(os.getpid(), signal.SIGKILL)"


@pytest.mark.parametrize("cpu", [5, 0])
async def test_a_child_that_somebody_else_kills_costs_its_document_nothing(light, tmp_path, cpu):
    """The kernel's OOM killer, or an operator: the document is tried once more, in a fresh child."""
    once = f"(folder / 'killed').exists() or ((folder / 'killed').touch(), {KILL})"
    pool = light(once, limits=Limits(cpu=cpu))
    assert int(await pool.run(b"", b"")) > 0
    assert count(tmp_path, "runs") == 2


async def test_a_document_that_has_its_child_killed_twice_is_to_blame(light, tmp_path):
    """It is what makes the kernel's OOM killer act; no third child is given to it."""
    pool = light(KILL)
    with pytest.raises(WorkerError, match="SIGKILL") as caught:
        await pool.run(b"", b"")
    assert (caught.value.reason, count(tmp_path, "runs")) == (Outcome.PARSE_CRASH, 2)


async def test_a_document_of_which_its_child_dies_is_to_blame_at_once(light, tmp_path):
    """Nobody but the child itself ends it by such a signal."""
    pool = light("os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(WorkerError, match="SIGSEGV") as caught:
        await pool.run(b"", b"")
    assert (caught.value.reason, count(tmp_path, "runs")) == (Outcome.PARSE_CRASH, 1)


@pytest.fixture
def own_gazetteer(rules, tmp_path):
    """Rules whose gazetteer may be removed."""
    path = tmp_path / "cache" / "gazetteer-own.bin"
    path.parent.mkdir()
    shutil.copy(rules.gazetteer, path)
    return replace(rules, gazetteer=path)


async def read_syria(extractor):
    body = rss(Item("Ceasefire holds in Idlib", guid="1"))
    document = Document(endpoint=URL, outcome=Outcome.OK, url=URL, body=body)
    parsed = await extractor.document(document, source=SOURCE, bases=("https://outlet.example",), now=NOW)
    return parsed.entries[0].feeds


def lose_template(pool):
    pool._drop_idle()
    os.kill(pool.template_pid, signal.SIGKILL)


async def test_a_gazetteer_that_was_removed_is_written_again(pool, own_gazetteer):
    """A template that has to be started again finds it: the parent has it mapped still."""
    extractor = Extractor(pool, own_gazetteer)
    assert "syria" in await read_syria(extractor)
    own_gazetteer.gazetteer.unlink()
    lose_template(pool)
    assert "syria" in await read_syria(extractor)
    assert own_gazetteer.gazetteer.read_bytes() == ensure_gazetteer().read_bytes()


async def test_a_gazetteer_that_cannot_be_written_again_is_a_fault_of_ours(own_gazetteer):
    """It is named, and so is what to do; once it can be written all is well again."""
    pool = Pool(COMMAND, size=1, retry_after=0.0)
    extractor = Extractor(pool, own_gazetteer)
    folder = own_gazetteer.gazetteer.parent
    try:
        assert "syria" in await read_syria(extractor)
        shutil.rmtree(folder)
        folder.write_text("in the way")
        lose_template(pool)
        with pytest.raises(LocalFaultError, match=r"gazetteer-own\.bin"):
            await read_syria(extractor)
        assert str(own_gazetteer.gazetteer) in pool.fault
        folder.unlink()
        assert "syria" in await read_syria(extractor)
        assert pool.fault == ""
    finally:
        await pool.close()


async def test_new_rules_have_their_gazetteer_shared_by_all_children(pool, rules, own_gazetteer):
    """A template that has mapped another is replaced, at the next fork."""
    extractor = Extractor(pool)
    for each in (rules, own_gazetteer):
        extractor.adopt(each, OutletHistory(lambda _: None))
        assert "syria" in await read_syria(extractor)
        mapped = Path(f"/proc/{pool.template_pid}/maps").read_text()
        assert str(each.gazetteer) in mapped
    assert str(rules.gazetteer) not in mapped


async def test_a_gazetteer_in_force_is_locked(pool, own_gazetteer):
    """Who removes what is not in use any more can tell that this one is, in any process."""
    extractor = Extractor(pool, own_gazetteer)
    with own_gazetteer.gazetteer.open("rb") as file:
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        extractor.adopt(ClassificationRules(), OutletHistory(lambda _: None))
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


LIMIT_CPU = "resource.setrlimit(resource.RLIMIT_CPU, ({0}, {0}))"


async def test_an_inherited_limit_of_cpu_time_is_kept(light):
    """``ulimit -t 3600`` kills no document."""
    assert int(await light(before=LIMIT_CPU.format(3600)).run(b"", b"")) > 0


async def test_a_child_ends_before_an_inherited_limit_does_it(light):
    """What documents may cost together is no document's fault; the next one gets a fresh child."""
    burn = "begun = time.process_time()\n        while time.process_time() < begun + 0.8: pass"
    pool = light(burn, before=LIMIT_CPU.format(19), limits=Limits(cpu=16))
    assert len({await pool.run(b"", b"") for _ in range(4)}) == 2


async def test_an_inherited_limit_too_low_to_work_with_is_a_fault_of_ours(light, tmp_path):
    """It is named with what it is and what it must be."""
    pool = light(before=LIMIT_CPU.format(6))
    with pytest.raises(LocalFaultError, match=r"RLIMIT_CPU.* 6 s.*ulimit -t"):
        await pool.run(b"", b"")
    assert "ulimit -t" in pool.fault
    assert count(tmp_path, "runs") == 0


async def test_too_little_memory_by_an_inherited_limit_is_a_fault_of_ours(light):
    """With that little no document could be parsed; with somewhat less than usual most can."""
    limit = "resource.setrlimit(resource.RLIMIT_AS, ({0} << 20, {0} << 20))"
    pool = light(before=limit.format(450))
    with pytest.raises(LocalFaultError, match="ulimit -v"):
        await pool.run(b"", b"")
    assert int(await light("bytes(1 << 28)", before=limit.format(800)).run(b"", b"")) > 0


@pytest.mark.parametrize(("number", "words"), [("EAGAIN", "ulimit -u"), ("ENOMEM", "memory")])
async def test_a_fork_that_fails_is_a_fault_of_ours_and_passes(light, tmp_path, number, words):
    """The template lives on, and the next fork that succeeds clears the fault."""
    refuse = f"""
import errno
def fork():
    if (folder / "full").exists():
        raise OSError(errno.{number}, os.strerror(errno.{number}))
    return os.fork()
"""
    pool = light(before=refuse, more=", fork")
    (tmp_path / "full").touch()
    with pytest.raises(LocalFaultError, match=words):
        await pool.run(b"", b"")
    assert words in pool.fault
    (tmp_path / "full").unlink()
    assert int(await pool.run(b"", b"")) > 0
    assert (pool.fault, count(tmp_path, "starts")) == ("", 1)


async def test_too_few_descriptors_are_a_fault_of_ours(light):
    """Files, connections and children share them."""
    pool = light()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest, fillers = max(int(each.name) for each in Path("/proc/self/fd").iterdir()), []
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                fillers.append(os.open(os.devnull, os.O_RDONLY))
        with pytest.raises(LocalFaultError, match="ulimit -n"):
            await pool.run(b"", b"")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for each in fillers:
            os.close(each)
    assert int(await pool.run(b"", b"")) > 0
    assert pool.fault == ""


async def test_a_set_up_that_fails_is_a_fault_of_ours(light, tmp_path):
    """No document has been read by then."""
    pool = light(make="raise ValueError('these rules cannot be read')")
    with pytest.raises(LocalFaultError, match="these rules cannot be read"):
        await pool.run(b"", b"")
    assert count(tmp_path, "runs") == 0


async def test_a_program_that_cannot_be_started_is_a_fault_of_ours():
    """As after an upgrade that has removed the interpreter."""
    pool = Pool(("/nonexistent/python",), size=1)
    with pytest.raises(LocalFaultError, match="/nonexistent/python"):
        await pool.run(b"", b"")
    await pool.close()


async def test_documents_that_wait_do_not_each_start_a_template_that_ends(light, tmp_path):
    """One try, and one more; then none until a while has passed."""
    pool = light(before="(folder / 'starts').open('a').write('start\\n'), sys.exit(3)", retry_after=1000.0)
    results = await asyncio.gather(*(pool.run(b"", b"") for _ in range(20)), return_exceptions=True)
    assert {type(each) for each in results} == {LocalFaultError}
    assert "exit code 3" in str(results[-1])
    assert count(tmp_path, "starts") == 2


@pytest.mark.parametrize(
    "ask",
    [
        lambda it, document: it.document(document, source=SOURCE, bases=(), now=NOW),
        lambda it, document: it.full_text(document, source=SOURCE, title="t", now=NOW),
        lambda it, document: it.inspect(document, now=NOW),
        lambda it, document: it.classify(STORIES[:3], retag=True),
    ],
    ids=["document", "full text", "inspect", "classify"],
)
async def test_no_answer_is_made_up_for_a_fault_of_ours(light, ask):
    """It is raised, whatever was asked: nothing is rejected, found empty or left untagged for it."""
    extractor = Extractor(light(before="sys.exit(3)"))
    with pytest.raises(LocalFaultError):
        await ask(extractor, Document(endpoint=URL, outcome=Outcome.OK, url=URL, body=rss(Item("t", guid="1"))))


# --- stories of the store ------------------------------------------------------------------------------

CONCEPTS = (Concept(id="ceasefire", label="Ceasefire", terms=("ceasefire", "truce")),)
OLD_TAG = Tag(scheme="region", term="DE", label="Germany", path=("DE",), evidence=())


def story(number, title, text="", **what):
    values = {
        "id": number,
        "uid": f"tag:test.invalid:outlet/{number}",
        "outlet": "outlet",
        "source": "outlet/feed.xml",
        "source_title": "Outlet",
        "title": title,
        "html": f"<p>{text}</p>",
        "link": None,
        "author": None,
        "language": "en",
        "published": NOW,
        "first_seen": NOW,
        "updated": NOW,
        "tags": (OLD_TAG,),
        "outlets": ("outlet",),
    }
    return Story(**{**values, **what})


STORIES = (
    story(1, "Ceasefire holds in Idlib", "Roads to Aleppo reopen."),
    story(2, "Budget passed", "Springfield keeps its schools."),
    story(3, "Budget passed", "Springfield keeps its schools.", outlet="paper", outlets=("paper", "outlet")),
    story(4, "Перемирие в Идлибе", language="ru"),
    story(5, "هدنة في إدلب", "اتفاق", language="ar-SY", tags=()),
    story(6, "Nothing of note"),
    *(story(number, f"Truce number {number} in Aleppo", "x " * 3000) for number in range(7, 130)),
)


@pytest.fixture(scope="module")
def rules():
    gazetteer = ensure_gazetteer()
    known = open_gazetteer(gazetteer)
    vocabulary = Vocabulary(
        values={
            "region": known.labels(),
            "concept": {"ceasefire": "Ceasefire"},
            "outlet": {"outlet": "Outlet", "paper": "Paper"},
        },
        find_region=known.label_of,
    )
    wheres = {
        "syria": "region:SY",
        "germany": "region:DE",
        "truce": "concept:ceasefire or перемирие",
        "paper": "outlet:paper",
        "arabic": "lang:ar",
        "all": "",
    }
    return ClassificationRules(
        gazetteer=gazetteer,
        countries={"paper": "US"},
        concepts=CONCEPTS,
        filters={name: parse(where, vocabulary) for name, where in wheres.items()},
        fingerprint="these rules",
    )


def classified_here(rules, history, stories, *, retag):
    """Classify in this process, by nothing but the tagger and the filters themselves."""
    tag, select = Tagger(rules.concepts, rules.gazetteer), Filters(rules.filters)
    for each in stories:
        text, tags = words_of_safe(each.html), each.tags
        if retag:
            country = rules.countries.get(each.outlet, "")
            tags = tag(each.title, text, each.language, country, history.shares(each.outlet))
        yield tags, tuple(sorted(select(Subject(each.title, text, each.language, each.outlets, tags))))


@pytest.mark.parametrize("retag", [True, False])
async def test_stories_are_classified_in_a_child_as_they_would_be_here(pool, rules, retag):
    """Tags and feeds of each, in order, with the outlet's country and places, by the rules that are named."""
    history = OutletHistory(open_gazetteer(rules.gazetteer).number_of)
    in_oregon = Tag(scheme="region", term="US-OR", label="Oregon", path=("US", "US-OR"), evidence=(), role="about")
    history.learn("outlet", [(in_oregon,)] * 5)
    found = await Extractor(pool, rules, history).classify(STORIES, retag=retag)
    assert found.rules_fingerprint == "these rules"
    assert found.results == tuple(classified_here(rules, history, STORIES, retag=retag))
    assert {feed for _, feeds in found.results for feed in feeds} >= {"all", "paper", "arabic", "truce"}
    if retag:
        assert "syria" in found.results[0][1]
        assert found.results[1] != found.results[2]
        assert (await Extractor(pool, rules, history).classify((), retag=True)).results == ()


# A child that dies of any job that has the word Poison in it, when stories are tagged or always.
MORTAL = """
import os, socket, sys
from syndicator.extract.child import make_handler
from syndicator.extract.job import decode_classify_job, split_request
from syndicator.extract.worker import serve_template
def make(set_up):
    handle = make_handler(set_up)
    def mortal(header, body):
        job = decode_classify_job(split_request(header)[1])
        for story in job.stories:
            if "Poison" in story.title and (job.retag or "always" in story.title):
                os.abort()
        return handle(header, body)
    return mortal
with socket.socket(fileno=int(sys.argv[-1])) as control:
    serve_template(control, make)
"""


async def test_one_poisonous_story_costs_no_other_its_tags(rules):
    """It is found by halving, named once, keeps its tags, and is where those tags select it if a child survives that."""
    poisoned = list(STORIES[:40])
    poisoned[11], poisoned[23] = story(11, "Poison in Aleppo"), story(23, "Poison, always, in Aleppo")
    pool = Pool((sys.executable, "-c", MORTAL), size=1)
    history = OutletHistory(open_gazetteer(rules.gazetteer).number_of)
    try:
        with capture_logs() as logs:
            found = await Extractor(pool, rules, history).classify(poisoned, retag=True)
    finally:
        await pool.close()
    expected = list(classified_here(rules, history, poisoned, retag=True))
    expected[11], expected[23] = ((OLD_TAG,), ("all", "germany")), ((OLD_TAG,), ())
    assert list(found.results) == expected
    assert found.rules_fingerprint == "these rules"
    named = [each["story"] for each in logs]
    assert [named.count(poisoned[number].uid) for number in (11, 23, 12)] == [1, 1, 0]
