"""Our HTTP face."""

from syndicator.web.pushes import HubBusyError, PushLimits
from syndicator.web.server import SiteContext, serve

__all__ = ["HubBusyError", "PushLimits", "SiteContext", "serve"]
