"""Stories to bytes to files. The only door to feedgen."""

from syndicator.publish.feed import RENDERERS, Site
from syndicator.publish.files import Published, Shelf

__all__ = ["RENDERERS", "Published", "Shelf", "Site"]
