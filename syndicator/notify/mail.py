"""Messages by mail: made here, and handed to the operator's server by SMTP."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from syndicator.files import read_regular
from syndicator.models.notify import MailSecurity, MailSettings, Message, Sent

# The first answer to DATA is that the mail may come.
_TO_THE_MAIL = 2
_LARGEST_PASSWORD = 64 * 1024
# A server that has all of a mail may take so long to say so, and deliver it all the same (RFC 5321, 4.5.3.2.6).
_PATIENCE = 300.0


def mail_of(message: Message, to: str, settings: MailSettings, now: datetime) -> EmailMessage:
    """Return a message as mail: known by its key, and marked as sent by a program, so that no answer comes (RFC 3834).

    Raise ValueError if a line break would make a header of it.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = MailAddress(addr_spec=settings.sender)
    mail["To"] = MailAddress(addr_spec=to)
    mail["Subject"] = message.title
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.key}@{settings.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Syndicator-Event-Type"] = message.topic
    mail.set_content(message.body + "\n", cte="quoted-printable")
    return mail


@dataclass(frozen=True, slots=True, kw_only=True)
class MailJob:
    """A message that is to be handed to a server, for one mail address, at a time for its head."""

    message: Message
    to: str
    settings: MailSettings
    now: datetime
    deadline: float
    patience: float = _PATIENCE
    tls: ssl.SSLContext | None = None


async def send_mail(job: MailJob) -> Sent:
    """Hand a message to the server within the job's deadline, in seconds. A server that hangs holds nobody else.

    Where the server has all of it by then, it is given the job's patience to say so.
    """
    sending = _Sending(job)
    result = sending.start()
    server, error = job.settings.server, ""
    try:
        if await _is_done(result, job.deadline) or (sending.is_out and await _is_done(result, job.patience)):
            return await result
        if not sending.is_taken:
            error = f"{server} did not take the mail within {job.deadline:.0f} s"
            if sending.is_out:
                error = f"{server} has the mail, and did not say in {job.patience:.0f} s that it takes it"
        return Sent(error=error)
    finally:
        sending.stop()


async def _is_done(result: asyncio.Future[Sent], seconds: float) -> bool:
    done, _ = await asyncio.wait({result}, timeout=seconds)
    return bool(done)


class _Sending:
    """One exchange, in a thread of its own: it may hang, and must keep neither the program nor its threads waiting."""

    def __init__(self, job: MailJob) -> None:
        self._job = job
        self._server: smtplib.SMTP | None = None
        self._is_stopped = False
        self.is_out, self.is_taken = False, False

    def start(self) -> asyncio.Future[Sent]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Sent] = loop.create_future()

        def tell(sent: Sent) -> None:
            if not done.done():
                done.set_result(sent)

        def work() -> None:
            sent = self._send()
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(tell, sent)

        threading.Thread(target=work, name="mail", daemon=True).start()
        return done

    def stop(self) -> None:
        """Break the connection off, so that the thread ends, and sends nothing that counts as failed by now."""
        self._is_stopped = True
        if self._server is not None and self._server.sock is not None:
            with contextlib.suppress(OSError):
                self._server.sock.shutdown(socket.SHUT_RDWR)

    def _send(self) -> Sent:
        try:
            self._exchange()
        except Exception as error:  # noqa: BLE001 - nobody else hears of what ends this thread
            # Once the server has taken it, no fault is a reason to send it again.
            return Sent(error="" if self.is_taken else _words_of(error, self._job.settings.server))
        finally:
            if self._server is not None:
                self._server.close()
        return Sent()

    def _exchange(self) -> None:
        job, settings = self._job, self._job.settings
        mail = mail_of(job.message, job.to, settings, job.now)
        with self._connected() as server:
            if settings.user:
                server.login(settings.user, _password(settings))
            if self._is_stopped:
                return
            server.send_message(mail, from_addr=settings.sender, to_addrs=[job.to])
            self.is_taken = True

    def _connected(self) -> smtplib.SMTP:
        settings, timeout = self._job.settings, self._job.deadline
        context = self._job.tls or ssl.create_default_context()
        if settings.security is MailSecurity.TLS:
            return _Encrypted(settings, timeout=timeout, context=context, sending=self)
        server = _Plain(settings, timeout=timeout, sending=self)
        if settings.security is MailSecurity.STARTTLS:
            server.starttls(context=context)
        return server

    def made(self, server: smtplib.SMTP) -> None:
        self._server = server

    def out(self, server: smtplib.SMTP) -> None:
        self.is_out = True
        if server.sock is not None:
            server.sock.settimeout(self._job.deadline + self._job.patience)


class _Patient(smtplib.SMTP):
    """Tells ``out`` when the server has all of a mail, before its answer comes."""

    out: Callable[[smtplib.SMTP], None]
    _answers: int | None = None

    def data(self, msg: Any) -> tuple[int, bytes]:
        self._answers = 0
        try:
            return super().data(msg)
        finally:
            self._answers = None

    def getreply(self) -> tuple[int, bytes]:
        if self._answers is not None:
            self._answers += 1
            if self._answers == _TO_THE_MAIL:
                self.out(self)
        return super().getreply()


class _Plain(_Patient):
    """Is known to ``sending`` before it connects: a server may hang, or never end, already in its greeting.

    It says the sender's domain of itself: the name of this machine would be looked up, which may take long.
    """

    def __init__(self, settings: MailSettings, *, timeout: float, sending: _Sending) -> None:
        sending.made(self)
        self.out = sending.out
        super().__init__(settings.server, settings.port, settings.domain, timeout)


class _Encrypted(_Patient, smtplib.SMTP_SSL):
    """The same, encrypted from the beginning."""

    def __init__(self, settings: MailSettings, *, timeout: float, context: ssl.SSLContext, sending: _Sending) -> None:
        sending.made(self)
        self.out = sending.out
        super().__init__(settings.server, settings.port, settings.domain, timeout=timeout, context=context)


def _words_of(error: Exception, server: str) -> str:
    """Return what a server answered, or what else is wrong; addresses are left out."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            return f"{server} refused the address: {code} {_shown(text)}"
        case smtplib.SMTPResponseException():
            return f"{server} answered {error.smtp_code}: {_shown(error.smtp_error)}"
        case smtplib.SMTPException() | OSError() | ValueError():
            return f"{server}: {_shown(str(error)) or type(error).__name__}"
        case _:
            return f"the mail cannot be made: {type(error).__name__}"


def _password(settings: MailSettings) -> str:
    if settings.password_file is None:
        return ""
    return read_regular(settings.password_file, largest=_LARGEST_PASSWORD).decode().strip()


def _shown(text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return " ".join(words.split())[:200]
