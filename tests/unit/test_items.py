"""What an item says of its title, its text and its page, among all that its document says beside them.

Everything is read in both ways: by rules, and by feedparser with our handlers.
"""

import pytest

from syndicator.errors import NotAFeedError
from syndicator.parse import parse_feed, parse_whole
from syndicator.parse.candidates import reference

URL = "https://gazette.example/feeds/world.xml"
HOME = "https://gazette.example"
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
    ' xmlns:p="http://www.pheedo.com/namespace/pheedo"'
)
LEAD = "Власти Алеппо сообщили, что мост снова открыт."
CAPTION = "جمهور عند الجسر يوم الأحد، كما يظهر في صورة أطول من الخبر نفسه بكثير."


def rss(item, head="", version="2.0"):
    channel = f"<title>Gazette</title><link>{HOME}/</link>{head}<item>{item}</item>"
    return f'<rss version="{version}" {SPACES}><channel>{channel}</channel></rss>'.encode()


def atom(entry, root='xml:lang="en"'):
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {SPACES} {root}><title>G</title><entry>{entry}</entry></feed>'.encode()


def rdf(item):
    spaces = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
    item = f'<item rdf:about="{HOME}/1">{item}</item>'
    return f'<rdf:RDF {spaces} {SPACES}><channel rdf:about="x"><title>G</title></channel>{item}</rdf:RDF>'.encode()


def only(body):
    """Return the one item of a document, which both ways read alike."""
    (entry,) = parse_feed(body, url=URL).entries
    assert parse_whole(body, url=URL).entries == (entry,)
    return entry


def text_of(body):
    entry = only(body)
    return entry.content or entry.summary


OWN = f"<description>{LEAD}</description>"
BESIDE = {
    "a caption in a picture": f"<media:content url='{HOME}/1.jpg'><media:description>{CAPTION}</media:description></media:content>",
    "a caption beside a picture": f"<media:description>{CAPTION}</media:description>",
    "a caption in a group": f"<media:group><media:description>{CAPTION}</media:description></media:group>",
    "an episode's summary": f"<itunes:summary>{CAPTION}</itunes:summary>",
    "Dublin Core's namesake": f"<dc:description>{CAPTION}</dc:description>",
    "a second description": f"<description>{CAPTION}</description>",
    "Atom's summary": f"<atom:summary>{CAPTION}</atom:summary>",
    "a picture's title and text": f"<image><title>x</title><description>{CAPTION}</description></image>",
}


@pytest.mark.parametrize("beside", BESIDE)
def test_an_items_own_description_comes_before_what_describes_its_pictures(beside):
    """Wherever the other stands after it; in RSS of all versions, and in RDF."""
    for version in ("2.0", "0.91", "0.92"):
        assert text_of(rss(OWN + BESIDE[beside], version=version)) == LEAD
    assert text_of(rdf(OWN + BESIDE[beside])) == LEAD


@pytest.mark.parametrize("beside", sorted(set(BESIDE) - {"a second description", "Atom's summary"}))
def test_it_does_so_wherever_it_stands(beside):
    """Before its namesakes, or after them."""
    assert text_of(rss(BESIDE[beside] + OWN)) == LEAD


@pytest.mark.parametrize("beside", BESIDE)
def test_an_items_content_comes_before_captions_however_long(beside):
    """Length chooses among contents only."""
    content = "<content:encoded><![CDATA[<p>Yol kapalı.</p>]]></content:encoded>"
    for item in (OWN + BESIDE[beside] + content, content + OWN + BESIDE[beside]):
        assert only(rss(item)).content == "<p>Yol kapalı.</p>"


@pytest.mark.parametrize("beside", sorted(set(BESIDE) - {"a picture's title and text"}))
def test_where_nothing_else_is_said_a_caption_is_the_text(beside):
    """The description of a film is all there is of it."""
    assert text_of(rss(f"<title>t</title>{BESIDE[beside]}")) == CAPTION


