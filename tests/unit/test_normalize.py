"""Raw entries made safe."""

from datetime import timedelta

import pytest

from syndicator.extract.normalize import normalize
from syndicator.markup import clean, has_words, plain_text, safe_html, words_of_safe
from syndicator.models import RawEntry

BASES = ("https://www.presstv.ir", "https://www.presstv.com")
URL = "https://www.presstv.com/rss/rss-101.xml"


def one(now, **raw):
    (entry,) = normalize([RawEntry(**raw)], url=URL, bases=BASES, language="en", now=now)
    return entry


def test_an_entry_behind_a_redirector_is_the_one_of_its_page(now):
    """Below a mirror too; what was stored under the redirector's address is among its other keys."""
    wrapped = "https://redir.example.com/rss/*https://www.presstv.com/Detail/7"
    entry, direct = (
        one(now, title="Идлиб", link=wrapped),
        one(now, title="Идлиб", link="https://www.presstv.ir/Detail/7"),
    )
    assert (entry.link, entry.key, entry.link_key) == (direct.link, direct.key, direct.link_key)
    assert "link:redir.example.com/rss/*https://www.presstv.com/Detail/7" in entry.other_keys


def test_a_mirrors_entry_has_the_homes_identity(now):
    """Same story, same key, same link, whichever domain served it."""
    at = [one(now, guid=f"{base}/Detail/1", link=f"{base}/Detail/1?utm_source=rss", title="t") for base in BASES]
    assert at[0] == at[1]
    assert at[0].link == "https://www.presstv.ir/Detail/1"


def test_an_entry_keeps_its_identity_when_the_outlet_moves(now):
    """The old domain as a mirror, the new one as the home: the same keys."""
    raw = RawEntry(guid=f"{BASES[0]}/Detail/1", link=f"{BASES[0]}/Detail/1", title="t")
    for bases in (BASES, BASES[::-1]):
        (entry,) = normalize([raw], url=URL, bases=bases, language="en", now=now)
        assert (entry.key, entry.link_key) == ("guid:~/Detail/1", "~/Detail/1")


def test_items_come_oldest_first(now):
    """By their dates where all have one, else from the bottom of the document up."""
    raw = [RawEntry(guid=str(n), title=str(n)) for n in (3, 2, 1)]
    dated = [RawEntry(guid=str(n), title=str(n), published=now - timedelta(hours=n)) for n in (3, 2, 1)]
    for document, titles in ((raw, ["1", "2", "3"]), (dated, ["3", "2", "1"])):
        entries = normalize(document, url=URL, bases=BASES, language="en", now=now)
        assert [entry.title for entry in entries] == titles


def test_titles_are_plain_text(now):
    """Markup and entities are read, controls and direction overrides dropped, space folded."""
    assert one(now, title="AT&amp;T <b>buys</b>\n\x07 it\u202e").title == "AT&T buys it"
    assert one(now, title="1 < 2 & 3", title_is_html=False).title == "1 < 2 & 3"


def test_a_missing_title_is_the_beginning_of_the_text(now):
    """Readers always have something to click."""
    assert one(now, summary="<p>Quiet night in Idlib.</p>", link="/a").title == "Quiet night in Idlib."


def test_relative_links_become_absolute(now):
    """Against the document's own address, and then folded home."""
    assert one(now, title="t", link="/Detail/1").link == "https://www.presstv.ir/Detail/1"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "java&#x09;script:x", "data:text/html,x", "mailto:a@b.c"])
def test_an_unsafe_link_is_dropped_and_the_item_kept(now, link):
    """The item stays, without a link or with one that is harmless."""
    entry = one(now, title="t", link=link)
    assert entry.link is None or entry.link.startswith("https://www.presstv.ir/")


@pytest.mark.parametrize(
    ("hours", "is_kept"), [(0, True), (-24, True), (20, True), (48, False), (-24 * 365 * 60, False)]
)
def test_impossible_dates_are_nobodys_knowledge(now, hours, is_kept):
    """Dates in the far future, or before feeds were, are dropped."""
    assert (one(now, title="t", published=now + timedelta(hours=hours)).published is not None) is is_kept


def test_guids_that_tell_nothing_apart_are_not_used(now):
    """A guid that stands on items with different links is ignored."""
    raw = [RawEntry(guid="1", link="https://www.presstv.ir/a", title="a"), RawEntry(guid="1", link="/b", title="b")]
    entries = normalize(raw, url=URL, bases=BASES, language="en", now=now)
    assert len({entry.key for entry in entries}) == 2


def test_a_home_page_is_no_guid_of_several_items(now):
    """Some programs write it into each; the words tell the items apart."""
    home = "https://www.presstv.ir/"
    given = [RawEntry(guid=home, link=home, title=title, summary=title) for title in ("Халеб", "Ракка")]
    assert len(normalize(given, url=URL, bases=BASES, language="ru", now=now)) == 2


def test_two_items_with_one_guid_and_link_are_one(now):
    """RFC 4287, 4.1.1."""
    raw = [RawEntry(guid="1", link="/a", title="a"), RawEntry(guid="1", link="/a", title="a")]
    assert len(normalize(raw, url=URL, bases=BASES, language="en", now=now)) == 1


def test_markup_and_case_do_not_change_an_entry(now):
    """What readers would not notice is no change."""
    before = one(now, guid="1", title="Truce holds", summary="<p>All is calm</p>")
    after = one(now, guid="1", title="TRUCE holds!", summary="<div>All is <b>calm</b>.</div>")
    assert (before.title_digest, before.text_digest) == (after.title_digest, after.text_digest)


