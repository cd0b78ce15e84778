"""Sanitize HTML, and remove what XML cannot carry. Pure; applied at ingest and again at output.

Every function takes linear time, whatever it is given.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

import nh3

from syndicator import urls
from syndicator.tagsoup import is_costly, shallow
from syndicator.text import COMBINING

LONGEST_HTML = 100_000
LONGEST_TEXT = 20_000
# Not allowed in XML 1.0, or invisible: direction overrides and the like, which hide or reorder text.
_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufff9-\uffff\ud800-\udfff]"
)
# More combining marks on one letter than any script uses.
_MARK_RUN = re.compile(rf"([{COMBINING}]{{8}})[{COMBINING}]+")
_ENDLESS = re.compile(r"&#[0-9]{9,};?")
# A tag that is never closed ends with the text, as in HTML: without that alternative each one is searched to the end.
# What is shown of a text, and what is not. Whatever is never closed ends with the text.
_SHOWN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?P<whole>script|style|iframe|object|svg|math|form|noscript|template|title|figcaption)(?=[\s/>]).*?(?:</(?P=whole)(?=[\s/>])|\Z)"
    r"|<(?P<media>video|audio|canvas)(?=[\s/>])[^>]*+(?<!/)>.*?(?:</(?P=media)(?=[\s/>])|\Z)"
    r"|<[A-Za-z/!?](?:[^>=]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|))*+(?:>|\Z)"
    r"|(?P<reference>&#?[A-Za-z0-9]{1,40};?)"
    r"|(?P<letter>[^\W_])",
    re.DOTALL | re.IGNORECASE,
)
_BLOCK = re.compile(
    r"<(?:/?(?:p|div|li|ul|ol|h[1-6]|blockquote|tr|table|figure|pre)|br)\b[^>]*+(?:>|\Z)", re.IGNORECASE
)
_TAGS = frozenset(
    (
        "a abbr b bdi bdo blockquote br cite code dd del dl dt em figcaption figure h2 h3 h4 h5 h6 hr i ins li ol p pre"
        " q s small strong sub sup table tbody td th thead tr u ul"
    ).split()
)
_DROPPED_WHOLE = {
    "script",
    "style",
    "iframe",
    "object",
    "svg",
    "math",
    "form",
    "noscript",
    "template",
    "title",
}
# Which way lines run: without it, text that mixes scripts is set in the wrong order (HTML standard, 3.2.6.4).
_DIRECTIONS = frozenset({"ltr", "rtl", "auto"})
# Kept where they give a direction to what they hold, and nowhere else.
_CONTAINERS = frozenset({"article", "div", "section", "span"})
_DIRECTED = re.compile(r"[\s/\"']dir\s*=", re.IGNORECASE)
_STYLE = re.compile(r"\bstyle\s*+=\s*+(?:\"([^\"<>]*+)\"|'([^'<>]*+)')", re.IGNORECASE)
_STYLE_DIRECTION = re.compile(r"(?:^|[;\s])direction\s*:\s*(rtl|ltr)\s*(?:!\s*important\s*)?(?:;|\Z)", re.IGNORECASE)
# Containers of pages and of old HTML, for which others stand.
_OTHER_CONTAINER = re.compile(r"<(/?)(html|body|main|center|header|footer|aside|font)(?=[\s/>])", re.IGNORECASE)
_CONTAINER = re.compile(r"<(/?)(?:article|div|section|span)( [^>]*+)?>")
# Not published, but tables are not read as meant without them.
_STRUCTURE = _TAGS | _CONTAINERS | {"caption", "tfoot"}
_PLAIN = nh3.Cleaner(tags=set(), clean_content_tags=_DROPPED_WHOLE)
# A tag as nh3 writes it: a quoted attribute value may contain ">".
_TAG = re.compile(r'<[^>"]*+(?:"[^"]*+(?:"|\Z)[^>"]*+)*+(?:>|\Z)')


def safe_html(markup: str, base: str) -> str:
    """Return the harmless part of a body: no scripts, styles, frames, forms, images; absolute http(s) links only.

    Longer than 100,000 characters, it becomes plain text of at most 20,000.
    """
    if len(markup) > LONGEST_HTML:
        return html.escape(cut(plain_text(markup[: 4 * LONGEST_HTML]), LONGEST_TEXT), quote=False)
    if "<" not in markup and "&" not in markup:
        return clean(markup).strip()
    legal = _with_directions(_legal(markup))
    if is_costly(legal):
        legal = shallow(legal, _STRUCTURE, _DROPPED_WHOLE)
    is_directed = _DIRECTED.search(legal) is not None
    cleaned = clean(_cleaner(base, is_directed=is_directed).clean(legal)).strip()
    if is_directed:
        cleaned = _without_bare_containers(cleaned)
    # Many short links resolved against a long base can exceed the limit again.
    return cleaned if len(cleaned) <= LONGEST_HTML else html.escape(cut(plain_text(cleaned), LONGEST_TEXT), quote=False)


@lru_cache(maxsize=64)
def _cleaner(base: str, *, is_directed: bool) -> nh3.Cleaner:
    """Return a cleaner that resolves links against ``base``; cached, since creating one costs more than using it."""

    def resolve(element: str, attribute: str, value: str) -> str | None:
        if attribute == "dir":
            return value.lower() if value.lower() in _DIRECTIONS else None
        return urls.absolute(value, base) if (element, attribute) == ("a", "href") else value

    return nh3.Cleaner(
        tags=set(_TAGS | _CONTAINERS if is_directed else _TAGS),
        clean_content_tags=_DROPPED_WHOLE,
        attributes={"*": {"dir", "lang", "title"}, "a": {"href"}},
        attribute_filter=resolve,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
    )


def _with_directions(markup: str) -> str:
    """Return HTML whose directions all stand in ``dir`` attributes, and of elements that are kept."""
    if "irection" in markup or "IRECTION" in markup:
        markup = _STYLE.sub(_direction_of, markup)
    if not _DIRECTED.search(markup):
        return markup
    return _OTHER_CONTAINER.sub(lambda tag: f"<{tag[1]}{'span' if tag[2].lower() == 'font' else 'div'}", markup)


def _direction_of(style: re.Match[str]) -> str:
    found = _STYLE_DIRECTION.search(style[1] or style[2] or "")
    return f'dir="{found[1].lower()}"' if found else style[0]


def _without_bare_containers(cleaned: str) -> str:
    """Remove the tags of containers without a direction from nh3's balanced result."""
    kept: list[bool] = []

    def one(tag: re.Match[str]) -> str:
        if not tag[1]:
            kept.append(bool(tag[2]))
        return tag[0] if (kept.pop() if tag[1] and kept else tag[2]) else ""

    return _CONTAINER.sub(one, cleaned).strip()


