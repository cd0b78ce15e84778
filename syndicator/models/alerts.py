"""What an operator is alerted to, and the log of what happened to outlets and to the daemon. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class AlertKind(StrEnum):
    """What an alert is on. Most are found at every look while they last; see ``IS_NOTED`` for the others."""

    OFFLINE = "offline"
    TROUBLE = "trouble"
    CONFIGURATION = "configuration"
    NOTICES = "notices"
    FAILING = "failing"
    SILENT = "silent"
    THINNED = "thinned"
    SPIKE = "spike"
    MIRROR_DOWN = "mirror-down"
    MIRROR_LAGGING = "mirror-lagging"
    MIRROR_DROPPING = "mirror-dropping"
    MIRROR_DIFFERING = "mirror-differing"
    QUARANTINED = "quarantined"
    HIJACK = "hijack"
    CERTIFICATE = "certificate"
    ISSUER = "issuer"
    ADDRESSES = "addresses"
    MOVED = "moved"
    TAKEOVER = "takeover"
    RETITLED = "retitled"
    REWRITTEN = "rewritten"
    DELETED = "deleted"
    RESTORED = "restored"
    UPGRADED = "upgraded"


# These happen once, and do not last: they are logged and told, and have no alert.
IS_NOTED = frozenset(
    {
        AlertKind.TAKEOVER,
        AlertKind.RETITLED,
        AlertKind.REWRITTEN,
        AlertKind.DELETED,
        AlertKind.RESTORED,
        AlertKind.UPGRADED,
    }
)
# What a recipient's ``kinds`` may name besides the kinds themselves.
KIND_GROUPS = {
    "mirror": frozenset(
        {AlertKind.MIRROR_DOWN, AlertKind.MIRROR_LAGGING, AlertKind.MIRROR_DROPPING, AlertKind.MIRROR_DIFFERING}
    ),
    "edited": frozenset({AlertKind.RETITLED, AlertKind.REWRITTEN}),
    "domain": frozenset({AlertKind.CERTIFICATE, AlertKind.ISSUER, AlertKind.ADDRESSES, AlertKind.MOVED}),
    "daemon": frozenset(
        {AlertKind.OFFLINE, AlertKind.TROUBLE, AlertKind.CONFIGURATION, AlertKind.NOTICES, AlertKind.UPGRADED}
    ),
}


class SubjectKind(StrEnum):
    """What kind of thing an alert is on, the widest first."""

    DAEMON = "daemon"
    LANGUAGE = "language"
    COUNTRY = "country"
    OUTLET = "outlet"
    SOURCE = "source"
    ENDPOINT = "endpoint"
    HOST = "host"
    SERIES = "series"
    FILE = "file"
    RECIPIENT = "recipient"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an alert is on. Its text form, ``outlet:presstv``, is what commands and the configuration take."""

    kind: SubjectKind
    id: str

    def __str__(self) -> str:
        """Return the text form."""
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Subject:
        """Read the text form. Raise ValueError if it is none."""
        kind, _, id_ = text.partition(":")
        if kind not in set(SubjectKind) or not id_:
            message = f"{text!r} is no subject: write outlet:NAME, country:SY, source:OUTLET/PATH …"
            raise ValueError(message)
        return cls(SubjectKind(kind), id_)


class Severity(IntEnum):
    """How urgent something is. Of a note nobody need do anything at once."""

    NOTE = 0
    WARNING = 1
    URGENT = 2


