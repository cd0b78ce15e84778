"""Captured feed files, OUTLET/UTCTIME.xml."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from syndicator.errors import SyndicatorError
from syndicator.models import Document, FetchOptions, Outcome, Outlet, Source, Validators

_TIME_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, order=True)
class Capture:
    """One file: an outlet's feed as it was at a moment. See ``Step``."""

    at: datetime
    outlet: str
    path: Path

    @property
    def committed(self) -> Sequence[datetime]:
        """The moment itself."""
        return (self.at,)

    @property
    def serial(self) -> int:
        """No place: those of one time are played as they are found."""
        return 0

    @property
    def has_failures(self) -> bool:
        """Nothing is known of failures."""
        return False

    @property
    def source(self) -> Source:
        """A source for an outlet that is not configured."""
        home = f"https://{self.outlet}.invalid"
        return Source(id=f"{self.outlet}/feed", outlet=self.outlet, endpoints=(f"{home}/feed",), language="und")

    def source_in(self, outlet: Outlet) -> Source:
        """Return the outlet's first source."""
        return outlet.sources[0]

    def answer(self, url: str, known: Validators, options: FetchOptions) -> Document:  # noqa: ARG002
        """Answer every request with the file."""
        body = self.path.read_bytes()
        digest = hashlib.blake2b(body, digest_size=16).hexdigest()
        is_known = digest == known.body_hash
        return Document(
            endpoint=url,
            outcome=Outcome.UNCHANGED if is_known else Outcome.OK,
            url=url,
            status=200,
            body=None if is_known else body,
            validators=Validators(body_hash=digest),
        )

    def push(self) -> Document | None:
        """Return None: files are polled."""
        return None


def find_captures(folder: Path) -> list[Capture]:
    """Find ``OUTLET/UTCTIME.xml`` below ``folder``, in order of time; ignore files with other names.

    Raise SyndicatorError if there are none.
    """
    found = sorted(captures_in(folder))
    if not found:
        raise SyndicatorError(f"{folder} holds no captures like OUTLET/20210916T212418Z.xml")
    return found


def captures_in(folder: Path) -> Iterator[Capture]:
    """Yield the captures in a folder, in no order."""
    for path in folder.glob("*/*"):
        try:
            at = datetime.strptime(path.stem, _TIME_FORMAT).replace(tzinfo=UTC)
        except ValueError:
            continue
        if path.is_file():
            yield Capture(at=at, outlet=path.parent.name.lower(), path=path)
