"""The readers' face as files, for copies that any web server can show: feeds and archives, their list, a front page."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from importlib import resources

from syndicator import web
from syndicator.models.formats import OPML_FILE, feed_of, file_name, format_of, is_archive
from syndicator.models.reader_pages import FrontPage, FrontWanted
from syndicator.publish import FeedFiles, SiteFile
from syndicator.runtime.reader_pages import PageSource
from syndicator.runtime.story_pages import StoryPages
from syndicator.web import STATIC_TYPES, FeedDirectory, render_copy

_FRONT = "index.html"
_STORIES, _ARCHIVES, _FEEDS, _PAGES = 1, 2, 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A file that is made here."""

    file: SiteFile
    body: bytes


class FilesOfSite:
    """The files of the site: those of public feeds as they are published, and pages around them."""

    def __init__(
        self,
        files: FeedFiles,
        stories: StoryPages,
        directory: Callable[[], FeedDirectory],
        pages: PageSource,
    ) -> None:
        """Read nothing yet. ``directory`` returns the feeds in force, the same object until a reload replaces it."""
        self._files, self._stories, self._directory, self._source = files, stories, directory, pages
        self._seen: FeedDirectory | None = None
        self._changed: set[str] = set()
        self._digests: dict[str, str] = {}
        self._pages: dict[str, _Page] = {}
        self._listed: Mapping[str, SiteFile] = {}
        self._looking = asyncio.Lock()

    async def files(self) -> Mapping[str, SiteFile]:
        """Return all files by path: the same mapping as before, as long as none has changed."""
        async with self._looking:
            directory = self._directory()
            self._changed |= self._files.take_changed()
            if self._changed or directory is not self._seen:
                await self._look(directory)
                self._seen, self._changed = directory, set()
            return self._listed

    async def read(self, path: str) -> tuple[str, bytes] | None:
        """Return a file's digest and bytes as they are now, None if it is gone or not to be shown."""
        page = self._pages.get(path)
        if page is not None:
            return page.file.digest, page.body
        if path.startswith("stories/"):
            return await self._stories.read(path)
        name = OPML_FILE if path == OPML_FILE else path.removeprefix("feeds/")
        if not _is_public(name, self._directory()):
            return None
        return await asyncio.to_thread(self._files.read, name)

    async def _look(self, directory: FeedDirectory) -> None:
        """Find out what is on disk under the names that have changed, and what is to be shown of all of it."""
        found = await asyncio.to_thread(lambda: {name: self._files.digest(name) for name in self._changed})
        for name, digest in found.items():
            if digest is None:
                self._digests.pop(name, None)
            else:
                self._digests[name] = digest
        names = self._changed | (set() if directory is self._seen else self._digests.keys())
        feeds = {feed_of(name) for name in names if name != OPML_FILE and not is_archive(name)}
        public = {name for name in feeds if _is_public(file_name(name, "atom"), directory)}
        self._stories.forget(feeds - public)
        await self._stories.look_at(directory.feeds[name] for name in public)
        front = await self._source(FrontWanted())
        assert isinstance(front, FrontPage)
        self._listed = await asyncio.to_thread(self._list, directory, front)

    def _list(self, directory: FeedDirectory, front: FrontPage) -> Mapping[str, SiteFile]:
        published = {name: digest for name, digest in self._digests.items() if _is_public(name, directory)}
        self._pages = {**_static_pages(), _FRONT: _front_page(front, directory, published)}
        listed = {_path(name): _published_file(name, digest) for name, digest in published.items()}
        pages = {path: page.file for path, page in self._pages.items()}
        return {**listed, **pages, **self._stories.files(_STORIES)}


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


def _static_pages() -> dict[str, _Page]:
    folder = resources.files(web).joinpath("static")
    return {
        f"static/{each.name}": _page(each.read_bytes(), STATIC_TYPES[each.name.rpartition(".")[2]])
        for each in folder.iterdir()
        if each.name.rpartition(".")[2] in STATIC_TYPES
    }


def _front_page(front: FrontPage, directory: FeedDirectory, published: Collection[str]) -> _Page:
    """Return the page that leads to the feeds which are there, in the formats that they are there in."""
    shelves = tuple(
        replace(each, feed=replace(each.feed, formats=formats))
        for each in front.shelves
        if (formats := tuple(name for name in each.feed.formats if file_name(each.feed.name, name) in published))
    )
    page = replace(front, shelves=shelves)
    body = render_copy(page, "", title=directory.title, base_url=directory.base_url)
    return _page(body.encode(), "text/html", rank=_PAGES)


def _page(body: bytes, content_type: str, rank: int = 0) -> _Page:
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return _Page(file=SiteFile(digest=digest, content_type=f"{content_type}; charset=utf-8", rank=rank), body=body)
