"""HTML read and rewritten by its tags, without a tree."""

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator.markup import plain_text, safe_html
from syndicator.tagsoup import DEEPEST, is_costly, shallow, start_tags, unescape_attribute

KEPT = frozenset("a b i p li ul ol table tr td th tbody h2 blockquote br em".split())
DROPPED = frozenset(("script", "style", "svg"))
CLEANER = nh3.Cleaner(
    tags=set(KEPT), clean_content_tags=set(DROPPED), attributes={"a": {"href"}}, link_rel=None, url_schemes={"https"}
)


def deepest(markup):
    depth = most = 0
    for piece in markup.split("<")[1:]:
        depth += -1 if piece.startswith("/") else 0 if piece.startswith("br") else 1
        most = max(most, depth)
    assert depth == 0
    return most


ELEMENTS = st.recursive(
    st.sampled_from(("words", "a &amp; b", "a & b", "<br>", "1 < 2", "<!-- c > d -->", "<script>'<b>'</script>", "")),
    lambda inner: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name.partition(' ')[0]}>",
        st.sampled_from(("b", "i", "em", "div", "a href='https://x.example/?a=1&amp;b=2'", "blockquote", "ul", "h2")),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(ELEMENTS.filter(lambda markup: markup.count("<a ") < 2 and markup.count("<h2>") < 2))
def test_well_formed_markup_is_read_as_before(markup):
    """The sanitizer makes the same of it, rewritten or not; but for headings and links within one another, which HTML forbids."""
    assert CLEANER.clean(shallow(markup, KEPT, DROPPED)) == CLEANER.clean(markup)


@pytest.mark.parametrize(
    "markup",
    [
        "<p>one<p>two",
        "<ul><li>one<li>two<ul><li>three</ul></ul>",
        "<table><tr><td>a<td>b<tr><td>c</table>",
        "<p><a href='https://x.example/'><h2>title</h2></a>",
        "<p>a</br>b</p></p>",
        '<p title="a > b">text</p>',
        "<p don't>text</p>",
        "a < b <3 </ c> <> <?x y?> <!d>",
        "text <a href='https://x.example/",
        "<script>if (a < b) '</b>'</script><b>after</b>",
    ],
)
def test_sloppy_markup_is_read_as_before(markup):
    """Missing and misplaced end tags, stray signs, what breaks off."""
    assert CLEANER.clean(shallow(markup, KEPT, DROPPED)) == CLEANER.clean(markup)


def test_misnested_formatting_keeps_its_words():
    """Where a standard parser moves elements about, the rewritten markup may nest them otherwise."""
    markup = "<b>bold<p>still</b> not</p>"
    assert plain_text(shallow(markup, KEPT, DROPPED)) == plain_text(markup)


@pytest.mark.parametrize("fragment", ["<b>", "<b id={}>", "<b id={}><p>", "<ul><li>", "<a><b>", "</b><b>", "<svg><b>"])
def test_elements_are_few_levels_deep_and_closed(fragment):
    """However many were left open."""
    markup = "".join(fragment.replace("{}", str(number)) for number in range(2000)) + "text"
    assert is_costly(markup)
    assert deepest(shallow(markup, KEPT, DROPPED)) <= DEEPEST + 1


def test_dropped_elements_are_dropped_however_deep():
    """Their content is never text."""
    assert "secret" not in shallow("<b>" * 200 + "<script>secret</script>seen", KEPT, DROPPED)
    assert "seen" in shallow("<b>" * 200 + "<script>secret</script>seen", KEPT, DROPPED)


def test_a_body_of_many_tags_keeps_its_markup_and_its_words():
    """Links, lists and paragraphs come out; scripts do not."""
    item = "<li><a href='/{0}' onclick='x()'>Story {0}</a><script>bad()</script></li>"
    markup = "<ul>" + "".join(item.format(number) for number in range(300)) + "</ul>"
    assert is_costly(markup)
    cleaned = safe_html(markup, "https://outlet.example/")
    assert cleaned.count("<li>") == 300
    assert '<a href="https://outlet.example/299"' in cleaned
    assert "bad" not in cleaned
    assert plain_text(markup).split()[:4] == ["Story", "0", "Story", "1"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/rss?id=1&sect=2&copy=3&reg=4", "/rss?id=1&sect=2&copy=3&reg=4"),
        ("?a=1&amp;b=2", "?a=1&b=2"),
        ("?a=1&amp;copy=2", "?a=1&copy=2"),
        ("?a=1&ampersand=2&notit=3&ltd=4", "?a=1&ampersand=2&notit=3&ltd=4"),
        ("?a=1&copy;=2", "?a=1©=2"),
        ("&copy 2024 &eacute;t&eacute &mdash; &unknown; & &&amp;", "© 2024 été — &unknown; & &&"),
        ("&#1057;&#x41f;&#1085 &#0; &#xD800;", "СПн \ufffd \ufffd"),
        ("&#" + "9" * 5000 + ";", "\ufffd"),
        ("R&D", "R&D"),
    ],
)
def test_raw_ampersands_in_attributes_stay_as_browsers_leave_them(written, meant):
    """In a query, names that old references share are parameters."""
    assert unescape_attribute(written) == meant
    assert list(start_tags(f'<o a="{written}" a="again">', "o")) == [{"a": meant}]


def test_the_attributes_of_start_tags_are_read_as_browsers_read_them():
    """Quotes of both kinds and none, references, capitals, comments."""
    markup = """<o a="1 &amp; 2" B='x>y' c=z d><!-- <o a=no> --><O a=2/><other a=3><o a="unclosed"""
    assert list(start_tags(markup, "o")) == [{"a": "1 & 2", "b": "x>y", "c": "z", "d": ""}, {"a": "2/"}]
