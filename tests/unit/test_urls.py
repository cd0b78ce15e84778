"""Canonical addresses and mirrors folded home."""

import pytest

from syndicator import urls


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("HTTPS://Example.ORG:443/a/?utm_source=x&id=7#top", "https://example.org/a/?id=7"),
        ("http://example.org", "http://example.org/"),
        ("https://example.org/watch?v=abc&feature=share", "https://example.org/watch?v=abc"),
        ("https://example.org/article.cfm?objectid=12", "https://example.org/article.cfm?objectid=12"),
        ("https://пример.рф/путь", "https://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C"),
        ("https://example.org/a%2Fb", "https://example.org/a%2Fb"),
        ("https://example.org/?12345", "https://example.org/?12345"),
        ("https://example.org/100%25-sure/%2541", "https://example.org/100%25-sure/%2541"),
        ("https://example.org/%7eu/%41?source=rss", "https://example.org/~u/A"),
        ("https://example.org/a#rss", "https://example.org/a"),
        ("https://example.org/a#xtor=RSS-1", "https://example.org/a"),
        ("https://example.org/a#:~:text=مجلس", "https://example.org/a"),
        ("https://example.org/live#u2", "https://example.org/live#u2"),
        ("https://example.org/#!/haber/7", "https://example.org/#!/haber/7"),
        ("https://example.org/a?ref=rss&partner=rss&id=1", "https://example.org/a?id=1"),
        ("https://example.org/a?ref=https%3A%2F%2Fother.example", "https://example.org/a"),
        ("https://example.org/a?ito=1490&ns_mchannel=rss", "https://example.org/a"),
    ],
)
def test_canonical(given, canonical):
    """Hosts are lower-case ASCII, trackers go, any other query and what names a place stay."""
    assert urls.canonical(given) == canonical


@pytest.mark.parametrize(
    ("given", "page"),
    [
        ("https://redir.example.br/rss091/*https://www1.example.br/x.shtml", "https://www1.example.br/x.shtml"),
        ("http://us.rd.example/rss/*http://weather.example/f?id=7&utm_source=x", "http://weather.example/f?id=7"),
        ("https://a.example/*http://b.example/*https://c.example/p", "https://c.example/p"),
        ("https://a.example/*https://", "https://a.example/*https://"),
        ("https://a.example/go?to=/*https://b.example/p", "https://a.example/go?to=/*https://b.example/p"),
        ("https://a.example/web/2026*/https://b.example/p", "https://a.example/web/2026*/https://b.example/p"),
        ("https://a.example/*https://b:x/p", "https://a.example/*https://b:x/p"),
    ],
)
def test_a_redirector_that_says_where_it_leads_is_left_out(given, page):
    """Whether it is one of many or a chain; an address in a query, or one that is broken, leads nowhere else."""
    assert urls.canonical(given) == page
    assert urls.canonical(page) == page


def test_a_story_behind_a_redirector_has_the_key_of_its_page_and_is_known_by_its_former_one():
    """What was stored under the redirector's address is found again."""
    wrapped, bases = "https://redir.example.br/rss/*https://www1.example.br/x", ("https://www1.example.br",)
    assert urls.link_key(wrapped, bases) == "~/x"
    assert urls.is_respelt(wrapped)
    assert urls.former_link_key(wrapped, bases) == "redir.example.br/rss/*https://www1.example.br/x"


def test_canonical_is_stable():
    """Canonical addresses are their own canonical form."""
    for url in ("https://example.org/a b?x=y z", "https://example.org/%7Euser/%D8%A7?q=%20", "http://h/?a&b=1"):
        once = urls.canonical(url)
        assert urls.canonical(once) == once


@pytest.mark.parametrize(
    ("link", "base"),
    [
        ("javascript:alert(1)", None),
        ("java\tscript:alert(1)", "https://example.org/"),
        ("data:text/html,x", None),
        ("ftp://example.org/x", None),
        ("//", "https://example.org/"),
        ("relative/path", None),
        ("http://[bad", None),
        ("http://example.org:99999/", None),
        ("", None),
        (None, "https://example.org/"),
    ],
)
def test_absolute_refuses_what_is_no_http_address(link, base):
    """Only plain http(s) addresses come through."""
    result = urls.absolute(link, base)
    assert result is None or result.startswith("https://example.org")
    if base is None:
        assert result is None


BASES = ("https://www.presstv.ir", "https://www.presstv.com", "https://mirror.example/presstv")


