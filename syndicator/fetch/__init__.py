"""The only room on the outlets' network: HTTP requests, guarded and polite."""

from syndicator.fetch.http import Fetcher, FetchSettings, HostState

__all__ = ["FetchSettings", "Fetcher", "HostState"]
