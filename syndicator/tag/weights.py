"""The weights of the three models: fitted ones in ``data/weights.tsv``, set ones in ``data/hand.tsv``.

What the corpora do not cover (languages other than English, roles) is set by hand and overrides what is fitted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from syndicator.tag import tables


@cache
def weights(model: str) -> Mapping[str, float]:
    """Return the weights by feature of one model: ``mention`` (recognition), ``sense`` (resolution) or ``role``.

    Unknown features weigh 0.
    """
    found: defaultdict[str, float] = defaultdict(float)
    for file in ("weights.tsv", "hand.tsv"):
        for row in tables.rows(file):
            if row["model"] == model:
                found[row["feature"]] = float(row["weight"])
    return found
