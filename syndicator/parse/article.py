"""Extract title, byline, dateline and body from an article's page.

trafilatura finds the body. It also includes lines that do not belong to it, and drops the byline and dateline; both are
corrected here by the form of the lines: in all languages, bodies consist of sentences.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from syndicator.errors import NotAFeedError
from syndicator.models import Article
from syndicator.parse.encoding import html_as_text

_BLOCKS = ", ".join(
    "p div section article header footer aside nav li h1 h2 h3 h4 h5 h6 blockquote td tr time address br".split()
)
_BREAK = "\n"
_ENDS = frozenset(".!?…。؟۔।»”“’›\"')]")
_NO_ENDS = frozenset(":;：،,")
_LEAST_SENTENCE, _LONG = 60, 150
_MOST_HEADER, _MOST_WORDS, _NAME_WORDS = 8, 8, range(2, 6)
_MOST_PARAGRAPHS = 400
# Words for "by". Those of the first group rarely have another meaning, so they need no colon.
_BY = re.compile(
    r"^(?:(?:by|بقلم|نویسنده)\s*:?|(?:von|par|por|di|автор|текст|كتب|كتبت|بواسطة|yazar|haber|yazan)\s*:)\s+(.+)$",
    re.IGNORECASE,
)
_NOBODYS = re.compile(
    r"(?:images|news|photo|agency|desk|staff|east|reuters|merkezi|dakika|haberleri|sayfa)\b", re.IGNORECASE
)
_SITE = re.compile(r"^(?:https?://)?(?:[\w-]+\.)+[a-z]{2,24}(?:/\S*)?$", re.IGNORECASE)
# MOSCOW, March 6 (Reuters) - · АНКАРА, 6 мар — РИА Новости. · طهران - إرنا -
_LEADING = re.compile(r"^([^\W\d_][\w .'’-]{1,40}?)(?:\s*[,/][^—–()]{1,40})?\s*(?:\([^()]{2,40}\)\s*)?[—–-]{1,2}\s")


def read_article(
    body: bytes, *, url: str, content_type: str = "", title: str = "", is_place: Callable[[str], bool] = lambda _: False
) -> Article:
    """Return the article of a page; ``title`` is its title in the feed, ``is_place`` recognizes place names.

    Raise NotAFeedError if there are no sentences.
    """
    # Loaded on demand: only full text needs it.
    from trafilatura import bare_extraction  # noqa: PLC0415

    text = html_as_text(body, content_type)
    found: Any = bare_extraction(text, url=url, with_metadata=True, include_comments=False, include_tables=False)
    page = _page_lines(text)
    spelt = {_bare(line): line for line in page}
    # The library drops joiners that Persian needs, so the lines are taken from the page.
    main = [spelt.get(_bare(line), line) for line in _lines(getattr(found, "text", None) or "")]
    first, last = _body_of(main, title or getattr(found, "title", None) or "")
    if first > last:
        raise NotAFeedError("there is no article on this page")
    paragraphs = [line for line in main[first : last + 1] if not _is_aside(line)][:_MOST_PARAGRAPHS]
    header = _header(page, main[:first], main[first])
    title = title or found.title or next((line for line in header if len(line.split()) >= 4), "")  # noqa: PLR2004
    # Lines before the title are sections and menus.
    bare_title = _bare(title)
    after = next((place for place, line in enumerate(header) if _bare(line) == bare_title), -1)
    header = [line for line in header[after + 1 :] if not _is_aside(line)]
    dateline, told = _dateline(header, paragraphs[0], is_place)
    is_more = told != dateline  # a line with only the place repeats the dateline
    return Article(
        title=title,
        byline=_byline([line for line in header if line != told], found.author or ""),
        dateline=dateline,
        paragraphs=(told, *paragraphs) if told and is_more else tuple(paragraphs),
    )


def _lines(text: str) -> list[str]:
    return [line for each in text.split(_BREAK) if (line := " ".join(each.split()))]


def _body_of(lines: Sequence[str], title: str) -> tuple[int, int]:
    """Return the positions of the first and the last paragraph of the body.

    It begins with a sentence, or with two paragraphs in a row: in some languages few of them end in a full stop.
    """
    bare_title = _bare(title)
    is_paragraph = [_is_paragraph(line) and _bare(line) != bare_title for line in lines]
    places = [place for place, is_one in enumerate(is_paragraph) if is_one]
    for place in places:
        if lines[place][-1] in _ENDS or len(lines[place]) >= _LONG or is_paragraph[place + 1 : place + 2] == [True]:
            return place, places[-1]
    return 0, -1


def _is_paragraph(line: str) -> bool:
    return len(line) >= _LEAST_SENTENCE and line[-1] not in _NO_ENDS and not _is_aside(line)


def _is_aside(line: str) -> bool:
    """Return whether a line is boilerplate: share this, read also, an address alone."""
    if len(line) >= _LONG or (len(line) >= _LEAST_SENTENCE and line[-1] in _ENDS):
        return False
    return _boilerplate().match(line.replace("İ", "i").lower()) is not None or _SITE.match(line) is not None


@lru_cache(maxsize=1)
def _boilerplate() -> re.Pattern[str]:
    lines = resources.files(__package__).joinpath("boilerplate.txt").read_text(encoding="utf-8").splitlines()
    return re.compile("|".join(f"(?:{line})" for line in lines if line and not line.startswith("#")))


def _page_lines(page: str) -> list[str]:
    """Return the visible lines of a page without its menus."""
    tree = LexborHTMLParser(page)
    for node in tree.css("script, style, noscript, template, nav"):
        node.decompose()
    for node in tree.css(_BLOCKS):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    return _lines(tree.body.text(skip_empty=False)) if tree.body else []


def _bare(line: str) -> str:
    """Return a line without spaces and invisible characters, which extraction may change."""
    return "".join(char for char in line if not char.isspace() and unicodedata.category(char) != "Cf")


def _header(page: Sequence[str], taken: Sequence[str], first: str) -> list[str]:
    """Return the short lines before the body, as they are on the page."""
    at = next((place for place, line in enumerate(page) if line.startswith(first[:_LEAST_SENTENCE])), 0)
    return list(dict.fromkeys([*page[max(0, at - _MOST_HEADER) : at], *taken[-_MOST_HEADER:]]))


def _dateline(header: Iterable[str], first: str, is_place: Callable[[str], bool]) -> tuple[str, str]:
    """Return the place of the dateline, and the header line that contains it if it is not in the body."""
    for line in header:
        if len(line.split()) <= _MOST_WORDS:
            for part in reversed(re.split(r"[,،/|]|\s[—–-]\s", line)):
                if is_place(part.strip()):
                    return part.strip(), line
    leading = _LEADING.match(first)
    if leading and is_place(leading[1].strip()):
        return leading[1].strip(), ""
    return "", ""


def _byline(header: Sequence[str], known: str) -> str:
    """Return the author: from the page's metadata, a line with "by", or a line that looks like a name."""
    if known:
        return known
    for line in header:
        by = _BY.match(line)
        if by and "," not in by[1] and len(by[1].split()) in _NAME_WORDS:
            return by[1]
    return next((line for line in reversed(header) if _is_name(line)), "")


def _is_name(line: str) -> bool:
    """Return whether a line looks like a person's name, in scripts with capitals."""
    words = line.split()
    is_short = len(words) in _NAME_WORDS and len(line) < _LEAST_SENTENCE
    is_spelt_so = is_short and all(word[0].isupper() for word in words)
    return is_spelt_so and not re.search(r"[\d:/|@,]", line) and not _NOBODYS.search(line)
