"""What happens inside the box: install the unit as shipped, live through its life, print what was seen as JSON.

Run by Debian's own Python, which a dynamic user can read. The project, its site-packages and a config folder are bound at
/run/box; arguments are the daemon's port and the address of a second outlet.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

port, second = sys.argv[1:]
UNIT = "syndicator.service"
DROP_IN = """[Service]
Environment=PYTHONPATH=/run/box/source:/run/box/packages PYTHONDONTWRITEBYTECODE=1
ExecStart=
ExecStart=/usr/bin/python3 -m syndicator --config /run/box/config run
WatchdogSec=8s
TimeoutAbortSec=2s
TimeoutStartSec=600s
RestartSec=100ms
"""
# Seconds, enough for the slowest machine; nothing waits longer than it must.
PATIENCE = 600
BAD = {
    "empty": b"",
    "half": b'name = "Ha',
    "latin": 'name = "Courrier \xe9tranger"'.encode("latin-1"),
    "utf16": 'name = "x"'.encode("utf-16"),
    "nul": b"\0" * 100,
    "merge": b"<<<<<<< HEAD\n",
    "key": b'colour = "red"\n',
    "Bad Name": b"",
}
seen: dict[str, object] = {}


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        journal = subprocess.run(
            ["systemctl", "status", "--no-pager", "-l", UNIT], capture_output=True, text=True, check=False
        )
        raise SystemExit(f"{command}: {done.stderr}\n{journal.stdout}")
    return done.stdout.strip()


def show(name: str) -> str:
    return run("systemctl", "show", "--value", "-p", name, UNIT)


def get(path: str) -> bytes:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as response:
            return response.read()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return b""


def wait(what):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := what():
            return answer
        time.sleep(0.05)
    raise SystemExit(f"waited in vain; {run('systemctl', 'status', '--no-pager', '-l', UNIT)}")


def outlets() -> list[str]:
    page = get("/status.json")
    return [outlet["id"] for outlet in json.loads(page)["outlets"]] if page else []


units = Path("/etc/systemd/system")
(units / UNIT).write_text(Path("/run/box/project/deploy", UNIT).read_text())
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

folder = Path("/run/box/config/outlets")
home = json.loads(get("/status.json"))["outlets"][0]["sources"][0]["endpoints"][0]["url"].removesuffix("/feed.xml")
(folder / "second.toml").write_text((folder / "first.toml").read_text().replace(home, second))
run("systemctl", "reload", UNIT)
wait(lambda: outlets() == ["first", "second"])
seen["outlets_after_reload"] = outlets()
wait(lambda: b"Second story" in get("/feeds/everything.atom"))

# Whatever lies in the folder, what was in force stays, and the rest goes on.
good = (folder / "first.toml").read_text()
for name, content in BAD.items():
    (folder / f"{name}.toml").write_bytes(content)
os.mkfifo(folder / "pipe.toml")
(folder / "nowhere.toml").symlink_to("gone")
(folder / "first.toml").write_text(good[: len(good) // 2])
(folder.parent / "feeds" / "everything.toml").write_text("title = ")
main_text = (folder.parent / "syndicator.toml").read_text()
seen["bad"] = {}
for how in ("reload", "restart"):
    run("systemctl", how, UNIT)
    wait(lambda: b"first.toml" in get("/healthz") and show("ActiveState") == "active")
    seen["bad"][how] = [outlets(), get("/feeds/everything.atom").count(b"<entry"), show("ActiveState")]
(folder.parent / "syndicator.toml").write_text(main_text + "\nnonsense = 1\n")
run("systemctl", "restart", UNIT)
seen["bad"]["main"] = [outlets(), get("/feeds/everything.atom").count(b"<entry"), show("ActiveState")]
(folder.parent / "syndicator.toml").write_text(main_text)
(folder.parent / "feeds" / "everything.toml").write_text('title = "Everything"\nwhere = ""\n')
(folder / "first.toml").write_text(good)
for name in (*BAD, "pipe", "nowhere"):
    (folder / f"{name}.toml").unlink()
wait(lambda: get("/healthz") == b"ok\n")


# Root's commands beside the service act on the service.
def command(*words: str) -> str:
    program = ("/usr/bin/env", "PYTHONPATH=/run/box/source:/run/box/packages", "HOME=/tmp", "/usr/bin/python3")
    done = subprocess.run(
        (*program, "-m", "syndicator", "--config", "/run/box/config", *words),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return f"{done.stdout}\n{done.stderr}\nexit {done.returncode}"


address = f"{home}/feed.xml"
seen["commands"] = {
    "status": command("status"),
    "release": command("release", address),
    "mirrors": command("mirrors"),
    "poll": command("poll", "first"),
}
wait(lambda: get("/healthz") == b"ok\n")

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
