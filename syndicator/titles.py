"""Templates for the titles of entries: ``{title} – {outlet}``. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

TITLE = "title"
NAMES = (TITLE, "outlet", "author", "language", "country")


def check_template(template: str) -> str:
    """Return a template that can be filled in; raise ValueError, saying what is wrong with any other."""
    names = [name for name, _ in _parts(template) if name is not None]
    known = ", ".join(f"{{{name}}}" for name in NAMES)
    for name in names:
        if name not in NAMES:
            raise ValueError(f"there is no name {{{name}}} for titles: choose from {known}")
    if TITLE not in names:
        raise ValueError(f"lacks {{{TITLE}}}: entries would be told apart by nothing; choose from {known}")
    return template


def fill_in(template: str, values: Mapping[str, str]) -> str:
    """Return a checked template with these values."""
    return template.format_map(values)


def _parts(template: str) -> list[tuple[str | None, str]]:
    """Return each placeholder's name with the text before it; raise ValueError for stray braces and formatting."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"has a brace that stands alone ({error}): write {{{{ or }}}} for one in the title") from None
    for _, name, layout, conversion in parsed:
        if layout or conversion:
            raise ValueError(f"{{{name}}} takes no formatting: write {{{name}}} alone")
    return [(name, text) for text, name, _, _ in parsed]
