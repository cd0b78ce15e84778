"""``python -m tests.fuzz [--seconds 60] [--seed N] [target ...]``: exit 1 with the input where something does not hold."""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
from pathlib import Path

from tests.fuzz.run import Found, fuzz
from tests.fuzz.targets import TARGETS

_MEMORY = 4 << 30


def main() -> int:
    """Run the targets one after another; save what fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="target", help=f"of {', '.join(TARGETS)}; all by default")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="to have the same inputs again")
    arguments = parser.parse_args()
    unknown = set(arguments.targets) - TARGETS.keys()
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.RLIM_INFINITY))
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    print(f"seed {arguments.seed}, failing inputs go to {folder}")
    failed = False
    for name in arguments.targets or TARGETS:
        outcome = fuzz(
            TARGETS[name], seconds=arguments.seconds, seed=arguments.seed, being_tried=folder / f"{name}.tried"
        )
        print(f"{name:8} {outcome.count:8,} inputs {outcome.rate:8,.0f}/s", flush=True)
        if isinstance(outcome.found, Found):
            failed = True
            path = folder / f"{name}.found"
            path.write_bytes(outcome.found.written)
            print(
                f"{outcome.found.trace}FAILED: {outcome.found.error!r}\n{repr(outcome.found.case)[:2000]}\nsaved as {path}"
            )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
