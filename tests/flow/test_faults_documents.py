"""F23 to F30: what a document can do to its reader; ``hostile`` asserts the invariants with every document served."""

import asyncio
import json
import os
import re
import sys
import unicodedata
from contextlib import asynccontextmanager, contextmanager
from ctypes import CDLL
from datetime import datetime, timedelta
from html import escape

import pytest
import pytest_asyncio
from aiohttp import web

from syndicator.extract import Limits
from tests.flow.hostile import GOOD, KILLED, LAST_GOOD, MEGABYTE, REFUSED, Meter, newsroom
from tests.newsroom import raw_server
from tests.processes import run
from tests.stores import any_store

pytestmark = [any_store, pytest.mark.asyncio(loop_scope="module"), pytest.mark.long, pytest.mark.xdist_group("room")]
SECRET = "the words of a file that is nobody's business"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory):
    """One daemon for all; a child for each document, so that none inherits another's memory."""
    async with newsroom(tmp_path_factory.mktemp("room"), Limits(cpu=1, jobs=1)) as made:
        yield made


def document(inside, prolog='<?xml version="1.0" encoding="UTF-8"?>'):
    """Write an RSS document around some items."""
    return f'{prolog}<rss version="2.0"><channel><title>Outlet</title>{inside}</channel></rss>'.encode()


def item(title, more="", text="A text of its own."):
    return (
        f"<item><title>{title}</title><guid>{escape(title[:20])}</guid><description>{text}</description>{more}</item>"
    )


# --- F23: entities ---------------------------------------------------------------------------------


def declaring(declarations, use="&z;"):
    """Write a document whose prolog declares."""
    return document(item("Bomb", text=use), f'<?xml version="1.0"?><!DOCTYPE rss [{declarations}]>')


LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
SMALL = '<!ENTITY z "words of an entity">'
BOMBS = {
    "billion laughs": lambda: declaring(LAUGHS, "&a12;"),
    "quadratic": lambda: declaring(f'<!ENTITY z "{"z" * 100_000}">', "&z;" * 20_000),
    "parameters": lambda: declaring(
        "<!ENTITY % p0 \"<!ENTITY z 'ha'>\">"
        + "".join(f'<!ENTITY % p{n + 1} "{f"&#37;p{n};" * 10}">' for n in range(9))
        + "%p9;"
    ),
    "chain of 100,000": lambda: declaring(
        '<!ENTITY a0 "x">' + "".join(f'<!ENTITY a{n + 1} "&a{n};">' for n in range(100_000)), "&a100000;"
    ),
    "in an attribute": lambda: declaring(LAUGHS).replace(b"<channel>", b'<channel about="&a12;">'),
    "in a default": lambda: declaring(LAUGHS + '<!ATTLIST rss about CDATA "&a12;">'),
    "lower down": lambda: declaring("<!-- a long preface -->" * 20_000 + SMALL),
    "after declarations": lambda: declaring('<!NOTATION n SYSTEM "a long preface">' * 5_000 + LAUGHS, "&a12;"),
    "after a false root": lambda: declaring('<!NOTATION n SYSTEM "<rss>">' + LAUGHS, "&a12;"),
    "between false comments": lambda: declaring(
        f'<!NOTATION n SYSTEM "<!--">{LAUGHS}<!NOTATION m SYSTEM "-->">', "&a12;"
    ),
    "between false instructions": lambda: declaring(
        f'<!NOTATION n SYSTEM "<?">{LAUGHS}<!NOTATION m SYSTEM "?>">', "&a12;"
    ),
    "UTF-16": lambda: declaring(SMALL).decode().encode("utf-16"),
    "UTF-16 without mark": lambda: declaring(SMALL).decode().encode("utf-16-be"),
    "UTF-32": lambda: declaring(SMALL).decode().encode("utf-32"),
    "EBCDIC": lambda: declaring(SMALL).replace(b"?>", b' encoding="cp037"?>', 1).decode().encode("cp037"),
    "UTF-7": lambda: declaring(SMALL).replace(b"?>", b' encoding="utf-7"?>', 1).replace(b"<!", b"+ADwAIQ-"),
}


