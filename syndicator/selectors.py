"""CSS selectors as operators write them."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, SelectolaxError


def check_selector(selector: str) -> None:
    """Raise ValueError unless ``selector`` is a valid CSS selector."""
    try:
        LexborHTMLParser("<p>").css(selector)
    except SelectolaxError as error:
        raise ValueError(f'"{selector}" is no CSS selector') from error
