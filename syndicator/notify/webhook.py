"""Messages to programs: JSON by POST, signed. Pure: who sends is told what."""

from __future__ import annotations

import hashlib
import hmac

from syndicator.models.notify import Message


def webhook_headers(message: Message, body: bytes, secret: str) -> dict[str, str]:
    """Return the headers of a delivery. Without a secret there is no signature."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": message.key,
        "X-Syndicator-Event-Type": message.topic,
        "X-Syndicator-Delivery": message.key,
    }
    if secret:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Syndicator-Signature"] = f"sha256={digest}"
    return headers
