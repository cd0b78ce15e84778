"""Connections to checked addresses only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import aiohttp

from syndicator.fetch.guard import AddressInfo, BlockedAddressError, guarded_sockets


class GuardedConnector(aiohttp.TCPConnector):
    """Asks ``check`` about the very address that a socket is opened for, whatever name led there.

    Where a name has one address the loop connects to it by itself, at two thirds of what a race between addresses
    costs for each poll. That hooks into a method private to aiohttp, hence the narrow bounds on its version; were the
    method gone, sockets would still be made by a guarded factory.
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
