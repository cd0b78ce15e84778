"""Tokens that let readers at a private feed. Only their hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedToken:
    """One reader's access to a private feed: a name to revoke it by, and the SHA-256 of the token in hexadecimal."""

    name: str
    digest: str = field(repr=False)


def token_digest(token: str) -> str:
    """Return what is kept of a token. Tokens are long and random, so that a plain hash tells nothing of them."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def is_one_of(token: str, tokens: Iterable[FeedToken]) -> bool:
    """Return whether a token is among those that are valid. The time it takes does not depend on where they differ."""
    digest = token_digest(token)
    # All are compared: to stop at the first that fits would tell its place.
    return sum(hmac.compare_digest(digest, each.digest) for each in tokens) > 0
