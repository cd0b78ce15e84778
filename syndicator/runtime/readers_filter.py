"""A filter that a reader wrote: by the words that readers may use, and no larger than one of the configuration."""

from __future__ import annotations

from syndicator.errors import FilterError
from syndicator.query import Where, parse
from syndicator.query.uses import MAX_TERMS, sizes_of
from syndicator.rules import Rules


def readers_filter(rules: Rules, text: str) -> Where:
    """Return the filter; FilterError for one that readers cannot use, or that is too large with the feeds it names."""
    where = parse(text, rules.readers_vocabulary)
    size = sizes_of({**rules.filters, "": where})[""] if "feed:" in text else 0
    if size > MAX_TERMS:
        message = f"this has {size} terms with those of the feeds that it names; at most {MAX_TERMS}: name fewer feeds"
        raise FilterError(message, line=1, column=1, source=text, width=len(text))
    return where