WORDLESS = [
    "",
    " \n ",
    "<![CDATA[<p>&nbsp;</p>]]>",
    "<![CDATA[<p>&#160;&#x200b;&zwnj;</p>]]>",
    "\u200b\u200c\ufeff",
    f'<![CDATA[<p><img src="{HOME}/1.jpg" alt="a > b"/></p>]]>',
    f'<![CDATA[<a href="{HOME}/1"><img src="1.jpg"></a><br>]]>',
    f"<![CDATA[<figure><img src='1.jpg'><figcaption>{CAPTION}</figcaption></figure>]]>",
    "<![CDATA[<!-- Beitrag --><div class='wp'></div>]]>",
    "<![CDATA[<script>var words = 1</script><style>p { top: 0 }</style><iframe src='x'>none</iframe>]]>",
    "…",
    "<![CDATA[<video controls><source src='1.mp4'>Your browser shows no videos.</video>]]>",
    "<![CDATA[<audio src='1.mp3'>لا يعرض متصفحك الصوت</audio>]]>",
]


@pytest.mark.parametrize("empty", WORDLESS)
def test_content_without_words_is_none(empty):
    """The description is the text then, wherever it stands; in Atom the summary."""
    for item in (
        f"{OWN}<content:encoded>{empty}</content:encoded>",
        f"<content:encoded>{empty}</content:encoded>{OWN}",
        f"<description>{empty}</description><dc:description>{LEAD}</dc:description>",
    ):
        assert text_of(rss(item)) == LEAD
    for kind in ("html", "text"):
        content = f'<content type="{kind}">{empty}</content>'
        assert text_of(atom(f"<id>1</id><summary>{LEAD}</summary>{content}")) == LEAD


def test_xhtml_without_words_is_none_and_pictures_are_no_texts():
    """Whatever kind the content is of (RFC 4287, 4.1.3)."""
    picture = (
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p><img src="1.jpg"/></p></div></content>'
    )
    assert text_of(atom(f"<id>1</id><summary>{LEAD}</summary>{picture}")) == LEAD
    encoded = '<content type="image/png">iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ</content>'
    assert text_of(atom(f"<id>1</id><summary>{LEAD}</summary>{encoded}")) == LEAD
    elsewhere = f'<content type="video/mp4" src="{HOME}/1.mp4"/>'
    assert text_of(atom(f"<id>1</id><summary>{LEAD}</summary>{elsewhere}")) == LEAD


def test_of_several_contents_the_longest_with_words_counts():
    """And of several summaries the first with words."""
    contents = f"<content:encoded><![CDATA[<p><img src='{'x' * 99}'></p>]]></content:encoded>" + "".join(
        f"<content:encoded>{each}</content:encoded>" for each in ("Yol.", "Yol kapalı.", "Yol açık")
    )
    assert only(rss(contents)).content == "Yol kapalı."
    assert text_of(atom(f"<id>1</id><summary> </summary><summary>{LEAD}</summary><summary>other</summary>")) == LEAD


TITLES = [
    "<media:content url='1.jpg'><media:title>Снимок</media:title></media:content>",
    "<media:title>Снимок</media:title>",
    "<image><url>1.jpg</url><title>Снимок</title><link>https://pics.example/</link></image>",
    "<itunes:title>Снимок</itunes:title>",
    "<dc:title>Снимок</dc:title>",
    "<source url='https://wire.example/feed'>Снимок</source>",
    "<title> </title><media:title>Снимок</media:title>",
]


@pytest.mark.parametrize("other", TITLES)
def test_an_items_own_title_comes_before_others(other):
    """Before them or after them."""
    own = f"<title>İdlib'de köprü açıldı</title><link>{HOME}/1</link>"
    for item in (own + other, other + own):
        entry = only(rss(item))
        assert (entry.title, entry.link) == ("İdlib'de köprü açıldı", f"{HOME}/1")


