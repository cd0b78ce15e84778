"""When to poll, on real traces: how long items wait at equal polls, by the daemon's rule and by others.

``python -m tests.bench.polling --trace ITEMS.tsv.gz --captures CAPTURES.tsv.gz --polls-per-day 24 --policy ours,fixed``
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

if __package__ in (None, ""):  # called by its path
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.polling_regimes import regimes
from tests.bench.polling_rules import RULES
from tests.bench.polling_simulator import Played, clairvoyant, difference, scores, tuned
from tests.bench.polling_traces import Trace, read_traces

_PHASES = (600.0, 1900.0)
_HEAD = "mean median   p95   p99 missed  macro: mean median p95  worst   number"


def compare(traces: Sequence[Trace], names: Sequence[str], polls: float) -> dict[str, tuple[float, list[Played]]]:
    """Return for each rule the number that gives so many polls, and what it did."""
    found: dict[str, tuple[float, list[Played]]] = {}
    for name in names:
        if name == "clairvoyant":
            found[name] = (0.0, clairvoyant(traces, polls))
        else:
            make, low, high = RULES[name]
            found[name] = tuned(traces, make, low, high, polls, _PHASES)
    return found


def _lines(found: dict[str, tuple[float, list[Played]]], polls: float) -> list[str]:
    lines = [f"{polls:g} polls a feed and day; minutes; missed per 1,000", f"{'':16} {_HEAD}"]
    for name, (number, played) in found.items():
        at = scores(played)
        lines.append(
            f"{name:16} {at.mean:5.1f} {at.median:6.1f} {at.p95:5.0f} {at.p99:5.0f} {at.missed:6.2f} {at.macro_mean:12.1f}"
            f" {at.macro_median:6.1f} {at.macro_p95:3.0f} {at.worst:6.0f} {number:8.3f}"
        )
    if "ours" in found:
        ours = found["ours"][1]
        for other in ("fixed", "entry_frequency"):
            if other in found:
                (low, high), (low_macro, high_macro) = difference(ours, found[other][1])
                first, second = scores(ours), scores(found[other][1])
                lines.append(
                    f"ours - {other}: pooled {low:+.1f} to {high:+.1f} ({first.mean / second.mean:.3f} of it),"
                    f" macro {low_macro:+.1f} to {high_macro:+.1f} ({first.macro_mean / second.macro_mean:.3f})"
                )
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trace", type=Path, required=True, help="items.tsv or items.tsv.gz")
    parser.add_argument("--captures", type=Path, help="captures.tsv.gz: while what was seen")
    parser.add_argument("--polls-per-day", default="24", help="one number, or several with commas")
    parser.add_argument("--policy", default=",".join((*RULES, "clairvoyant")))
    parser.add_argument("--regimes", action="store_true", help="also what sudden changes do")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    traces = read_traces(options.trace, options.captures)
    if not traces:
        parser.error(f"{options.trace}: no feed in it is long and dense enough")
    unknown = set(options.policy.split(",")) - {*RULES, "clairvoyant"}
    if unknown:
        parser.error(f"no such policy: {', '.join(sorted(unknown))}; there are {', '.join((*RULES, 'clairvoyant'))}")
    for polls in map(float, options.polls_per_day.split(",")):
        found = compare(traces, options.policy.split(","), polls)
        if options.regimes:
            rules = {name: partial(RULES[name][0], number) for name, (number, _) in found.items() if name in RULES}
            sys.stdout.write("\n".join(regimes(traces, rules)) + "\n")
        if options.json:
            rows = {name: asdict(scores(played)) for name, (_, played) in found.items()}
            sys.stdout.write(json.dumps({"polls_per_day": polls, "feeds": len(traces), "policies": rows}) + "\n")
        else:
            sys.stdout.write("\n".join((f"{len(traces)} feeds", *_lines(found, polls))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
