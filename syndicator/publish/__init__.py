"""Stories to bytes to files, and to copies of them. The only door to feedgen and obstore."""

from syndicator.publish.context import PublicationContext, PublicationRules
from syndicator.publish.files import FeedFiles, FileInfo, Published
from syndicator.publish.formats import RENDERERS
from syndicator.publish.job import Publisher
from syndicator.publish.operations import OperationsContext, render_operations
from syndicator.publish.opml import render_outlets
from syndicator.publish.rendering import link_bases, render_feed
from syndicator.publish.replicas import Replicator, SiteFile
from syndicator.publish.targets import open_target

__all__ = [
    "RENDERERS",
    "FeedFiles",
    "FileInfo",
    "OperationsContext",
    "PublicationContext",
    "PublicationRules",
    "Published",
    "Publisher",
    "Replicator",
    "SiteFile",
    "link_bases",
    "open_target",
    "render_feed",
    "render_operations",
    "render_outlets",
]
