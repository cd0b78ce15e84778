"""Readers' pages as files for any web server: there are no queries and no answers, and links lead to files alone."""

from __future__ import annotations

import html
import posixpath
import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, urlsplit

from syndicator.web.reader_pages.frame import Frame, twin_path
from syndicator.web.reader_pages.languages import LANGUAGES, language_of
from syndicator.web.reader_pages.render import render

_ANCHOR = re.compile(r'<a\b([^>]*?) href="([^"]*)"([^>]*)>(.*?)</a>', re.DOTALL)
_LINK = re.compile(r'<link\b[^>]*? href="([^"]*)"[^>]*>\n?')
_FORM = re.compile(r"<form\b.*?</form>\n?", re.DOTALL)
# What a text that leads nowhere keeps of a link.
_KEPT = re.compile(r' (?:class|lang|dir|title)="[^"]*"')
_INDEX = "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedPage:
    """Where a page lies in copies: page number ``number`` of what begins at ``path``, "feeds/x" or "".

    A further page is asked for by a ``query`` of this server, "page=2", which is no more than its name in a copy.
    """

    path: str
    number: int = 1
    query: str = ""

    @property
    def folder(self) -> str:
        """The folder of its file: a further page has one below that of the first."""
        first = self.path.strip("/")
        return first if self.number == 1 else f"{first}/page/{self.number}".lstrip("/")

    @property
    def file(self) -> str:
        """The path of its file."""
        return f"{self.folder}/{_INDEX}".lstrip("/")

    @property
    def twin(self) -> str:
        """The path of the file with its JSON."""
        return twin_path(self.path if self.number == 1 else self.folder)


class CopiedFiles(Protocol):
    """What a copy has."""

    def has(self, path: str) -> bool:
        """Return whether it has a file at a path."""

    def further(self, path: str, query: str) -> CopiedPage | None:
        """Return the further page of a path that this server has at a query."""


def render_copy(page: object, at: CopiedPage, files: CopiedFiles, *, title: str, base_url: str) -> str:
    """Render a page to be shown by any web server; it leads to these files and to no other."""
    folder = at.folder
    frame = Frame(
        title=title,
        base_url=base_url,
        path=at.path,
        root="/".join([".."] * (folder.count("/") + 1)) if folder else ".",
        language=language_of(LANGUAGES[0]),
        query=f"?{at.query}" if at.query else "",
        sections=_Sections(files),
    )
    links = _Links(at, files)
    text = _FORM.sub("", render(page, frame))
    return _ANCHOR.sub(links.anchor, _LINK.sub(links.link, text))


class _Sections:
    """The sections that have a first page in a copy."""

    def __init__(self, files: CopiedFiles) -> None:
        self._files = files

    def __contains__(self, section: object) -> bool:
        return self._files.has(f"{section}/{_INDEX}")


class _Links:
    """Changes the links of a page, so that they lead to files of its copy; those that cannot become plain text."""

    def __init__(self, at: CopiedPage, files: CopiedFiles) -> None:
        self._at, self._files = at, files

    def link(self, found: re.Match[str]) -> str:
        """Return a ``link`` element, changed, or nothing."""
        target = self._target(found[1])
        return "" if target is None else found[0].replace(f'href="{found[1]}"', f'href="{target}"')

    def anchor(self, found: re.Match[str]) -> str:
        """Return an ``a`` element, changed, or its text; a button that leads nowhere is none."""
        before, href, after, text = found.groups()
        target = self._target(href)
        if target is not None:
            return f'<a{before} href="{target}"{after}>{text}</a>'
        kept = "".join(_KEPT.findall(before + after))
        return "" if 'class="btn' in kept else f"<span{kept}>{text}</span>"

    def _target(self, href: str) -> str | None:
        """Return where a link leads in a copy, None for nowhere."""
        parts = urlsplit(html.unescape(href))
        if parts.scheme or parts.netloc or href.startswith("#"):
            return href
        path = posixpath.normpath(posixpath.join("/", self._at.folder, unquote(parts.path))).lstrip("/")
        if not parts.path:
            path = self._at.path.strip("/")
        file = self._file(path, parts.query)
        if file is None or not self._files.has(file):
            return None
        # A folder's address ends in a stroke: servers would send readers there.
        shown = file.removesuffix(_INDEX)
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        return html.escape(_relative(shown, self._at.folder) + fragment)

    def _file(self, path: str, query: str) -> str | None:
        """Return the file for what a link asks of the server; None where none can be."""
        if path == CopiedPage(path=self._at.path).twin:
            return self._at.twin
        first = CopiedPage(path=path)
        if query in ("", "page=1"):
            return path if self._files.has(path) else first.file
        further = self._files.further(first.folder, query)
        return further.file if further is not None else None


def _relative(path: str, folder: str) -> str:
    relative = posixpath.relpath(f"/{path}", f"/{folder}")
    return f"{relative}/" if path.endswith("/") or not path else relative
