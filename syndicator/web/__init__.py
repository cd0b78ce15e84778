"""Our HTTP face."""

from syndicator.web.server import Face, serve

__all__ = ["Face", "serve"]
