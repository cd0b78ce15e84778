"""Injection into what we publish: whatever an outlet writes, readers get its words, and links that lead to the web."""

import gzip
import re
from contextlib import suppress
from html import escape
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

import lxml.html
import pytest
from aiohttp.abc import AbstractResolver
from lxml import etree

from tests.flow.faults import KINDS, Meter, reply, trial
from tests.newsroom import Item, rss
from tests.stores import any_store
from tests.waiting import get

pytestmark = any_store

CORPUS = Path(__file__).parents[1] / "data" / "xss.txt"
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
SPACES = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def document(items: str, title: str = "Evil") -> bytes:
    """Write RSS around items written already."""
    text = f'<rss version="2.0" {SPACES}><channel><title>{title}</title>{items}</channel></rss>'
    return text.encode("utf-8", "surrogatepass")


def atom(entries: str, more: str = "") -> bytes:
    """Write Atom around entries written already."""
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {more}><title>Evil</title>{entries}</feed>'.encode()


# --- F31: scripts ----------------------------------------------------------------------------------


def corpus() -> list[str]:
    """Read the attacks, one a line; ``{200b}`` stands for a character that could not be seen."""
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    return [re.sub(r"\{([0-9a-f]{4})\}", lambda match: chr(int(match[1], 16)), line) for line in lines]


def in_rss(attacks, write=escape, title="Evil"):
    """Put each attack into a description, and into everything that RSS has beside one."""
    return document(
        "".join(
            f"<item><guid>d{n}</guid><title>Number {n}</title><description>{write(attack)}</description></item>"
            f"<item><guid>e{n}</guid><title>{write(attack)}</title><dc:creator>{write(attack)}</dc:creator>"
            f"<content:encoded>{write(attack)}</content:encoded><category>{write(attack)}</category></item>"
            for n, attack in enumerate(attacks)
        ),
        title,
    )


def in_broken_rss(attacks):
    """Write the same as CDATA, in a document that is no XML."""
    return in_rss(attacks, write=lambda attack: f"<![CDATA[{attack}]]>", title="Evil & wicked")


def in_atom(attacks):
    """Put each attack into a summary, and into everything that Atom has beside one."""
    return atom(
        "".join(
            f"<entry><id>d{n}</id><title>Number {n}</title><summary type='html'>{escape(attack)}</summary></entry>"
            f"<entry><id>e{n}</id><title type='html'>{escape(attack)}</title>"
            f"<content type='html'>{escape(attack)}</content><author><name>{escape(attack)}</name></author>"
            f"<category term={quoteattr(attack)} label={quoteattr(attack)}/></entry>"
            for n, attack in enumerate(attacks)
        )
    )


def in_xhtml(attacks):
    """Write each attack as the XML that a browser would make of it, where that is any."""
    entries = []
    for n, attack in enumerate(attacks):
        inner = "<p>x</p>"
        with suppress(etree.LxmlError, ValueError):
            body = lxml.html.document_fromstring(f"<body>{attack}</body>")
            spelt = "".join(etree.tostring(each, encoding="unicode") for each in body.iterchildren())
            etree.fromstring(f"<div>{spelt}</div>")
            inner = spelt
        div = f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>'
        entries.append(f"<entry><id>{n}</id><title>Number {n}</title><content type='xhtml'>{div}</content></entry>")
    return atom("".join(entries))


@pytest.mark.parametrize("write", [in_rss, in_broken_rss, in_atom, in_xhtml])
async def test_f31_nothing_of_an_attack_is_published_but_its_words(tmp_path, free_port, write):
    """Two HTML parsers find text elements only, no handler, and no address but for the web, in all of 300 attacks."""
    attacks = corpus() if write is in_broken_rss else [ILLEGAL.sub("", attack) for attack in corpus()]
    async with trial(tmp_path, free_port) as t:
        assert (await t.poll(reply(write(attacks)))).outcome == "ok"
        await t.holds(*(f"Number {n}" for n in range(len(attacks))))


# --- F32: addresses --------------------------------------------------------------------------------

