"""What the image starts, started in the box as its Containerfile says; printed as JSON.

Debian's Python stands for the image's, with the packages of an installation.
"""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

given = json.loads(Path("/run/box/given/given.json").read_text())
PATIENCE = 60.0
environ = given["environ"] | {"PATH": "/usr/bin:/bin", "PYTHONPATH": "/run/box/packages"}
as_user = ("setpriv", f"--reuid={given['user']}", f"--regid={given['user']}", "--clear-groups", "--no-new-privs")


def inside(command):
    """Return a command of the image: ``python`` and the program are those of the environment."""
    program = {"python": ["/usr/bin/python3"], "syndicator": ["/usr/bin/python3", "-m", "syndicator"]}
    return [*as_user, *program[command[0]], *command[1:]]


def is_healthy():
    return subprocess.run(inside(given["check"]), env=environ, capture_output=True, check=False).returncode == 0


def has_story():
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{given['port']}/feeds/everything.atom", timeout=30) as answer:
            return b"<entry" in answer.read()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def wait(what):
    deadline = time.monotonic() + PATIENCE
    while not what():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"waited in vain; {process.poll()}; {Path('/tmp/log').read_text()}")
        time.sleep(0.1)


shutil.copytree("/run/box/config", environ["SYNDICATOR_CONFIG"], dirs_exist_ok=True)
for folder in given["folders"]:
    Path(folder).mkdir(mode=0o750)
    os.chown(folder, int(given["user"]), int(given["user"]))
seen = {"healthy_before": is_healthy()}
with Path("/tmp/log").open("wb") as log:
    process = subprocess.Popen(inside(given["command"]), env=environ, cwd="/", stdout=log, stderr=log)
wait(is_healthy)
wait(has_story)
seen["healthy"] = is_healthy()
state = Path(environ["SYNDICATOR_STATE"])
seen["uid"] = (state / "syndicator.db").stat().st_uid
seen["state"] = sorted(path.name for path in state.iterdir())
process.send_signal(signal.SIGTERM)
seen["end"] = process.wait(timeout=60)
seen["healthy_after"] = is_healthy()
print(json.dumps(seen))
