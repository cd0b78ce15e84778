"""Our HTTP face."""

from syndicator.web.server import SiteContext, serve

__all__ = ["SiteContext", "serve"]
