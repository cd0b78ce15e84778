"""The only room that touches the outlets' network."""

from syndicator.fetch.http import Fetcher, FetchSettings, HostState

__all__ = ["FetchSettings", "Fetcher", "HostState"]
