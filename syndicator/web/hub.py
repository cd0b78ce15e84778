"""``POST /hub``: where subscribers ask our own hub (WebSub, 5.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import parse_qsl

from aiohttp import web

from syndicator.models.hub import HUB_PATH

_FORM = "application/x-www-form-urlencoded"
# A callback and a topic of two thousand characters each, percent-encoded, and a secret.
_LARGEST = 16 * 1024
_MOST_FIELDS = 32
_DEADLINE = 10.0


class HubRefusedError(Exception):
    """A request that the hub does not take: the status and a sentence for the subscriber."""

    def __init__(self, status: int, reason: str, retry_after: int | None = None) -> None:
        self.status, self.reason, self.retry_after = status, reason, retry_after
        super().__init__(reason)


class OwnHub(Protocol):
    """The hub that subscribers ask."""

    async def request(self, form: Mapping[str, str]) -> None:
        """Accept a request, to be verified soon; raise HubRefusedError for one that is not taken."""


def add_hub(router: web.UrlDispatcher, hub: OwnHub) -> None:
    """Route requests of subscribers to a hub."""

    async def ask(request: web.Request) -> web.Response:
        try:
            await hub.request(await _read_form(request))
        except HubRefusedError as error:
            later = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
            return web.Response(status=error.status, text=f"{error.reason}\n", headers=later)
        return web.Response(status=202, text="Your callback will be asked whether it wants this.\n")

    router.add_post(HUB_PATH, ask)


async def _read_form(request: web.Request) -> dict[str, str]:
    if request.content_type != _FORM:
        raise HubRefusedError(415, f"Send a form: Content-Type: {_FORM}.")
    body = bytearray()
    try:
        async with asyncio.timeout(_DEADLINE):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > _LARGEST:
                    raise HubRefusedError(413, f"The form is longer than {_LARGEST} bytes.")
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except TimeoutError:
        raise HubRefusedError(408, f"The form did not come within {_DEADLINE:.0f} seconds.") from None
    except ValueError:
        raise HubRefusedError(400, "The form cannot be read.") from None
