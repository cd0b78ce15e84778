"""What is around every page: the site, the page's address, its language, and what it can link to."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode

from syndicator.web.reader_pages.languages import LANGUAGES, PageLanguage, language_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The frame of one page. All links in pages are relative, so that they hold below any path, and in copies.

    ``path`` is that of the page below the site's root, without its language: "stories/5"; ``query`` is what follows it,
    from the question mark on. ``root`` is the relative address of the site's root. A page in a copy, on another web
    server, can link to the first pages of these ``sections`` alone; None stands for this server, which has all. One
    that ``is_error`` stands where another page is wanted: it has no address of its own, and its languages lead to the
    front page. ``year`` is the one in which it is made; None of a page that may be kept for years.
    """

    title: str
    base_url: str
    path: str
    root: str
    language: PageLanguage
    query: str = ""
    sections: Container[str] | None = None
    is_error: bool = False
    year: int | None = None

    @classmethod
    def of(
        cls,
        raw_path: str,
        *,
        title: str,
        base_url: str,
        query: str = "",
        is_error: bool = False,
        year: int | None = None,
    ) -> Frame:
        """Return the frame of the page at a path as it was asked for, percent-encoded, with its language."""
        code = raw_path.split("/")[1]
        language = language_of(code if code in LANGUAGES[1:] else LANGUAGES[0])
        path = "" if is_error else unquote(raw_path.removeprefix(language.prefix).removeprefix("/"))
        # Browsers count slashes in what was asked for, whatever is encoded in between.
        root = "/".join([".."] * (raw_path.count("/") - 1)) or "."
        return cls(
            title=title,
            base_url=base_url,
            path=path,
            root=root,
            language=language,
            query=query,
            is_error=is_error,
            year=year,
        )

    @property
    def is_copy(self) -> bool:
        """Whether another web server shows the page, which has files only."""
        return self.sections is not None

    @property
    def home(self) -> str:
        """The relative address of the front page in the page's language, without a slash at its end."""
        return f"{self.root}{self.language.prefix}"

    @property
    def section(self) -> str:
        """The first part of the path: "stories"; empty on the front page."""
        return self.path.partition("/")[0]

    @property
    def languages(self) -> tuple[PageLanguage, ...]:
        """The languages that this page is in."""
        return (self.language,) if self.is_copy else tuple(map(language_of, LANGUAGES))

    def links_to(self, section: str) -> bool:
        """Return whether there are pages of a section to be linked to."""
        return self.sections is None or section in self.sections

    def to(self, path: str, **query: str) -> str:
        """Return the relative address of a page in the same language: ``to("search", q="ceasefire")``."""
        asked = {name: value for name, value in query.items() if value}
        return f"{self.home}/{quote(path)}" + (f"?{urlencode(asked)}" if asked else "")

    def file(self, path: str) -> str:
        """Return the relative address of a file that is the same in every language: a feed, a page's JSON."""
        return f"{self.root}/{quote(path)}"

    def in_language(self, language: PageLanguage) -> str:
        """Return the relative address of this page in another language."""
        return f"{self.root}{language.prefix}/{quote(self.path)}{self.query}"

    @property
    def twin(self) -> str:
        """The relative address of the page as JSON."""
        return self.file(twin_path(self.path)) + self.query

    def canonical(self, language: PageLanguage | None = None) -> str:
        """Return the absolute address of this page, in its own language or another one."""
        return f"{self.base_url}{(language or self.language).prefix}/{quote(self.path)}{self.query}"


def twin_path(path: str) -> str:
    """Return the path of a page's JSON. A feed's own is a JSON Feed, so that its page has another name."""
    section, _, rest = path.partition("/")
    if section == "feeds" and rest and "/" not in rest:
        return f"{path}/page.json"
    return f"{path.removesuffix('/')}.json" if path else "index.json"
