"""``preview``: try a feed's filter, or any other, on the stories that are stored."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import click
import msgspec

from syndicator import urls
from syndicator.cli.base import ConfigOptions, with_config
from syndicator.config import Config
from syndicator.errors import FilterError, SyndicatorError
from syndicator.models.preview import CaughtForms, DayCount, Preview, PreviewDifference, PreviewStory, Span, StoryTitle
from syndicator.plural import counted
from syndicator.query import parse
from syndicator.rules import Rules, rules_from
from syndicator.runtime.app import utc_now
from syndicator.runtime.preview import preview
from syndicator.runtime.preview_trial import Budget, Wanted
from syndicator.store import open_store

_SPAN = re.compile(r"(\d{1,5})\s*(h|d|w)")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_LONGEST = timedelta(days=36_500)
_BARS = " ▁▂▃▄▅▆▇█"
_MOST_BARS = 60


def _since(ctx: click.Context, param: click.Parameter, value: str) -> timedelta | datetime:
    """Read a span before now, or a day."""
    if found := _SPAN.fullmatch(value.strip()):
        return min(timedelta(**{_UNITS[found[2]]: int(found[1])}), _LONGEST)
    try:
        return datetime.strptime(value.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        message = f"{value!r} is neither a span like 36h, 30d or 8w nor a day like 2026-11-01"
        raise click.BadParameter(message, ctx, param) from error


# A filter may begin with a minus: "-lang:ru".
@click.command("preview", context_settings={"ignore_unknown_options": True})
@click.argument("wanted", metavar="FEED|FILTER")
@click.option("--since", callback=_since, default="30d", show_default=True, help="How far back: 36h, 30d, 8w, a day.")
@click.option("--limit", type=click.IntRange(0, 500), default=10, show_default=True, help="How many stories to show.")
@click.option("--against", default="", metavar="FEED", help="Compare with what this feed holds (default: FEED itself).")
@click.option("--json", "as_json", is_flag=True, help="All of it, as JSON.")
@with_config
def preview_command(
    options: ConfigOptions, wanted: str, *, since: timedelta | datetime, limit: int, against: str, as_json: bool
) -> None:
    """Show what a filter holds of the stories that are stored, and what it would change in its feed.

    FEED is the name of a feed, whose file is read as it is now; anything else is a FILTER. Only reads, beside a running
    daemon or without one.
    """
    config, now = options.load(), utc_now()
    begin = since if isinstance(since, datetime) else now - since
    if against and against not in config.feeds:
        raise SyndicatorError(f'there is no feed "{against}" to compare with')
    try:
        asked = _wanted(config, wanted, begin, limit, against)
    except FilterError as error:
        click.echo(f"the filter cannot be read: {error}", err=True)
        click.get_current_context().exit(2)
    found = asyncio.run(_preview(config, rules_from(config), asked, now))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        click.echo("\n".join(lines(found, is_styled=sys.stdout.isatty() and not os.environ.get("NO_COLOR"))))


def _wanted(config: Config, text: str, since: datetime, limit: int, against: str) -> Wanted:
    if feed := config.feeds.get(text):
        where = config.filters[text]
        return Wanted(
            text=feed.where.strip(), where=where, since=since, feed=text, against=against or text, limit=limit
        )
    where = parse(text, config.vocabulary)
    return Wanted(text=text.strip(), where=where, since=since, against=against, limit=limit)


async def _preview(config: Config, rules: Rules, wanted: Wanted, now: datetime) -> Preview:
    click.echo(f"reading {urls.redact(config.store_place)}", err=True)
    store = open_store(config.store, may_migrate=False)
    try:
        return await preview(store, rules, wanted, now=now, budget=Budget(time.monotonic))
    finally:
        store.close()


def lines(found: Preview, *, is_styled: bool) -> Iterator[str]:
    """Yield a preview as lines of text; marked words are bold, or in brackets."""
    yield " ".join(found.where.split())
    yield f"  {found.total:,} of {counted(found.of, 'story', 'stories')} since {_at(found.since)} UTC match"
    if found.reach.note:
        yield f"  {found.reach.note}"
    if found.total:
        yield f"  {_chart(found.days)}"
    if found.words:
        yield "Forms of its words"
        yield from (f"  {_forms(each)}" for each in found.words)
    if found.stories:
        yield "Stories, the newest first"
        for story in found.stories:
            yield from _story(story, is_styled=is_styled)
    if found.difference is not None:
        yield from _difference(found.difference)
    yield "To keep it"
    yield from (f"  {line}".rstrip() for line in found.toml.splitlines())


def _chart(days: Sequence[DayCount]) -> str:
    """Draw a bar for each day, or for each few days of a long span."""
    width = -(-len(days) // _MOST_BARS)
    parts = [sum(day.stories for day in days[start : start + width]) for start in range(0, len(days), width)]
    most = max(days, key=lambda day: day.stories)
    bars = "".join(_BARS[-(-part * (len(_BARS) - 1) // max(parts))] for part in parts)
    each = "" if width == 1 else f", a bar for {width} days"
    return f"{days[0].day} |{bars}| {days[-1].day}{each}; most on {most.day}: {most.stories:,}"


def _forms(caught: CaughtForms) -> str:
    if not caught.count:
        return f"{caught.word}: in no story yet"
    if not caught.forms:
        return f"{caught.word}: more forms than are looked up, {caught.count:,} or more"
    more = " …" if caught.count > len(caught.forms) else ""
    return f"{caught.word}: {', '.join(each.form for each in caught.forms)}{more} ({counted(caught.count, 'form')})"


def _story(story: PreviewStory, *, is_styled: bool) -> Iterator[str]:
    yield f"  {_at(story.first_seen)}  {story.outlet_name}, {story.language}"
    yield f"    {_marked(story.title, story.title_marks, is_styled=is_styled)}"
    if story.excerpt:
        yield f"    {_marked(story.excerpt, story.excerpt_marks, is_styled=is_styled)}"
    yield f"    by {'; '.join(story.terms)}; {story.page}"


def _difference(difference: PreviewDifference) -> Iterator[str]:
    yield (
        f"Beside the feed {difference.feed}, with {counted(difference.members, 'story', 'stories')} of this time: "
        f"{difference.joins:,} would join, {difference.leaves:,} would leave"
    )
    yield from _titles("+", difference.joining, difference.joins)
    yield from _titles("-", difference.leaving, difference.leaves)


def _titles(sign: str, stories: Sequence[StoryTitle], count: int) -> Iterator[str]:
    yield from (f"  {sign} {_at(story.first_seen)}  {story.title}" for story in stories)
    if count > len(stories):
        yield f"  {sign} … {count - len(stories):,} more"


def _marked(text: str, spans: Sequence[Span], *, is_styled: bool) -> str:
    parts, at = [], 0
    for start, end in spans:
        word = text[start:end]
        parts += [text[at:start], click.style(word, bold=True) if is_styled else f"[{word}]"]
        at = end
    return "".join((*parts, text[at:]))


def _at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
