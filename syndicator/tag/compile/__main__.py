"""Compile in a process of its own: ``python -m syndicator.tag.compile PATH``; see ``ensure_gazetteer``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from syndicator.errors import CustomPlaceError
from syndicator.tag.compile import compile_gazetteer
from syndicator.tag.gazetteer_cache import CANNOT_WRITE, WRONG_PLACES


def main() -> None:
    """Compile to the path on the command line, with the custom places that standard input lists as JSON."""
    custom = json.load(sys.stdin)
    try:
        compile_gazetteer(Path(sys.argv[1]), custom, lambda line: print(line, flush=True))  # noqa: T201
    except CustomPlaceError as error:
        print(error, flush=True)  # noqa: T201
        sys.exit(WRONG_PLACES)
    except OSError as error:
        print(error.strerror or error, flush=True)  # noqa: T201
        sys.exit(CANNOT_WRITE)


if __name__ == "__main__":
    main()
