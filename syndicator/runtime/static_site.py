"""The readers' face as files, for copies that any web server can show: feeds, archives, their list, and pages."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources

import msgspec

from syndicator import __version__, web
from syndicator.models.formats import OPML_FILE, feed_of, file_name, format_of, is_archive
from syndicator.models.reader_pages import Moved
from syndicator.publish import FeedFiles, SiteFile
from syndicator.rules import Rules
from syndicator.runtime.copied_pages import KINDS, STORIES, CopiedSite, Kind, WantedPage
from syndicator.runtime.reader_pages import PageSource
from syndicator.runtime.story_pages import ShownStories
from syndicator.web import STATIC_TYPES, CopiedPage, FeedDirectory, render_copy

_STORIES, _ARCHIVES, _FEEDS, _PAGES = 1, 2, 3, 4
_HTML, _JSON = "text/html; charset=utf-8", "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A page by what it is made from, which is also what its ``frame`` shows; and the digest of both."""

    page: WantedPage
    frame: object
    digest: str
    rank: int


class FilesOfSite:
    """The files of the site: those of public feeds as they are published, and pages around them.

    Pages are rendered when they are read; what else they show beside what they are made from is as of that moment.
    """

    def __init__(
        self,
        files: FeedFiles,
        stories: ShownStories,
        directory: Callable[[], FeedDirectory],
        pages: PageSource,
        *,
        rules: Callable[[], Rules],
        kinds: Sequence[Kind] = KINDS,
    ) -> None:
        """Read nothing yet. ``directory`` returns the feeds in force, the same object until a reload replaces it."""
        self._files, self._stories, self._directory, self._source = files, stories, directory, pages
        self._rules, self._kinds, self._take_changed = rules, kinds, files.changes()
        self._seen: FeedDirectory | None = None
        self._changed: set[str] = set()
        self._digests: dict[str, str] = {}
        self._static = _static_files()
        self._pages: dict[str, _Made] = {}
        self._further: dict[tuple[str, str], CopiedPage] = {}
        # By file, the pages that were rendered with a link to it.
        self._led_from = defaultdict[str, set[str]](set)
        self._listed: Mapping[str, SiteFile] = {}
        self._looking = asyncio.Lock()

    async def files(self) -> Mapping[str, SiteFile]:
        """Return all files by path: the same mapping as before, as long as none has changed."""
        async with self._looking:
            directory = self._directory()
            self._changed |= self._take_changed()
            if self._changed or directory is not self._seen:
                await self._look(directory)
                self._seen, self._changed = directory, set()
            return self._listed

    async def read(self, path: str) -> tuple[str, bytes] | None:
        """Return a file's digest and bytes as they are now, None if it is gone or not to be shown."""
        if (static := self._static.get(path)) is not None:
            return static[0].digest, static[1]
        if (made := self._pages.get(path)) is not None:
            return await self._render(path, made)
        name = OPML_FILE if path == OPML_FILE else path.removeprefix("feeds/")
        if not _is_public(name, self._directory()):
            return None
        found = await asyncio.to_thread(self._files.read, name)
        return None if found is None else (found.digest, found.body)

    async def _render(self, path: str, made: _Made) -> tuple[str, bytes] | None:
        page, directory = await self._source(made.page.wanted), self._directory()
        if page is None or isinstance(page, Moved):
            return None
        if path == made.page.at.twin:
            return made.digest, msgspec.json.encode(page)
        at, files = made.page.at, _FilesLedTo(self._listed, self._further)
        text = await asyncio.to_thread(render_copy, page, at, files, title=directory.title, base_url=directory.base_url)
        for each in files.led_to:
            self._led_from[each].add(path)
        return made.digest, text.encode()

    async def _look(self, directory: FeedDirectory) -> None:
        """Find out what is on disk under the names that have changed, and what is to be shown of all of it."""
        found = await asyncio.to_thread(lambda: {name: self._files.look_up(name) for name in self._changed})
        for name, file in found.items():
            if file is None:
                self._digests.pop(name, None)
            else:
                self._digests[name] = file.digest
        names = self._changed | (set() if directory is self._seen else self._digests.keys())
        feeds = {feed_of(name) for name in names if name != OPML_FILE and not is_archive(name)}
        public = {name for name in feeds if _is_public(file_name(name, "atom"), directory)}
        self._stories.forget(feeds - public)
        await self._stories.look_at(directory.feeds[name] for name in public)
        self._pages, self._listed = await asyncio.to_thread(self._list, directory, self._rules())
        places = [made.page.at for made in self._pages.values() if made.page.at.query]
        self._further = {(at.path.strip("/"), at.query): at for at in places}

    def _list(self, directory: FeedDirectory, rules: Rules) -> tuple[dict[str, _Made], Mapping[str, SiteFile]]:
        published = {name: digest for name, digest in self._digests.items() if _is_public(name, directory)}
        files = defaultdict[str, list[object]](list)
        for name, digest in sorted(published.items()):
            if not is_archive(name):
                files[feed_of(name)].append((name, digest))
        site = CopiedSite(rules=rules, feeds=directory.public_feeds, files=files, shown=self._stories)
        pages = self._made(site, (__version__, directory.title, directory.base_url))
        self._renew(pages)
        listed = {_path(name): _published_file(name, digest) for name, digest in published.items()}
        listed |= {path: file for path, (file, _) in self._static.items()}
        for path, made in pages.items():
            is_same = self._pages.get(path) is made
            listed[path] = self._listed[path] if is_same else _page_file(path, made)
        return pages, listed

    def _made(self, site: CopiedSite, frame: object) -> dict[str, _Made]:
        """Return all pages by the paths of their files, HTML and JSON. One that is made from the same is the same."""
        found: dict[str, _Made] = {}
        for rank, kind in ((_STORIES, STORIES), *((_PAGES, kind) for kind in self._kinds)):
            for page in kind(site):
                before = self._pages.get(page.at.file)
                if before is None or (before.frame, before.page.made_from) != (frame, page.made_from):
                    digest = _digest((frame, page.made_from))
                    before = _Made(page=page, frame=frame, digest=digest, rank=rank)
                found[page.at.file] = found[page.at.twin] = before
        return found

    def _renew(self, pages: dict[str, _Made]) -> None:
        """Have those pages rendered again that led to pages which are no more."""
        for gone in self._pages.keys() - pages.keys():
            for path in self._led_from.pop(gone, ()):
                if (made := pages.get(path)) is not None:
                    renewed = replace(made, digest=_digest((made.digest, gone)))
                    pages[made.page.at.file] = pages[made.page.at.twin] = renewed


