"""``make bench BENCH_ARGS=poll``: every contestant through the same phases on farms in the same state, turn by turn."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.poll import ours, table
from tests.bench.poll.farm import address
from tests.bench.poll.measure import Meter
from tests.bench.poll.words import TONGUES

CONTESTANTS = ("ours", "baseline", "reader", "newsboat", "get", "expat")
_FORGETFUL = "newsboat"  # keeps no validators from its first look at a feed


@dataclass(frozen=True)
class Phase:
    """What the farms do before a round: whether they honour conditions, and the share of feeds with a new item."""

    name: str
    is_conditional: bool = True
    bump: float = 0.0


PHASES = (
    Phase("cold"),
    Phase("304"),
    Phase("news", bump=0.05),
    Phase("news-200", is_conditional=False, bump=0.05),
    Phase("same-200", is_conditional=False),
)


@dataclass
class Result:
    """What one contestant's rounds came to: CPU seconds and the farm's answers by phase, and counts at the end."""

    start: float = 0.0
    peak_kb: int = 0
    cpu: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, dict[str, int]] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    expected: int = 0
    failures: int = 0


@contextlib.contextmanager
def _process(*command: object, log: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a module of ours until done with it."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", *map(str, command)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.stdin.close()
            process.stdout.close()
            process.terminate()
            process.wait()


class Contestant:
    """A runner's process, the farm it polls, and a meter on it."""

    def __init__(self, name: str, feeds: int, folder: Path, stack: contextlib.ExitStack) -> None:
        self.name, self.result, self._feeds = name, Result(), feeds
        self._folder, self._state, self._stack = folder, folder / "state", stack
        self._state.mkdir(parents=True)
        self._log = self._state / "log"
        self._farm = stack.enter_context(_process(f"{__package__}.farm", "--feeds", feeds, log=folder / "farm.log"))
        self._has_validators = False

    def wait(self) -> None:
        """Wait until the farm has written its documents."""
        self._port = int(self._farm.stdout.readline())

    def start(self) -> None:
        """Wait for the runner to be ready."""
        self._process = self._stack.enter_context(_process(*self._command(), log=self._log))
        self._meter = Meter(self._process.pid)
        with self._meter:
            self._hear()
        self.result.start = self._meter.cpu()

    def play(self, phase: Phase) -> str:
        """Run one phase; give a line about it."""
        if phase.is_conditional and phase.name != "cold" and not self._has_validators:
            self._round(Phase("settle"))  # counts for nothing but to have validators
        cpu, seconds, told = self._round(phase)
        result = self.result
        result.cpu[phase.name].append(told.get("cpu", cpu))
        farm = self._control("")
        result.answers[phase.name], result.expected = farm["answers"], farm["items"]
        return f"{phase.name:<9} {self.name:<9} {result.cpu[phase.name][-1]:8.2f} s CPU {seconds:7.1f} s  {told}"

    def count(self) -> None:
        """Ask what it holds."""
        self.result.counts = self._say("count")
        self.result.peak_kb = self._meter.peak_kb

    def _round(self, phase: Phase) -> tuple[float, float, dict[str, Any]]:
        self._control(f"reset=1&conditional={phase.is_conditional:d}&bump={phase.bump}")
        self._has_validators = phase.is_conditional and (phase.name != "cold" or self.name != _FORGETFUL)
        with self._meter:
            before, began = self._meter.cpu(), time.monotonic()
            told = self._say("again")
            spent, seconds = self._meter.cpu() - before, time.monotonic() - began
        if "error" in told:
            raise SystemExit(f"{self.name}, {phase.name}: {told['error']}")
        self.result.failures += told.get("failures", 0)
        return spent, seconds, told

    def _command(self) -> tuple[object, ...]:
        homes = [f"http://{address(number)}:{self._port}" for number in range(self._feeds)]
        if self.name == "ours":
            languages = (TONGUES[number % len(TONGUES)].language for number in range(self._feeds))
            ours.prepare(self._folder / "config", self._state, list(zip(homes, languages, strict=True)))
            return f"{__package__}.ours", self._folder / "config", self._state
        urls = self._folder / "urls"
        urls.write_text("\n".join(f"{home}/feed.xml" for home in homes), encoding="utf-8")
        if self.name == "baseline":
            return f"{__package__}.baseline", urls, self._state
        return f"{__package__}.peers", self.name, urls, self._state

    def _say(self, command: str) -> dict[str, Any]:
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._hear()

    def _hear(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended: {self._log.read_text(encoding='utf-8')[-2000:]}")
        return json.loads(line)

    def _control(self, query: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/control?{query}") as answer:
            return json.load(answer)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> None:
    """Run what was asked for and print a table."""
    asked = _asked(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))  # so that no process is left behind
    names = [name for name in asked.only if name != "newsboat" or shutil.which("newsboat")]
    if names != asked.only:
        print("newsboat is not installed and left out")
    rounds = [[phase for phase in PHASES if phase.name == "cold" or phase.name in asked.phases]]
    rounds += [rounds[0][1:]] * (asked.rounds - 1)
    with tempfile.TemporaryDirectory(prefix="poll-") as folder, contextlib.ExitStack() as stack:
        contestants = [Contestant(name, asked.feeds, Path(folder) / name, stack) for name in names]
        for contestant in contestants:
            contestant.wait()
        for contestant in contestants:
            contestant.start()
            _say(f"{'ready':<9} {contestant.name:<9} {contestant.result.start:8.2f} s CPU")
        for phase in (phase for phases in rounds for phase in phases):
            for contestant in contestants:
                _say(contestant.play(phase))
        for contestant in contestants:
            contestant.count()
        results = {contestant.name: contestant.result for contestant in contestants}
    print(table.of(results, [phase.name for phase in rounds[0]], asked.feeds))


def _some_of(known: Sequence[str]) -> Callable[[str], list[str]]:
    """Read names with commas between them."""

    def read(text: str) -> list[str]:
        if unknown := set(text.split(",")) - set(known):
            raise argparse.ArgumentTypeError(f"no {','.join(unknown)} among {','.join(known)}")
        return text.split(",")

    return read


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="poll", description=__doc__)
    parser.add_argument("--feeds", type=int, default=1000)
    for option, known in (("--only", CONTESTANTS), ("--phases", [phase.name for phase in PHASES])):
        parser.add_argument(option, type=_some_of(known), default=list(known), help=f"of {','.join(known)}")
    parser.add_argument("--rounds", type=int, default=1, help="how often to play the phases after cold")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
