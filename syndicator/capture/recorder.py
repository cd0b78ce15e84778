"""Record documents and how polls went: in order, in a thread of its own, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from syndicator.capture.files import CaptureFiles, Make, Member, Place, day_of
from syndicator.capture.records import (
    Original,
    info_record,
    note_record,
    payload_digest,
    resource_record,
    response_record,
    revisit_record,
    warc_date,
)
from syndicator.errors import LocalFaultError
from syndicator.models import (
    CaptureRecord,
    Collected,
    Document,
    Exchange,
    Outcome,
    PollNote,
    RequestNote,
    Source,
)

T = TypeVar("T")
_log = structlog.get_logger()
# Bodies that are remembered by their hashes, so that one that comes again is not written again.
_MOST_REMEMBERED = 10_000


class Recorder:
    """Appends to the files of captures. ``fault`` says why that fails, if it does; empty if it does not.

    What cannot be written is a fault of this machine: nothing is taken in that was to be captured and is not.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], datetime], user_agent: Callable[[], str]) -> None:
        """Make no file before something is to be recorded. Must be closed with ``close()``."""
        self._clock, self._user_agent = clock, user_agent
        self._files = CaptureFiles(folder, self._info)
        self._thread = ThreadPoolExecutor(1, "captures")
        # By outlet, day and hash: what record has the body.
        self._bodies: dict[tuple[str, date, str], Original] = {}
        self._serial = 0
        self.fault = ""

    async def check(self) -> None:
        """Raise LocalFaultError while nothing can be written: nobody is asked for what cannot be kept."""
        if self.fault:
            await self._write(self._files.probe)

    async def look_again(self) -> None:
        """Find out whether the fault is over, though nobody has anything to record."""
        with suppress(LocalFaultError):
            await self.check()

    async def keep(self, outlet: str, document: Document) -> Document:
        """Record the exchanges of a document; return it without them, and with its record. Raise LocalFaultError."""
        if not document.exchanges:
            return document
        record = await self._write(partial(self._keep, outlet, document))
        return replace(document, exchanges=(), record=record)

    async def keep_push(self, source: Source, document: Document) -> Document:
        """Record a document that a hub has sent; return it with its record. Raise LocalFaultError."""
        if not source.is_captured or document.body is None:
            return document
        now = self._clock()
        makes = [resource_record(document, document.body, now)]
        record = await self._write(partial(self._append, source.outlet, makes, now, is_whole=True))
        return replace(document, record=record)

    async def note(self, source: Source, collected: Collected, committed: Sequence[datetime], *, is_push: bool) -> None:
        """Record how a poll went, for replays. It is committed by now: what fails is logged and in ``fault``.

        The note goes into the file of the poll's first document, though midnight may have passed.
        """
        documents = (*collected.documents, *collected.compared)
        day = next((day_of(each.record.file) for each in documents if each.record), None)
        asked = [_request_note(each) for each in documents]
        followed = [replace(_request_note(each), is_followed=True) for each in collected.followed]
        requests = (*asked, *followed)
        self._serial += 1
        note = PollNote(
            source=source.id,
            committed=tuple(committed),
            serial=self._serial,
            requests=requests,
            is_push=is_push,
        )
        try:
            await self._write(partial(self._append, source.outlet, [note_record(note)], committed[-1], day=day))
        except LocalFaultError as error:
            _log.error("a poll is not recorded", source=source.id, error=str(error))

    async def repair(self) -> None:
        """Cut off what a process that was killed has left half-written. What fails is logged."""
        try:
            await self._run(self._files.repair)
        except LocalFaultError as error:
            _log.error("captures are not repaired", error=str(error))

    async def names(self) -> set[str]:
        """Return all files."""
        return {each.name for each in await self._run(self._files.all)}

    async def outdated(self, before: date, most_bytes: int) -> list[str]:
        """Return the files of days before ``before``, and the oldest beyond ``most_bytes`` in all."""
        found = await self._run(lambda: self._files.outdated(before, most_bytes))
        return [each.name for each in found]

    async def delete(self, names: Sequence[str]) -> None:
        """Delete files. Raise LocalFaultError."""
        await self._run(partial(self._delete, names))

    def close(self) -> None:
        """Finish what is being written."""
        self._thread.shutdown()

    async def _write(self, work: Callable[[], T]) -> T:
        """Run work that writes, and keep in ``fault`` whether that can be done."""
        try:
            done = await self._run(work)
        except LocalFaultError as error:
            self.fault = str(error)
            raise
        self.fault = ""
        return done

    async def _run(self, work: Callable[[], T]) -> T:
        """Run in the thread, after what was begun before. A waiter that is cancelled stops nothing."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except OSError as error:
            raise LocalFaultError(f"documents cannot be captured: {error}") from error

    def _delete(self, names: Sequence[str]) -> None:
        self._bodies.clear()  # some may have been there
        self._files.delete(names)

    def _info(self, name: str, offset: int) -> Member:
        return info_record(name.partition("/")[0], self._user_agent(), self._clock())(name, offset)

    def _keep(self, outlet: str, document: Document) -> CaptureRecord:
        *redirects, last = document.exchanges
        makes = [response_record(each) for each in redirects]
        key = (outlet, self._clock().date(), document.validators.body_hash or "")
        original = self._bodies.get(key)
        is_not_modified = document.outcome is Outcome.NOT_MODIFIED
        is_again = is_not_modified or (original is not None and original.digest == payload_digest(last.body))
        if is_again:
            makes.append(revisit_record(last, original, is_not_modified=is_not_modified))
        else:
            makes.append(response_record(last))
        record = self._append(outlet, makes, last.at, is_whole=not is_again)
        if not is_again:
            self._remember(key, last, record)
        return record

    def _append(
        self, outlet: str, makes: Sequence[Make], at: datetime, *, is_whole: bool = False, day: date | None = None
    ) -> CaptureRecord:
        place = self._files.append(outlet, day or self._clock().date(), makes, is_synced=is_whole)[-1]
        return _record_at(place, at, is_whole=is_whole)

    def _remember(self, key: tuple[str, date, str], exchange: Exchange, record: CaptureRecord) -> None:
        if len(self._bodies) >= _MOST_REMEMBERED:
            self._bodies.clear()
        self._bodies[key] = Original(url=exchange.url, date=warc_date(exchange.at), digest=record.digest)


def _record_at(place: Place, at: datetime, *, is_whole: bool) -> CaptureRecord:
    return CaptureRecord(
        id=place.member.id,
        at=at,
        file=place.file,
        offset=place.offset,
        length=len(place.member.data),
        digest=place.member.digest,
        is_whole=is_whole,
    )


def _request_note(document: Document) -> RequestNote:
    return RequestNote(
        endpoint=document.endpoint,
        url=document.url,
        outcome=document.outcome,
        status=document.status,
        note=document.note,
        record=document.record.id if document.record else None,
        body_hash=document.validators.body_hash,
        moved_to=document.moved_to,
        retry_after=document.retry_after,
        peers=document.peers,
    )