class _FilesLedTo:
    """The files of a copy while a page is rendered, which remembers the pages among them that it leads to."""

    def __init__(self, listed: Mapping[str, SiteFile], further: Mapping[tuple[str, str], CopiedPage]) -> None:
        self._listed, self._further = listed, further
        self.led_to: set[str] = set()

    def has(self, path: str) -> bool:
        """Return whether there is a file at a path."""
        if path not in self._listed:
            return False
        if path.endswith("/index.html"):
            self.led_to.add(path)
        return True

    def further(self, path: str, query: str) -> CopiedPage | None:
        """Return the further page of a path that this server has at a query."""
        return self._further.get((path, query))


def _is_public(name: str, directory: FeedDirectory) -> bool:
    """Return whether a published file is for everybody: of a private or unknown feed, none is."""
    feed = directory.feeds.get(feed_of(name))
    return name == OPML_FILE or (feed is not None and not feed.is_private)


def _path(name: str) -> str:
    return name if name == OPML_FILE else f"feeds/{name}"


def _published_file(name: str, digest: str) -> SiteFile:
    format_ = format_of(name)
    content_type = format_.content_type if format_ else "application/octet-stream"
    rank = _ARCHIVES if is_archive(name) else _PAGES if name == OPML_FILE else _FEEDS
    return SiteFile(digest=digest, content_type=f"{content_type}; charset=utf-8", rank=rank)


def _page_file(path: str, made: _Made) -> SiteFile:
    content_type = _JSON if path == made.page.at.twin else _HTML
    return SiteFile(digest=made.digest, content_type=content_type, rank=made.rank)


def _static_files() -> dict[str, tuple[SiteFile, bytes]]:
    folder = resources.files(web).joinpath("static")
    bodies = {each.name: each.read_bytes() for each in folder.iterdir()}
    types = {name: STATIC_TYPES.get(name.rpartition(".")[2]) for name in bodies}
    return {
        f"static/{name}": (SiteFile(digest=_digest(body), content_type=f"{types[name]}; charset=utf-8"), body)
        for name, body in bodies.items()
        if types[name]
    }


def _digest(value: object) -> str:
    body = value if isinstance(value, bytes) else repr(value).encode()
    return hashlib.blake2b(body, digest_size=16).hexdigest()
