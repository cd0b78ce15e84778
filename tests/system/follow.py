"""Follow a document word by word: write its files, run its commands in order, compare what they print with what it shows.

    unshare --net --pid --fork --kill-child --mount-proc python -m tests.system.follow README.md SCRATCH
    tests/system/box --offline ... python -m tests.system.follow docs/operate.md SCRATCH --as-root

Run in namespaces of its own, where loopback is all there is, so that addresses and ports are those of the document. Commands
that serve until they are stopped go on in the background, as in another terminal, and are interrupted at the end.
"""

from __future__ import annotations

import array
import asyncio
import fcntl
import multiprocessing
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from syndicator.config import load
from syndicator.config.find import MAIN
from syndicator.demo import Newsroom, load_play
from syndicator.errors import ConfigError
from tests.documents import INTERRUPT, ROOT, Block, Step, blocks, matches, steps

# Seconds after which what has not happened never will, on any machine.
PATIENCE, _LOOKING = 300.0, 60.0
NEWSROOM = 9001
_SERVES = re.compile(r"(make (demo|run)\b(?!.*--once)|syndicator\b(?!.*--once).* (run|demo)\b|syndicator demo)")
# Addresses that a command tells its user to open.
_TO_OPEN = re.compile(r"(?:Open|subscribe to)  (http\S+)")
# What looks and changes nothing is asked again while something runs that may bring about what is shown.
_LOOKS = re.compile(r"(curl|syndicator\b.* (status|preview)\b|systemctl (status|is-active))\b")
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "state", "build", "dist", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis", ".coverage*"
)

# What cannot be done here as it is written, why, and what is done in its place. Keep it short.
STAND_INS = {
    "/opt/syndicator/bin/pip install": (
        "downloads from the package index",
        (
            "echo /run/box/source > $(echo /opt/syndicator/lib/python3*/site-packages)/box.pth;"
            "echo /run/box/packages >> $(echo /opt/syndicator/lib/python3*/site-packages)/box.pth;"
            "printf '#!/opt/syndicator/bin/python\\nfrom syndicator.cli import main\\nmain()\\n' > /opt/syndicator/bin/syndicator;"
            "chmod +x /opt/syndicator/bin/syndicator"
        ),
    ),
}


class WrongDocumentError(Exception):
    """A document is wrong: where, and how."""


