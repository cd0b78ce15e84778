"""What a host asks of robots (RFC 9309). Our own, since rules are hostile input: libraries match by backtracking."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from syndicator import urls

LARGEST = 500 * 1024
_STARS = re.compile(r"\*+")
_MOST_HOSTS, _MOST_RULES = 50_000, 200_000
_TOKEN = re.compile(r"[a-z_-]+|\*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern, taken apart at its stars, and what it says. It weighs as much as it has octets."""

    parts: tuple[str, ...]
    is_anchored: bool
    is_allowed: bool
    weight: int

    def fits(self, path: str) -> bool:
        """Match from left to right, each part as early as it can be: linear, whatever the pattern."""
        first, *rest = self.parts
        if not path.startswith(first):
            return False
        at = len(first)
        if not rest:
            return not self.is_anchored or at == len(path)
        *middle, last = rest
        for part in middle:
            found = path.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        if self.is_anchored:
            return len(path) - len(last) >= at and path.endswith(last)
        return path.find(last, at) >= 0


class Robots:
    """The rules of one robots.txt that concern us."""

    def __init__(self, rules: tuple[_Rule, ...] = ()) -> None:
        # The heaviest first, and of two alike the one that allows: the first that fits decides.
        self._rules = sorted(rules, key=lambda rule: (-rule.weight, not rule.is_allowed))

    def __len__(self) -> int:
        return len(self._rules)

    def allows(self, url: str) -> bool:
        """Say whether an address may be asked."""
        if not self._rules:
            return True
        parts = urlsplit(url)
        path = _literal((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if path == "/robots.txt":
            return True
        return next((rule.is_allowed for rule in self._rules if rule.fits(path)), True)


ALLOW_ALL = Robots()


class RobotsCache:
    """What hosts asked for, and when they were asked. The oldest make room: by their number, and that of all rules."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[datetime, Robots]] = {}
        self._rules = 0

    def get(self, origin: str) -> tuple[datetime | None, Robots]:
        """Give when a host was asked, None if never, and what it said."""
        return self._held.get(origin, (None, ALLOW_ALL))

    def put(self, origin: str, when: datetime, robots: Robots) -> None:
        """Keep what a host said."""
        self._drop(origin)
        self._held[origin] = when, robots
        self._rules += len(robots)
        while len(self._held) > _MOST_HOSTS or (self._rules > _MOST_RULES and len(self._held) > 1):
            self._drop(next(iter(self._held)))

    def _drop(self, origin: str) -> None:
        _, robots = self._held.pop(origin, (None, ALLOW_ALL))
        self._rules -= len(robots)


def product_of(user_agent: str) -> str:
    """Give the name that a User-Agent goes by in robots.txt (RFC 9309, 2.2.1)."""
    token = _TOKEN.match(user_agent)
    return token[0] if token else ""


def read_robots(text: bytes, product: str) -> Robots:
    """Read the groups for ``product``, or else those for everybody, from the first 500 KiB of a robots.txt."""
    own = product.lower()
    groups: dict[str, list[_Rule]] = {}
    named: set[str] = set()  # whom the group is for, of us and everybody: there may be any number of others
    is_naming = False
    for line in text[:LARGEST].decode("utf-8-sig", "replace").splitlines():
        key, _, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        match key.lower():
            case "user-agent":
                token = _TOKEN.match(value)
                named = (named if is_naming else set()) | ({token[0].lower()} & {own, "*"} if token else set())
                is_naming = True
                for name in named:
                    groups.setdefault(name, [])
            case "allow" | "disallow" as kind:
                is_naming = False
                for name in named if value else ():
                    groups[name].append(_rule(value, is_allowed=kind == "allow"))
    return Robots(tuple(groups.get(own, groups.get("*", ()))))


def _rule(pattern: str, *, is_allowed: bool) -> _Rule:
    is_anchored = pattern.endswith("$")
    parts = tuple(_literal(part) for part in _STARS.split(pattern.removesuffix("$")))
    return _Rule(parts, is_anchored, is_allowed, sum(map(len, parts)) + len(parts) - 1 + is_anchored)


def _literal(text: str) -> str:
    """Spell octets one way, percent-encoded or not, and the special characters as what they are in addresses."""
    spelt = "?".join(urls.canonical_path(part) for part in text.split("?"))
    return spelt.replace("*", "%2A").replace("$", "%24")
