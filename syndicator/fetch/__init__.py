"""The only room that touches the outlets' network."""

from syndicator.fetch.http import Fetcher, Manners, Memory

__all__ = ["Fetcher", "Manners", "Memory"]
