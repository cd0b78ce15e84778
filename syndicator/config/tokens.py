"""Token files: one line for each reader of a private feed. Pure: text in, tokens out."""

from __future__ import annotations

import re

from syndicator.models import FeedToken, token_digest

_HASH = re.compile(r"sha256:([0-9a-f]{64})")
_NAME = re.compile(r"[\w.@+-]{1,64}")
# A token is a password for machines, which nobody has to remember: shorter ones can be guessed.
_SHORTEST = 16
_TOKEN = re.compile(r"[A-Za-z0-9._~-]+")  # what an address can hold as it is (RFC 3986, 2.3)


def parse_tokens(text: str) -> tuple[FeedToken, ...]:
    """Return the tokens of a file whose lines are ``NAME: TOKEN`` or ``NAME: sha256:HASH``; ``#`` begins a comment.

    Raise ValueError, naming the line and never the token, for anything else.
    """
    found: dict[str, FeedToken] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        token = _token(line, f"line {number}")
        if token.name in found:
            raise ValueError(f'line {number}: there is another token named "{token.name}"')
        found[token.name] = token
    return tuple(found.values())


def _token(line: str, place: str) -> FeedToken:
    name, colon, value = (part.strip() for part in line.partition(":"))
    if not colon or not _NAME.fullmatch(name):
        raise ValueError(f'{place}: is not "NAME: TOKEN" (a name is letters, digits and . @ + - _)')
    if hashed := _HASH.fullmatch(value):
        return FeedToken(name=name, digest=hashed[1])
    if value.startswith("sha256:"):
        raise ValueError(f"{place}: a hash has 64 hexadecimal digits, in lower case")
    if len(value) < _SHORTEST or not _TOKEN.fullmatch(value):
        raise ValueError(f"{place}: a token has {_SHORTEST} characters or more, of letters, digits and . _ ~ -")
    return FeedToken(name=name, digest=token_digest(value))


def token_line(name: str, token: str) -> str:
    """Return the line that stands for a token in a file: its hash, so that the file need not be kept secret."""
    return f"{name}: sha256:{token_digest(token)}\n"


def without_token(text: str, name: str) -> str:
    """Return a token file's text without the token of that name; comments and all other lines stay."""
    return "".join(line for line in text.splitlines(keepends=True) if line.partition(":")[0].strip() != name)