UNSAFE = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
    "java\nscript:alert(1)", "javascript://ok.example/%0aalert(1)", "data:text/html,<script>alert(1)</script>",
    "data:;base64,eA==", "vbscript:x", "file:///etc/passwd", "ftp://ok.example/", "mailto:a@b.example",
    "blob:https://ok.example/1", "view-source:https://ok.example/", "http://[", "https://",
    "http://ok.example:99999/", "http://" + "x" * 5000, "\u202ejavascript:alert(1)",
]  # fmt: skip
MADE_SAFE = {
    "feed:https://ok.example/": "https://ok.example/",
    "//other.example/x": "http://other.example/x",
    "/relative": "{home}/relative",
    "relative/../path": "{home}/path",
    "?query=1": "{home}/feed.xml?query=1",
    "http:///x": "http://x/",
    "HTTPS://OK.EXAMPLE/x": "https://ok.example/x",
    "https://name:secret@ok.example/x": "https://ok.example/x",
    "https://ok.example/a b": "https://ok.example/a%20b",
    'https://ok.example/"onmouseover=': "https://ok.example/%22onmouseover=",
}


def an_item(title, *elements):
    return f"<item><title>{title}</title>{''.join(elements)}</item>"


def an_enclosure(url, kind="audio/mpeg"):
    return f"<enclosure url={quoteattr(url)} type={quoteattr(kind)} length='1'/>"


async def test_f32_addresses_are_for_the_web_or_left_out(tmp_path, free_port):
    """As link, as a guid that is one, as enclosure: the item stays, and leads to the outlet where it led nowhere."""
    every = [*UNSAFE, *MADE_SAFE]
    items = "".join(
        an_item(f"link {n}", f"<guid isPermaLink='false'>l{n}</guid><link>{escape(each)}</link>")
        + an_item(f"guid {n}", f"<guid>{escape(each)}{n}</guid>")
        + an_item(f"enclosure {n}", f"<guid isPermaLink='false'>e{n}</guid>", an_enclosure(each))
        for n, each in enumerate(every)
    )
    async with trial(tmp_path, free_port) as t:
        home = f"http://127.0.0.1:{t.hostile.port}"
        assert (await t.poll(reply(document(items)))).outcome == "ok"
        await t.holds(*(f"{what} {n}" for what in ("link", "guid", "enclosure") for n in range(len(every))))
        for kind in KINDS:
            links = {entry.title: entry.link for entry in await t.entries(kind)}
            shown = {each: links[f"link {n}"] for n, each in enumerate(every)}
            made = {each: address.replace("{home}", home) for each, address in MADE_SAFE.items()}
            assert shown == dict.fromkeys(UNSAFE, home) | made


async def test_f32_addresses_and_kinds_are_spelt_as_they_must_be(tmp_path, free_port):
    """What no address may hold is percent-encoded, and what is no kind of file is not called one."""
    address = 'https://ok.example/x?q=<script>"{x}|\\^`'
    spelt = "https://ok.example/x?q=%3Cscript%3E%22%7Bx%7D%7C%5C%5E%60"
    item = an_item("Odd", f"<link>{escape(address)}</link>", an_enclosure(address, kind='"><script>'))
    async with trial(tmp_path, free_port) as t:
        assert (await t.poll(reply(document(item)))).outcome == "ok"
        await t.holds("Odd")
        for kind in KINDS:
            (entry,) = [each for each in await t.entries(kind) if each.title == "Odd"]
            assert (entry.link, entry.enclosures[0].href) == (spelt, spelt)
            assert re.fullmatch(r"[\w.+-]+/[\w.+-]+", entry.enclosures[0].type)


async def test_f32_xml_base_makes_no_address_unsafe(tmp_path, free_port):
    """On the feed, the entry or the content: what is relative becomes absolute, for the web, or is left out."""
    entry = (
        "<entry {0}><id>{1}</id><title>Entry {1}</title><link href='{1}'/><link rel='enclosure' href='y'/>"
        "<content type='html' {2}>&lt;a href='z'&gt;z&lt;/a&gt;</content></entry>"
    )
    async with trial(tmp_path, free_port) as t:
        for base in ("javascript:alert(1)//", "data:text/html,", "//other.example/", "file:///etc/", "x y"):
            at, name = f"xml:base={quoteattr(base)}", base[:5]
            places = ((at, f"{name} 1", ""), ("", f"{name} 2", at), (at, f"{name} 3", at))
            assert (await t.poll(reply(atom("".join(entry.format(*each) for each in places), at)))).outcome == "ok"
            await t.holds(*(f"Entry {each[1]}" for each in places))


# --- F33: characters -------------------------------------------------------------------------------

