"""Our HTTP face."""

from syndicator.web.limits import ConnectionLimits
from syndicator.web.pushes import HubBusyError, PushLimits
from syndicator.web.server import SiteContext, listened_on, serve

__all__ = ["ConnectionLimits", "HubBusyError", "PushLimits", "SiteContext", "listened_on", "serve"]
