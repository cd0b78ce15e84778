"""Readers' pages: from their models to HTML."""

from syndicator.web.reader_pages.copied import CopiedFiles, CopiedPage, render_copy
from syndicator.web.reader_pages.frame import Frame, twin_path
from syndicator.web.reader_pages.languages import LANGUAGES, language_of
from syndicator.web.reader_pages.render import render

__all__ = ["LANGUAGES", "CopiedFiles", "CopiedPage", "Frame", "language_of", "render", "render_copy", "twin_path"]
