"""The weights of all that is decided about places: fitted ones in ``data/weights.tsv``, set ones in ``data/hand.tsv``.

What no corpus of ours can teach (languages other than English, roles) is set by hand, and wins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from syndicator.tag import tables


@cache
def weights(model: str) -> Mapping[str, float]:
    """Give the weights of ``mention`` (is it a place?), ``sense`` (which?) or ``role`` by feature.

    What the table does not know weighs nothing.
    """
    found: defaultdict[str, float] = defaultdict(float)
    for file in ("weights.tsv", "hand.tsv"):
        for row in tables.rows(file):
            if row["model"] == model:
                found[row["feature"]] = float(row["weight"])
    return found
