"""Lists of feeds in and out."""

import re
import tomllib
from xml.etree import ElementTree as ET

import pytest

from syndicator.config.opml import outlet_files, read_opml, write_opml
from syndicator.config.write import free_ids
from syndicator.models import Outlet, Source, SourceKind
from syndicator.parse.encoding import html_as_text
from syndicator.publish import render_outlets

NESTED = """<?xml version="1.0"?><opml version="1.0"><body>
<outline text="Новости"><outline text="Газета "Утро". Главное" xmlUrl="https://utro.example/rss?a=1&b=2" type="rss"/></outline>
<outline TEXT='روزنامه &amp; خبر' XMLURL='http://ruz.example/feed' htmlUrl='http://www.ruz.example/' language='fa'>
<outline text="The same site" type="atom" xmlUrl="https://www.ruz.example/other.xml" htmlUrl="http://www.ruz.example/"/>
<outline text="Only a folder"/><outline text="Empty" xmlUrl=" "/>
<outline text="No address" xmlUrl="javascript:alert(1)"/><outline text="Again" xmlUrl="http://utro.example/rss?a=1&amp;b=2"/>
"""


def files(text, **what):
    given = {"country": "RU", "language": "ru", "known": (), "taken": (), **what}
    return outlet_files(read_opml(text), **given)


def test_every_outline_with_an_address_is_found_however_badly_it_is_written():
    """Nested, unclosed, stray ampersands, quotes within quotes, capitals."""
    assert [(feed.address, feed.title) for feed in read_opml(NESTED)] == [
        ("https://utro.example/rss?a=1&b=2", "Газета"),
        ("http://ruz.example/feed", "روزنامه & خبر"),
        ("https://www.ruz.example/other.xml", "The same site"),
        ("javascript:alert(1)", "No address"),
        ("http://utro.example/rss?a=1&b=2", "Again"),
    ]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text,
        lambda text: text.replace("<outline", "<opml:outline"),
        lambda text: text.replace("</opml>", "</opml><script>x</script>"),
        lambda text: "\n\n Warning: line 3\n" + text.replace("?>", ">"),
        lambda text: text.replace("<body>", "<body>\x00\x0b"),
        lambda text: text.replace("</outline></body></opml>", "</outli"),
        lambda text: text.replace("outline", "OUTLINE").replace("xmlUrl", "XMLURL"),
        lambda text: text.replace("</outline></body>", "</body></outline>"),
    ],
)
def test_damage_in_a_list_costs_no_feed(damage):
    """Raw ampersands stay as they are, entities of HTML are characters, and one bad byte is one character."""
    text = (
        '<?xml version="1.0"?><opml version="2.0"><body><outline text="Новости"><outline text="Caf&eacute; & &laquo;Мост&raquo; &foo;"'
        ' xmlUrl="https://gazette.example/rss?id=1&sect=2&copy=3&amp;reg=4"/><outline text="Алеппо%" xmlUrl="https://o.example/f"/>'
        "</outline></body></opml>"
    )
    body = damage(text).encode().replace(b"%", b"\xd0")
    assert [(feed.address, feed.title) for feed in read_opml(html_as_text(body, ""))] == [
        ("https://gazette.example/rss?id=1&sect=2&copy=3&reg=4", "Café & «Мост» &foo;"),
        ("https://o.example/f", "Алеппо\ufffd"),
    ]


def test_feeds_of_one_site_are_one_outlet():
    """With what the list says of country and language, else what the operator says."""
    found = files(NESTED)
    assert (found.feeds, found.known, list(found.files)) == (
        3,
        ("http://utro.example/rss?a=1&b=2",),
        ["utro-example", "ruz-example"],
    )
    (refused,) = found.refused
    assert refused == "No address: 'javascript:alert(1)' is not an http(s) address"
    ruz = tomllib.loads(found.files["ruz-example"])
    assert (ruz["name"], ruz["language"], ruz["country"], ruz["home"]) == (
        "روزنامه & خبر",
        "fa",
        "RU",
        "http://www.ruz.example",
    )
    assert [source["url"] for source in ruz["source"]] == [
        "http://ruz.example/feed",
        "https://www.ruz.example/other.xml",
    ]


SCHEMES = """<opml><body><outline text="Новости">
<outline text="1" xmlUrl="feed://a.example/rss"/><outline text="2" xmlUrl="feed:https://b.example/rss"/>
<outline text="3" xmlUrl=" FEED:http://c.example/rss "/><outline text="4" xmlUrl="d.example/rss"/>
<outline text="5" xmlUrl="//e.example/rss"/><outline text="6" xmlurl="http:/f.example/rss"/>
<outline text="7" type="rss" url="https://g.example/rss"/><outline text="8" url="feed://h.example/rss"/>
<outline text="I" xmlUrl="https://i.example/rss?a=1&amp;amp;b=2"/><outline text="J" xmlUrl="https:\\\\j.example\\rss"/>
<outline text="9" xmlUrl="новости.рф/лента" htmlUrl="новости.рф"/><outline text="10" xmlUrl="أخبار.مصر"/>
<outline text="A page" type="link" url="https://page.example/"/><outline text="A list" type="include" url="https://list.example/"/>
<outline text="Letters" xmlUrl="newsletter:jo@mail.example"/><outline text="Mail" xmlUrl="jo@mail.example"/>
<outline text="Script" xmlUrl="feed:javascript:alert(1)"/><outline text="File" xmlUrl="rss.xml"/><outline text="Path" xmlUrl="/rss"/>
<outline text="Again" xmlUrl="https://a.example/rss"/></outline></body></opml>"""