@dataclass(frozen=True, slots=True)
class AlertPattern:
    """Alerts as operators name them: of a subject and all that belongs to it, of one kind or of all.

    Its text form is ``outlet:presstv`` or ``silent outlet:presstv``.
    """

    subject: Subject
    kind: AlertKind | None = None

    def __str__(self) -> str:
        """Return the text form."""
        return f"{self.kind} {self.subject}" if self.kind else str(self.subject)

    @classmethod
    def parse(cls, text: str) -> AlertPattern:
        """Read the text form. Raise ValueError if it is none."""
        kind, space, subject = text.strip().rpartition(" ")
        if space and kind.strip() not in set(AlertKind):
            message = f"{kind.strip()!r} is no kind of alert: {', '.join(AlertKind)}"
            raise ValueError(message)
        return cls(Subject.parse(subject), AlertKind(kind.strip()) if space else None)

    def matches(self, kind: AlertKind, subject: Subject, *, outlet: str, country: str, language: str) -> bool:
        """Return whether an alert is meant, given the outlet, country and language that its subject belongs to."""
        if self.kind not in (None, kind):
            return False
        belongs_to = {SubjectKind.OUTLET: outlet, SubjectKind.COUNTRY: country, SubjectKind.LANGUAGE: language}
        return subject == self.subject or belongs_to.get(self.subject.kind) == self.subject.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a detector finds at a look, and will find again at the next one if it lasts.

    ``words`` is one whole sentence for a person, with what, since when, and how much; ``evidence`` are further lines.
    ``since`` is when it began. It must have been found for ``wait`` before it is raised. If it ``is_holding``, a weaker
    condition holds: an open alert stays open, and none is raised. It is not told while one of ``covered_by`` is open
    with the same kind. ``stories`` are numbers, ``path`` the page of ours that shows more.
    """

    kind: AlertKind
    subject: Subject
    words: str
    severity: Severity = Severity.WARNING
    since: datetime | None = None
    evidence: tuple[str, ...] = ()
    outlet: str = ""
    country: str = ""
    language: str = ""
    stories: tuple[int, ...] = ()
    path: str = ""
    wait: timedelta = timedelta(0)
    is_holding: bool = False
    covered_by: tuple[Subject, ...] = ()


class AlertState(StrEnum):
    """Where an alert is in its life."""

    PENDING = "pending"
    RAISED = "raised"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert as the store holds it; the newest for its kind and subject.

    ``found_at`` is the first look that found it, ``clear_since`` the first of those in a row that did not. ``raised``
    are the times it was raised within the last seven days, reopenings included. ``told_at`` is when somebody was told
    of it last, None if nobody was since it reopened. What the operator says of it:
    ``acknowledged_at`` (seen, no reminders), ``confirmed_at`` (true: what it ends with teaches nothing).
    """

    id: int
    kind: AlertKind
    subject: Subject
    state: AlertState
    severity: Severity
    words: str
    evidence: tuple[str, ...]
    outlet: str
    country: str
    language: str
    stories: tuple[int, ...]
    path: str
    since: datetime | None
    found_at: datetime
    raised_at: datetime | None = None
    cleared_at: datetime | None = None
    clear_since: datetime | None = None
    told_at: datetime | None = None
    acknowledged_at: datetime | None = None
    confirmed_at: datetime | None = None
    raised: tuple[datetime, ...] = ()
    is_covered: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it is raised and has not ended."""
        return self.state is AlertState.RAISED


class Phase(StrEnum):
    """What happened to an alert; what has no alert is only noted."""

    RAISED = "raised"
    REOPENED = "reopened"
    UNSTEADY = "unsteady"
    REMINDER = "reminder"
    CLEARED = "cleared"
    NOTED = "noted"

    @property
    def is_silent(self) -> bool:
        """Whether it is logged and nobody is told."""
        return self is Phase.REOPENED


@dataclass(frozen=True, slots=True, kw_only=True)
class OpsEvent:
    """A line of the log of operations: an alert was raised, reopened or ended, or something was noted.

    ``id`` is 0 until it is stored; ids rise in order of commit. If it ``is_muted``, nobody is told.
    """

    id: int = 0
    at: datetime
    kind: AlertKind
    phase: Phase
    subject: Subject
    severity: Severity
    words: str
    alert: int | None = None
    evidence: tuple[str, ...] = ()
    outlet: str = ""
    country: str = ""
    language: str = ""
    stories: tuple[int, ...] = ()
    path: str = ""
    is_muted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Nobody is told of some alerts until a moment."""

    pattern: AlertPattern
    until: datetime


def as_fields(of: Alert | OpsEvent) -> dict[str, object]:
    """Return an alert or an event by field, its subject in the text form: what JSON shows."""
    return {each.name: getattr(of, each.name) for each in fields(of)} | {"subject": str(of.subject)}
