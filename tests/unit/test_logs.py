"""The log: one line for each event, and in JSON one object, whoever tells it and whatever stands in it."""

import json
import os
import subprocess
import sys

import pytest

# Texts as outlets and readers send them: line ends of several systems and of Unicode, a terminal's escapes.
HOSTILE = "first\nsecond\r\nthird\u2028fourth\u2029fifth\x85sixth\x0b\x0c\x1c\x1e\x1b[2Jهدنة"
EVERY_KIND = f"""
import asyncio, logging, sys, threading, warnings
import structlog
from syndicator.cli.logs import log_uncaught, set_up_logging
set_up_logging()
log_uncaught()
hostile = {HOSTILE!r}
log = structlog.get_logger()
log.info("poll", note=hostile, outlets=(hostile, 1), ratio=0.5, nothing=None, flag=True)
log.info(hostile)
try:
    raise ValueError(hostile)
except ValueError:
    log.exception("failed")
    logging.getLogger("some.library").exception("failed: %s", hostile)
logging.getLogger("some.library").warning("wrong arguments %d", "x")
logging.getLogger("apscheduler.scheduler").warning("skipped")
warnings.warn(hostile)

async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(lambda: 1 / 0)
    task = asyncio.create_task(asyncio.sleep(0, 1 / 1))
    await task
    await asyncio.sleep(0)

asyncio.run(main())

class Unraisable:
    def __del__(self):
        raise ValueError(hostile)

Unraisable()
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
raise RuntimeError(hostile)
"""


def logged(form):
    environment = {**os.environ, "SYNDICATOR_LOG_FORMAT": form}
    done = subprocess.run([sys.executable, "-c", EVERY_KIND], capture_output=True, check=False, env=environment)
    return done.stderr.decode()


def test_every_line_of_a_json_log_is_one_object():
    """Of ours, of libraries, of the event loop, of warnings and of what nobody catches."""
    lines = logged("json").splitlines()  # at whatever Unicode calls the end of a line
    events = [json.loads(line) for line in lines]
    assert len(events) == 10
    assert all(isinstance(each["event"], str) and each["level"] and each["timestamp"] for each in events)
    assert events[0]["note"] == HOSTILE
    assert [each["level"] for each in events].count("critical") == 3


def test_every_line_of_a_plain_log_is_one_event():
    """No text of an outlet begins a line of its own, nor moves a terminal's cursor."""
    lines = logged("").splitlines()
    assert len(lines) == 10
    assert all("timestamp=" in line and "level=" in line for line in lines)
    assert not any("\x1b" in line for line in lines)
    assert "هدنة" in lines[0]


@pytest.mark.parametrize("form", ["json", ""])
def test_a_daemon_that_cannot_start_says_so_in_the_log(form, tmp_path):
    """The last line before it ends is read by the same program as all others."""
    done = subprocess.run(
        [sys.executable, "-m", "syndicator", "--config", tmp_path, "run"],
        capture_output=True,
        check=False,
        env={**os.environ, "SYNDICATOR_LOG_FORMAT": form},
    )
    assert done.returncode == 2
    lines = done.stderr.decode().splitlines()
    assert any("syndicator.toml" in line for line in lines)
    if form:
        assert all(json.loads(line)["level"] == "error" for line in lines)


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_lines_in_the_journal_have_their_levels_priority_and_no_time(tmp_path, form):
    """systemd names the stream; one that leads elsewhere is none of its."""
    code = "import structlog\nfrom syndicator.cli.logs import set_up_logging\nset_up_logging(verbose=True)\nlog = structlog.get_logger()\n"
    code += "\n".join(f'log.{level}("خبر")' for level in ("debug", "info", "warning", "error", "critical"))
    for name in ("journal", "file"):
        path = tmp_path / name
        with path.open("wb") as stream:
            found = os.fstat(stream.fileno())
            inode = found.st_ino if name == "journal" else 1
            environment = {**os.environ, "JOURNAL_STREAM": f"{found.st_dev}:{inode}", "SYNDICATOR_LOG_FORMAT": form}
            subprocess.run([sys.executable, "-c", code], stderr=stream, check=True, env=environment)
        lines = path.read_text().splitlines()
        assert [line[:3] for line in lines] == ["<7>", "<6>", "<4>", "<3>", "<2>"] or name == "file"
        assert all(("timestamp" in line) is (name == "file") for line in lines)
        assert name == "journal" or not any(line.startswith("<") for line in lines)
