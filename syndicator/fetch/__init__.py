"""The only room on the outlets' network: HTTP requests, guarded and polite; and those to callbacks of our own hub."""

from syndicator.fetch.callbacks import CallbackClient, Reply
from syndicator.fetch.http import Fetcher, HostState
from syndicator.fetch.waits import HostWaits
from syndicator.models import FetchSettings

__all__ = ["CallbackClient", "FetchSettings", "Fetcher", "HostState", "HostWaits", "Reply"]
