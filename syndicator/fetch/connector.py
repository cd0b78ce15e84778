"""Connections to checked addresses only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler

from syndicator import urls
from syndicator.fetch.guard import AddressInfo, BlockedAddressError, guarded_sockets
from syndicator.fetch.lenient import LenientHandler
from syndicator.fetch.peers import Peers

# Names are cached by the resolver alone: it also keeps failures, serves every port and every pool of connections, and
# a second cache behind it would only double the age of what is used.
POOL: dict[str, Any] = {"limit": 0, "keepalive_timeout": 15, "use_dns_cache": False}


class NotingConnector(aiohttp.TCPConnector):
    """Notes who answers at each new connection. It overrides a private method of aiohttp, as those below do."""

    peers: Peers | None = None
    is_proxy = False

    async def _create_connection(self, req: aiohttp.ClientRequest, *args: Any, **options: Any) -> ResponseHandler:
        protocol = await super()._create_connection(req, *args, **options)
        if self.peers is not None and protocol.transport is not None:
            is_direct = not self.is_proxy and req.proxy is None
            self.peers.note(urls.host_key(str(req.url)), protocol.transport, has_own_address=is_direct)
        return protocol


class LenientConnector(NotingConnector):
    """Reads answers as browsers do. It sets a private attribute of aiohttp, hence the narrow bounds on its version."""

    def __init__(self, **options: Any) -> None:
        """Pass ``options`` on."""
        super().__init__(**POOL, **options)
        self._factory = cast("partial[ResponseHandler]", partial(LenientHandler, loop=self._loop))


class GuardedConnector(LenientConnector):
    """Opens sockets only to addresses that ``check`` accepts, whatever name led there.

    Where a name has one address the event loop connects to it by itself, at two thirds of the cost of a race between
    addresses. That overrides a private method of aiohttp, hence the narrow bounds on its version. Without the method
    sockets would still come from the guarded factory.
    """

    def __init__(self, check: Callable[[str], None], **options: Any) -> None:
        """Pass ``options`` on."""
        super().__init__(socket_factory=guarded_sockets(check), **options)
        self._check = check

    async def _wrap_create_connection(
        self, *args: Any, addr_infos: Sequence[AddressInfo], req: Any, **options: Any
    ) -> Any:
        if len(addr_infos) > 1:
            return await super()._wrap_create_connection(*args, addr_infos=addr_infos, req=req, **options)  # type: ignore[arg-type]
        family, _, proto, _, address = addr_infos[0]
        try:
            self._check(str(address[0]))
        except BlockedAddressError as error:
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error
        where: dict[str, Any] = {"host": address[0], "port": address[1], "family": family, "proto": proto}
        return await self._wrap_existing_connection(*args, req=req, **options, **where)
