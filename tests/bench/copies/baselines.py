"""Other ways to find copies, each as its users have it."""

from __future__ import annotations

from typing import Protocol

from tests.bench.copies.corpora import Item


class Method(Protocol):
    """Remembers stories, and finds the one that an item is a copy of."""

    name: str

    def add(self, item: Item) -> None:
        """Remember a story."""
        ...

    def find(self, item: Item) -> Item | None:
        """Return the story that an item is a copy of."""
        ...


class ExactTitle:
    """The same headline, as most readers do it."""

    name = "exact title"

    def __init__(self) -> None:
        self._titles: dict[str, Item] = {}

    def add(self, item: Item) -> None:
        self._titles.setdefault(item.title.casefold(), item)

    def find(self, item: Item) -> Item | None:
        return self._titles.get(item.title.casefold())


METHODS: tuple[type[Method], ...] = (ExactTitle,)
