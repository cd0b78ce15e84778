"""How the bench talks with what it measures: a command a line on stdin, a line of JSON when it is done."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def tell(**what: Any) -> None:
    """Print one line."""
    print(json.dumps(what), flush=True)


def obey(again: Callable[[], dict[str, Any] | None], count: Callable[[], dict[str, Any]]) -> None:
    """Say that all is ready, then do as told until ``stop``."""
    tell(ready=True)
    for line in sys.stdin:
        match line.strip():
            case "again":
                tell(**(again() or {}))
            case "count":
                tell(**count())
            case "stop":
                return
