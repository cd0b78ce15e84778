"""From the models of readers' pages to HTML: which template shows which page is one table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from syndicator.models.account import DiffPart, StoryAccount
from syndicator.models.reader_pages import FrontPage, Mark, OutletPage, OutletsPage, TopicPage, TopicsPage
from syndicator.web import drawings as day_drawings
from syndicator.web.reader_pages import drawings
from syndicator.web.reader_pages.frame import Frame
from syndicator.web.reader_pages.languages import language_of
from syndicator.web.templating import environment
from syndicator.wordiff import Kind, Segment, as_html

_TEMPLATES: dict[type, str] = {
    FrontPage: "front",
    StoryAccount: "story",
    OutletsPage: "outlets",
    OutletPage: "outlet",
    TopicsPage: "topics",
    TopicPage: "topic",
}


def render(page: object, frame: Frame) -> str:
    """Render a page in the language of its frame."""
    template = _environment(frame.language.code).get_template(f"readers/{_TEMPLATES[type(page)]}.html")
    return template.render(page=page, frame=frame)


def render_copy(page: object, path: str, *, title: str, base_url: str) -> str:
    """Render a page to be shown by any web server, as ``index.html`` in a folder of its path."""
    root = "/".join([".."] * (path.count("/") + 1)) if path else "."
    return render(
        page, Frame(title=title, base_url=base_url, path=path, root=root, language=language_of("en"), is_copy=True)
    )


@cache
def _environment(code: str) -> Environment:
    """Return the environment of a language: compiled templates have its messages."""
    language = language_of(code)
    made = environment()
    made.add_extension("jinja2.ext.i18n")
    made.install_gettext_translations(language.messages, newstyle=True)  # type: ignore[attr-defined]
    made.filters |= {
        "clock": language.clock,
        "time": language.time,
        "day": language.day,
        "short_day": language.short_day,
        "number": language.number,
        "language": language.language,
        "country": language.country,
        "later": language.later,
        "marked": _marked,
        "diff": _diff,
    }
    made.globals |= {
        "spark": drawings.spark,
        "dots": drawings.dots,
        "bar": drawings.bar,
        "strip": day_drawings.strip,
        "swatch": day_drawings.swatch,
        "bars": day_drawings.bars,
    }
    return made


def _marked(text: str, marks: Sequence[Mark]) -> Markup:
    return drawings.marked(text, [(each.start, each.end, each.kind) for each in marks])


def _diff(parts: Sequence[DiffPart]) -> Markup:
    """Return a word diff as markup; its words are escaped."""
    return Markup(as_html([Segment(Kind(part.kind), part.words) for part in parts]))  # noqa: S704
