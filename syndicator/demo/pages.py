"""The newsroom's pages: a front page for each outlet, a page for each story, in the outlet's language and direction."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from syndicator.text import direction

_PAGE = """<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
{head}<style>body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto }}</style>
</head>
<body>
{body}
</body>
</html>
"""


def front_page(name: str, language: str, feed: tuple[str, str], stories: Iterable[tuple[str, str]]) -> str:
    """Return a front page: its name, a link to each story, ``(path, title)``, and to the ``feed``, (path, type)."""
    path, type_ = feed
    items = "".join(f'<li><a href="{escape(at)}">{escape(title)}</a></li>\n' for at, title in stories)
    head = f'<link rel="alternate" type="{type_}" title="{escape(name)}" href="{path}">\n'
    return _page(name, language, f"<h1>{escape(name)}</h1>\n<ul>\n{items}</ul>", head)


def story_page(name: str, language: str, title: str, text: str) -> str:
    """Return a story's page: a link home, the headline and the text."""
    home = f'<p><a href="/">{escape(name)}</a></p>'
    article = f"<article>\n<h1>{escape(title)}</h1>\n<p>{escape(text)}</p>\n</article>"
    return _page(f"{title} – {name}", language, f"{home}\n{article}")


def _page(title: str, language: str, body: str, head: str = "") -> str:
    return _PAGE.format(title=escape(title), language=language, direction=direction(language), head=head, body=body)