def test_addresses_are_taken_as_other_readers_write_them_and_what_is_none_is_named():
    """With the scheme of readers, with none (https then), in any script, as url; the rest of the list is taken."""
    found = files(SCHEMES)
    addresses = [source["url"] for text in found.files.values() for source in tomllib.loads(text)["source"]]
    assert addresses == [
        *(f"https://{name}.example/rss" for name in "ab"),
        "http://c.example/rss",
        *(f"https://{name}.example/rss" for name in "de"),
        "http://f.example/rss",
        *(f"https://{name}.example/rss" for name in "gh"),
        "https://i.example/rss?a=1&b=2",
        "https://j.example/rss",
        "https://новости.рф/лента",
        "https://أخبار.مصر",
    ]
    assert [each.partition(":")[0] for each in found.refused] == ["Letters", "Mail", "Script", "File", "Path"]
    assert found.known == ("https://a.example/rss",)
    assert tomllib.loads(list(found.files.values())[10])["home"] == "https://новости.рф"


def test_feeds_of_a_site_that_is_an_outlet_already_make_no_second_one():
    """They are left out by name, with what to add to the outlet that there is."""
    found = files(NESTED, owner_of=lambda address: "ruz" if "ruz.example" in address else "")
    assert list(found.files) == ["utro-example"]
    assert found.refused[0] == (
        "روزنامه & خبر: its site is an outlet already; add to outlets/ruz.toml: "
        '[[source]] with url = "http://ruz.example/feed"'
    )


def test_what_is_known_is_left_out_and_no_file_is_overwritten():
    """However the address is spelt: http or https."""
    found = files(NESTED, known={"http://utro.example/rss?a=1&b=2"}, taken={"ruz-example"})
    assert list(found.files) == ["ruz-example-2"]
    assert len(found.known) == 2


def test_a_list_goes_out_strictly_and_comes_back():
    """Well-formed, escaped, without passwords."""
    source = Source(id="o/f", outlet="o", endpoints=("https://me:secret@o.example/f?a=1&b=2",), language="ar")
    outlet = Outlet(
        id="o", name='"A" <b> & ب', country="SY", language="ar", home="https://o.example", sources=(source,)
    )
    text = write_opml("All & sundry", [outlet])
    root = ET.fromstring(text)
    assert (root.tag, root.get("version"), root.findtext("head/title")) == ("opml", "2.0", "All & sundry")
    assert "secret" not in text
    (feed,) = read_opml(text)
    assert (feed.address, feed.title, feed.site, feed.language) == (
        "https://o.example/f?a=1&b=2",
        '"A" <b> & ب',
        "https://o.example",
        "ar",
    )


def test_sites_whose_names_are_alike_get_numbers():
    """In their order, past what is taken, and without counting from one for each."""
    sites = ["новости.example", "خبر.example", "a.b", "a-b", "新闻.example"]
    assert list(free_ids(sites, {"example-2", "a-b-2"})) == ["example", "example-3", "a-b", "a-b-3", "example-4"]
    assert len(set(free_ids(("example" for _ in range(20_000)), ()))) == 20_000


def test_names_are_quoted_so_that_toml_takes_them():
    """Whatever a list calls a feed."""
    for name in ('a "b" \\ c', "x\x7fy\tz", "\u202eevil", "ب" * 500):
        text = f"<outline text={name!r} xmlUrl='https://o.example/f'/>".replace("\\x7f", "\x7f").replace("\\t", "\t")
        (file,) = files(text).files.values()
        assert tomllib.loads(file)["name"]


def test_all_lists_of_the_corpora_come_in_whole(corpora):
    """Malformed ones included: each outline becomes a source, or is named."""
    for path in sorted((corpora / "outlets" / "opml").glob("*.opml")):
        body = path.read_bytes()
        outlines = len(re.findall(rb"xmlurl\s*=\s*[\"'][^\"'\s]", body, re.IGNORECASE))
        found = outlet_files(read_opml(html_as_text(body, "")), country="US", language="en", known=(), taken=())
        assert found.feeds + len(found.known) + len(found.refused) == outlines, path.name
        assert not found.refused, path.name
        for text in found.files.values():
            tomllib.loads(text)


def test_outlets_are_listed_with_addresses_that_anybody_may_ask():
    """No passwords, secrets or hosts of the operator's own, nor what is no feed; an outlet without a feed by its home."""
    home = "https://jisr.example"

    def source(address, kind=SourceKind.FEED):
        return Source(id=address, outlet="jisr", endpoints=(address,), language="ar", kind=kind)

    hidden = (
        source("https://desk:pass@jisr.example/feed"),
        source("https://jisr.example/feed?api_key=s3cret"),
        source("http://bridge.local/?of=jisr"),
        source("http://10.0.0.7/jisr.xml"),
        source("https://jisr.example/sitemap.xml", SourceKind.SITEMAP),
    )
    shown = (source("https://jisr.example/feed"), source("https://feeds.bbc.co.uk/jisr?x=1&y=2"))
    common = {"country": "SY", "language": "ar"}
    body = render_outlets(
        "إدلب & <b>",
        [
            Outlet(id="jisr", name="الجسر <i>", home=home, sources=hidden + shown, **common),
            Outlet(id="anar", name="Anar", home="https://reader:pw@anar.example", sources=hidden, **common),
        ],
    ).decode()
    found = [(each.title, each.address) for each in read_opml(body)]
    assert found == [("الجسر <i>", each.home) for each in shown]
    assert 'url="https://anar.example"' in body
    assert not [word for word in ("pass", "pw@", "s3cret", "bridge", "10.0.0.7", "sitemap") if word in body]
    assert "There is no outlet" in render_outlets("x", []).decode()
