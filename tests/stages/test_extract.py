"""The parent and its children: who is killed, who is to blame, and what comes of it."""

import os
import signal
import sys

import pytest

from syndicator.errors import WorkerError
from syndicator.extract import COMMAND, ClassificationRules, Extractor, Limits, Pool
from syndicator.markup import words_of_safe
from syndicator.models import Concept, Document, Outcome, ParsedDocument, Source, Story, Tag
from syndicator.query import Filters, Subject, Vocabulary, parse
from syndicator.tag import OutletHistory, Tagger, open_gazetteer, ready
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
        .replace(b"</item>", b"<author>" + b"a." * 20_000 + b"</author></item>")
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
    with pytest.raises(WorkerError) as caught:
        await pool.run(b"", b"")
    await pool.close()
    assert caught.value.reason == Outcome.PARSE_TIMEOUT


async def test_too_much_memory_is_an_outcome(pool):
    """The limit makes an error of it, not a dead machine."""
    code = "import socket,sys\nfrom syndicator.extract.worker import serve_template\n"
    code += "serve_template(socket.socket(fileno=int(sys.argv[1])), lambda h, b: b'x' * (1 << 40))"
    greedy = Pool((sys.executable, "-c", code), size=1)
    with pytest.raises(WorkerError) as caught:
        await greedy.run(b"", b"")
    await greedy.close()
    assert caught.value.reason == Outcome.PARSE_CRASH


async def test_a_template_that_died_is_replaced():
    """The pool notices and starts another."""
    pool = Pool(COMMAND, size=1, limits=Limits(jobs=1))
    try:
        assert isinstance(await prepared(pool, rss(Item("t", guid="1"))), ParsedDocument)
        pool._template.kill()
        await pool._template.wait()
        assert isinstance(await prepared(pool, rss(Item("t", guid="1"))), ParsedDocument)
    finally:
        await pool.close()


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
    gazetteer = ready()
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


async def test_one_poisonous_story_costs_no_other_its_tags(rules, capsys):
    """It is found by halving, named once, keeps its tags, and is where those tags select it if a child survives that."""
    poisoned = list(STORIES[:40])
    poisoned[11], poisoned[23] = story(11, "Poison in Aleppo"), story(23, "Poison, always, in Aleppo")
    pool = Pool((sys.executable, "-c", MORTAL), size=1)
    history = OutletHistory(open_gazetteer(rules.gazetteer).number_of)
    try:
        found = await Extractor(pool, rules, history).classify(poisoned, retag=True)
    finally:
        await pool.close()
    expected = list(classified_here(rules, history, poisoned, retag=True))
    expected[11], expected[23] = ((OLD_TAG,), ("all", "germany")), ((OLD_TAG,), ())
    assert list(found.results) == expected
    assert found.rules_fingerprint == "these rules"
    log = capsys.readouterr().out
    assert [log.count(poisoned[number].uid) for number in (11, 23, 12)] == [1, 1, 0]
