"""What happens to the Debian package inside the box: installed, used, upgraded, removed, purged; printed as JSON.

Arguments are the daemon's port, and the packages of one version and the next.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

port, first, second = sys.argv[1:]
UNIT = "syndicator.service"
CONFIG, STATE, CACHE = Path("/etc/syndicator"), Path("/var/lib/syndicator"), Path("/var/cache/syndicator")
PATIENCE = 300
seen: dict[str, object] = {}


def attempt(*command: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=False, env=environ, stdin=subprocess.DEVNULL
    )


def run(*command: str) -> str:
    done = attempt(*command)
    if done.returncode:
        status = attempt("systemctl", "status", "--no-pager", "-l", UNIT).stdout
        raise SystemExit(f"{command}: {done.stdout}{done.stderr}\n{status}")
    return done.stdout.strip()


def dpkg(*words: str) -> str:
    return run("dpkg", "--log=/dev/null", "--force-depends", "--force-confold", *words)


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


def kept() -> dict[str, bool]:
    return {str(path): path.exists() for path in (CONFIG, STATE, CACHE)}


dpkg("--install", first)
seen["installed"] = {
    "enabled": attempt("systemctl", "is-enabled", UNIT).stdout.strip(),
    "active": show("ActiveState"),
    "user": attempt("getent", "passwd", "syndicator").returncode == 0,
    "version": run("syndicator", "version"),
    "security": run("systemd-analyze", "security", "--no-pager", UNIT).splitlines()[-1],
    "document": Path(show("Documentation").removeprefix("file://").removeprefix("file:")).is_file(),
    "modified": run("dpkg", "--verify", "syndicator"),
}

run("systemctl", "enable", "--now", UNIT)
wait(lambda: b"First story" in get("/feeds/everything.atom"))
seen["state"] = [str(STATE.resolve()), (STATE / "syndicator.db").stat().st_uid]
main = CONFIG / "syndicator.toml"
main.write_text(main.read_text().replace('title = "Shipped"', 'title = "Mine"'))
(CONFIG / "feeds" / "mine.toml").write_text('title = "Mine, too"\nwhere = ""\n')
run("systemctl", "reload", UNIT)
wait(lambda: b"First story" in get("/feeds/mine.atom"))
run("syndicator", "backup", "/var/backups/syndicator.backup")

before, process = get("/feeds/everything.atom"), show("MainPID")
dpkg("--install", second)
wait(lambda: get("/readyz"))
seen["upgraded"] = {
    "restarted": show("MainPID") != process,
    "changed_kept": 'title = "Mine"' in main.read_text(),
    "unchanged_replaced": "Everything, anew" in (CONFIG / "feeds" / "everything.toml").read_text(),
    "own_kept": (CONFIG / "feeds" / "mine.toml").exists(),
    "enabled": attempt("systemctl", "is-enabled", UNIT).stdout.strip(),
}
wait(lambda: b"Everything, anew" in get("/feeds/everything.atom"))
ids = [line for line in before.decode().splitlines() if "<id>" in line]
seen["upgraded"]["same_ids"] = [
    line for line in get("/feeds/everything.atom").decode().splitlines() if "<id>" in line
] == ids

dpkg("--remove", "syndicator")
seen["removed"] = {
    "answers": bool(get("/readyz")),
    "unit": attempt("systemctl", "cat", UNIT).returncode == 0,
    "links": [str(path) for path in Path("/etc/systemd/system").rglob("syndicator*")],
    "kept": kept(),
    "left": Path("/usr/lib/syndicator").exists(),
}
dpkg("--purge", "syndicator")
seen["purged"] = {"kept": kept(), "private": Path("/var/lib/private/syndicator").exists()}

dpkg("--install", second)
run("syndicator", "restore", "/var/backups/syndicator.backup", "--force")
run("systemctl", "start", UNIT)
wait(lambda: b"First story" in get("/feeds/mine.atom"))
seen["restored"] = {
    "same_ids": [line for line in get("/feeds/everything.atom").decode().splitlines() if "<id>" in line] == ids,
    "status": run("syndicator", "status"),
}
run("systemctl", "stop", UNIT)
print(json.dumps(seen))