@pytest.mark.parametrize("bomb", BOMBS)
async def test_f23_a_document_that_declares_entities_is_refused_at_once(room, bomb):
    """Whatever it hides them behind: within a second, and nothing of it comes in."""
    body = BOMBS[bomb]()
    async with room.enemy() as enemy:
        contention = room.neighbour.contention
        started = contention.mark()
        told = await enemy.serve(body, cpu=1.5)
        assert started.until(contention.mark()) < 1.5
        assert told["outcome"] in ({"poison_xml"} if bomb not in {"EBCDIC", "UTF-7", "UTF-32"} else REFUSED)
        assert await enemy.titles() == []


# --- F24: time ---------------------------------------------------------------------------------------

AUTHOR = item("Heavy", more=f"<author>{'a.' * (MEGABYTE // 2)}</author>")
# The document type has all of it read in the careful and slow way: some twenty CPU seconds.
SLOW = document(item("Slow", more="<x/>" * 400_000), "<!DOCTYPE rss>")


async def test_f24_a_document_that_costs_its_reader_everything_is_killed(room):
    """At its CPU limit, while the neighbour's polls go on; the next good document is read."""
    async with room.enemy() as enemy:
        told = await enemy.serve(SLOW)
        assert told["outcome"] == "parse_timeout"
        assert await enemy.titles() == []
        assert (await enemy.serve(document(item("Mended"))))["outcome"] == "ok"
        assert await enemy.titles() == ["Mended"]


