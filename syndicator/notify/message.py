"""What a message says: plain words for people, JSON for programs. Pure."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from syndicator.models.alerts import AlertKind, OpsEvent, Phase, Severity, SubjectKind
from syndicator.models.notify import Message
from syndicator.plural import counted

# So many events or stories are listed; more are counted.
MOST_LISTED = 20
_MOST_NAMED, _LONGEST_TITLE = 3, 120
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = frozenset(("R", "AL", "RLE", "RLO", "RLI"))
# What a complaint of an endpoint begins with.
_ADDRESS = re.compile(r"(https?://\S+): ")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# What is said of an outlet in a title, after its name.
_WORDS = {
    AlertKind.OFFLINE: "offline",
    AlertKind.TROUBLE: "in trouble",
    AlertKind.CONFIGURATION: "configuration not in force",
    AlertKind.NOTICES: "cannot be told",
    AlertKind.FAILING: "cannot be read",
    AlertKind.SILENT: "silent",
    AlertKind.THINNED: "publishes less",
    AlertKind.SPIKE: "spike",
    AlertKind.MIRROR_DOWN: "mirror down",
    AlertKind.MIRROR_LAGGING: "mirror lags",
    AlertKind.MIRROR_DROPPING: "mirror lacks stories",
    AlertKind.MIRROR_DIFFERING: "mirror differs",
    AlertKind.QUARANTINED: "quarantined",
    AlertKind.HIJACK: "perhaps hijacked",
    AlertKind.CERTIFICATE: "certificate about to expire",
    AlertKind.ISSUER: "another issuer of certificates",
    AlertKind.ADDRESSES: "other network addresses",
    AlertKind.MOVED: "moved",
    AlertKind.TAKEOVER: "a mirror took over",
    AlertKind.RETITLED: "headline changed",
    AlertKind.REWRITTEN: "story rewritten",
    AlertKind.DELETED: "story taken away",
    AlertKind.RESTORED: "story back",
    AlertKind.UPGRADED: "upgraded",
}
_IN_TITLE = {Phase.REMINDER: " (still)", Phase.UNSTEADY: " (on and off)", Phase.CLEARED: " (over)"}
_IN_BODY = {Phase.REMINDER: "Still: ", Phase.UNSTEADY: "On and off: ", Phase.CLEARED: "Over: "}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStory:
    """A story in a message: what it is called, by whom, and where it is read."""

    number: int
    title: str
    outlet: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEvent:
    """An event in a message, with the name of what it is on, and its stories."""

    event: OpsEvent
    name: str
    stories: tuple[ToldStory, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends a message, to whom, and when it is made; ``base_url`` is where our pages are."""

    recipient: str
    title: str
    base_url: str
    now: datetime


def alert_message(told: Sequence[ToldEvent], sender: Sender, *, more: int = 0) -> Message:
    """Return the message that tells of events: what lasts first, the worst of it on top. ``more`` are only counted.

    Of one alert people are told the last: where it has begun and ended, or got worse, its beginning would mislead.
    """
    last = {each.event.alert: each.event.id for each in sorted(told, key=lambda each: each.event.id)}
    current = [each for each in told if each.event.alert is None or each.event.id == last[each.event.alert]]
    ordered = sorted(current, key=lambda each: (each.event.phase is Phase.CLEARED, -each.event.severity, each.event.id))
    left = len(ordered[MOST_LISTED:]) + more
    body = "\n\n".join(chain((_paragraph(each, sender.base_url) for each in ordered[:MOST_LISTED]), _more(left)))
    payload = {"events": [_event_json(each, sender.base_url) for each in told], "more": more}
    numbers = [each.event.id for each in told]
    return _message(("alert", _alert_title(ordered, more), body), payload, sender, numbers)


def digest_message(stories: Sequence[ToldStory], count: int, titles: Sequence[str], sender: Sender) -> Message:
    """Return the message that lists what is new in feeds with these titles: ``count`` stories, the first of them."""
    listed = stories[:MOST_LISTED]
    lines = [f"{isolated(each.title)}\n{isolated(each.outlet)} · {each.link}" for each in listed]
    body = "\n\n".join(chain(lines, _more(count - len(listed))))
    named = ", ".join(map(isolated, titles))
    title = f"{counted(count, 'new story', 'new stories')}: {named}"
    payload = {"feeds": list(titles), "stories": [_story_json(each) for each in stories], "more": count - len(stories)}
    return _message(("digest", title, body), payload, sender, [each.number for each in stories])


def trial_message(sender: Sender) -> Message:
    """Return a message that only shows that messages arrive."""
    body = (
        f"{isolated(sender.title)} can reach you. What it will tell you of is in alerts/{sender.recipient}.toml.\n"
        f"{sender.base_url}/"
    )
    title = f"A test by {isolated(sender.title)}"
    return _message(("test", title, body), {}, sender, [])


