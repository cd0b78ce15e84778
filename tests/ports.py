"""Ports of loopback that no other process gets, however many tests run at once."""

from __future__ import annotations

import socket


def reserve(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Return a socket bound to a free port, or to ``port``, which it reserves until it is closed.

    It does not listen: connections are refused, and a server that sets SO_REUSEADDR, as asyncio's do, can bind to the
    port and listen.
    """
    reservation = socket.socket()
    try:
        reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reservation.bind((host, port))
    except OSError:
        reservation.close()
        raise
    return reservation


def port_of(reservation: socket.socket) -> int:
    """Return the reserved port."""
    return int(reservation.getsockname()[1])