@pytest.mark.parametrize(
    ("link", "home"),
    [
        ("https://www.presstv.com/Detail/1?x=1", "https://www.presstv.ir/Detail/1?x=1"),
        ("http://presstv.com/Detail/1", "https://www.presstv.ir/Detail/1"),
        ("https://mirror.example/presstv/Detail/1", "https://www.presstv.ir/Detail/1"),
        ("https://mirror.example/other/1", "https://mirror.example/other/1"),
        ("https://mirror.example/presstvx/1", "https://mirror.example/presstvx/1"),
        ("https://notpresstv.com/1", "https://notpresstv.com/1"),
    ],
)
def test_a_mirrors_link_is_folded_home(link, home):
    """What lies under a mirror's base moves to the home, and nothing else does."""
    assert urls.fold(link, BASES) == home


def test_links_can_be_led_to_any_base():
    """From the home, or from a domain that was the home once."""
    for base in BASES:
        there = urls.lead(f"{base}/Detail/1?x=1", BASES[2], BASES)
        assert there == "https://mirror.example/presstv/Detail/1?x=1"
        assert urls.fold(there, BASES) == "https://www.presstv.ir/Detail/1?x=1"


def test_identity_outlives_a_move():
    """Below any of an outlet's bases the key names no host."""
    keys = {urls.link_key(f"{base}/Detail/1/", BASES) for base in BASES}
    assert keys == {"~/Detail/1"}
    assert urls.link_key(BASES[2] + "/", BASES) is None


@pytest.mark.parametrize("link", ["https://x\ufffe.example/1", "https://x.example/\ud800", "https://x.example/\uffff"])
def test_addresses_that_xml_cannot_carry_are_refused(link):
    """They would make every feed they are in unwritable."""
    assert urls.absolute(link) is None


def test_user_names_are_not_for_showing():
    """Neither in what we publish nor in what we make of it."""
    assert urls.without_user("https://u:p@h.example/f") == "https://h.example/f"
    assert "p@" not in urls.canonical("https://u:p@h.example/f")


def test_a_bare_home_page_identifies_nothing():
    """Items that all link to the front page are not one story."""
    assert urls.link_key("https://www.example.org/") is None
    assert urls.link_key("https://www.example.org/a/") == urls.link_key("http://example.org/a")


def test_redact_hides_secrets():
    """User info and secret-named parameters are not shown."""
    assert urls.redact("https://u:p@h.example/f?token=abc&x=1") == "https://***@h.example/f?token=***&x=1"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("feed://gazete.example/rss", "https://gazete.example/rss"),
        ("FEED:https://gazete.example/rss", "https://gazete.example/rss"),
        ("feed:gazete.example", "https://gazete.example"),
        (" gazete.example:8080/rss?a=1 ", "https://gazete.example:8080/rss?a=1"),
        ("//gazete.example", "https://gazete.example"),
        ("https:gazete.example/a", "https://gazete.example/a"),
        ("http:\\\\gazete.example", "http://gazete.example"),
        ("127.0.0.1:9103", "https://127.0.0.1:9103"),
        ("[::1]:80/f", "https://[::1]:80/f"),
        ("localhost", "https://localhost"),
        ("новости.рф", "https://новости.рф"),
        ("خبر.ایران/feed", "https://خبر.ایران/feed"),
        ("http://gazete.example/%20", "http://gazete.example/%20"),
        ("feed:javascript:alert(1)", None),
        ("feed:file:///etc/passwd", None),
        ("newsletter:jo@mail.example", None),
        ("jo@mail.example", None),
        ("gazete.example:99999", None),
        ("two words.example", None),
        ("rss.xml", None),
        ("/rss", None),
        ("gazete", None),
        ("", None),
    ],
)
def test_an_address_is_read_as_people_and_other_programs_write_it(text, address):
    """https where nothing else is said; what cannot be an http(s) address is none."""
    assert urls.written(text) == address


def test_a_link_for_readers_leads_where_the_scheme_of_its_page_says():
    """Any other link stays as it is, spaces included."""
    assert urls.without_feed_scheme("feed://gazete.example/a", "http") == "http://gazete.example/a"
    for link in (" /a ", "https://gazete.example/", "feedback", "rss.xml", "mailto:a@b.example"):
        assert urls.without_feed_scheme(link) == link