ATTACKS = [
    "<script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    '<img src=x onerror="alert(1)">',
    '<a href="java&#x09;script:alert(1)">x</a>',
    '<a href="JaVaScRiPt:alert(1)">x</a>',
    "<iframe src=https://evil.example></iframe>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<form action="https://evil.example"><input></form>',
    '<base href="https://evil.example/">',
    '<p style="background:url(https://evil.example)">x</p>',
    '<a href="https://ok.example" onclick="x()">x</a>',
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_f31_scripts_do_not_survive(attack):
    """No handler, no script, no frame, no form, no remote picture."""
    safe = safe_html(f"<p>before</p>{attack}<p>after</p>", "https://outlet.example/").lower()
    for bad in ("script", "onerror", "onload", "onclick", "<iframe", "<form", "<img", "<base", "style", "evil.example"):
        assert bad not in safe
    assert "before" in safe


def test_safe_html_is_stable():
    """Cleaning what is clean changes nothing."""
    once = safe_html('<p>A <a href="/x">link</a> &amp; <b>more</b></p>', "https://outlet.example/")
    assert safe_html(once, "https://outlet.example/") == once
    assert 'href="https://outlet.example/x"' in once


def test_f36_an_enormous_body_is_cut_with_a_mark():
    """Ten megabytes become a readable length that ends in an ellipsis."""
    cut = safe_html("<p>" + "word " * 2_000_000, "https://outlet.example/")
    assert len(cut) < 100_000
    assert cut.endswith("…")


def test_xml_illegal_characters_and_mark_piles_go():
    """What XML 1.0 cannot carry, and what makes a page unreadable."""
    assert clean("a\x00\x0b\ufffe\ud800b") == "ab"
    assert len(clean("a" + "\u0301" * 1000)) < 10


def test_blocks_leave_a_space():
    """Words of neighbouring paragraphs do not run together."""
    assert plain_text("<p>one</p><p>two</p>") == "one two"


@pytest.mark.parametrize(
    ("markup", "safe"),
    [
        ('<p dir="rtl">قال <bdi>NABA 24</bdi> (10%).</p>', '<p dir="rtl">قال <bdi>NABA 24</bdi> (10%).</p>'),
        ('<p DIR="RTL">متن</p>', '<p dir="rtl">متن</p>'),
        ("<blockquote dir=auto>x</blockquote>", '<blockquote dir="auto">x</blockquote>'),
        ('<bdo dir="ltr">A1</bdo> <bdi dir="ltr">B2</bdi>', '<bdo dir="ltr">A1</bdo> <bdi dir="ltr">B2</bdi>'),
        ('<p dir="up">x</p>', "<p>x</p>"),
        ('<div dir="rtl" class="a"><div><p>متن</p></div></div>', '<div dir="rtl"><p>متن</p></div>'),
        ('<section dir="rtl">متن <span dir="ltr">A</span><span>b</span></section>',
         '<section dir="rtl">متن <span dir="ltr">A</span>b</section>'),
        ('<div><p dir="rtl">متن</p></div>', '<p dir="rtl">متن</p>'),
        ('<div class="a"><span>x</span></div>', "x"),
        ('<p style="text-align: right; direction: rtl">متن</p>', '<p dir="rtl">متن</p>'),
        ("<div style='DIRECTION:RTL;'>متن</div>", '<div dir="rtl">متن</div>'),
        ('<p style="flex-direction: rtl">x</p>', "<p>x</p>"),
        ('<html dir="rtl"><body><p>متن</p></body></html>', '<div dir="rtl"><p>متن</p></div>'),
        ('<font dir="rtl" color="red">متن</font>', '<span dir="rtl">متن</span>'),
        ('<center dir="rtl">متن</center>', '<div dir="rtl">متن</div>'),
        ('<p lang="fa" title="t">متن</p>', '<p lang="fa" title="t">متن</p>'),
    ],
)  # fmt: skip
def test_the_direction_of_text_stays(markup, safe):
    """Where it is said, on whatever element; other containers go as ever. The words are the same."""
    assert safe_html(markup, "https://outlet.example/") == safe
    assert safe_html(safe, "https://outlet.example/") == safe
    assert words_of_safe(safe) == plain_text(markup)


def test_the_direction_stays_in_markup_of_many_tags():
    """Which is rewritten before it is read."""
    markup = '<div dir="rtl">' + "<p>متن</p>" * 600 + "</div>"
    assert safe_html(markup, "https://outlet.example/").startswith('<div dir="rtl"><p>متن</p>')


@pytest.mark.parametrize("markup", ["a", "٧", "<p>متن</p>", "1 < 2", "<p title=it's>Word's</p>", "&eacute;", "&#1605;",
                                    "<!-- a -->b", "<style>a</style>b", "<titles>a</titles>", "<a href='x'>y"])  # fmt: skip
def test_words_are_letters_and_digits_that_are_shown(markup):
    """In any script, also by reference, also in broken markup."""
    assert has_words(markup)


@pytest.mark.parametrize(
    "markup", ["", "…", "&nbsp;&zwnj;&#8203;", "<img alt='a > b'>", "<!-- a", "<style>a", "<a b", "_ - "]
)
def test_tags_comments_and_scripts_hold_no_words(markup):
    """Closed or not."""
    assert not has_words(markup)
