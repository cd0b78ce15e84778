"""Readers' pages as files for any web server: there are no queries and no answers, and links lead to files alone."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

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
    """Where a page lies in copies: page number ``number`` of what begins at ``path``, "feeds/x" or ""."""

    path: str
    number: int = 1

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


def render_copy(page: object, at: CopiedPage, has: Callable[[str], bool], *, title: str, base_url: str) -> str:
    """Render a page to be shown by any web server. A copy ``has`` the files of these paths, and leads to no other."""
    folder = at.folder
    frame = Frame(
        title=title,
        base_url=base_url,
        path=at.path,
        root="/".join([".."] * (folder.count("/") + 1)) if folder else ".",
        language=language_of(LANGUAGES[0]),
        query="" if at.number == 1 else f"?page={at.number}",
        sections=_Sections(has),
    )
    links = _Links(at, has)
    text = _FORM.sub("", render(page, frame))
    return _ANCHOR.sub(links.anchor, _LINK.sub(links.link, text))


class _Sections:
    """The sections that have a first page in a copy."""

    def __init__(self, has: Callable[[str], bool]) -> None:
        self._has = has

    def __contains__(self, section: object) -> bool:
        return self._has(f"{section}/{_INDEX}")


class _Links:
    """Changes the links of a page, so that they lead to files of its copy; those that cannot become plain text."""

    def __init__(self, at: CopiedPage, has: Callable[[str], bool]) -> None:
        self._at, self._has = at, has

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
        if file is None or not self._has(file):
            return None
        # A folder's address ends in a stroke: servers would send readers there.
        shown = file.removesuffix(_INDEX)
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        return html.escape(_relative(shown, self._at.folder) + fragment)

    def _file(self, path: str, query: str) -> str | None:
        """Return the file for what a link asks of the server; None where none can be."""
        asked = parse_qs(query)
        number = int(asked.pop("page", ["1"])[0])
        if asked:
            return None
        if path == CopiedPage(path=self._at.path).twin:
            return CopiedPage(path=self._at.path, number=number).twin
        if number > 1:
            return CopiedPage(path=path, number=number).file
        return path if self._has(path) else CopiedPage(path=path).file


def _relative(path: str, folder: str) -> str:
    relative = posixpath.relpath(f"/{path}", f"/{folder}")
    return f"{relative}/" if path.endswith("/") or not path else relative
