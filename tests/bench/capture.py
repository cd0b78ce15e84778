"""What capturing costs: seconds and bytes for each document, and how long a replay and a repair take to find their way."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from syndicator.capture import Recorder, read_warc
from syndicator.capture.files import CaptureFiles
from syndicator.capture.records import info_record
from syndicator.models import Document, Exchange, Outcome, Validators
from syndicator.runtime.app import utc_now
from tests.conftest import NOW

_HEAD = b'HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nETag: "%d"\r\n\r\n'


def measure(bodies: list[bytes]) -> None:
    """Record 1,000 documents and as many answers that nothing changed; then read them back."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        recorder = Recorder(root, clock=utc_now, user_agent=lambda: "bench/1")
        whole = asyncio.run(_timed(recorder, bodies, Outcome.OK))
        size = sum(path.stat().st_size for path in root.rglob("*.warc.gz"))
        same = asyncio.run(_timed(recorder, bodies, Outcome.NOT_MODIFIED))
        recorder.close()
        bare = sum(map(len, bodies))
        _tell("documents recorded", *whole, f"{size / bare:.0%} of their {bare / 1e6:.0f} MB")
        _tell("answers that nothing changed", *same)
        started = time.perf_counter()
        CaptureFiles(root, info_record("o", "bench/1", NOW)).repair()
        print(f"  a repair of {size / 1e6:.1f} MB {time.perf_counter() - started:6.2f} s")
        started = time.perf_counter()
        found = sum(1 for path in root.rglob("*.warc.gz") for _ in read_warc(path))
        print(f"  reading {found:,} records {time.perf_counter() - started:6.2f} s")


async def _timed(recorder: Recorder, bodies: list[bytes], outcome: Outcome) -> tuple[float, float]:
    """Give seconds and CPU seconds."""
    started, cpu = time.perf_counter(), time.process_time()
    for n, body in enumerate(bodies):
        kept = body if outcome is Outcome.OK else b""
        exchange = Exchange(url=f"https://o.example/{n}", at=NOW, head=_HEAD % n, body=kept)
        answer = Document(
            endpoint=exchange.url,
            url=exchange.url,
            outcome=outcome,
            validators=Validators(body_hash=str(n)),
            exchanges=(exchange,),
        )
        await recorder.keep("o", answer)
    return time.perf_counter() - started, time.process_time() - cpu


def _tell(what: str, seconds: float, cpu: float, more: str = "") -> None:
    print(f"  {what}, 1,000: {seconds:6.2f} s, CPU {cpu:6.2f} s  {more}".rstrip())
