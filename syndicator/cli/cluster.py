"""``cluster``: say of every story of an archive what it is, and on which event. Offline, line by line."""

from __future__ import annotations

import codecs
import sys
from collections import deque
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import msgspec

from syndicator.cli.base import ConfigOptions, with_config
from syndicator.cli.tag import gazetteer_path
from syndicator.cluster import Answer, Clusterer, Id, Read
from syndicator.errors import SyndicatorError
from syndicator.outbox.events import places_of
from syndicator.plural import counted
from syndicator.tag import RegionTagger, detect, open_gazetteer, short_code

_PROGRESS_EVERY = 1000
_DIGITS = 3
# Feeds are not read in order to the hour.
_TOLERATED = timedelta(hours=6)


class _Line(msgspec.Struct):
    """A line of the input."""

    id: Id
    title: str
    published: str | int | float
    text: str | None = None
    lang: str | None = None
    outlet: str | None = None
    url: str | None = None


_read = msgspec.json.Decoder(_Line).decode
_write = msgspec.json.Encoder().encode
_Tag = Callable[[str, str, str], tuple[tuple[str, ...], tuple[str, ...]]]


@click.command("cluster")
@click.option("--no-places", is_flag=True, help="Do not look for places: faster, and fewer links between languages.")
@click.option(
    "--settle",
    type=click.FloatRange(min=0.0),
    default=0.0,
    metavar="HOURS",
    help="Answer so many hours of the archive later, by when events have been merged (else at once).",
)
@click.option("--progress", is_flag=True, help="Say on standard error how many lines are done.")
@with_config
def cluster_command(options: ConfigOptions, *, no_places: bool, settle: float, progress: bool) -> None:
    """Say of each story on standard input what it is: new, updated, unchanged or a copy, and on which event.

    Input lines are JSON, in order of time, with id, title and published (ISO 8601, UTC if it has no offset, or seconds
    since 1970), and optionally text, lang, outlet and url. Output lines have id, story, event, decision and reason, and
    where they apply of, score, merged (events that are this one) and related (events of other languages).
    """
    tag = _no_places if no_places else _tagging(RegionTagger(open_gazetteer(gazetteer_path(options))))
    with closing(Clusterer()) as clusterer:
        lines = _Lines(clusterer, tag, timedelta(hours=settle))
        for number, line in enumerate(sys.stdin.buffer, 1):
            lines.read(number, line)
            if progress and number % _PROGRESS_EVERY == 0:
                click.echo(f"{number:,} lines", err=True)
        lines.end()


class _Lines:
    """Answers lines, and tells on standard error which cannot be read or are out of order."""

    def __init__(self, clusterer: Clusterer, tag: _Tag, settle: timedelta) -> None:
        """Hold answers back until the archive has gone on by ``settle``."""
        self._clusterer, self._tag, self._settle = clusterer, tag, settle
        self._held: deque[tuple[datetime, Id, Answer]] = deque()
        self._newest = datetime.min.replace(tzinfo=UTC)
        self._bad = self._late = 0

    def read(self, number: int, line: bytes) -> None:
        """Take a line, and write what answers are due."""
        content = line.removeprefix(codecs.BOM_UTF8).strip()
        if not content:
            return
        try:
            given = _read(content)
            story = self._story(given)
        except (msgspec.MsgspecError, UnicodeError, SyndicatorError) as error:
            self._bad += 1
            click.echo(f"line {number}: {error}", err=True)
            return
        self._check_order(number, story.published)
        self._held.append((self._newest, given.id, self._clusterer.add(story)))
        while self._held and self._newest - self._held[0][0] >= self._settle:
            self._write_next()

    def end(self) -> None:
        """Write the last answers; raise SyndicatorError if some lines could not be read."""
        while self._held:
            self._write_next()
        if self._late:
            late = counted(self._late, "story is", "stories are")
            click.echo(f"{late} out of order: sort the archive by published, or events come apart", err=True)
        if self._bad:
            raise SyndicatorError(f"{counted(self._bad, 'line')} could not be read; all others were answered")

    def _write_next(self) -> None:
        _, id_, answer = self._held.popleft()
        click.echo(_write(_answered(id_, answer, self._clusterer.event(answer.event))))

    def _story(self, line: _Line) -> Read:
        title, text = line.title, line.text or ""
        language = short_code(line.lang) if line.lang else detect(title, text)
        places, words = self._tag(title, text, language.partition("-")[0])
        return Read(
            id=line.id,
            title=title,
            text=text,
            language=language,
            published=_moment(line.published),
            outlet=line.outlet or "",
            url=line.url or "",
            places=places,
            place_words=words,
        )

    def _check_order(self, number: int, published: datetime) -> None:
        if self._newest - published > _TOLERATED:
            self._late += 1
            if self._late == 1:
                before, now = (f"{at:%Y-%m-%d %H:%M}" for at in (self._newest, published))
                click.echo(f"line {number}: published: {now} is out of order after {before}", err=True)
        self._newest = max(self._newest, published)


def _answered(id_: Id, answer: Answer, event: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": id_,
        "story": answer.story,
        "event": _name(event),
        "decision": str(answer.decision),
    }
    if answer.of is not None:
        found["of"] = answer.of
    if answer.score is not None:
        found["score"] = round(answer.score, _DIGITS)
    for key, events in (("merged", answer.merged), ("related", answer.related)):
        if events:
            found[key] = list(map(_name, events))
    return {**found, "reason": answer.reason}


def _name(event: int) -> str:
    return f"e{event}"


def _moment(given: str | float) -> datetime:
    """Return a time as a line gives it; raise SyndicatorError for any other."""
    try:
        if not isinstance(given, str):
            return datetime.fromtimestamp(given, UTC)
        found = datetime.fromisoformat(given.strip())
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise SyndicatorError(f'published: "{given}" is no time like 2026-03-06T12:00:00Z') from error


def _no_places(title: str, text: str, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:  # noqa: ARG001 - as _Tag
    return (), ()


def _tagging(tagger: RegionTagger) -> _Tag:
    def tag(title: str, text: str, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        tags = tagger(title, text, language)
        words = dict.fromkeys(each.words for tag in tags for each in tag.evidence)
        return places_of(tags), tuple(words)

    return tag
