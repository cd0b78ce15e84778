"""What filters look at of a story, and its values by field. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from syndicator.models import Entry, Story, Tag
from syndicator.query.tree import FieldEquals, TextField

LIKELY = 0.5  # the least score from which ``region`` finds a story


class Details(NamedTuple):
    """What filters look at of a story beside its words and tags; ``has`` are values of ``has:``."""

    author: str = ""
    source: str = ""
    categories: tuple[str, ...] = ()
    url: str = ""
    published: datetime | None = None
    has: tuple[str, ...] = ()

    def age(self, now: datetime) -> timedelta | None:
        """Return how long ago it was published, None if nobody knows."""
        return now - self.published if self.published else None


NO_DETAILS = Details()


class Subject(NamedTuple):
    """The part of a story that filters look at: at first sight it is neither revised, copied nor deleted.

    ``age`` is how long ago it was published, as of now; None if nobody can say, which is no reason to leave it out.
    ``events`` are the numbers of those that it is on.
    """

    title: str
    text: str
    language: str
    outlets: Collection[str]
    tags: Collection[Tag]
    revised: Collection[str] = ()
    is_deleted: bool = False
    details: Details = NO_DETAILS
    age: timedelta | None = None
    events: Collection[int] = ()


def details_of(item: Entry | Story, source: str) -> Details:
    """Return the details of what a source brought."""
    return Details(
        author=item.author or "",
        source=source,
        categories=item.categories,
        url=item.link or "",
        published=item.published,
        has=tuple(_has(item)),
    )


def _has(item: Entry | Story) -> Iterator[str]:
    media = item.enclosure.type.partition("/")[0] if item.enclosure else ""
    if item.enclosure:
        yield "enclosure"
    if media in ("audio", "video"):
        yield media
    if media == "image" or item.pictures or "<img" in item.html:
        yield "image"
    if item.point:
        yield "point"


def values_of(story: Subject) -> Iterator[tuple[str, str]]:
    """Yield each field of a story with each value that it has there, in lower case."""
    for tag in story.tags:
        path = [term.casefold() for term in (*tag.path, *tag.namesakes)]
        for field in fields_of(tag):
            for value in path:
                yield field, value
    for outlet in story.outlets:
        yield "outlet", outlet.casefold()
    language = story.language.casefold()
    yield "lang", language
    yield "lang", language.partition("-")[0]
    yield from (("has", each) for each in story.details.has)
    yield from (("event", str(each)) for each in story.events)
    if story.details.source:
        yield "source", story.details.source.casefold()
    if story.revised:
        yield from (("revised", each) for each in ("yes", *story.revised))
    if story.is_deleted:
        yield "deleted", "yes"


def copies_of(story: Subject) -> int:
    """Return the number of other outlets that carry a story."""
    return len({outlet.casefold() for outlet in story.outlets}) - 1


def fields_of(tag: Tag) -> Iterator[str]:
    """Yield the fields by which filters find a tag."""
    if tag.scheme != "region":
        yield tag.scheme
        return
    yield "mentions"
    if tag.role in ("about", "actor", "dateline"):
        yield tag.role
    # Tags from before there were roles have none.
    if tag.role in ("", "about", "actor") and tag.score >= LIKELY:
        yield "region"


def texts_of(story: Subject, field: TextField) -> Iterator[tuple[TextField, str]]:
    """Yield the texts in which a field's words are looked for, each with the field that it is itself."""
    if field in (TextField.ANYWHERE, TextField.TITLE):
        yield TextField.TITLE, story.title
    if field in (TextField.ANYWHERE, TextField.TEXT):
        yield TextField.TEXT, story.text
    if field is TextField.AUTHOR:
        yield field, story.details.author
    if field is TextField.URL:
        yield field, story.details.url
    if field is TextField.CATEGORY:
        yield from ((field, category) for category in story.details.categories)


def tags_behind(where: FieldEquals, story: Subject) -> Iterator[Tag]:
    """Yield the tags of a story that make a term true."""
    for tag in story.tags:
        terms = (term.casefold() for term in (*tag.path, *tag.namesakes))
        if where.field in fields_of(tag) and where.value in terms:
            yield tag
