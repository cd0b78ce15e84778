"""Parse robots.txt (RFC 9309) without backtracking: its rules are hostile input, and libraries backtrack."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from syndicator import urls

LARGEST = 500 * 1024
_STARS = re.compile(r"\*+")
MOST_BYTES = 64 * 1024 * 1024
_MOST_HOSTS, _MOST_RULES = 50_000, 200_000
_RULE_BYTES, _PART_BYTES = 200, 60  # what a rule and each of its parts take in memory beside their characters
_TOKEN = re.compile(r"[a-z_-]+|\*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern, split at its stars, and whether it allows. Its weight is its number of octets."""

    parts: tuple[str, ...]
    is_anchored: bool
    is_allowed: bool
    weight: int

    def fits(self, path: str) -> bool:
        """Match from left to right, each part at its first place: linear, whatever the pattern."""
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
    """The rules of one robots.txt that concern us. ``size`` is about what they take in memory, in bytes."""

    def __init__(self, rules: tuple[_Rule, ...] = ()) -> None:
        # The heaviest first, and of two equally heavy the one that allows: the first match decides.
        self._rules = sorted(rules, key=lambda rule: (-rule.weight, not rule.is_allowed))
        self.size = sum(rule.weight + _RULE_BYTES + _PART_BYTES * len(rule.parts) for rule in rules)

    def __len__(self) -> int:
        return len(self._rules)

    def allows(self, url: str) -> bool:
        """Return whether an address may be fetched."""
        if not self._rules:
            return True
        parts = urlsplit(url)
        path = _literal((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if path == "/robots.txt":
            return True
        return next((rule.is_allowed for rule in self._rules if rule.fits(path)), True)


ALLOW_ALL = Robots()


class RobotsCache:
    """The robots.txt of hosts, and when they were fetched. Bounded by hosts, rules and bytes; the oldest make room."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[datetime, Robots]] = {}
        self._rules = 0
        self.size = 0

    def get(self, origin: str) -> tuple[datetime | None, Robots]:
        """Return when a host's robots.txt was fetched, None if never, and what it said."""
        return self._held.get(origin, (None, ALLOW_ALL))

    def put(self, origin: str, when: datetime, robots: Robots) -> None:
        """Keep a host's robots.txt."""
        self._drop(origin)
        self._held[origin] = when, robots
        self._rules += len(robots)
        self.size += robots.size
        while len(self._held) > 1 and self._is_full():
            self._drop(next(iter(self._held)))

    def shift(self, by: timedelta) -> None:
        """Move the times of fetching by a step of the clock."""
        self._held = {origin: (when + by, robots) for origin, (when, robots) in self._held.items()}

    def _is_full(self) -> bool:
        return len(self._held) > _MOST_HOSTS or self._rules > _MOST_RULES or self.size > MOST_BYTES

    def _drop(self, origin: str) -> None:
        _, robots = self._held.pop(origin, (None, ALLOW_ALL))
        self._rules -= len(robots)
        self.size -= robots.size


def product_of(user_agent: str) -> str:
    """Return the product token of a User-Agent, its name in robots.txt (RFC 9309, 2.2.1)."""
    token = _TOKEN.match(user_agent)
    return token[0] if token else ""


def read_robots(text: bytes, product: str) -> Robots:
    """Parse the groups for ``product``, or else those for everybody, in the first 500 KiB of a robots.txt."""
    own = product.lower()
    groups: dict[str, list[_Rule]] = {}
    named: set[str] = set()  # of the group: our name and the star, if it has them; other names are any number
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
    """Normalize percent-encoding, and encode the special characters of patterns as they stand in addresses."""
    spelt = "?".join(urls.canonical_path(part) for part in text.split("?"))
    return spelt.replace("*", "%2A").replace("$", "%24")
