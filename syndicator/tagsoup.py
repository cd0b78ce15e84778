"""Read and rewrite HTML by its tags, in linear time and without building a tree. Pure.

Parsers that follow the HTML standard search their stack of open elements at most tags, and reopen formatting elements
in each new block. Elements that are never closed therefore cost the square of their number, in nh3 as in browsers.
Markup of many tags is rewritten by ``shallow`` before nh3 reads it; for ordinary markup nh3's result stays the same.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Collection, Iterator
from html.entities import html5
from typing import NamedTuple

DEEPEST = 100
# Fewer than these cost little, whatever their nesting.
_FEW_TAGS, _FEW_AMPERSANDS = 500, 5_000
# What is never closed ends with the text: without these alternatives each beginning is searched to the end. Quotation
# marks count only after an equals sign (HTML standard, 13.2.5).
_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?P<end>/?)(?P<name>[A-Za-z][^\s/>]*+)"
    r"(?P<attributes>(?:[^>=]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|))*+)(?P<close>>|\Z)"
    r"|<[!?/][^>]*+(?:>|\Z)"
    r"|(?P<text>[^<]++|<)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"([^\s\"'>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)(?:\"|\Z)|'([^']*+)(?:'|\Z)|([^\s>\"']*+)))?",
)
_REFERENCE = re.compile("&(?:#[0-9]++;?|#[xX][0-9A-Fa-f]++;?|[A-Za-z0-9]++;?)")
_LONGEST_NUMBER = 20  # with leading zeros; Python refuses to read any number of digits
_BARE_AMPERSAND = re.compile("&(?![A-Za-z0-9#])")
_EVERYWHERE = frozenset(("dir", "lang", "title"))
_LINK = _EVERYWHERE | {"href"}
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_RAW = frozenset("script style iframe noscript title textarea xmp noembed noframes".split())
# The standard's lists: elements that are reopened after the end of what held them, those whose start ends a paragraph,
# and those within which an outer paragraph cannot be ended.
_FORMATTING = frozenset("a b big code em font i s small strike strong tt u".split())
_ENDS_PARAGRAPH = frozenset(
    (
        "address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer form"
        " h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre search section summary table ul"
    ).split()
)
_SCOPES = frozenset("applet button caption marquee object table td template th".split())
# For start tags that imply end tags: which open elements they end, and those that shield these.
_TABLE = frozenset(("table",))
_ENDS = {
    **dict.fromkeys(_ENDS_PARAGRAPH, (("p",), _SCOPES)),
    "li": (("li",), _SCOPES | {"ul", "ol"}),
    **dict.fromkeys(("dd", "dt"), (("dd", "dt"), _SCOPES | {"dl"})),
    **dict.fromkeys(("td", "th"), (("td", "th"), _TABLE)),
    "tr": (("tr",), _TABLE),
    **dict.fromkeys(("tbody", "thead", "tfoot"), (("tbody", "thead", "tfoot"), _TABLE)),
}
_MOST_REOPENED = 3


class _Element(NamedTuple):
    """An open element: its name, and its start tag as it was written out, empty if it was not."""

    name: str
    tag: str


def is_costly(markup: str) -> bool:
    """Return whether a tree of ``markup`` may take more than linear time."""
    return markup.count("<") > _FEW_TAGS or markup.count("&") > _FEW_AMPERSANDS


def shallow(markup: str, kept: Collection[str], dropped: Collection[str]) -> str:
    """Return ``markup`` with balanced tags, at most ``DEEPEST`` deep.

    Only elements called one of ``kept`` remain, and of their attributes ``dir``, ``lang``, ``title`` and a link's
    ``href``. Elements called one of ``dropped`` are left out with their content.
    """
    return "".join(_Rewriter(frozenset(kept), frozenset(dropped)).pieces(markup))


def start_tags(markup: str, name: str) -> Iterator[dict[str, str]]:
    """Yield the attributes of each start tag called ``name``, with any prefix, their names in lower case.

    Of equal names the first counts (HTML standard, 13.2.5.33).
    """
    for token in _TOKEN.finditer(markup):
        if token["name"] and not token["end"] and token["close"] and _local_name(token["name"]) == name:
            found: dict[str, str] = {}
            for attribute, *values in _ATTRIBUTE.findall(token["attributes"]):
                found.setdefault(attribute.lower(), unescape_attribute("".join(values)))
            yield found


def unescape_attribute(value: str) -> str:
    """Return an attribute's value with its character references replaced.

    A name without a semicolon is none before an equals sign, a letter or a digit (HTML standard, 13.2.5.73): the query
    ``?id=1&sect=2&copy=3`` stays as it is.
    """
    return _REFERENCE.sub(_character, value) if "&" in value else value


def _character(found: re.Match[str]) -> str:
    reference, name = found[0], found[0][1:]
    if name.startswith("#"):
        return html.unescape(reference) if len(name) <= _LONGEST_NUMBER else "\ufffd"
    is_parameter = not name.endswith(";") and found.string.startswith("=", found.end())
    return html.unescape(reference) if name in html5 and not is_parameter else reference


def _local_name(name: str) -> str:
    return name.rpartition(":")[2].lower()


class _Rewriter:
    """Follows tags with a stack of the open elements."""

    def __init__(self, kept: frozenset[str], dropped: frozenset[str]) -> None:
        self._kept, self._dropped = kept, dropped
        self._open: list[_Element] = []
        self._count: Counter[str] = Counter()
        self._too_deep: Counter[str] = Counter()
        self._silent_from = 0  # the depth from which content is left out, 0 for nowhere
        self._to_reopen: list[_Element] = []  # formatting that goes on with the next text

    def pieces(self, markup: str) -> Iterator[str]:
        for token in _TOKEN.finditer(markup):
            name, text = token["name"], token["text"]
            if text:
                if not self._silent_from:
                    yield from self._reopen()
                    yield "&lt;" if text == "<" else _BARE_AMPERSAND.sub("&amp;", text)
            elif name and token["close"]:  # a tag that is cut off by the end is none
                name = name.lower()
                if self._is_raw_until(name, is_end=bool(token["end"])):
                    continue
                yield from self._end(name) if token["end"] else self._start(name, token["attributes"])
        for _ in self._open.copy():
            yield self._pop()

    def _is_raw_until(self, name: str, *, is_end: bool) -> bool:
        """Return whether a tag stands in a script or the like, of which only the own end tag is one."""
        within = self._open[-1].name if self._silent_from else ""
        return within in _RAW and not (is_end and name == within)

    def _start(self, name: str, attributes: str) -> Iterator[str]:
        if name in _ENDS_PARAGRAPH:
            yield from self._end_nearest(("p",), _SCOPES)
        if name in _ENDS:
            yield from self._end_nearest(*_ENDS[name])
        else:
            yield from self._reopen()
        is_written = name in self._kept and not self._silent_from
        tag = f"<{name}{_attributes(name, attributes)}>" if is_written else ""
        if name in _VOID:
            yield tag
            return
        yield self._push(_Element(name, tag))

    def _end(self, name: str) -> Iterator[str]:
        waiting = next((each for each in reversed(self._to_reopen) if each.name == name), None)
        if waiting:
            self._to_reopen.remove(waiting)
        elif self._too_deep[name]:
            self._too_deep[name] -= 1
        elif self._count[name]:
            yield from self._end_nearest((name,), ())
        elif name in ("br", "p") and name in self._kept and not self._silent_from:
            yield "<br>" if name == "br" else "<p></p>"  # as the standard has it

    def _end_nearest(self, names: Collection[str], stops: Collection[str]) -> Iterator[str]:
        """Close the innermost element of those names and all within, unless one of ``stops`` stands between."""
        if not any(map(self._count.__getitem__, names)):
            return
        place = len(self._open) - 1
        while self._open[place].name not in names:
            if self._open[place].name in stops:
                return
            place -= 1
        if self._open[place].name not in _SCOPES:
            within = (each for each in self._open[place + 1 :] if each.name in _FORMATTING and each.tag)
            self._to_reopen = [*within, *self._to_reopen][:_MOST_REOPENED]
        while len(self._open) > place:
            yield self._pop()

    def _reopen(self) -> Iterator[str]:
        if self._to_reopen:
            reopened, self._to_reopen = self._to_reopen, []
            yield from map(self._push, reopened)

    def _push(self, element: _Element) -> str:
        is_dropped = element.name in self._dropped and not self._silent_from  # whose content must not be seen
        if len(self._open) >= DEEPEST and not is_dropped:
            self._too_deep[element.name] += 1
            return ""
        self._open.append(element)
        self._count[element.name] += 1
        if is_dropped:
            self._silent_from = len(self._open)
        return element.tag

    def _pop(self) -> str:
        name, tag = self._open.pop()
        self._count[name] -= 1
        if len(self._open) < self._silent_from:
            self._silent_from = 0
        return f"</{name}>" if tag else ""


def _attributes(name: str, written: str) -> str:
    """Return the attributes that may matter, the first of each name, as they have to be written."""
    found: dict[str, str] = {}
    for attribute, *values in _ATTRIBUTE.findall(written) if written else ():
        if attribute.lower() in (_LINK if name == "a" else _EVERYWHERE):
            found.setdefault(attribute.lower(), "".join(values).replace('"', "&quot;"))
    return "".join(f' {attribute}="{value}"' for attribute, value in found.items())
