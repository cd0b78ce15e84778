"""The index of stories for searches, as a database has one: what ``search`` asks of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from syndicator.store.search_terms import Expression


class SearchTooLongError(Exception):
    """A search was given up because its time was over."""


class SearchRow(NamedTuple):
    """A story as it is indexed: words and marks with a space between two, and (key, word) pairs that may be new."""

    number: int
    title: str
    text: str
    author: str
    category: str
    url: str
    marks: str
    words: Collection[tuple[str, str]] = ()


class SearchIndex(Protocol):
    """Stories by their words and marks, within a transaction."""

    @property
    def exists(self) -> bool:
        """Whether there is an index, complete or not."""

    def is_supported(self) -> bool:
        """Return whether the database can have one."""

    def create(self) -> None:
        """Create it where there is none."""

    def last(self) -> int:
        """Return the highest number of a story in it, 0 if there is none."""

    def add(self, rows: Sequence[SearchRow]) -> None:
        """Add some hundred stories that are not in it."""

    def remove(self, numbers: Sequence[int]) -> None:
        """Remove some hundred stories."""

    def count(self, word: str) -> int:
        """Return in how many stories a word stands."""

    def find(self, wanted: Expression, since: int, until: int, limit: int | None) -> list[int]:
        """Return the stories that an expression finds, newest first, from number ``since`` up to and with ``until``."""

    def until(self, is_over: Callable[[], bool]) -> AbstractContextManager[None]:
        """Raise SearchTooLongError once time is over, within a query or soon after it."""
