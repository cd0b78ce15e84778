"""Stories to bytes to files. The only door to feedgen."""

from syndicator.publish.feed import RENDERERS, PublicationContext
from syndicator.publish.files import FeedFiles, Published
from syndicator.publish.job import Publisher

__all__ = ["RENDERERS", "FeedFiles", "PublicationContext", "Published", "Publisher"]