NO_ADDRESS = ["12345", "6f1f8c2e-0a0b-4c5d-8e9f-001122334455", "N/A", "n/a", "-", "none", "#", "http://", "gz-5",
              "mailto:desk@gazette.example", "javascript:void(0)", "tag:gazette.example,2024:5", "urn:x:1", "رابط",
              "see the home page"]  # fmt: skip


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_is_no_address_is_no_link(text):
    """Neither as a link nor as a guid, which is an address only if it is a URL (RSS 2.0)."""
    assert only(rss(f"<title>t</title><link>{text}</link>")).link in (None, "http://")
    assert only(rss(f"<title>t</title><guid>{text}</guid>")).link is None
    assert only(rss(f"<title>t</title><link>{text}</link><guid>{HOME}/a/3</guid>")).link in (f"{HOME}/a/3", "http://")


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("www.gazette.example/a/3", "https://www.gazette.example/a/3"),
        ("gazette.example/a/4", "https://gazette.example/a/4"),
        ("news.gazette.example/a/4", "https://news.gazette.example/a/4"),
        ("bbc.co.uk/news/5", "https://bbc.co.uk/news/5"),
        ("www.yeni-gün.example:8080/6", "https://www.yeni-gün.example:8080/6"),
        ("//cdn.example/7", "https://cdn.example/7"),
        ("/a/8", f"{HOME}/a/8"),
        ("../a/9?x=1", f"{HOME}/a/9?x=1"),
        ("?p=10", f"{URL}?p=10"),
        ("story.html", f"{HOME}/feeds/story.html"),
        ("article.php?id=11", f"{HOME}/feeds/article.php?id=11"),
        ("news/12", f"{HOME}/feeds/news/12"),
        (f" {HOME}/13 ", f"{HOME}/13"),
    ],
)
def test_an_address_may_lack_its_scheme_or_be_relative(text, link):
    """A host is known by its beginning, by the document's, or by a public suffix."""
    assert only(rss(f"<title>t</title><link>{text}</link>")).link == link


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("feed://gazette.example/1", f"{HOME}/1"),
        ("https:\\\\gazette.example\\новости\\1?a=b\\c", f"{HOME}/новости/1?a=b\\c"),
        ("/خبر\\2", f"{HOME}/خبر/2"),
        ("http://https://gazette.example/3", f"{HOME}/3"),
        ("https:/gazette.example/4", f"{HOME}/4"),
        ("https:gazette.example/5", f"{HOME}/5"),
        ("https:/haber/6", f"{HOME}/haber/6"),
        (f"&lt;![CDATA[{HOME}/7]]&gt;", f"{HOME}/7"),
        ("https:///", None),
        ("https://", None),
    ],
)
def test_an_address_with_a_damaged_scheme_is_read_as_it_is_meant(text, link):
    """Backslashes, a slash too few, two schemes (WHATWG URL, 4.4); without a host there is no address."""
    assert only(rss(f"<title>t</title><link>{text}</link>")).link == link
    assert only(rss(f"<title>t</title><link>{text}</link><guid>{HOME}/a</guid>")).link == (link or f"{HOME}/a")


@pytest.mark.parametrize("within", ["related", "author", "gallery", "source-of-it"])
def test_a_link_within_another_element_is_not_the_items(within):
    """Wherever it stands."""
    other = f"<{within}><title>Другая история</title><link>{HOME}/2</link></{within}>"
    for item in (f"<title>t</title><link>{HOME}/1</link>{other}", f"{other}<title>t</title><link>{HOME}/1</link>"):
        assert (only(rss(item)).title, only(rss(item)).link) == ("t", f"{HOME}/1")


@pytest.mark.parametrize("said", ["True", "TRUE", "1", "yes", ""])
def test_a_guid_is_a_permalink_however_that_is_written(said):
    """Only what says no is none."""
    assert only(rss(f"<title>t</title><guid isPermaLink='{said}'>{HOME}/1</guid>")).link == f"{HOME}/1"
    assert only(rss(f"<title>t</title><guid isPermaLink='False'>{HOME}/1</guid>")).link is None


def test_marks_of_cdata_that_were_escaped_are_no_words():
    """In titles and texts; what only holds such marks keeps them."""
    entry = only(
        rss(f"<title>&lt;![CDATA[Дорога в Ракку]]&gt;</title><description>&lt;![CDATA[{LEAD}]]&gt;</description>")
    )
    assert (entry.title, entry.summary) == ("Дорога в Ракку", LEAD)
    assert only(rss("<title>What &lt;![CDATA[ means</title>")).title == "What <![CDATA[ means"


