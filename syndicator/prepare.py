"""The part of the flow that runs in a killable child: parse | normalize. One hop per document."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from syndicator.errors import NotAFeedError, UnsafeDocumentError, WorkerError
from syndicator.models import Document, Outcome, Prepared
from syndicator.normalize import normalize
from syndicator.parse import Pool, parse_feed
from syndicator.parse.worker import serve_template

COMMAND = (sys.executable, "-m", "syndicator.prepare")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a child must know about a document beside its bytes."""

    url: str
    content_type: str
    bases: tuple[str, ...]
    language: str
    now: datetime


_JOB = TypeAdapter(Job)
# The child has read hostile bytes: what it says is checked, not unpickled.
_PREPARED = TypeAdapter(Prepared)


def prepare(job: Job, body: bytes) -> Prepared:
    """Parse and normalize one document; see ``parse_feed`` for the errors."""
    parsed = parse_feed(body, url=job.url, content_type=job.content_type)
    entries = normalize(parsed.entries, url=job.url, bases=job.bases, language=job.language, now=job.now)
    return Prepared(title=parsed.title.strip()[:200], entries=entries, ttl=parsed.ttl)


class Preparer:
    """Has documents prepared in a pool's children."""

    def __init__(self, pool: Pool) -> None:
        """Use ``pool``, whose children must have been started by this module's ``COMMAND``."""
        self.pool = pool

    async def __call__(
        self, document: Document, *, bases: Sequence[str], language: str, now: datetime
    ) -> Prepared | tuple[Outcome, str]:
        """Prepare a document's body; what is wrong with it comes back as an outcome and a note, not raised."""
        job = Job(
            url=document.url,
            content_type=document.content_type,
            bases=tuple(bases),
            language=language,
            now=now,
        )
        try:
            answer = await self.pool.run(_JOB.dump_json(job), document.body or b"")
            return _PREPARED.validate_json(answer)
        except WorkerError as error:
            return Outcome(error.reason), str(error)
        except ValueError:  # a worker that answers nonsense
            return Outcome.PARSE_CRASH, "the parse child gave an answer that makes no sense"


def _handle(header: bytes, body: bytes) -> bytes:
    try:
        return _PREPARED.dump_json(prepare(_JOB.validate_json(header), body))
    except NotAFeedError as error:
        raise WorkerError(Outcome.NOT_A_FEED, str(error)) from error
    except UnsafeDocumentError as error:
        raise WorkerError(Outcome.POISON_XML, str(error)) from error


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as control_socket:
        serve_template(control_socket, _handle)
