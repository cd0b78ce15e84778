"""Stories to bytes to files. The only door to feedgen."""

from syndicator.publish.context import PublicationContext, PublicationRules
from syndicator.publish.files import FeedFiles, FileInfo, Published
from syndicator.publish.formats import RENDERERS
from syndicator.publish.job import Publisher

__all__ = [
    "RENDERERS",
    "FeedFiles",
    "FileInfo",
    "PublicationContext",
    "PublicationRules",
    "Published",
    "Publisher",
]
