"""From what was raised in an exchange to an outcome and a note for a person."""

from __future__ import annotations

import ssl
from datetime import timedelta

import aiohttp
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

from syndicator.fetch.decode import BadEncodingError, TooLargeError
from syndicator.fetch.guard import BlockedAddressError
from syndicator.fetch.resolver import ResolveError
from syndicator.models import Outcome


class RefusalError(Exception):
    """Ends an exchange with an outcome; ``retry_after`` is the wait that a host asked for."""

    def __init__(self, outcome: Outcome, note: str, retry_after: timedelta | None = None) -> None:
        self.outcome, self.note, self.retry_after = outcome, note, retry_after
        super().__init__(note)


_PROXY_ERRORS = (ProxyError, ProxyConnectionError, ProxyTimeoutError)
EXPECTED = (
    RefusalError,
    BadEncodingError,
    TooLargeError,
    *_PROXY_ERRORS,
    aiohttp.ClientError,
    OSError,
    ValueError,
    EOFError,
)


# The first match counts, so the particular stands before the general. An empty note stands for the error's own text.
_OUTCOMES: tuple[tuple[type[BaseException], Outcome, str], ...] = (
    (BlockedAddressError, Outcome.BLOCKED_ADDRESS, ""),
    (TimeoutError, Outcome.TIMEOUT, "no whole answer within the deadline"),
    (BadEncodingError, Outcome.BAD_ENCODING, ""),
    (TooLargeError, Outcome.TOO_LARGE, "the document is larger than allowed"),
    (aiohttp.ClientConnectorCertificateError, Outcome.TLS_ERROR, ""),
    (aiohttp.ClientSSLError, Outcome.TLS_ERROR, ""),
    (ssl.SSLError, Outcome.TLS_ERROR, ""),
    (aiohttp.ClientProxyConnectionError, Outcome.PROXY_ERROR, "the proxy cannot be reached"),
    (aiohttp.ClientHttpProxyError, Outcome.PROXY_ERROR, ""),
    (ProxyConnectionError, Outcome.PROXY_ERROR, "the proxy cannot be reached"),
    (EOFError, Outcome.PROXY_ERROR, "the proxy hung up"),
    (ProxyTimeoutError, Outcome.PROXY_ERROR, "the proxy does not answer"),
    (ProxyError, Outcome.CONNECT_ERROR, ""),  # it answers that it cannot connect
    (aiohttp.ClientConnectorDNSError, Outcome.DNS_ERROR, "the name does not resolve"),
    (aiohttp.ClientConnectorError, Outcome.CONNECT_ERROR, "connection refused or unreachable"),
    (aiohttp.ClientPayloadError, Outcome.TRUNCATED, "the connection broke off in mid-body"),
    (aiohttp.ClientResponseError, Outcome.HTTP_ERROR, ""),
    (aiohttp.InvalidURL, Outcome.BAD_URL, "this is no address that can be asked"),
    (ValueError, Outcome.BAD_URL, ""),
)


def explain(error: BaseException) -> tuple[Outcome, str]:
    """Return the outcome and a note for an error."""
    if isinstance(error, RefusalError):
        return error.outcome, error.note
    if isinstance(error, aiohttp.ClientConnectorDNSError) and isinstance(error.os_error, ResolveError):
        return Outcome.DNS_ERROR, str(error.os_error)
    if isinstance(error, aiohttp.ClientConnectorError) and "blocked address" in str(error.os_error):
        error = BlockedAddressError(str(error.os_error))
    text = (str(error) or type(error).__name__)[:300]
    if isinstance(error, aiohttp.ClientResponseError):  # its own text holds addresses with secrets in them
        text = f"HTTP {error.status} {error.message}"[:300]
    for kind, outcome, note in _OUTCOMES:
        if isinstance(error, kind):
            return outcome, note or text
    return Outcome.CONNECT_ERROR, text


def printable(text: str) -> str:
    """Return text from a server's headers fit to keep: bytes beyond ASCII arrive as lone surrogates."""
    text = text[:300]
    return text if text.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in text)