HEAVY = {
    "author": lambda: document(AUTHOR, "<!DOCTYPE rss>"),
    "attribute": lambda: document(item("Heavy", more=f'<category domain="{"a" * MEGABYTE}">c</category>')),
    "50,000 attributes": lambda: document(
        item("Heavy", more="<category " + " ".join(f"a{n}='b'" for n in range(50_000)) + ">c</category>")
    ),
    "token": lambda: document(f"<{'t' * (4 * MEGABYTE)}/>" + item("Heavy")),
    "open token": lambda: document(item("Heavy")) + b"<" + b"t" * (4 * MEGABYTE),
    "open comment": lambda: document(item("Heavy") + "<!--" + "<!-" * MEGABYTE),
    "brackets": lambda: document(item("Heavy", text="&lt;" * (MEGABYTE // 2))),
    "bare brackets": lambda: document(item("Heavy", text="<![CDATA[" + "<" * MEGABYTE + "]]>")),
    "depth": lambda: document("<a>" * 200_000 + "</a>" * 200_000 + item("Heavy")),
    "depth of text": lambda: document(item("Heavy", text="<![CDATA[" + "<b>" * 200_000 + "]]>")),
    "namespaces": lambda: document(item("Heavy", more="".join(f'<x:c xmlns:x="urn:{n}"/>' for n in range(50_000)))),
}


@pytest.mark.parametrize("heavy", HEAVY)
async def test_f24_a_heavy_document_costs_a_bounded_time(room, heavy):
    """Read or killed, it is one or the other, and the neighbour does not notice."""
    body = HEAVY[heavy]()
    async with room.enemy() as enemy:
        told = await enemy.serve(body)
        assert told["outcome"] in GOOD | REFUSED | KILLED
        assert await enemy.titles() == (["Heavy"] if told["outcome"] in GOOD else [])


async def test_f24_as_many_slow_documents_as_there_are_workers_hold_up_nobody(tmp_path):
    """Two enemies at once, two workers: the neighbour finds one all the same."""
    async with newsroom(tmp_path, Limits(cpu=2)) as room, room.enemy() as one, room.enemy() as other:
        for told in await asyncio.gather(one.serve(SLOW, cpu=20, at_once=2), other.serve(SLOW, cpu=20, at_once=2)):
            assert told["outcome"] == "parse_timeout"


async def test_f24_after_three_kills_in_a_row_the_source_is_quarantined(tmp_path):
    """Three in a row, not in all. Its status says so and why; its next try is a day away, and it is not asked before."""
    async with newsroom(tmp_path, Limits(wall=1.0)) as room, room.enemy() as enemy:
        for body in (SLOW, document(item("Mended")), SLOW, SLOW):
            told = await enemy.serve(body)
        assert told["outcome"] == "parse_timeout"
        soon = datetime.fromisoformat(told["last_try_at"]) + timedelta(hours=1)
        assert datetime.fromisoformat(told["next_try_at"]) < soon
        told = await enemy.serve(SLOW)
        assert told["outcome"] == "suspended"
        late = datetime.fromisoformat(told["last_try_at"]) + timedelta(days=1)
        assert datetime.fromisoformat(told["next_try_at"]) >= late
        assert datetime.fromisoformat(told["due_at"]) >= late
        await enemy.answers.put(web.Response(body=LAST_GOOD))
        await room.neighbour.is_asked_again()
        assert not enemy.answers.empty()


# --- F25: what a document would have us open -----------------------------------------------------------

ATTEMPTS = {
    "file": '<!DOCTYPE rss [<!ENTITY z SYSTEM "file://{file}">]>',
    "path": '<!DOCTYPE rss [<!ENTITY z SYSTEM "{file}">]>',
    "http": '<!DOCTYPE rss [<!ENTITY z SYSTEM "{http}/entity">]>',
    "public": '<!DOCTYPE rss [<!ENTITY z PUBLIC "-//A//B" "{http}/entity">]>',
    "external DTD": '<!DOCTYPE rss SYSTEM "{http}/rss.dtd">',
    "external DTD in a file": '<!DOCTYPE rss SYSTEM "file://{file}">',
    "Netscape's DTD": '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "{http}/rss-0.91.dtd">',
    "parameter": '<!DOCTYPE rss [<!ENTITY % p SYSTEM "{http}/p"> %p;]>',
    "parameter from a file": '<!DOCTYPE rss [<!ENTITY % p SYSTEM "file://{file}"> %p;]>',
    "behind a false root": '<!DOCTYPE rss [<!NOTATION n SYSTEM "<rss>"><!ENTITY z SYSTEM "file://{file}">]>',
    "stylesheet": '<?xml-stylesheet type="text/xsl" href="{http}/style.xsl"?>',
    "stylesheet in a file": '<?xml-stylesheet type="text/xsl" href="file://{file}"?>',
    "XInclude": "",
    "links": "",
}
INCLUDE = '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{}" parse="text"/>'
CHILD = """
import json, sys
from datetime import UTC, datetime
from syndicator.errors import SyndicatorError
from syndicator.extract.document import extract_document
from syndicator.extract.job import Job
job = Job(url="http://127.0.0.1/f", outlet="o", content_type="text/xml", bases=("http://127.0.0.1",), language="en",
          now=datetime(2026, 3, 6, tzinfo=UTC))
def read(body):
    try:
        return [[entry.title, entry.html] for entry in extract_document(job, body.encode()).entries]
    except SyndicatorError as error:
        return str(error)
attempts = json.load(sys.stdin)
for name in ("links", "Netscape's DTD"):
    read(attempts[name])  # now everything that is imported late is imported
seen, answers = [], {}
WATCHED = ("open", "socket.", "subprocess.", "os.", "urllib.", "http.", "ctypes.", "import", "exec", "compile")
sys.addaudithook(lambda name, arguments: seen.append((name, str(arguments))) if name.startswith(WATCHED) else None)
for name, body in attempts.items():
    del seen[:]
    answers[name] = read(body), list(seen)
print(json.dumps(answers))
"""


def attempt(name, file, http):
    prolog = '<?xml version="1.0"?>' + ATTEMPTS[name].replace("{file}", str(file)).replace("{http}", http)
    use = "&z;" if "ENTITY z" in prolog else ""
    more = {
        "XInclude": INCLUDE.format(f"file://{file}") + INCLUDE.format(f"{http}/included"),
        "links": f'<link>file://{file}</link><enclosure url="file://{file}" type="a/b"/><comments>{http}/c</comments>',
    }
    return document(item("Reaching out", text=f"Before {use}", more=more.get(name, "")), prolog)


@contextmanager
def nobody_opens(path):
    """Assert that a file is opened by nobody at all, whatever the language (inotify(7))."""
    libc = CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        assert libc.inotify_add_watch(watch, bytes(path), 0x20) >= 0  # IN_OPEN
        yield
        with pytest.raises(BlockingIOError):
            os.read(watch, 4096)
    finally:
        os.close(watch)


@asynccontextmanager
async def nobody_connects():
    """Give an address, and assert that nobody came to it."""
    came = []

    async def note(reader, writer):
        came.append(writer)

    server, port = await raw_server(note)
    async with server:
        yield f"http://127.0.0.1:{port}"
    assert not came


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def child_saw(tmp_path_factory):
    """Have a child read all of them; give, for each, what came out and what Python opened meanwhile."""
    file = tmp_path_factory.mktemp("f25") / "secret.txt"
    file.write_text(SECRET)
    command = [sys.executable, "-c", CHILD]
    async with nobody_connects() as http:
        bodies = json.dumps({name: attempt(name, file, http).decode() for name in ATTEMPTS}).encode()
        with nobody_opens(file):
            done = await run(*command, stdin=bodies)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ATTEMPTS)
async def test_f25_reading_a_document_opens_no_file_and_no_connection(child_saw, name):
    """Python is asked by an audit hook, everything below it by the file itself and by the address."""
    answer, opened = child_saw[name]
    assert opened == []
    assert SECRET not in str(answer)
    assert "entities" in answer if "ENTITY" in ATTEMPTS[name] else answer[0][0] == "Reaching out"


async def test_f25_a_daemon_reaches_for_nothing_that_a_document_names(room, tmp_path):
    """Neither the child that reads it, nor anybody after it."""
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    async with nobody_connects() as http, room.enemy() as enemy:
        with nobody_opens(file):
            for name, prolog in ATTEMPTS.items():
                told = await enemy.serve(attempt(name, file, http))
                assert told["outcome"] == ("poison_xml" if "ENTITY" in prolog else "ok"), name
        for story in await enemy.stories():
            assert story.link.startswith("http://127.0.0.1:")
            assert SECRET not in str(story)
            assert "file:" not in str(story)


# --- F27: encodings that lie -----------------------------------------------------------------------------

ARABIC = "هدنة جديدة في ريف إدلب منذ منتصف الليل"
PERSIAN = "آتش‌بس تازه در حومه ادلب از نیمه‌شب"
RUSSIAN = "Новое перемирие под Идлибом с полуночи"
TURKISH = "İdlib kırsalında gece yarısından beri yeni ateşkes"
XML = "application/xml"
ENCODINGS = {
    # what it is: text, its bytes, what the prolog says, what the header says
    "honest utf-8": (PERSIAN, "utf-8", "utf-8", f"{XML}; charset=utf-8"),
    "honest windows-1256": (ARABIC, "cp1256", "windows-1256", XML),
    "honest windows-1251": (RUSSIAN, "cp1251", "windows-1251", f"{XML}; charset=windows-1251"),
    "honest windows-1254": (TURKISH, "cp1254", "windows-1254", XML),
    "honest iso-8859-6": (ARABIC, "iso-8859-6", "iso-8859-6", XML),
    "no word at all": (ARABIC, "utf-8", "", "text/xml"),
    "plain text": (PERSIAN, "utf-8", "utf-8", "text/plain"),
    "utf-16": (PERSIAN, "utf-16", "utf-16", XML),
    "utf-16-be with mark": (ARABIC, "utf-16-be+", "utf-16", XML),
    "utf-16-le without mark": (ARABIC, "utf-16-le", "utf-16", XML),
    "utf-16-be without mark": (RUSSIAN, "utf-16-be", "utf-16", XML),
    "utf-16 with utf-8 in the header": (ARABIC, "utf-16", "utf-16", f"{XML}; charset=utf-8"),
    "utf-32": (PERSIAN, "utf-32", "utf-32", XML),
    "utf-32 without mark": (PERSIAN, "utf-32-be", "utf-32", XML),
    "utf-8 with mark labelled windows-1256": (ARABIC, "utf-8-sig", "windows-1256", XML),
    "utf-8 labelled utf-16": (TURKISH, "utf-8", "utf-16", XML),
    "utf-8 labelled windows-1256": (ARABIC, "utf-8", "windows-1256", XML),
    "utf-8 labelled windows-1251": (RUSSIAN, "utf-8", "windows-1251", XML),
    "utf-8 with iso-8859-1 in the header": (PERSIAN, "utf-8", "utf-8", f"{XML}; charset=iso-8859-1"),
    "utf-8 with windows-1256 in the header": (ARABIC, "utf-8", "utf-8", f"{XML}; charset=windows-1256"),
    "utf-8 with us-ascii in the header": (TURKISH, "utf-8", "utf-8", "text/xml; charset=us-ascii"),
    "utf-8 with nonsense in the header": (RUSSIAN, "utf-8", "utf-8", f"{XML}; charset=x-made-up"),
    "utf-8 labelled nonsense": (RUSSIAN, "utf-8", "x-made-up", XML),
    "windows-1256 with utf-8 in the header": (ARABIC, "cp1256", "windows-1256", f"{XML}; charset=utf-8"),
    "windows-1256 with iso-8859-1 in the header": (ARABIC, "cp1256", "windows-1256", f"{XML}; charset=iso-8859-1"),
    "windows-1251 with iso-8859-1 in the header": (RUSSIAN, "cp1251", "windows-1251", "text/xml; charset=iso-8859-1"),
    "windows-1251 known by the header alone": (RUSSIAN, "cp1251", "", f"{XML}; charset=windows-1251"),
}
HOPELESS = {
    "utf-16 labelled utf-8": (ARABIC, "utf-16", "utf-8", XML),
    "utf-16 without mark or prolog": (ARABIC, "utf-16-le", None, XML),
    "windows-1256 labelled utf-8": (ARABIC, "cp1256", "utf-8", XML),
    "windows-1256 labelled utf-8 twice": (ARABIC, "cp1256", "utf-8", f"{XML}; charset=utf-8"),
    "windows-1256 without a word": (ARABIC, "cp1256", "", XML),
    "windows-1251 labelled utf-8": (RUSSIAN, "cp1251", "utf-8", XML),
    "windows-1254 labelled utf-8": (TURKISH, "cp1254", "utf-8", XML),
    "iso-8859-6 labelled us-ascii": (ARABIC, "iso-8859-6", "us-ascii", XML),
    "windows-1256 labelled utf-16": (ARABIC, "cp1256", "utf-16", XML),
}


def encoded(text, encoding, label):
    prolog = {None: "", "": '<?xml version="1.0"?>'}.get(label, f'<?xml version="1.0" encoding="{label}"?>')
    body = document(item(text, text=text), prolog).decode()
    mark = "\ufeff" if encoding.endswith("+") else ""
    return (mark + body).encode(encoding.removesuffix("+"))


@pytest.mark.parametrize("case", ENCODINGS)
async def test_f27_a_text_comes_out_as_it_was_written(room, case):
    """Whoever is right about its encoding: mark, bytes, prolog or header."""
    text, encoding, label, content_type = ENCODINGS[case]
    async with room.enemy() as enemy:
        assert (await enemy.serve(encoded(text, encoding, label), content_type))["outcome"] == "ok"
        (story,) = await enemy.stories()
        shown = f'<div dir="rtl">{text}</div>' if text in (ARABIC, PERSIAN) else text
        assert (story.title, story.content[0].value) == (text, shown)


@pytest.mark.parametrize("case", HOPELESS)
async def test_f27_a_text_that_nobody_is_right_about_is_refused_or_guessed_rightly(room, case):
    """But never printed as rubbish."""
    text, encoding, label, content_type = HOPELESS[case]
    language = {ARABIC: "ar", PERSIAN: "fa", RUSSIAN: "ru", TURKISH: "tr"}[text]
    async with room.enemy(language) as enemy:
        told = await enemy.serve(encoded(text, encoding, label), content_type)
        assert await enemy.titles() == ([text] if told["outcome"] in GOOD else [])


@pytest.mark.parametrize("text", [ARABIC, PERSIAN, RUSSIAN, TURKISH])
async def test_f27_one_broken_byte_does_not_turn_the_rest_into_rubbish(room, text):
    """Editors cut characters in two: what was published stays as it was, whether the document is refused or mended."""
    cut_in_two = document(item(text) + item("Cut in two %")).replace(b"%", b"\xd9")
    async with room.enemy() as enemy:
        await enemy.serve(document(item(text)), XML)
        await enemy.serve(cut_in_two, XML)
        assert [title for title in await enemy.titles() if not title.startswith("Cut in two")] == [text]


@pytest.mark.parametrize("header", [XML, f"{XML}; charset=utf-7", "text/xml; charset=UTF-7"])
async def test_f27_utf_7_is_refused(room, header):
    """What is plain to one reader is a script to another."""
    script = "<script>alert(1)</script>"
    hidden = escape(script).encode("utf-7").decode().replace("<", "+ADw-")
    async with room.enemy() as enemy:
        body = document(item("Plain +ADw-b+AD4-", text=hidden), '<?xml version="1.0" encoding="UTF-7"?>')
        assert (await enemy.serve(body, header))["outcome"] in REFUSED
        assert await enemy.titles() == []


async def test_f27_utf_7_in_the_header_alone_is_not_believed(room):
    """The document says otherwise, or nobody does: refused, or read as it stands."""
    async with room.enemy() as enemy:
        told = await enemy.serve(document(item("Plain +BkcGLwZGBik-")), f"{XML}; charset=utf-7")
        assert await enemy.titles() == (["Plain +BkcGLwZGBik-"] if told["outcome"] in GOOD else [])


# --- F28: characters ---------------------------------------------------------------------------------------

THREE = document("".join(item(title) for title in ("First", "Second", "Third")))
RDF = (
    '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>c</title></channel>'
    + "".join(f'<item rdf:about="{n}"><title>Item {n}</title></item>' for n in range(3))
    + "</rdf:RDF>"
).encode()
TORN = {
    "in a tag": THREE[: THREE.index(b"Second") - 4],
    "in a title": THREE[: THREE.index(b"Second") + 3],
    "between items": THREE[: THREE.index(b"</item>") + 7],
    "before the last tag": THREE.removesuffix(b"</channel></rss>"),
    "after a channel that ended": RDF[: RDF.index(b"Item 1") + 3],
    "in words that look like an end": document(item("Torn", text="<![CDATA[so it ends: </rss>")).split(b"</descr")[0],
    "at a NUL": THREE[: THREE.index(b"Second")] + b"\0" * 5000,
    "in half a character": document(item("هدنة")).split("نة".encode())[0] + "ن".encode()[:1],
}


@pytest.mark.parametrize("where", TORN)
async def test_f28_a_document_that_breaks_off_is_not_taken_in(room, where):
    """Not its beginning either: what is missing would look as if it had been withdrawn, and half a title printed."""
    async with room.enemy() as enemy:
        assert (await enemy.serve(TORN[where]))["outcome"] in REFUSED
        assert await enemy.titles() == []
        assert (await enemy.serve(THREE))["outcome"] == "ok"
        assert sorted(await enemy.titles()) == ["First", "Second", "Third"]


CHARACTERS = {
    "NUL": b"\0",
    "control": b"\x01\x08\x0b\x1f",
    "C1 control": "\x84\x9f".encode(),
    "reference to NUL": b"&#0;",
    "reference to a control": b"&#x1B;&#2;",
    "lone surrogate": b"\xed\xa0\x80",
    "reference to a surrogate": b"&#xD800;",
    "reference to another": b"&#56320;",
    "reference to a pair": b"&#xD83D;&#xDE00;",
    "U+FFFE": "\ufffe\uffff\ufdd0".encode(),
    "reference to U+FFFE": b"&#xFFFE;&#65535;",
    "beyond Unicode": b"&#x110000;&#x7FFFFFFF;",
    "a number too long": b"&#" + b"9" * 5000 + b";",
    "bidi override": "\u202e\u202d\u202a".encode(),
    "bidi isolate": "\u2066\u2067\u2068".encode(),
    "reference to a bidi override": b"&#x202E;",
    "twice escaped": b"&amp;#x202E;&amp;#0;",
    "broken UTF-8": b"\xff\xc0\xaf",
}
UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)


@pytest.mark.parametrize("name", CHARACTERS)
async def test_f28_no_such_character_is_published(room, name):
    """Where a story comes in, its words do; the neighbouring item does, unless the whole document is refused."""
    bad = CHARACTERS[name].decode("latin-1")
    body = document(item(f"One{bad}two", text=f"Three{bad}four", more=f"<author>Five{bad}six</author>") + item("Plain"))
    async with room.enemy() as enemy:
        told = await enemy.serve(body.decode().encode("latin-1"))
        assert told["outcome"] in GOOD | REFUSED
        stories = await enemy.stories()
        for story in stories:
            assert not UNFIT.search(f"{story.title} {story.content[0].value} {story.author}")
        if told["outcome"] in GOOD:
            titles = [story.title for story in stories]
            assert "Plain" in titles
            assert any(title.startswith("One") and title.endswith("two") for title in titles)


MARKS = {
    "Latin": "\u0301",
    "extended": "\u1dc4",
    "half": "\ufe20",
    "Arabic": "\u064e",
    "Thai": "\u0e49",
    "mixed": "\u0301\u064e",
}


@pytest.mark.parametrize("script", MARKS)
async def test_f28_a_megabyte_of_combining_marks_is_no_tower(room, script):
    """Few marks on one letter are writing; more are an attack on whoever draws them."""
    tower = MARKS[script] * (MEGABYTE // len(MARKS[script].encode()))
    async with room.enemy() as enemy:
        assert (await enemy.serve(document(item(f"Tower{tower}", text=f"Tower{tower} of marks"))))["outcome"] == "ok"
        (story,) = await enemy.stories()
        for words in (story.title, story.content[0].value):
            assert words.startswith("Tower")
            assert sum(unicodedata.category(char) in {"Mn", "Me"} for char in words) <= 32


async def test_f28_marks_that_belong_to_a_script_stay(room):
    """Vowelled Arabic, Vietnamese, Thai, Hebrew with its points, Hindi, Burmese."""
    words = "الهُدْنَةُ فِي إِدْلِبَّ · tiếng Việt · ที่นี่ · שָׁלוֹם · हिन्दी · မြန်မာ · e\u0301"
    async with room.enemy() as enemy:
        await enemy.serve(document(item(words)))
        assert await enemy.titles() == [words]


# --- F30: counts and kinds -----------------------------------------------------------------------------------

EMPTY = {
    "rss": document(""),
    "atom": b'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>i</id></feed>',
    "rdf": RDF.split(b"<item")[0] + b"</rdf:RDF>",
}


@pytest.mark.parametrize("kind", EMPTY)
async def test_f30_no_items_are_not_a_deletion(room, kind):
    """The story stays, and is no news when it is back."""
    async with room.enemy() as enemy:
        assert (await enemy.serve(EMPTY[kind]))["outcome"] == "ok"
        told = [await enemy.told(), await enemy.serve(LAST_GOOD)]
        assert len(enemy.seen) == 1
        assert told[0]["last_new_at"] == told[1]["last_new_at"]


async def test_f30_items_without_guid_link_and_title_are_known_by_their_words(room):
    """The same words are the same story at every poll; no words at all are no story."""
    texts = [f"<item><description>{words}</description></item>" for words in ("One story.", "Another.", "Another.")]
    void = "<item/><item><title/></item><item><description>  </description></item><item><category>c</category></item>"
    async with room.enemy() as enemy:
        await enemy.serve(document(void + "".join(texts)))
        before = await enemy.stories()
        assert sorted(story.title for story in before) == ["Another.", "One story."]
        await enemy.serve(document("".join(reversed(texts)) + void))
        assert {story.id for story in await enemy.stories()} == {story.id for story in before}


async def test_f30_of_fifty_thousand_items_the_first_are_read_and_it_says_so(tmp_path):
    """As many as the cap holds; a new one on top is found at the next poll."""
    many = "".join(f"<item><title>Item {n}</title><guid>{n}</guid></item>" for n in range(50_000, 0, -1))
    async with newsroom(tmp_path, None) as room, room.enemy() as enemy:
        told = await enemy.serve(document(many))
        assert told["outcome"] == "ok"
        assert (await enemy.titles())[0] == "Item 50000"
        states = await room.daemon.app.store.read(lambda tx: tx.feeds.states())
        assert {state.name: state.members for state in states}[enemy.name] == 2001
        assert (await enemy.serve(document(item("Item on top") + many)))["outcome"] == "ok"
        assert (await enemy.titles())[0] == "Item on top"
        assert "2000" in told["note"].replace(",", "")


NAMESPACES = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://{}"'
OLD_ITEM = "<item><title>{0}</title><link>https://outlet.example/{0}</link><description>About {0}.</description></item>"
ITEMS = "".join(OLD_ITEM.format(title) for title in ("One", "Two"))
ENTRIES = "".join(
    f'<entry><title>{title}</title><id>urn:{title}</id><link rel="alternate" href="https://outlet.example/{title}"/>'
    "<{0}>2026-03-01T00:00:00Z</{0}><summary>About " + title + ".</summary></entry>"
    for title in ("One", "Two")
)
DTD = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
KINDS = {
    "RSS 0.90": f"<rdf:RDF {NAMESPACES.format('my.netscape.com/rdf/simple/0.9/')}><channel><title>c</title></channel>{ITEMS}</rdf:RDF>",
    "RSS 0.91": f'{DTD}<rss version="0.91"><channel><title>c</title>{ITEMS}</channel></rss>',
    "RSS 0.91 without DTD": f'<rss version="0.91"><channel><title>c</title>{ITEMS}</channel></rss>',
    "RSS 0.92": f'<rss version="0.92"><channel><title>c</title>{ITEMS}</channel></rss>',
    "RSS 1.0": f"<rdf:RDF {NAMESPACES.format('purl.org/rss/1.0/')}><channel><title>c</title></channel>{ITEMS}</rdf:RDF>",
    "RSS 2.0": f'<rss version="2.0"><channel><title>c</title>{ITEMS}</channel></rss>',
    "RSS of no version": f"<rss><channel><title>c</title>{ITEMS}</channel></rss>",
    "Atom 0.3": f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>c</title>{ENTRIES.format("modified")}</feed>',
    "Atom 1.0": f'<feed xmlns="http://www.w3.org/2005/Atom"><title>c</title><id>i</id>{ENTRIES.format("updated")}</feed>',
    "CDF": '<CHANNEL HREF="https://outlet.example/"><TITLE>c</TITLE>'
    + "".join(
        f'<ITEM HREF="https://outlet.example/{title}"><TITLE>{title}</TITLE><ABSTRACT>About {title}.</ABSTRACT></ITEM>'
        for title in ("One", "Two")
    )
    + "</CHANNEL>",
}


@pytest.mark.parametrize("kind", KINDS)
async def test_f30_every_kind_of_feed_there_ever_was_is_read(room, kind):
    """Titles, texts and links, in the order of the document."""
    async with room.enemy() as enemy:
        assert (await enemy.serve(f'<?xml version="1.0"?>{KINDS[kind]}'.encode()))["outcome"] == "ok"
        stories = await enemy.stories()
        assert [(s.title, s.link, s.content[0].value) for s in stories] == [
            (title, f"https://outlet.example/{title}", f"About {title}.") for title in ("One", "Two")
        ]


async def test_what_this_module_measures_with_can_tell(tmp_path):
    """The meter sees memory and CPU of a child; the watched file tells on whoever opens it."""
    meter = Meter()
    meter.start()
    code = "x = bytearray(100 << 20); x[::4096] = b'1' * len(x[::4096]); sum(range(20_000_000))"
    assert (await run(sys.executable, "-c", code)).returncode == 0
    memory, cpu = meter.stop()
    assert memory > 90 * MEGABYTE
    assert cpu > 0.1
    file = tmp_path / "watched"
    file.touch()
    with pytest.raises(pytest.fail.Exception), nobody_opens(file):
        await run("cat", file)
