"""The only room on the outlets' network: HTTP requests, guarded and polite."""

from syndicator.fetch.http import Fetcher, HostState
from syndicator.models import FetchSettings

__all__ = ["FetchSettings", "Fetcher", "HostState"]
