"""What is wrong with the daemon itself: its network, its own troubles, files of the configuration not in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from syndicator.alerts.detector import Look
from syndicator.alerts.watch import MACHINE, note
from syndicator.models.alerts import AlertKind, Finding, OpsEvent, Phase, Severity, Subject, SubjectKind
from syndicator.plural import counted
from syndicator.rules import Rules
from syndicator.store import Transaction

_VERSION = "version"


class DaemonDetector:
    """Finds what the daemon says of itself."""

    kinds = frozenset({AlertKind.OFFLINE, AlertKind.TROUBLE, AlertKind.CONFIGURATION})
    needs_network = False

    def find(self, _tx: Transaction, look: Look) -> Iterable[Finding]:
        """Return what is wrong now."""
        if look.is_offline:
            yield Finding(
                kind=AlertKind.OFFLINE,
                subject=MACHINE,
                severity=Severity.URGENT,
                words=f"{look.offline_words[:1].upper()}{look.offline_words[1:]}.",
                path="/ops/progress",
            )
        if look.trouble:
            first, *others = look.trouble
            yield Finding(
                kind=AlertKind.TROUBLE,
                subject=MACHINE,
                severity=Severity.URGENT,
                words=f"The daemon is in trouble: {first}.",
                evidence=tuple(others),
                path="/ops/",
            )
        yield from _of_files(look)


def _of_files(look: Look) -> Iterable[Finding]:
    """Yield a finding for each file that is not in force."""
    by_file: defaultdict[str, list[str]] = defaultdict(list)
    for problem in look.config_problems:
        by_file[problem.file].append(f"{problem.key}: {problem.message}" if problem.key else problem.message)
    for file, messages in by_file.items():
        stays = "it is left out" if file in look.left_out else "what it said before stays in force"
        yield Finding(
            kind=AlertKind.CONFIGURATION,
            subject=Subject(SubjectKind.FILE, file),
            words=f"{file} was refused for {counted(len(messages), 'mistake')}: {stays}.",
            evidence=tuple(messages),
            path="/ops/configuration",
        )


def note_version(tx: Transaction, rules: Rules, version: str, now: datetime) -> None:
    """Log that another version of the program runs than before; at the first start there is none before."""
    before = tx.get_meta(_VERSION)
    if before == version:
        return
    tx.set_meta(_VERSION, version)
    if before is None:
        return
    upgraded = OpsEvent(
        at=now,
        kind=AlertKind.UPGRADED,
        phase=Phase.NOTED,
        subject=MACHINE,
        severity=Severity.NOTE,
        words=f"syndicator {version} runs now; before it was {before}.",
        path="/ops/",
    )
    note(tx, upgraded, rules.config.watch, now)
