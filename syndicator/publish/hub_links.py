"""Links of a feed to its hubs (WebSub, 4), which feedgen does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from feedgen.ext.base import BaseExtension
from lxml import etree

_ATOM = "http://www.w3.org/2005/Atom"


class HubLinks(BaseExtension):  # type: ignore[misc]
    """Writes ``<link rel="hub">`` at the head of Atom and RSS documents."""

    def __init__(self) -> None:
        self._hubs: tuple[str, ...] = ()

    def set_hubs(self, hubs: Sequence[str]) -> None:
        """Set the hubs' addresses."""
        self._hubs = tuple(hubs)

    def extend_atom(self, feed: Any) -> Any:
        """Add the links to an Atom feed."""
        for hub in self._hubs:
            etree.SubElement(feed, "link", href=hub, rel="hub")
        return feed

    def extend_rss(self, feed: Any) -> Any:
        """Add the links to an RSS channel."""
        for hub in self._hubs:
            etree.SubElement(feed[0], f"{{{_ATOM}}}link", href=hub, rel="hub")
        return feed