def plain_text(markup: str) -> str:
    """Return the text of HTML on one line, with a space at the bounds of each block."""
    if "<" in markup:
        spaced = _BLOCK.sub(" ", _legal(markup))
        is_long = len(spaced) > LONGEST_HTML or is_costly(spaced)
        markup = shallow(spaced, (), _DROPPED_WHOLE) if is_long else _PLAIN.clean(spaced)
    return " ".join(clean(_unescaped(markup)).split())


def words_of_safe(markup: str) -> str:
    """Return the text of ``safe_html``'s result: as ``plain_text``, without parsing it again."""
    if "<" in markup:
        markup = _TAG.sub("", _BLOCK.sub(" ", markup))
    return " ".join((_unescaped(markup)).split())


def lines_of_safe(markup: str) -> list[str]:
    """Return the text of ``safe_html``'s result by its blocks."""
    lines = _TAG.sub("", _BLOCK.sub("\n", markup)).split("\n")
    return [line for each in lines if (line := " ".join(_unescaped(each).split()))]


def _unescaped(text: str) -> str:
    """Resolve character references; one with more digits than any character has becomes U+FFFD."""
    return html.unescape(_ENDLESS.sub("\ufffd", text)) if "&" in text else text


def has_words(markup: str) -> bool:
    """Return whether HTML has a letter or a digit that is shown: not in a tag, a comment, a caption or a script."""
    for found in _SHOWN.finditer(markup):
        if found["letter"] or (found["reference"] and any(map(str.isalnum, html.unescape(found["reference"])))):
            return True
    return False


def clean(text: str) -> str:
    """Remove what XML 1.0 does not allow, direction overrides, and runs of combining marks beyond eight."""
    legal = _legal(text)
    return legal if legal.isascii() else _MARK_RUN.sub(r"\1", legal)


def _legal(text: str) -> str:
    return text if text.isprintable() else _ILLEGAL.sub("", text)


def cut(text: str, longest: int) -> str:
    """Return ``text`` shortened to ``longest`` characters with an ellipsis, at a space in its second half if any."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    at = head.rfind(" ")
    return (head[:at] if at > longest // 2 else head).rstrip() + "…"
