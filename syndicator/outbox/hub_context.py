"""What the hub works by, and what it makes of a subscriber's request. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from syndicator import urls
from syndicator.models import DIRECT, Feed, FetchOptions
from syndicator.models.formats import FORMATS_BY_NAME
from syndicator.models.hub import HubMode, HubRequest, HubSettings
from syndicator.web.hub import HubRefusedError

_LEASE = timedelta(days=10)
_SHORTEST_LEASE, _LONGEST_LEASE = timedelta(hours=1), timedelta(days=30)
_LONGEST_CALLBACK = 2000
_LONGEST_SECRET = 199  # in bytes (WebSub, 5.1)
_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubContext:
    """What the hub works by: the feeds in force, those ``resting`` for a fault in their files, and its settings.

    Callbacks are reached by ``options``.
    """

    settings: HubSettings
    base_url: str
    feeds: Mapping[str, Feed]
    resting: Collection[str] = field(default=())
    options: FetchOptions = DIRECT

    def topic(self, file: str) -> str:
        """Return the address of a published file."""
        return f"{self.base_url}/feeds/{file}"

    def is_public(self, file: str) -> bool:
        """Return whether a file is that of a feed which anybody may subscribe to."""
        name, _, format_name = file.rpartition(".")
        feed = self.feeds.get(name)
        return feed is not None and format_name in feed.formats and not feed.is_private

    def is_gone(self, file: str) -> bool:
        """Return whether nobody may subscribe to a file any more. What rests may come back."""
        return not self.is_public(file) and file.rpartition(".")[0] not in self.resting

    def links(self, file: str) -> str:
        """Return the ``Link`` header of a file that is for everybody: its hubs and its address (WebSub, 4)."""
        if not self.is_public(file):
            return ""
        hubs = [f'<{hub}>; rel="hub"' for hub in self.settings.announced(self.base_url)]
        return ", ".join((*hubs, f'<{self.topic(file)}>; rel="self"'))

    def headers(self, file: str) -> dict[str, str]:
        """Return the headers of a delivery: content type, and links to hubs and topic (WebSub, 7)."""
        format_ = FORMATS_BY_NAME[file.rpartition(".")[2]]
        return {"Content-Type": f"{format_.content_type}; charset=utf-8", "Link": self.links(file)}

    def file_of(self, topic: str) -> str:
        """Return the file whose address a topic is. Raise HubRefusedError if there is none for everybody."""
        root = f"{self.base_url}/feeds/"
        file = topic.removeprefix(root)
        if not topic.startswith(root) or not self.is_public(file):
            raise HubRefusedError(404, f"hub.topic is no feed of this hub; they are at {root}.")
        return file


def read_request(form: Mapping[str, str], context: HubContext) -> HubRequest:
    """Read a subscriber's request (WebSub, 5.1). Raise HubRefusedError for one that cannot be met."""
    try:
        mode = HubMode(form.get("hub.mode", ""))
    except ValueError:
        raise HubRefusedError(400, "hub.mode is neither subscribe nor unsubscribe.") from None
    secret = form.get("hub.secret", "")
    if len(secret.encode()) > _LONGEST_SECRET:
        raise HubRefusedError(400, f"hub.secret is longer than {_LONGEST_SECRET} bytes.")
    return HubRequest(
        mode=mode,
        file=context.file_of(form.get("hub.topic", "")),
        callback=_callback(form.get("hub.callback", "")),
        secret=secret,
        lease=_lease(form.get("hub.lease_seconds", "")),
    )


def verification(request: HubRequest, context: HubContext, challenge: str) -> str:
    """Return the address at which a callback says whether it meant a request (WebSub, 5.3); its own query stays."""
    asked = {"hub.mode": request.mode.value, "hub.topic": context.topic(request.file), "hub.challenge": challenge}
    if request.mode is HubMode.SUBSCRIBE:
        asked["hub.lease_seconds"] = str(request.lease // timedelta(seconds=1))
    return f"{request.callback}{'&' if urlsplit(request.callback).query else '?'}{urlencode(asked)}"


def _callback(value: str) -> str:
    if len(value) > _LONGEST_CALLBACK:
        raise HubRefusedError(400, f"hub.callback is longer than {_LONGEST_CALLBACK} characters.")
    # Spelt otherwise than it was given it might be another address to its owner: it is checked, and left as it is.
    is_address = urls.absolute(value) is not None and value.isascii() and value.isprintable() and " " not in value
    if not is_address or "#" in value or "@" in urlsplit(value).netloc:
        raise HubRefusedError(400, "hub.callback is no http(s) address without user, password and fragment.")
    return value


def _lease(value: str) -> timedelta:
    if not value:
        return _LEASE
    if not _SECONDS.fullmatch(value):
        raise HubRefusedError(400, "hub.lease_seconds is not a number of seconds.")
    return min(max(timedelta(seconds=int(value)), _SHORTEST_LEASE), _LONGEST_LEASE)
