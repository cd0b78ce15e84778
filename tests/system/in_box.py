"""What happens inside the box: install the unit as shipped, live through its life, print what was seen as JSON.

Run by Debian's own Python, which a dynamic user can read. Arguments: the project, the site-packages folder, the config
folder, the port of the daemon, the address of a second outlet.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

project, packages, config, port, second = sys.argv[1:]
UNIT = "syndicator.service"
DROP_IN = f"""[Service]
Environment=PYTHONPATH=/opt/syndicator/source:/opt/syndicator/packages PYTHONDONTWRITEBYTECODE=1
ExecStart=
ExecStart=/usr/bin/python3 -m syndicator --config /etc/syndicator run
WatchdogSec=3s
TimeoutAbortSec=2s
RestartSec=100ms
"""
seen: dict[str, object] = {}


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        journal = subprocess.run(["systemctl", "status", "--no-pager", "-l", UNIT], capture_output=True, text=True, check=False)
        raise SystemExit(f"{command}: {done.stderr}\n{journal.stdout}")
    return done.stdout.strip()


def show(name: str) -> str:
    return run("systemctl", "show", "--value", "-p", name, UNIT)


def get(path: str) -> bytes:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as response:
            return response.read()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return b""


def wait(what):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if answer := what():
            return answer
        time.sleep(0.05)
    raise SystemExit(f"waited in vain; {run('systemctl', 'status', '--no-pager', '-l', UNIT)}")


def outlets() -> list[str]:
    page = get("/status.json")
    return [outlet["id"] for outlet in json.loads(page)["outlets"]] if page else []


for source, target in ((project, "source"), (packages, "packages")):
    os.makedirs(f"/opt/syndicator/{target}", exist_ok=True)
    run("mount", "--bind", source, f"/opt/syndicator/{target}")
os.makedirs("/etc/syndicator", exist_ok=True)
run("mount", "--bind", config, "/etc/syndicator")
units = Path("/etc/systemd/system")
(units / UNIT).write_text(Path(project, "deploy", UNIT).read_text())
(units / f"{UNIT}.d").mkdir()
(units / f"{UNIT}.d" / "test.conf").write_text(DROP_IN)
run("systemctl", "daemon-reload")

run("systemctl", "start", UNIT)
seen["active"] = show("ActiveState")
seen["health_when_active"] = get("/healthz").decode().strip()
wait(lambda: b"First story" in get("/feeds/everything.atom"))
before = get("/feeds/everything.atom")

state = Path("/var/lib/syndicator")
seen["state_is_private"] = str(state.resolve())
seen["state_files"] = sorted(path.name for path in state.iterdir())
seen["owner"] = (state / "syndicator.db").stat().st_uid

name = Path("/etc/syndicator/outlets/second.toml")
name.write_text(Path("/etc/syndicator/outlets/first.toml").read_text().replace("HOME", "").replace(
    json.loads(get("/status.json"))["outlets"][0]["sources"][0]["endpoints"][0]["url"].removesuffix("/feed.xml"), second
))
run("systemctl", "reload", UNIT)
wait(lambda: outlets() == ["first", "second"])
seen["outlets_after_reload"] = outlets()
wait(lambda: b"Second story" in get("/feeds/everything.atom"))

main = show("MainPID")
os.kill(int(main), 19)  # SIGSTOP: the loop hangs
wait(lambda: show("MainPID") not in (main, "0") and show("ActiveState") == "active")
seen["restarts_after_hang"] = int(show("NRestarts"))
after = wait(lambda: get("/feeds/everything.atom"))
seen["kept_after_hang"] = b"First story" in after and b"Second story" in after

started = time.monotonic()
run("systemctl", "stop", UNIT)
seen["stop_seconds"] = time.monotonic() - started
seen["result"] = show("Result")
print(json.dumps(seen))
