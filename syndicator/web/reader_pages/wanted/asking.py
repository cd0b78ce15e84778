"""What addresses of several families ask for."""

from __future__ import annotations

import re
from collections.abc import Callable

from aiohttp import web

WantedFrom = Callable[[web.Request], object]
_NUMBER = re.compile(r"[0-9]{1,12}")


def story_before(request: web.Request) -> int:
    """Return below which number stories are asked for, 0 for the latest."""
    number = request.query.get("before", "0")
    if not _NUMBER.fullmatch(number):
        raise web.HTTPBadRequest(text="before is the number of a story.\n")
    return int(number)
