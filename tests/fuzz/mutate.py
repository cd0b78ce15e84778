"""Bytes that were a feed once: pieces of markup dropped, doubled, swapped and broken, text replaced, bytes flipped."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from functools import cache

from tests.fuzz import samples

_PIECE = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<[^>]*>|[^<]+|<", re.DOTALL)
_LARGEST = 150_000
_MOST_STEPS = 8
Pieces = list[bytes]


@cache
def seeds() -> tuple[bytes, ...]:
    """Give what is mutated."""
    return samples.documents()


def mutated(number: int) -> tuple[str, bytes]:
    """Give a content type and a document, the same for the same number."""
    chance = random.Random(number)
    pieces = _PIECE.findall(chance.choice(seeds()))
    for _ in range(chance.randint(0, _MOST_STEPS)):
        chance.choice(_ON_PIECES)(chance, pieces)
    body = b"".join(pieces)
    for _ in range(max(0, chance.randint(-4, 3))):
        body = chance.choice(_ON_BYTES)(chance, body)
    return chance.choice(samples.CONTENT_TYPES), body[:_LARGEST]


def _nasty(chance: random.Random) -> bytes:
    return chance.choice((*samples.NASTY, *samples.TEXTS, *samples.DATES, *samples.LINKS)).encode(
        "utf-8", "surrogatepass"
    )


def _span(chance: random.Random, things: Sequence[object], longest: int = 40) -> slice:
    start = chance.randint(0, len(things))
    return slice(start, start + chance.randint(1, longest))


def _drop(chance: random.Random, pieces: Pieces) -> None:
    del pieces[_span(chance, pieces, chance.choice((1, 2, 40)))]


def _double(chance: random.Random, pieces: Pieces) -> None:
    span = _span(chance, pieces)
    pieces[span] = pieces[span] * chance.choice((2, 2, 3, 40))


def _move(chance: random.Random, pieces: Pieces) -> None:
    span = _span(chance, pieces)
    moved = pieces[span]
    del pieces[span]
    at = chance.randint(0, len(pieces))
    pieces[at:at] = moved


def _splice(chance: random.Random, pieces: Pieces) -> None:
    others = _PIECE.findall(chance.choice(seeds()))
    pieces[_span(chance, pieces, 3)] = others[_span(chance, others)]


def _reword(chance: random.Random, pieces: Pieces) -> None:
    texts = [n for n, piece in enumerate(pieces) if not piece.startswith(b"<")]
    if texts:
        words = [_nasty(chance) for _ in range(chance.randint(1, 3))]
        pieces[chance.choice(texts)] = b"".join(words) if chance.random() < 0.5 else b"<![CDATA[" + words[0] + b"]]>"


def _insert(chance: random.Random, pieces: Pieces) -> None:
    name = chance.choice(samples.NAMES)
    attribute = chance.choice((b"", chance.choice(samples.ATTRIBUTES)))
    made = (_nasty(chance), b"<" + name + attribute + b">", b"</" + name + b">", b"<" + name + attribute + b"/>")
    element = (made[1], made[0], made[2])
    at = chance.randint(0, len(pieces))
    pieces[at:at] = chance.choice((made[:1], made[1:2], made[2:3], made[3:], element, element))


def _rename(chance: random.Random, pieces: Pieces) -> None:
    tags = {match[1] for piece in pieces if (match := re.match(rb"</?([\w:.-]+)", piece))}
    if tags:
        old, new = chance.choice(sorted(tags)), chance.choice(samples.NAMES)
        pieces[:] = [re.sub(rb"^(</?)" + re.escape(old) + rb"\b", rb"\1" + new, piece) for piece in pieces]


def _attribute(chance: random.Random, pieces: Pieces) -> None:
    tags = [n for n, piece in enumerate(pieces) if re.match(rb"<\w", piece)]
    if tags:
        at = chance.choice(tags)
        pieces[at] = re.sub(rb"(/?>)$", lambda end: chance.choice(samples.ATTRIBUTES) + end[1], pieces[at])


def _value(chance: random.Random, pieces: Pieces) -> None:
    tags = [n for n, piece in enumerate(pieces) if piece.startswith(b"<") and b'="' in piece]
    if tags:
        at, nasty = chance.choice(tags), _nasty(chance).replace(b'"', b"&quot;")
        pieces[at] = re.sub(rb'="[^"]*"', lambda _: b'="' + nasty + b'"', pieces[at], count=1)


def _flip(chance: random.Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.randint(1, 5)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.choice(
                (0, 0x3C, 0x26, 0xFF, 0xED, 0x80, chance.randrange(256))
            )
    return bytes(changed)


def _cut(chance: random.Random, body: bytes) -> bytes:
    return body[: chance.randint(0, len(body))]


def _recode(chance: random.Random, body: bytes) -> bytes:
    codec, label = chance.choice(samples.CODECS), chance.choice(samples.CODECS)
    text = body.decode("utf-8", "replace")
    if chance.random() < 0.8:
        text = re.sub(r'(<\?xml[^>]*?)(?: encoding="[^"]*")?(\s*\?>)', rf'\1 encoding="{label}"\2', text, count=1)
    return text.encode(codec, "xmlcharrefreplace" if codec not in {"utf-7", "utf-8"} else "replace")


def _prefix(chance: random.Random, body: bytes) -> bytes:
    return (
        chance.choice(
            (
                b"\xef\xbb\xbf",
                b"\n",
                b"<!DOCTYPE rss>",
                b'<!DOCTYPE x [<!ENTITY e "v">]>',
                b"\0",
                b"<html>",
                b"<?php x?>",
            )
        )
        + body
    )


def _grow(chance: random.Random, body: bytes) -> bytes:
    at = chance.randint(0, len(body))
    return body[:at] + _nasty(chance) * chance.choice((1, 1, 100)) + body[at:]


_ON_PIECES: Sequence[Callable[[random.Random, Pieces], None]] = (
    _drop, _double, _move, _splice, _reword, _reword, _insert, _insert, _rename, _attribute, _value,
)  # fmt: skip
_ON_BYTES: Sequence[Callable[[random.Random, bytes], bytes]] = (_flip, _cut, _recode, _recode, _prefix, _grow)
