"""What a release saves: an installation without extras beside a tree of source, in size and until it is ready."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.installation import Spent, closure, environ, megabytes, released, requirements, site_packages, spent_by
from tests.newsroom import EVERYTHING, write_config
from tests.ports import port_of, reserve
from tests.processes import started
from tests.waiting import eventually, get_now

_LONGEST = 1200.0  # seconds: compiling on a busy machine


def installation() -> None:
    """Print MiB on disk, and CPU seconds from the first start to the first good answer of ``/readyz``."""
    environment = released() / "venv"
    extra = closure(requirements(["syndicator[gazetteer,uvloop]"]))
    files = {Path(str(each.locate_file(file))) for each in extra.values() for file in each.files or []}
    source = sum(path.lstat().st_blocks * 512 for path in files if path.is_file()) / (1 << 20)
    print(f"{'MiB installed':<44} ours {megabytes(environment):8.0f}   with what is compiled of {source:8.0f}")
    ours = asyncio.run(_until_ready(environment / "bin" / "python3"))
    theirs = asyncio.run(_until_ready(Path(sys.executable), PYTHONPATH=os.environ.get("PYTHONPATH", "")))
    ratio = theirs / ours
    print(f"{'CPU s to the first /readyz':<44} ours {ours:8.1f}   compiling {theirs:8.1f}   ratio {ratio:5.1f}x")
    print(f"{'of that, packages':<44} {len(list(site_packages(environment).glob('*.dist-info')))}")


async def _until_ready(python: Path, **more: str) -> float:
    with tempfile.TemporaryDirectory() as folder, reserve() as reservation:
        port = port_of(reservation)
        config = write_config(Path(folder) / "config", port=port, feeds={"everything": EVERYTHING})
        command = (python, "-m", "syndicator", "--config", config, "--state", Path(folder) / "state", "run")
        spent, where = Spent(), Path(folder) / "cwd"
        where.mkdir()
        async with started(*command, env=environ(Path(folder) / "cache", **more), cwd=where) as process:
            with spent_by(process.pid, spent):
                url = f"http://127.0.0.1:{port}/readyz"
                await eventually(lambda: asyncio.to_thread(get_now, url), within=_LONGEST)
        return spent.seconds
