"""Who is told of alerts: from files in ``alerts/``, and the files with secrets that they name, to recipients."""

from __future__ import annotations

import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from syndicator.config.alert_schema import (
    WEEKDAYS,
    AlertFile,
    DigestFile,
    kinds_of,
    parse_local_time,
    parse_span,
    severity_of,
)
from syndicator.config.find import MAIN
from syndicator.config.folder import SUFFIX, ConfigFolder
from syndicator.config.schema import MailFile
from syndicator.errors import FilterError, Problem
from syndicator.extras import can_notify
from syndicator.files import read_regular
from syndicator.models.alerts import Severity
from syndicator.models.notify import (
    DEFAULT_KINDS,
    Address,
    AddressKind,
    DigestPlan,
    QuietHours,
    Recipient,
)
from syndicator.query import Vocabulary, Where, parse

_LARGEST = 64 * 1024
_MOST_ADDRESSES = 50
# A key for HMAC is a password for machines: shorter ones can be guessed.
_SHORTEST_SECRET = 16


def read_recipients(
    files: ConfigFolder,
    alerts: Mapping[str, AlertFile],
    known: Vocabulary,
    *,
    has_mail: bool,
    bereft: Collection[str] = (),
) -> tuple[dict[str, Recipient], dict[str, Where]]:
    """Return the recipients and their filters by name; note what is wrong with their files.

    Files in ``bereft`` were good until something that they name was gone: that matches nothing, and the rest holds.
    """
    recipients: dict[str, Recipient] = {}
    filters: dict[str, Where] = {}
    for key, file in alerts.items():
        name = f"alerts/{key}{SUFFIX}"
        before = len(files.problems)
        names = replace(known, values={}) if name in bereft else known
        files.problems += _unknown_names(name, file, names, is_fatal=True)
        addresses = _addresses(files, name, file, has_mail=has_mail)
        secret = _secret(files, name, file)
        if file.where.strip():
            try:
                filters[key] = parse(file.where, names)
            except FilterError as error:
                files.problem(name, "where", str(error))
        if len(files.problems) == before:
            recipients[key] = _recipient(key, file, addresses, secret)
    return recipients, filters


def _recipient(key: str, file: AlertFile, addresses: Sequence[Address], secret: str) -> Recipient:
    # Who names kinds wants them, however little there is to be done.
    lowest = Severity.WARNING if file.kinds is None else Severity.NOTE
    return Recipient(
        name=key,
        addresses=tuple(addresses),
        secret=secret,
        kinds=DEFAULT_KINDS if file.kinds is None else kinds_of(file.kinds),
        urgent=kinds_of(file.urgent),
        lowest=severity_of(file.lowest) if file.lowest else lowest,
        where=file.where.strip(),
        countries=frozenset(file.countries),
        languages=frozenset(file.languages),
        outlets=frozenset(file.outlets),
        quiet=QuietHours(**parse_span(file.quiet)._asdict()) if file.quiet else None,
        wait=file.wait,
        every=file.every,
        per_hour=file.per_hour,
        repeat=file.repeat,
        digest=_digest(file.digest) if file.digest else None,
    )


def _digest(file: DigestFile) -> DigestPlan:
    local = parse_local_time(file.at)
    weekday = None if file.days == "daily" else WEEKDAYS.index(file.days)
    return DigestPlan(feeds=tuple(dict.fromkeys(file.feeds)), at=local.at, zone=local.zone, weekday=weekday)


def unknown_names(alerts: Mapping[str, AlertFile], known: Vocabulary) -> Iterator[Problem]:
    """Yield the names in lists that nothing has any more, where others are left: the rest of the list holds."""
    for key, file in alerts.items():
        yield from _unknown_names(f"alerts/{key}{SUFFIX}", file, known, is_fatal=False)


def _unknown_names(name: str, file: AlertFile, known: Vocabulary, *, is_fatal: bool) -> Iterator[Problem]:
    feeds = file.digest.feeds if file.digest else []
    for key, kind, named in (("outlets", "outlet", file.outlets), ("digest.feeds", "feed", feeds)):
        if kind not in known.values:
            continue
        unknown = {number: each for number, each in enumerate(named) if each not in known.values[kind]}
        if (len(unknown) == len(named)) is is_fatal:
            for number, each in unknown.items():
                reason = f'there is no {kind} "{each}"; syndicator status --all lists them'
                yield Problem(name, f"{key}[{number}]", reason)


def _addresses(files: ConfigFolder, name: str, file: AlertFile, *, has_mail: bool) -> list[Address]:
    """Return a recipient's addresses; what is wrong with one is noted by its place, for it may hold a password."""
    found: dict[str, Address] = {}
    for place, text in _written_addresses(files, name, file):
        try:
            found[text] = address = Address.parse(text)
        except ValueError as error:
            files.problem(name, place, str(error))
            continue
        if address.kind is AddressKind.MAIL and not has_mail:
            files.problem(name, place, f"mail needs a server: [mail] server = … in {MAIN}")
        if address.kind is AddressKind.APPRISE and not can_notify():
            files.problem(name, place, "needs a library that is not installed: pip install 'syndicator[apprise]'")
    return list(found.values())


def _written_addresses(files: ConfigFolder, name: str, file: AlertFile) -> list[tuple[str, str]]:
    if file.to_file is None:
        return [(f"to[{number}]", text) for number, text in enumerate(file.to)]
    text = _read(files, name, "to_file", file.to_file)
    lines = [
        (f"to_file: line {number}", line.strip())
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if text and not 0 < len(lines) <= _MOST_ADDRESSES:
        files.problem(name, "to_file", f"has {len(lines)} addresses: write 1 to {_MOST_ADDRESSES}, one a line")
    return lines


def _secret(files: ConfigFolder, name: str, file: AlertFile) -> str:
    if file.secret_file is None:
        return ""
    secret = _read(files, name, "secret_file", file.secret_file).strip()
    if secret and len(secret) < _SHORTEST_SECRET:
        files.problem(name, "secret_file", f"a secret has {_SHORTEST_SECRET} characters or more: openssl rand -hex 32")
    return secret


def _read(files: ConfigFolder, name: str, key: str, path: str) -> str:
    """Return what is in a file with secrets; note why nothing is. A relative path is one below the configuration."""
    try:
        text = read_regular(files.folder / path, largest=_LARGEST).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else reason
        files.problem(name, key, f"{path}: {reason}")
        return ""
    if not text.strip():
        files.problem(name, key, f"{path}: is empty")
    return text


def open_secrets(folder: Path, alerts: Mapping[str, AlertFile], mail: MailFile) -> Iterator[Problem]:
    """Yield files with secrets that every user of this machine can read, and a password that cannot be read."""
    for key, file in alerts.items():
        for name, path in (("to_file", file.to_file), ("secret_file", file.secret_file)):
            if path and _is_open(folder / path):
                yield Problem(f"alerts/{key}{SUFFIX}", name, _OPEN.format(path))
    if mail.password_file:
        try:
            read_regular(Path(mail.password_file), largest=_LARGEST)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            yield Problem(MAIN, "mail.password_file", f"{mail.password_file}: {reason}: no mail can be sent")
        else:
            if _is_open(Path(mail.password_file)):
                yield Problem(MAIN, "mail.password_file", _OPEN.format(mail.password_file))


_OPEN = "{0} can be read by every user of this machine: chmod 640 {0}"


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