SOUND = {
    "AT&amp;amp;T": "AT&T",
    "5 &amp; 6": "5 & 6",
    "a ]]&gt; b": "a ]]> b",
    "<![CDATA[c ]]]]><![CDATA[> d]]>": "c ]]> d",
    "1 &amp;lt; 2": "1 < 2",
    "x &lt; y": "x < y",
    "&amp;lt;b&amp;gt; is a tag": "<b> is a tag",
    "fish &amp;amp;amp; chips": "fish &amp; chips",
    "an &lt;!-- open comment": "an <!-- open comment",
    '"quotes" and \'': '"quotes" and \'',
    "clef &#x1D11E; \U0001d11e": "clef \U0001d11e \U0001d11e",
    "line&#10;feed&#13;and&#9;tab": "line feed and tab",
}
BROKEN = {
    "less < more": "less < more",
    "nul \x00 and \x0b tab": "nul and tab",
    "\ufffe not \uffff characters": "not characters",
    "&#0;zero&#1; one&#x1f;": "zero one",
    "stray ]]> end": "stray ]]> end",
    "half \ud800 and &#xD800; characters": None,
    "&nbsp;space &bogus; entity": None,
    "<!-- stray comment": None,
}


@pytest.mark.parametrize("cases", [SOUND, BROKEN], ids=["sound", "broken"])
async def test_f33_two_parsers_read_the_same_words_whatever_was_written(tmp_path, free_port, cases):
    """What XML cannot hold is left out, what it holds comes through as it was meant."""
    items = (an_item(each, f"<guid>{n}</guid><description>{each}</description>") for n, each in enumerate(cases))
    async with trial(tmp_path, free_port) as t:
        assert (await t.poll(reply(document("".join(items))))).outcome == "ok"
        await t.holds(*filter(None, cases.values()))
        for kind in KINDS:
            body = (await get(f"{t.base}/feeds/everything.{kind}")).body
            ours, others = (
                [each.text for each in tree.iter()] for tree in (etree.fromstring(body), ET.fromstring(body))
            )
            assert ours == others


async def test_f33_a_stray_ampersand_stays_what_it_was(tmp_path, free_port):
    """The commonest fault of all feeds."""
    async with trial(tmp_path, free_port) as t:
        assert (await t.poll(reply(document(an_item("AT&T in Q&A; R&D", "<guid>1</guid>"))))).outcome == "ok"
        await t.holds("AT&T in Q&A; R&D")


# --- F34: the status page --------------------------------------------------------------------------

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


class Loud(AbstractResolver):
    """Complains in markup."""

    async def resolve(self, host, port=0, family=0):
        raise OSError(None, EVIL)

    async def close(self):
        pass


async def test_f34_nothing_a_server_says_comes_to_life_on_the_status_page(tmp_path, free_port):
    """Its reason, headers, name and titles are shown as text, on a page that may load nothing but our style sheet."""
    answers = {
        "reason": reply(status=f"500 {EVIL}"),
        "address": reply(b"", f"Location: ftp://x/{EVIL}", status="302 Found"),
        "name": reply(b"", "Location: http://evil.example/", status="302 Found"),
        "coding": reply(b"x", f"Content-Encoding: {EVIL}"),
        "protocol": f"HTTP/1.1 {EVIL}\r\n\r\n".encode(),
        "page": reply(EVIL.encode()),
        "titles": reply(rss(Item(EVIL, guid=EVIL), Item(escape(EVIL), guid="2"), title=EVIL)),
    }
    async with trial(tmp_path, free_port, resolver=Loud()) as t:
        for what, answer in answers.items():
            note = (await t.poll(answer)).note
            page = await get(f"{t.base}/ops/outlets/hostile")
            tree = lxml.html.fromstring(page.body)
            assert not tree.xpath("//script | //*[@style or @onerror or @src='x']"), what
            assert " ".join(note.split()) in " ".join(tree.text_content().split()), what
            assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
            told = await get(f"{t.base}/status.json")
            assert told.headers["Content-Type"].startswith("application/json")
            assert told.headers["X-Content-Type-Options"] == "nosniff"


# --- F36: size -------------------------------------------------------------------------------------


def packed(*elements) -> bytes:
    """Answer with an item of these elements, and one beside it, in few bytes."""
    items = f"<item><link>/long</link>{''.join(elements)}</item>" + an_item("Beside", "<link>/beside</link>")
    return reply(gzip.compress(document(items)), "Content-Encoding: gzip")