@pytest.mark.parametrize("kind", ["application/octet-stream", "application/pdf", "application/vnd.ms-excel"])
def test_content_of_a_binary_kind_is_no_text(kind):
    """RFC 4287, 4.1.3.3: it is encoded in Base64."""
    assert (
        text_of(atom(f'<id>1</id><summary>{LEAD}</summary><content type="{kind}">JVBERi0xLjQKJcOkw7zDtsOf</content>'))
        == LEAD
    )


@pytest.mark.parametrize(
    "element", ["date", "created", "dcterms:created", "dc:date", "published", "pubdate", "PubDate"]
)
def test_a_date_is_read_under_every_name_it_has(element):
    """RSS has one and Atom two; a date of creation counts where there is no other."""
    space = 'xmlns:dcterms="http://purl.org/dc/terms/"'
    entry = only(rss(f"<title>t</title><{element} {space}>2024-12-01T14:05:00+03:00</{element}>"))
    assert (entry.published or entry.updated).isoformat() == "2024-12-01T11:05:00+00:00"
    both = only(rss("<title>t</title><dc:date>2024-12-02T00:00:00Z</dc:date><created>2024-12-01T00:00:00Z</created>"))
    assert (both.published, both.updated.day) == (None, 2)


def test_a_document_that_lacks_the_end_of_its_root_alone_is_whole():
    """All items stand before the end of RSS's channel; without that an item may be missing."""
    body = rss(f"<title>Köprü açıldı</title><link>{HOME}/1</link>")
    (entry,) = parse_feed(body.replace(b"</rss>", b""), url=URL).entries
    assert entry.title == "Köprü açıldı"
    with pytest.raises(NotAFeedError, match="breaks off"):
        parse_feed(body.replace(b"</channel></rss>", b""), url=URL)


def test_in_attributes_most_things_are_relative_addresses():
    """RFC 3986, 4.2; but other schemes are none."""
    assert reference("12", f"{HOME}/a/", is_loose=True) == f"{HOME}/a/12"
    assert only(atom('<id>1</id><link href="2.html"/>', f'xml:base="{HOME}/x/"')).link == f"{HOME}/x/2.html"
    assert only(atom('<id>1</id><link href="mailto:a@b.example"/>')).link is None


def test_a_guid_stays_what_it_was():
    """What is no address is an id all the same."""
    assert only(rss("<guid>12345</guid><title>t</title>")).guid == f"{HOME}/feeds/12345"
    assert only(rss("<guid isPermaLink='false'>12345</guid><title>t</title>")).guid == "12345"


AMP = f'<atom:link rel="alternate" type="text/html" href="{HOME}/1/amp"/>'


@pytest.mark.parametrize("item", [f"<link>{HOME}/1</link>{AMP}", f"{AMP}<link>{HOME}/1</link>"])
def test_an_items_own_link_comes_before_alternates(item):
    """Atom's within RSS leads to a copy; the copy's address stays known."""
    entry = only(rss(f"<title>t</title>{item}"))
    assert (entry.link, entry.other_links) == (f"{HOME}/1", (f"{HOME}/1/amp",))


@pytest.mark.parametrize(
    ("root", "links", "link"),
    [
        ('xml:lang="en"', (("en", "/en"), ("ar", "/ar")), "/en"),
        ('xml:lang="en"', (("ar", "/ar"), ("en-GB", "/en")), "/en"),
        ('xml:lang="ar-SY"', (("en", "/en"), ("ar", "/ar")), "/ar"),
        ("", (("fa", "/fa"), ("ru", "/ru")), "/fa"),
        ('xml:lang="tr"', (("fa", "/fa"), ("ru", "/ru")), "/fa"),
        ('xml:lang="tr"', (("", "/one"), ("", "/two")), "/one"),
    ],
)
def test_of_alternates_the_one_in_the_documents_language_counts(root, links, link):
    """Else the first (RFC 4287, 4.2.7.4)."""
    written = "".join(f'<link hreflang="{language}" href="{HOME}{href}"/>' for language, href in links)
    assert only(atom(f"<id>urn:1</id><title>t</title>{written}", root)).link == HOME + link