def isolated(text: str) -> str:
    """Return text on one line; what runs from right to left is isolated, to move nothing around it (UAX 9)."""
    text = _CONTROLS.sub(" ", text).strip()
    if text.startswith(_FIRST_STRONG_ISOLATE) or not _is_right_to_left(text):
        return text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"


def _is_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def _alert_title(told: Sequence[ToldEvent], more: int) -> str:
    """Return a title: one event's, or how many there are, with the first of them."""
    parts = list(dict.fromkeys(_title_of(each) for each in told))
    count = len(told) + more
    if count == 1:
        return parts[0]
    return f"{count} alerts: {'; '.join(parts[:_MOST_NAMED])}{'; …' if len(parts) > _MOST_NAMED or more else ''}"


def _title_of(told: ToldEvent) -> str:
    return f"{isolated(told.name)}: {_WORDS[told.event.kind]}{_IN_TITLE.get(told.event.phase, '')}"


def _paragraph(told: ToldEvent, base_url: str) -> str:
    """Return what is said of one event."""
    event = told.event
    urgency = " · urgent" if event.severity is Severity.URGENT else ""
    lines = [
        f"{_IN_BODY.get(event.phase, '')}{_with_name(event.words, told.name)}",
        *(f"- {isolated(line)}" for line in event.evidence),
        *_decisions(event),
        *(f"- {isolated(story.title)} ({isolated(story.outlet)}) {story.link}" for story in told.stories),
        f"{event.at:%Y-%m-%d %H:%M} UTC{urgency} · {_link(event, base_url)}",
    ]
    return "\n".join(lines)


def _decisions(event: OpsEvent) -> Iterator[str]:
    """Yield the commands that decide on what is quarantined, for whoever has no page of ours at hand."""
    addresses: list[str] = []
    if event.kind is AlertKind.QUARANTINED and event.subject.kind is SubjectKind.ENDPOINT:
        addresses = [event.subject.id]
    elif event.kind is AlertKind.HIJACK:
        addresses = [found[1] for line in event.evidence if (found := _ADDRESS.match(line))]
    if addresses and event.phase is not Phase.CLEARED:
        written = " ".join(map(shlex.quote, addresses))
        yield "To decide: if it is the outlet's own,"
        yield f"syndicator release {written}"
        yield "and if it is lost,"
        yield f"syndicator confirm {written}"


def _with_name(words: str, name: str) -> str:
    """Return a sentence with the name in it isolated."""
    words, shown = _CONTROLS.sub(" ", words).strip(), isolated(name)
    return words if not name or shown in words else words.replace(name, shown)


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"… and {count:,} more"


def _link(event: OpsEvent, base_url: str) -> str:
    return f"{base_url}{event.path or '/ops/'}"


def _message(text: tuple[str, str, str], payload: dict[str, object], sender: Sender, numbers: Iterable[int]) -> Message:
    """Return a message with a topic, a title and a body, and what a program gets beside them."""
    topic, title, body = text
    key = _key(topic, sender, numbers)
    short = title if len(title) <= _LONGEST_TITLE else _cut(title)
    whole = {
        "id": key,
        "type": topic,
        "recipient": sender.recipient,
        "sent_by": sender.title,
        "made_at": sender.now.isoformat(),
        "title": short,
        "text": body,
        **payload,
    }
    written = json.dumps(whole, ensure_ascii=False)
    return Message(key=key, topic=topic, title=short, body=body, payload=written, made_at=sender.now)


def _cut(title: str) -> str:
    """Cut a title, and close what is isolated in it."""
    cut = title[: _LONGEST_TITLE - 2]
    is_open = cut.count(_FIRST_STRONG_ISOLATE) > cut.count(_POP_ISOLATE)
    return f"{cut}…{_POP_ISOLATE if is_open else ''}"


def _key(topic: str, sender: Sender, numbers: Iterable[int]) -> str:
    text = json.dumps([topic, sender.recipient, sender.now.isoformat(), *numbers])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _event_json(told: ToldEvent, base_url: str) -> dict[str, object]:
    event = told.event
    return {
        "id": event.id,
        "alert": event.alert,
        "kind": event.kind.value,
        "phase": event.phase.value,
        "severity": event.severity.name.lower(),
        "at": event.at.isoformat(),
        "subject": str(event.subject),
        "name": told.name,
        "outlet": event.outlet,
        "country": event.country,
        "language": event.language,
        "words": event.words,
        "evidence": list(event.evidence),
        "stories": [_story_json(each) for each in told.stories],
        "url": _link(event, base_url),
    }


def _story_json(story: ToldStory) -> dict[str, object]:
    return {"id": story.number, "title": story.title, "outlet": story.outlet, "url": story.link}