@pytest.mark.parametrize(
    ("element", "size"), [("title", 1_000_000), ("dc:creator", 1_000_000), ("description", 10_000_000)]
)
async def test_f36_what_is_too_long_is_cut_with_a_mark(tmp_path, free_port, element, size):
    """A title of 1 MB, a text of 10: readable lengths that end in an ellipsis."""
    async with trial(tmp_path, free_port) as t:
        assert (await t.poll(packed(f"<{element}>{'word ' * (size // 5)}</{element}>"))).outcome == "ok"
        await t.holds("Beside")
        for kind in KINDS:
            (entry,) = [each for each in await t.entries(kind) if each.link.endswith("/long")]
            content = entry.content[0].value if "content" in entry else entry.summary
            text = {"title": entry.title, "dc:creator": entry.author, "description": content}[element]
            assert text.startswith("word word")
            assert text.endswith("…")
            assert len(text) <= 100_000


async def test_f36_a_text_of_ten_megabytes_costs_little(tmp_path, free_port):
    """Less than 64 MB beyond what there was, and less than ten seconds, in all processes together."""
    answer = packed(f"<description>\U0001f600{'word ' * 2_000_000}</description>")  # one wide character widens all
    async with trial(tmp_path, free_port) as t:
        with Meter() as meter:
            assert (await t.poll(answer)).outcome == "ok"
        assert meter.growth < 64
        assert meter.cpu < 10


async def test_f36_five_hundred_categories_and_a_hundred_enclosures_become_few(tmp_path, free_port):
    """At most 100 categories, and one enclosure, as readers expect."""
    categories = (f"<category>Category {n}</category>" for n in range(500))
    enclosures = (an_enclosure(f"https://ok.example/{n}.mp3") for n in range(100))
    async with trial(tmp_path, free_port) as t:
        assert (await t.poll(reply(document(an_item("Many", *categories, *enclosures))))).outcome == "ok"
        await t.holds("Many")
        for kind in KINDS:
            (entry,) = [each for each in await t.entries(kind) if each.title == "Many"]
            assert 1 <= len(entry.tags) <= 100
            assert [each.href for each in entry.enclosures] == ["https://ok.example/0.mp3"]


# --- F37: watchers ---------------------------------------------------------------------------------

WATCHERS = [
    "<img src='{}' width='1' height='1'>", "<picture><source srcset='{} 2x'></picture>", "<video poster='{}'></video>",
    "<audio src='{}' autoplay></audio>", "<table background='{}'><td>x</table>", "<td background='{}'>x</td>",
    "<p style='background:url({})'>x</p>", "<link rel=stylesheet href='{}'>", "<link rel=dns-prefetch href='{}'>",
    "<object data='{}'></object>", "<embed src='{}'>", "<iframe src='{}'></iframe>", "<input type=image src='{}'>",
    "<svg><image href='{}'/></svg>", "<a href='https://ok.example/' ping='{}'>x</a>", "<bgsound src='{}'>",
    "<meta http-equiv=refresh content='0;url={}'>", "<style>@import '{}'</style>", "<body background='{}'>x",
]  # fmt: skip


async def test_f37_nothing_in_an_item_calls_home(tmp_path, free_port):
    """No picture, sheet or frame is published or fetched; neither readers' links nor our requests say where from."""
    async with trial(tmp_path, free_port) as t:
        pixel = f"http://127.0.0.1:{t.hostile.port}/pixel"
        watching = [Item(f"Item {n}", guid=f"{n}", text=each.format(pixel)) for n, each in enumerate(WATCHERS)]
        link = Item("Linked", guid="linked", text="<a href='https://ok.example/'>x</a>")
        t.hostile.answers["/else.xml"] = reply(rss(link, *watching))
        assert (await t.poll(reply(b"", "Location: /else.xml", status="302 Found"))).outcome == "ok"
        await t.holds("Linked", *(each.title for each in watching))
        for kind in KINDS:
            assert pixel.encode() not in (await get(f"{t.base}/feeds/everything.{kind}")).body
            (entry,) = [each for each in await t.entries(kind) if each.title == "Linked"]
            (anchor,) = lxml.html.fragments_fromstring(entry.content[0].value if kind == "atom" else entry.summary)
            assert "noreferrer" in anchor.get("rel")
        assert {each["path"] for each in t.hostile.asked} == {b"/feed.xml", b"/else.xml"}
        assert not any({"referer", "cookie"} & set(each) for each in t.hostile.asked)