class Server:
    """A command that runs until it is interrupted; what it prints is kept in a file."""

    def __init__(self, step: Step, folder: Path, environ: dict[str, str], log: Path) -> None:
        self.step, self.log = step, log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                ["bash", "-c", step.command],
                cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, process_group=0,
            )  # fmt: skip

    @property
    def printed(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def wait_until_shown(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not matches(self.step.shown, self.printed, is_whole=False):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise WrongDocumentError(_wrong(self.step, self.printed))
            time.sleep(0.05)
        for address in _TO_OPEN.findall(self.printed):
            try:
                urllib.request.urlopen(address, timeout=PATIENCE).close()
            except OSError as error:
                raise WrongDocumentError(
                    f"line {self.step.line}: {address}, which is printed, does not open: {error}"
                ) from None

    def interrupt(self) -> None:
        """Press Ctrl-C: the whole group of processes gets SIGINT."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(PATIENCE)
        if "Traceback" in self.printed:
            raise WrongDocumentError(_wrong(self.step, self.printed))


class Follower:
    """One reader: a folder, an environment as a shell has it, and what runs in the other terminals."""

    def __init__(self, folder: Path, environ: dict[str, str], scratch: Path) -> None:
        self.folder, self.environ, self.scratch = folder, environ, scratch
        self.servers: list[Server] = []

    def follow(self, text: str) -> None:
        """Do what a document says; raise WrongDocumentError where it is wrong."""
        try:
            for block in blocks(text):
                if block.language in ("console", "sh"):
                    for step in steps(block):
                        self._do(step)
                elif block.file:
                    self._write(block)
            for server in self.servers:
                server.interrupt()
        finally:
            for server in self.servers:
                if server.process.poll() is None:
                    os.killpg(server.process.pid, signal.SIGKILL)

    def _write(self, block: Block) -> None:
        path = self.folder / str(block.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text + "\n", "utf-8")
        for folder in (path.parent, path.parent.parent):
            if (folder / MAIN).is_file():
                try:
                    load(folder, environ=self.environ, is_strict=True)
                except ConfigError as error:
                    raise WrongDocumentError(f"line {block.line}: {error}") from error

    def _do(self, step: Step) -> None:
        step.command = "\n".join(map(self._possible, step.command.splitlines()))
        if _SERVES.match(step.command):
            server = Server(step, self.folder, self.environ, self.scratch / f"server-{len(self.servers)}.log")
            self.servers.append(server)
            server.wait_until_shown()
            if INTERRUPT in step.shown:
                self.servers.remove(server)
                server.interrupt()
            return
        deadline = time.monotonic() + _LOOKING
        while True:
            code, printed = self._run(step.command)
            if _is_right(step, code, printed):
                return
            if not _LOOKS.match(step.command) or time.monotonic() > deadline:
                raise WrongDocumentError(_wrong(step, f"{printed}[exit {code}]\n"))
            time.sleep(0.5)

    def _possible(self, command: str) -> str:
        for beginning, (reason, stand_in) in STAND_INS.items():
            if command.startswith(beginning):
                print(f"not run: {command}: {reason}", flush=True)
                return stand_in
        return command

    def _run(self, command: str) -> tuple[int, str]:
        """Run a command as a shell would, which keeps its folder and its variables for the next one."""
        kept = self.scratch / "environ"
        script = f"set -e; trap 'code=$?; {{ pwd; env -0; }} >\"{kept}\"; exit $code' EXIT\n{command}\n"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder, env=self.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        folder, _, variables = kept.read_text().partition("\n")
        self.folder = Path(folder)
        self.environ = dict(pair.split("=", 1) for pair in variables.split("\0") if "=" in pair)
        return done.returncode, done.stdout.decode("utf-8", "replace")


def _is_right(step: Step, code: int, printed: str) -> bool:
    """Return whether a command printed what is shown, or, where nothing is, succeeded."""
    if step.shown:
        return matches(step.shown, printed)
    return code == 0 and not (step.is_shown and printed)


def _wrong(step: Step, printed: str) -> str:
    shown = "\n".join(step.shown)
    return f"line {step.line}: $ {step.command}\n--- is shown to print\n{shown}\n--- and printed\n{printed}"


def copy_project(folder: Path) -> None:
    """Copy the project as a clone has it after "make": with a ``.venv`` that is this one's."""
    shutil.copytree(ROOT, folder, ignore=_LEFT_OUT, symlinks=True)
    environment = folder / ".venv"
    environment.mkdir()
    for each in Path(sys.prefix).iterdir():
        if not each.name.startswith(".ready"):
            (environment / each.name).symlink_to(each)
    for stamp in (".ready-to-run", ".ready"):
        (environment / stamp).touch()


def raise_loopback() -> None:
    """Bring up ``lo``, which is down in a new network namespace (netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", b"lo", 0x1 | 0x40)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(control, 0x8914, array.array("b", request))  # SIOCSIFFLAGS


def add_outlet(config: Path) -> None:
    """Add an outlet that answers to the configuration that the document installs: at the end of the demo's script."""
    main = config / MAIN
    main.write_text(
        main.read_text("utf-8").replace('# allow_private = ["10', 'allow_private = ["127.0.0.0/8", "10'), "utf-8"
    )
    (config / "outlets" / "courier-of-the-demo.toml").write_text(
        f'name = "Courier"\ncountry = "LB"\nlanguage = "en"\nhome = "http://127.0.0.1:{NEWSROOM}"\n[[source]]\npath = "/feed.xml"\n'
    )


async def serve_newsroom() -> None:
    """Serve the demo's outlets as they are at the end of its script, until this process ends."""
    newsroom = Newsroom(load_play(), first_port=NEWSROOM)
    await newsroom.open()
    await newsroom.turn_to(len(newsroom.play.beats))
    await asyncio.Event().wait()


def install_cache() -> None:
    """Spare the service the compiling of the gazetteer: systemd gives it what lies in its cache's place."""
    cache, given = Path("/var/cache/syndicator"), Path("/run/box/cache")
    if given.exists():
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(given, cache)


def install_packages(project: Path) -> None:
    """Put the packages that were built for this document where make leaves them."""
    given = Path("/run/box/dist")
    if given.exists():
        shutil.copytree(given, project / "dist", dirs_exist_ok=True)


def main() -> None:
    document, scratch, is_root = Path(sys.argv[1]), Path(sys.argv[2]), "--as-root" in sys.argv
    raise_loopback()
    home, project = scratch / "home", scratch / "syndicator"
    home.mkdir(parents=True)
    copy_project(project)
    environ = {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    if is_root:
        environ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        add_outlet(project / "config")
        install_cache()
        install_packages(project)
        newsroom = multiprocessing.Process(target=lambda: asyncio.run(serve_newsroom()), daemon=True)
        newsroom.start()
    else:
        environ |= {name: os.environ[name] for name in ("SYNDICATOR_CACHE",) if name in os.environ}
    text = document.read_text("utf-8")
    if "export PATH=" not in text and not is_root:
        environ["PATH"] = f"{project}/.venv/bin:{environ['PATH']}"  # a document for those who have it there
    try:
        Follower(project, environ, scratch).follow(text)
    except WrongDocumentError as failure:
        sys.exit(f"{document.name}, {failure}")


if __name__ == "__main__":
    main()
