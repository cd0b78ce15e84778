"""By what each address is reached: mail, webhook, Apprise. One door for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from syndicator.models.notify import Address, AddressKind, MailSettings, Message, Recipient, Sent
from syndicator.notify.apprise_client import send_by_apprise
from syndicator.notify.mail import MailJob, send_mail
from syndicator.notify.webhook import webhook_headers

DEADLINE = 30.0


class Post(Protocol):
    """Posts a body to an address, guarded."""

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """Return what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """Sends messages. Each exchange ends within ``deadline`` seconds, whatever the other end does."""

    post: Post
    mail: Callable[[], MailSettings | None]
    clock: Callable[[], datetime]
    deadline: float = DEADLINE

    async def send(
        self, recipient: Recipient, message: Message, addresses: Sequence[Address]
    ) -> Mapping[Address, Sent]:
        """Send a message to some of a recipient's addresses, all at once; return what came of each."""
        by_apprise = [each for each in addresses if each.kind is AddressKind.APPRISE]
        others = [each for each in addresses if each.kind is not AddressKind.APPRISE]
        work = [self._by_apprise(message, by_apprise), *(self._one(recipient, message, each) for each in others)]
        found = [each for part in await asyncio.gather(*work) for each in part]
        return dict(zip([*by_apprise, *others], found, strict=True))

    async def _by_apprise(self, message: Message, addresses: Sequence[Address]) -> Sequence[Sent]:
        return await send_by_apprise(message, addresses, deadline=self.deadline) if addresses else ()

    async def _one(self, recipient: Recipient, message: Message, address: Address) -> Sequence[Sent]:
        if address.kind is AddressKind.WEBHOOK:
            body = message.payload.encode()
            return (await self.post(address.url, webhook_headers(message, body, recipient.secret), body),)
        settings = self.mail()
        if settings is None:
            return (Sent(error="mail needs a server: [mail] server = … in syndicator.toml"),)
        to, now = address.mailbox, self.clock()
        job = MailJob(message=message, to=to, settings=settings, now=now, deadline=self.deadline)
        return (await send_mail(job),)
