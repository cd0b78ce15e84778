"""From the models of readers' pages to HTML: which template shows which page is one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import cast

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from syndicator.models.account import DiffPart, StoryAccount
from syndicator.models.reader_pages import AboutPage, ErrorPage, FrontPage, Mark
from syndicator.web.reader_pages import drawings
from syndicator.web.reader_pages.frame import Frame
from syndicator.web.reader_pages.languages import language_of
from syndicator.web.templating import environment
from syndicator.wordiff import Kind, Segment, as_html

_TEMPLATES: dict[type, str] = {
    AboutPage: "about",
    ErrorPage: "error",
    FrontPage: "front",
    StoryAccount: "story",
}


def render(page: object, frame: Frame) -> str:
    """Render a page in the language of its frame."""
    template = _environment(frame.language.code).get_template(f"readers/{_TEMPLATES[type(page)]}.html")
    return template.render(page=page, frame=frame)


@cache
def _environment(code: str) -> Environment:
    """Return the environment of a language: compiled templates have its messages."""
    language = language_of(code)
    made = environment()
    made.add_extension("jinja2.ext.i18n")
    made.install_gettext_translations(language.messages, newstyle=True)  # type: ignore[attr-defined]
    if language.direction == "rtl":
        for name in ("gettext", "ngettext"):
            made.globals[name] = _isolating(cast("Callable[..., str]", made.globals[name]))
    made.filters |= {
        "clock": language.clock,
        "time": language.time,
        "day": language.day,
        "short_day": language.short_day,
        "number": language.number,
        "language": language.language,
        "country": language.country,
        "later": language.later,
        "span": language.span,
        "marked": _marked,
        "diff": _diff,
    }
    made.globals |= {"spark": drawings.spark, "dots": drawings.dots, "bar": drawings.bar}
    return made


def _isolating(say: Callable[..., str]) -> Callable[..., str]:
    """Have names stand by themselves in sentences: a number behind a Latin name would jump before it."""

    @pass_context
    def say_isolated(context: Context, *words: object, **variables: object) -> str:
        return say(context, *words, **{name: _isolated(each) for name, each in variables.items()})

    return say_isolated


def _isolated(value: object) -> object:
    return f"\u2068{value}\u2069" if type(value) is str and not value.isdecimal() else value


def _marked(text: str, marks: Sequence[Mark]) -> Markup:
    return drawings.marked(text, [(each.start, each.end, each.kind) for each in marks])


def _diff(parts: Sequence[DiffPart]) -> Markup:
    """Return a word diff as markup; its words are escaped."""
    return Markup(as_html([Segment(Kind(part.kind), part.words) for part in parts]))  # noqa: S704
