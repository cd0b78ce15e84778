"""Draw the pictures of the documents again: the demo's operators' page at the end of its script. ``make screenshots``."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from syndicator.cli.logs import set_up_logging
from syndicator.demo import show
from tests.documents import ROOT
from tests.processes import run

PORT = 8080
PICTURES = {"status.png": ("--window-size=1280,1000",)}


async def draw(name: str, flags: tuple[str, ...], profile: Path) -> None:
    """Draw the page into docs/ by Chromium."""
    command = [
        *(shutil.which("chromium") or "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
        *("--disable-background-networking", "--hide-scrollbars", f"--user-data-dir={profile}", *flags),
        *(f"--screenshot={ROOT / 'docs' / name}", f"http://127.0.0.1:{PORT}/ops/"),
    ]
    done = await run(*command)
    if done.returncode:
        sys.exit(done.stderr.decode())


async def main() -> None:
    """Play the demo to its end, draw, and stop it."""
    set_up_logging(quiet=True)
    ended = asyncio.Event()

    def say(line: str) -> None:
        print(line)
        if "The script has ended" in line:
            ended.set()

    with tempfile.TemporaryDirectory() as folder:
        playing = asyncio.create_task(show(Path(folder) / "demo", once=False, say=say, port=PORT))
        waiting = asyncio.create_task(ended.wait())
        await asyncio.wait([playing, waiting], return_when=asyncio.FIRST_COMPLETED)
        for name, flags in PICTURES.items():
            await draw(name, flags, Path(folder) / name)
        waiting.cancel()
        if not playing.done():
            signal.raise_signal(signal.SIGINT)
        await playing


if __name__ == "__main__":
    asyncio.run(main())
