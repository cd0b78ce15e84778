"""Readers' pages, made from the store: one module for each family of pages."""

from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.source import PageSource

__all__ = ["PageSource", "Reading"]