@pytest.mark.parametrize(
    "query",
    [
        "ref=71",
        "mod=viewthread&tid=9",
        "feature=9001",
        "partner=12",
        "cmp=4711",
        "cmpid=4711",
        "ito=5",
        "ref=chapter-2.html",
        "ref=iklim-zirvesi",
        "at_id=7",
        "ns_id=7",
        "source=8",
        "sid=15",
        "s=5",
        "session=afternoon",
        "cfid=3",
    ],
)
def test_a_parameter_that_only_looks_like_a_tracker_names_the_page(query):
    """It is one by a name that nobody else uses, or by its value."""
    url = f"https://example.org/article.php?{query}"
    assert urls.canonical(url) == url
    assert urls.link_key(url) == f"example.org/article.php?{query}"


SESSION = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "link",
    [
        "/a;jsessionid=7F0A?id=5",
        "/a;JSESSIONID=7F0A.node1?id=5",
        "/a?jsessionid=7F0A&id=5",
        "/a?PHPSESSID=c0d9e&id=5",
        f"/a?id=5&sid={SESSION}",
        f"/a?s={SESSION}&id=5",
        "/a?id=5&session_id=q7fk2m4kx9t0v5w1z8yb3n6c",
        "/a?ASPSESSIONIDQQTRBASC=LKJFDLKJ&id=5",
        "/a?CFID=12&CFTOKEN=998&id=5",
        "/a?osCsid=44ab&id=5",
        "/(S(lit3py55t21z5v55vlm25s55))/a?id=5",
        "/(A(qwertyuiopas)F(asdfghjklzxc))/a?id=5",
        "/(X(1)S(lit3py55t21z5v55vlm25s55))/a?id=5",
        "/a;sid=q7fk2m4kx9t0v5w1z8yb?id=5",
        "/%28S%28lit3py55t21z5v55vlm25s55%29%29/a?id=5",
        "/(lit3py55t21z5v55vlm25s55)/a?id=5",
    ],
)
def test_session_ids_are_no_part_of_an_address(link):
    """In paths, their parameters and in queries; the key is that of the page."""
    assert urls.canonical("https://example.org" + link) == "https://example.org/a?id=5"
    assert urls.link_key("https://example.org" + link) == "example.org/a?id=5"


@pytest.mark.parametrize(
    "path", ["/news;region=idlib", "/a;sid=99", "/Mercury_(planet)", "/a/(S(x))/b", "/f(x)/(note)/1"]
)
def test_other_parameters_and_parentheses_stay(path):
    """A planet is no session."""
    assert urls.canonical(f"https://example.org{path}") == f"https://example.org{path}"


def test_a_place_in_a_page_is_no_part_of_its_key_and_a_route_is():
    """What stands behind ``#!`` or ``#/`` is a page that a script shows."""
    bases = ("https://example.org",)
    assert urls.link_key("https://example.org/live#u2", bases) == "~/live"
    assert (urls.anchor("https://example.org/live#u2"), urls.anchor("https://example.org/#/7")) == ("u2", "")
    assert urls.link_key("https://example.org/#/haber/7", bases) == "~#/haber/7"
    assert urls.link_key("https://www.example.org/#!7") == "example.org#!7"


@pytest.mark.parametrize(
    ("link", "key"),
    [
        ("https://example.org/a?ref=71&id=2#u2", "example.org/a?id=2"),
        ("https://example.org/a;jsessionid=7?id=5", "example.org/a;jsessionid=7?id=5"),
        ("https://example.org/a?id=5", "example.org/a?id=5"),
        ("https://example.org/#/7", None),
    ],
)
def test_the_key_that_a_link_was_given_before_can_be_made(link, key):
    """Stores hold entries that are known by it."""
    assert urls.former_link_key(link) == key


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("https://o.example/a?b=1", "https://o.example/a?b=1"),
        ("https://o.example/خبر", "https://o.example/%D8%AE%D8%A8%D8%B1"),
        (
            "https://сирия.example/новости?я=ю#э",
            "https://xn--h1aaxc7e.example/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8?%D1%8F=%D1%8E#%D1%8D",
        ),
        ("https://o.example/[1]?a=[b]#[c]", "https://o.example/%5B1%5D?a=%5Bb%5D#%5Bc%5D"),
        ("https://o.example/?a=90%%20b&c=%zz", "https://o.example/?a=90%25%20b&c=%25zz"),
        ("https://o.example/x#90% of", "https://o.example/x#90%25%20of"),
        ("https://u:p@O.example:443/x", "https://o.example/x"),
        ("javascript:alert(1)", None),
        ("https://", None),
    ],
)
def test_an_address_as_a_uri_is_all_ascii(address, uri):
    """RFC 3986: what may not stand in one is encoded, also a percent sign that encodes nothing; users are left out."""
    assert urls.as_uri(address) == uri
    assert uri is None or urls.as_uri(uri) == uri
