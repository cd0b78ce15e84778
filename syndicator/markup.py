"""HTML made harmless, and text that XML can carry. Pure; used on the way in and again on the way out."""

from __future__ import annotations

import html
import re
from functools import lru_cache

import nh3

from syndicator import urls
from syndicator.text import COMBINING

LONGEST_HTML = 100_000
LONGEST_TEXT = 20_000
# What XML 1.0 cannot carry, and the invisible characters that turn text around or hide in it.
_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufff9-\uffff\ud800-\udfff]"
)
# More marks on one letter than any script piles up.
_MARK_RUN = re.compile(rf"([{COMBINING}]{{8}})[{COMBINING}]+")
_ENDLESS = re.compile(r"&#[0-9]{9,};?")
_BLOCK = re.compile(r"<(?:/?(?:p|div|li|ul|ol|h[1-6]|blockquote|tr|table|figure|pre)|br)\b[^>]*>", re.IGNORECASE)
_TAGS = frozenset(
    (
        "a abbr b blockquote br cite code dd dl dt em figcaption figure h2 h3 h4 h5 h6 hr i li ol p pre q s small"
        " strong sub sup table tbody td th thead tr u ul"
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
_PLAIN = nh3.Cleaner(tags=set(), clean_content_tags=_DROPPED_WHOLE)
# A tag as nh3 writes it; an attribute's value may hold anything but its own quotes.
_TAG = re.compile(r'<(?:[^>"]|"[^"]*")*>')


def safe_html(markup: str, base: str) -> str:
    """Keep the harmless part of a body: no scripts, styles, frames, forms, images; absolute http(s) links only."""
    if len(markup) > LONGEST_HTML:
        return html.escape(cut(plain_text(markup[: 4 * LONGEST_HTML]), LONGEST_TEXT), quote=False)
    if "<" not in markup and "&" not in markup:
        return clean(markup).strip()
    cleaned = clean(_cleaner(base).clean(_legal(markup))).strip()
    # Resolving many short links against a long base makes more of them than came.
    return cleaned if len(cleaned) <= LONGEST_HTML else html.escape(cut(plain_text(cleaned), LONGEST_TEXT), quote=False)


@lru_cache(maxsize=64)
def _cleaner(base: str) -> nh3.Cleaner:
    """Make a cleaner that resolves links against ``base``; making one costs more than using it."""

    def resolve(element: str, attribute: str, value: str) -> str | None:
        return urls.absolute(value, base) if (element, attribute) == ("a", "href") else value

    return nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=_DROPPED_WHOLE,
        attributes={"a": {"href"}},
        attribute_filter=resolve,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
    )


def plain_text(markup: str) -> str:
    """Give the words of some HTML in one line, with a space where a block ended."""
    if "<" in markup:
        markup = _PLAIN.clean(_BLOCK.sub(" ", _legal(markup)))
    return " ".join(clean(_unescaped(markup)).split())


def words_of_safe(markup: str) -> str:
    """Give the words of what ``safe_html`` gave: as ``plain_text``, but spared a second reading."""
    if "<" in markup:
        markup = _TAG.sub("", _BLOCK.sub(" ", markup))
    return " ".join((_unescaped(markup)).split())


def _unescaped(text: str) -> str:
    """Resolve character references; one to a number longer than Python reads is none."""
    return html.unescape(_ENDLESS.sub("\ufffd", text)) if "&" in text else text


def clean(text: str) -> str:
    """Take out what XML 1.0 cannot hold, direction overrides, and piles of combining marks."""
    legal = _legal(text)
    return legal if legal.isascii() else _MARK_RUN.sub(r"\1", legal)


def _legal(text: str) -> str:
    return text if text.isprintable() else _ILLEGAL.sub("", text)


def cut(text: str, longest: int) -> str:
    """Shorten to ``longest`` characters, at a space where there is one near, with an ellipsis."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    at = head.rfind(" ")
    return (head[:at] if at > longest // 2 else head).rstrip() + "…"
