"""The log of operations as an Atom feed: an entry for each alert, updated as it reopens and ends; one for each note."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from syndicator import __version__
from syndicator.markup import clean
from syndicator.models.alerts import OpsEvent, Phase
from syndicator.publish.entry import whole_second

_PHASES = {
    Phase.RAISED: "",
    Phase.NOTED: "",
    Phase.REOPENED: "Again: ",
    Phase.UNSTEADY: "Comes and goes: ",
    Phase.REMINDER: "Still: ",
    Phase.CLEARED: "Over: ",
}
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsContext:
    """Where the operators' pages are, what the daemon is called, and the authority of its ``tag:`` URIs."""

    url: str
    title: str
    authority: str


def render_operations(events: Iterable[OpsEvent], context: OperationsContext) -> bytes:
    """Render the events as Atom 1.0 (RFC 4287), what changed last first. The same events give the same bytes."""
    by_entry: dict[str, list[OpsEvent]] = {}
    for event in sorted(events, key=lambda each: each.id):
        key = f"alert/{event.alert}" if event.alert else f"event/{event.id}"
        by_entry.setdefault(key, []).append(event)
    generator = FeedGenerator()
    generator.id(f"tag:{context.authority}:operations")
    generator.title(clean(f"{context.title}: operations"))
    generator.link(href=f"{context.url}/ops.atom", rel="self", type="application/atom+xml")
    generator.link(href=f"{context.url}/ops/", rel="alternate", type="text/html")
    generator.author(name=clean(context.title))
    generator.generator("syndicator", version=__version__)
    generator.language("en")
    newest_last = sorted(by_entry.items(), key=lambda item: item[1][-1].id)
    generator.updated(whole_second(newest_last[-1][1][-1].at) if newest_last else _NEVER)
    for key, history in reversed(newest_last):
        generator.add_entry(_entry(key, history, context), order="append")
    return bytes(generator.atom_str(pretty=True))


def _entry(key: str, history: Sequence[OpsEvent], context: OperationsContext) -> Any:
    last = history[-1]
    entry = FeedEntry()
    entry.guid(f"tag:{context.authority}:operations/{key}", permalink=False)
    entry.title(clean(f"{_PHASES[last.phase]}{last.words}"))
    entry.link(href=f"{context.url}{last.path or '/ops/'}", rel="alternate", type="text/html")
    entry.category(term=last.kind)
    entry.category(term=last.severity.name.lower())
    entry.content(_content(history), type="html")
    entry.published(whole_second(history[0].at))
    entry.updated(whole_second(last.at))
    return entry


def _content(history: Sequence[OpsEvent]) -> str:
    last = history[-1]
    lines = [f"<p>{html.escape(clean(last.words))}</p>"]
    if last.evidence:
        lines.append("<ul>" + "".join(f"<li>{html.escape(clean(each))}</li>" for each in last.evidence) + "</ul>")
    steps = "".join(f"<li>{each.at:%Y-%m-%d %H:%M} UTC: {each.phase}</li>" for each in history)
    return "".join((*lines, f"<ol>{steps}</ol>"))
