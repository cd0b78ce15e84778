"""Our HTTP face."""

from syndicator.web.context import BOTH_FACES, Face, SiteContext
from syndicator.web.directory import FeedDirectory
from syndicator.web.limits import ConnectionLimits
from syndicator.web.pushes import HubBusyError, PushLimits
from syndicator.web.reader_pages import CopiedFiles, CopiedPage, render_copy
from syndicator.web.readers import STATIC_TYPES
from syndicator.web.server import listened_on, serve

__all__ = [
    "BOTH_FACES",
    "STATIC_TYPES",
    "ConnectionLimits",
    "CopiedFiles",
    "CopiedPage",
    "Face",
    "FeedDirectory",
    "HubBusyError",
    "PushLimits",
    "SiteContext",
    "listened_on",
    "render_copy",
    "serve",
]
