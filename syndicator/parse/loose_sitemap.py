"""Read sitemaps that are not well-formed: raw ampersands, foreign entities, undeclared prefixes, crossed or open tags.

Only tags count, by their names without prefix and in lower case, in one pass and without a tree. An element that is
open when its successor begins is taken to end there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from syndicator.errors import NotAFeedError

Said = dict[str, str]
ROOTS = frozenset({"urlset", "sitemapindex"})
HOLDERS = frozenset({"url", "sitemap"})
# Guessing takes more memory than parsing; no list of a day's news is as long.
_MOST_GUESSED = 10_000_000
# What is nested deeper says nothing of an address, and each end tag looks for its beginning.
_DEEPEST = 20
_ROOT, _DAMAGED = re.compile("urlset|sitemapindex", re.IGNORECASE), "a root whose tag is damaged"
LEAVES = frozenset(
    "loc lastmod changefreq priority title name language publication_date keywords genres stock_tickers access".split()
)
_GROUPS = frozenset({"news", "publication", "image", "video"})
_VOID = frozenset({"link", "mobile", "br", "meta"})
_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<!\[CDATA\[(?P<raw>.*?)(?:\]\]>|\Z)"
    r"|<(?P<end>/?)\s*+(?P<name>[^\W\d][\w:.-]*+)(?P<rest>[^<>]*+)>"
    r"|<[!?][^>]*+(?:>|\Z)"
    r"|(?P<text>[^<]++|<)",
    re.DOTALL,
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Without a semicolon it is no reference in XML (1.0, 4.1), but an ampersand.
_REFERENCE = re.compile(r"&(?:#[0-9]{1,9}|#[xX][0-9A-Fa-f]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});")


class LooseSitemap:
    """Yields the addresses and sitemaps of a document; whether it broke off is known at the end."""

    def __init__(self, text: bytes) -> None:
        """Raise NotAFeedError for any other document, and for one that is too large to guess what it means."""
        if len(text) > _MOST_GUESSED:
            raise NotAFeedError("the sitemap is not well-formed, and too large to guess what it means")
        self._text = _CONTROL.sub("", text.decode("utf-8", "replace"))
        if not _ROOT.search(self._text):
            raise NotAFeedError("this is no sitemap")
        self._open: list[str] = []  # the root, an address, groups within it
        self._leaf = ""
        self._pieces: list[str] = []
        self._said: Said = {}
        self.is_cut = True

    def __iter__(self) -> Iterator[tuple[str, Said]]:
        """Yield ``url`` or ``sitemap`` and what it says, by name; what the end of the document cuts is left out."""
        for token in _TOKEN.finditer(self._text):
            name = (token["name"] or "").rpartition(":")[2].lower()
            if token["text"] or token["raw"]:
                self._add(token)
            elif token["end"]:
                yield from self._close(name)
            elif name:
                yield from self._start(name, is_empty=token["rest"].endswith("/"))
            if not self.is_cut:
                return
        if not self._open:
            raise NotAFeedError("this is no sitemap")

    def _add(self, token: re.Match[str]) -> None:
        if self._leaf:
            raw = token["raw"]
            self._pieces.append(raw if raw is not None else _REFERENCE.sub(_character, token["text"]))

    def _start(self, name: str, *, is_empty: bool) -> Iterator[tuple[str, Said]]:
        if not self._open:
            if name in ROOTS:
                self._open = [name]
                self.is_cut = not is_empty
            if name not in HOLDERS:
                return
            self._open = [_DAMAGED]
        if self._leaf:
            if name not in LEAVES | _GROUPS | HOLDERS:
                return  # markup within a title
            self._end_leaf()
        if name in HOLDERS:
            yield from self._end_holder()
        if name == "news":
            del self._open[2:]
        if name in LEAVES:
            self._leaf = "" if is_empty else name
        elif not is_empty and name not in _VOID and len(self._open) < _DEEPEST:
            self._open.append(name)

    def _close(self, name: str) -> Iterator[tuple[str, Said]]:
        if not self._open:
            return
        if name == self._leaf:
            self._end_leaf()
        elif name in ROOTS or name in HOLDERS:
            self._end_leaf()
            yield from self._end_holder()
            self.is_cut = name not in ROOTS
        elif name in self._open[2:]:
            self._end_leaf()
            while self._open.pop() != name:
                pass

    def _end_leaf(self) -> None:
        """Keep the text of an address's own element, or of its news; of equal names the first."""
        text = "".join(self._pieces).strip()
        is_own = len(self._open) == 2 or "news" in self._open  # noqa: PLR2004
        if self._leaf and text and is_own and self._open[1] in HOLDERS:
            self._said.setdefault(self._leaf, text)
        self._leaf = ""
        self._pieces.clear()

    def _end_holder(self) -> Iterator[tuple[str, Said]]:
        """End the address that is open, and all within."""
        if len(self._open) > 1 and self._open[1] in HOLDERS:
            yield self._open[1], self._said
        self._said = {}
        del self._open[1:]


def _character(reference: re.Match[str]) -> str:
    return html.unescape(reference[0])