def test_an_entry_may_speak_another_language_than_its_feed():
    """``xml:lang`` on the entry comes first; RSS declares its language in an element."""
    links = f'<link hreflang="en" href="{HOME}/en"/><link hreflang="ar" href="{HOME}/ar"/>'
    body = atom(f"<id>1</id>{links}").replace(b"<entry>", b'<entry xml:lang="ar">')
    assert only(body).link == f"{HOME}/ar"
    links = links.replace("<link", '<atom:link rel="alternate"')
    assert only(rss(f"<title>t</title>{links}", head="<language>ar-sy</language>")).link == f"{HOME}/ar"


@pytest.mark.parametrize(
    "rel",
    [
        "http://www.iana.org/assignments/relation/alternate",
        "HTTP://www.iana.org/assignments/relation/Alternate",
        "https://www.iana.org/assignments/link-relations/alternate",
        "alternate canonical",
        "ALTERNATE",
        "",
    ],
)
def test_a_relation_may_be_written_as_an_iri(rel):
    """RFC 4287, 4.2.7.2."""
    assert only(atom(f'<id>urn:1</id><title>t</title><link rel="{rel}" href="{HOME}/3"/>')).link == f"{HOME}/3"


def test_enclosures_and_the_feeds_own_links_may_be_iris_too():
    """The same rule for all relations."""
    iri = "http://www.iana.org/assignments/relation"
    entry = only(atom(f'<id>1</id><link rel="{iri}/enclosure" type="audio/mpeg" href="{HOME}/a.mp3"/>'))
    assert entry.enclosure.url == f"{HOME}/a.mp3"
    body = atom("<id>1</id>").replace(
        b"<entry>", f'<link rel="{iri}/hub" href="https://hub.example/"/><entry>'.encode()
    )
    assert [link.rel for link in parse_feed(body, url=URL).links] == ["hub"]


def test_the_type_of_a_page_may_have_parameters():
    """``text/html; charset=utf-8`` is a page; a feed or a picture is none."""
    link = f'<link type="{{}}" href="{HOME}/4"/>'
    assert only(atom("<id>1</id>" + link.format("text/html; charset=utf-8"))).link == f"{HOME}/4"
    assert only(atom("<id>1</id>" + link.format("application/json"))).link is None


@pytest.mark.parametrize("element", ["feedburner:origLink", "p:origLink"])
def test_the_page_behind_a_counting_proxy_comes_first(element):
    """Whatever the namespace's prefix; unless it is no address."""
    proxy = "http://proxy.feeds.example/~r/gazette/~3/AbCdEf/"
    entry = only(rss(f"<title>t</title><link>{proxy}</link><{element}>{HOME}/bridge</{element}>"))
    assert (entry.link, entry.other_links) == (f"{HOME}/bridge", (proxy,))
    assert only(rss(f"<title>t</title><link>{proxy}</link><{element}>bridge</{element}>")).link == proxy


@pytest.mark.parametrize(
    ("written", "link"),
    [
        ("/a?id=1&sect=2&copy=3&reg=4", "/a?id=1&sect=2&copy=3&reg=4"),
        ("/a?id=1&lt=2&gt=3&amp=4", "/a?id=1&lt=2&gt=3&amp=4"),
        ("/a?id=1&amp;copy=2&times=3", "/a?id=1&copy=2&times=3"),
        ("/a?copy2=1&copyright=2&notin=3", "/a?copy2=1&copyright=2&notin=3"),
        ("/a?a=1&para=2&micro=3&yen=4&deg=5", "/a?a=1&para=2&micro=3&yen=4&deg=5"),
    ],
)
def test_a_raw_ampersand_in_an_address_stays_as_written(written, link):
    """Names of old entities are parameters before an equals sign (HTML standard, 13.2.5.73)."""
    (entry,) = parse_feed(rss(f"<title>A & B</title><link>{HOME}{written}</link>"), url=URL).entries
    assert entry.link == HOME + link
    (entry,) = parse_feed(rss(f'<title>A & B</title><atom:link href="{HOME}{written}"/>'), url=URL).entries
    assert entry.link == HOME + link


def test_entities_in_texts_are_read_as_ever():
    """Café stays café, and "a &lt= b" is a comparison."""
    (entry,) = parse_feed(rss("<title>Caf&eacute; & T&uuml;rkiye: a &lt= b</title>"), url=URL).entries
    assert entry.title.replace("&lt;", "<") == "Café & Türkiye: a <= b"
