"""``make bench BENCH_ARGS=watching``: with ``--trace ITEMS.tsv.gz``, on other traces than those of the corpora."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from tests.bench.watching import costs, silence, spikes, thinning, traces
from tests.bench.watching.counting import counting


def watching(*options: str) -> None:
    """Print how well silence, thinning and spikes are found, and what that costs."""
    parser = argparse.ArgumentParser(prog="make bench BENCH_ARGS=watching")
    parser.add_argument("--trace", type=Path, action="append", help="a file of items, in the form of the corpora's")
    parser.add_argument("--only", default="silence,thinning,costs,spikes", help="which parts, with commas between")
    asked = parser.parse_args(options)
    only = asked.only.split(",")
    corpora = Path(os.environ.get("SYNDICATOR_CORPORA", "../shared/data"))
    paths: Sequence[Path] = asked.trace or [corpora / "polling" / "items.tsv.gz"]
    if {"silence", "thinning"}.intersection(only):
        missing = [str(each) for each in paths if not each.is_file()]
        if missing:
            print(f"silence and thinning need traces: {', '.join(missing)} is missing; set SYNDICATOR_CORPORA")
        else:
            some = traces.read_all(paths)
            if "silence" in only:
                silence.main(some)
            if "thinning" in only:
                thinning.main(some)
    if "costs" in only:
        costs.main()
        counting()
    if "spikes" in only:
        spikes.main()
