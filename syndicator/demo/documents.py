"""The newsroom's feeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any

from syndicator.demo.play import Script

Moment = Callable[[Mapping[str, Any]], datetime]
RSS = "application/rss+xml"
TYPES = {"atom": "application/atom+xml"}


def render(script: Script, stories: Sequence[Mapping[str, Any]], base: str, moment: Moment) -> str:
    """Return an outlet's feed with these stories, their links below ``base``."""
    if script.format == "atom":
        return _atom(script, stories, base, moment)
    items = "".join(_rss_item(script, story, base, moment) for story in stories)
    feed = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>{escape(script.name)}</title>'
        f"<link>{base}/</link><description>{escape(script.name)}</description>"
        f"<language>{script.language}</language>{items}</channel></rss>"
    )
    return feed[: feed.index("</description></item>")] if script.format == "broken" else feed


def render_sold(name: str, offers: Sequence[str], base: str) -> str:
    """Return the feed of the new owner of a sold domain."""
    items = "".join(
        f"<item><title>{offer}</title><link>{base}/offer/{number}</link><description>Play now.</description></item>"
        for number, offer in enumerate(offers)
    )
    return f'<rss version="2.0"><channel><title>{name}</title><link>{base}/</link>{items}</channel></rss>'


def _rss_item(script: Script, story: Mapping[str, Any], base: str, moment: Moment) -> str:
    date = f"<pubDate>{format_datetime(moment(story))}</pubDate>" if script.has_dates else ""
    return (
        f"<item><title>{escape(story['title'])}</title><link>{base}{story['path']}?utm_source=rss</link>"
        f'<guid isPermaLink="true">{base}{story["path"]}</guid>{date}'
        f"<description>{escape('<p>' + escape(story['text']) + '</p>')}</description></item>"
    )


def _atom(script: Script, stories: Sequence[Mapping[str, Any]], base: str, moment: Moment) -> str:
    updated = max((moment(story) for story in stories), default=moment({"beat": 0})).isoformat()
    entries = "".join(
        f"<entry><id>urn:demo:{script.id}:{story['path']}</id><title>{escape(story['title'])}</title>"
        f'<link href="{base}{story["path"]}"/><updated>{moment(story).isoformat()}</updated>'
        f'<content type="html">{escape("<p>" + escape(story["text"]) + "</p>")}</content></entry>'
        for story in stories
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{script.language}">'
        f"<id>urn:demo:{script.id}</id><title>{escape(script.name)}</title><updated>{updated}</updated>{entries}</feed>"
    )
