"""The only room that touches the outlets' network."""

from syndicator.fetch.http import Fetcher, Manners

__all__ = ["Fetcher", "Manners"]
