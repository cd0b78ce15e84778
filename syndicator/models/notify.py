"""Who is told of what, and what they are sent. Frozen values."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from email.headerregistry import Address as MailAddress
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from syndicator.models.alerts import IS_NOTED, AlertKind, Phase, Severity

_MAIL = re.compile(r"mailto:([^\s@,;:<>\"\\]+@[^\s@,;:<>\"\\/?]+)")
_OTHER = re.compile(r"[a-z][a-z0-9+.-]*://\S+")
_DAY = timedelta(days=1)
# What recipients are told of who name no kinds: all but what outlets do to single stories.
DEFAULT_KINDS = frozenset(AlertKind) - (IS_NOTED - {AlertKind.TAKEOVER, AlertKind.UPGRADED})


def is_mailbox(text: str) -> bool:
    """Return whether mail can be addressed to somebody, as far as the library can tell before it is sent."""
    try:
        address = MailAddress(addr_spec=text)
    except Exception:  # noqa: BLE001 - for some texts it breaks down itself
        return False
    return text.isascii() and bool(address.username and address.domain)


def is_local(host: str) -> bool:
    """Return whether a host is this machine, which is reached without a network."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class AddressKind(StrEnum):
    """By what an address is reached."""

    MAIL = "mail"
    WEBHOOK = "webhook"
    APPRISE = "apprise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where messages go. ``url`` may hold passwords: it is neither shown nor logged, ``shown`` is."""

    kind: AddressKind
    url: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address. Raise ValueError, without naming it, if it is none."""
        if (mail := _MAIL.fullmatch(text)) and is_mailbox(mail[1]):
            return cls(kind=AddressKind.MAIL, url=text)
        if text.startswith("mailto:") and not text.startswith("mailto://"):
            raise ValueError('is not a mail address like "mailto:desk@example.org"')
        if not _OTHER.fullmatch(text):
            raise ValueError(
                'is none of "mailto:desk@example.org", "https://hooks.example/…" '
                'or an address of Apprise like "tgram://…"'
            )
        host = urlsplit(text).hostname
        if text.startswith(("http://", "https://")):
            if not host:
                raise ValueError("is an address without a host")
            return cls(kind=AddressKind.WEBHOOK, url=text)
        return cls(kind=AddressKind.APPRISE, url=text)

    @property
    def mailbox(self) -> str:
        """The mail address alone."""
        return self.url.removeprefix("mailto:")

    @property
    def host(self) -> str:
        """What is spoken to, empty for mail: that goes to the operator's server."""
        return "" if self.kind is AddressKind.MAIL else urlsplit(self.url).hostname or ""

    @property
    def shown(self) -> str:
        """What people see of it. Of Apprise's, even the host may be a password."""
        if self.kind is AddressKind.MAIL:
            return f"mailto:…@{self.mailbox.rpartition('@')[2]}"
        parts = urlsplit(self.url)
        if self.kind is AddressKind.WEBHOOK:
            return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"
        return f"{parts.scheme}://…"

    @property
    def key(self) -> str:
        """What the store calls it: it must not have the address itself."""
        return hashlib.blake2b(self.url.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From when to when, by the clock on a wall, nothing is sent; past midnight if the end is earlier."""

    begin: time
    end: time
    zone: ZoneInfo

    def covers(self, now: datetime) -> bool:
        """Return whether it is quiet."""
        local = now.astimezone(self.zone).time()
        if self.begin <= self.end:
            return self.begin <= local < self.end
        return local >= self.begin or local < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPlan:
    """What is new in feeds, sent at a time by the clock on a wall: on each day, or on one ``weekday`` (Monday is 0)."""

    feeds: tuple[str, ...]
    at: time
    zone: ZoneInfo
    weekday: int | None = None

    def next_after(self, moment: datetime) -> datetime:
        """Return the next time after a moment, in UTC.

        A time that a clock leaves out when it is put forward comes an hour later by it; of two that it shows when it is
        put back, the first counts.
        """
        day = moment.astimezone(self.zone).date() - _DAY
        while True:
            planned = datetime.combine(day, self.at, tzinfo=self.zone).astimezone(UTC)
            if planned > moment and self.weekday in (None, day.weekday()):
                return planned
            day += _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who is told, where, of what and when: a file in ``alerts/``. What stands empty in its lists leaves nothing out.

    Kinds in ``urgent`` pass quiet hours. Nobody is told of what ends within ``wait``; of one kind of alert there is at
    most one message in ``every``, and in all at most so many ``per_hour``. Reminders come after ``repeat``, never if
    that is 0.
    """

    name: str
    addresses: tuple[Address, ...]
    secret: str = field(default="", repr=False)
    kinds: frozenset[AlertKind] = DEFAULT_KINDS
    urgent: frozenset[AlertKind] = frozenset()
    lowest: Severity = Severity.WARNING
    where: str = ""
    countries: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    outlets: frozenset[str] = frozenset()
    quiet: QuietHours | None = None
    wait: timedelta = timedelta(minutes=1)
    every: timedelta = timedelta(minutes=5)
    per_hour: int = 20
    repeat: timedelta = _DAY
    digest: DigestPlan | None = None

    def is_quiet(self, now: datetime) -> bool:
        """Return whether only what is urgent is sent."""
        return self.quiet is not None and self.quiet.covers(now)


class MailSecurity(StrEnum):
    """How a connection to a mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """By which server mail is sent, and from whom. The password is read anew for each message."""

    server: str
    port: int
    security: MailSecurity
    sender: str
    user: str = ""
    password_file: Path | None = None

    @property
    def domain(self) -> str:
        """The domain that mail is from."""
        return self.sender.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one recipient is sent: to people ``title`` and ``body``, to programs ``payload``, which is JSON.

    ``key`` is what it is known by at the other end: sent again, it is the same. ``topic`` says what it is: an alert, a
    digest, a test.
    """

    key: str
    topic: str
    title: str
    body: str
    payload: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of sending to an address: an error in words, if any, and how long it wants to be left alone."""

    error: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message that is to be sent. Addresses in ``reached``, by their keys, have it already."""

    id: int
    recipient: str
    message: Message
    tries: int
    reached: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An event that a recipient is to be told of, since it was noted."""

    event: int
    kind: AlertKind
    phase: Phase
    alert: int | None
    noted_at: datetime
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientState:
    """What is known of a recipient between two messages.

    ``skipped`` events are only counted: too many were waiting. ``told`` is when it was told last of each kind, and
    ``alerts`` of each alert: of those that ``ended`` the end came last, and ``unsteady`` ones were
    told to be so. What was new in its feeds until ``digest_at`` was in a digest.
    """

    waiting: tuple[Waiting, ...] = ()
    skipped: int = 0
    told: Mapping[AlertKind, datetime] = field(default_factory=dict)
    alerts: Mapping[int, datetime] = field(default_factory=dict)
    ended: frozenset[int] = frozenset()
    unsteady: frozenset[int] = frozenset()
    digest_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingRecipient:
    """Whose notices fail since when, and why, in words."""

    name: str
    since: datetime
    error: str
    is_given_up: bool
