"""The only room that touches the outlets' network."""

from syndicator.fetch.http import Fetcher, HostState
from syndicator.models import FetchSettings

__all__ = ["FetchSettings", "Fetcher", "HostState"]
