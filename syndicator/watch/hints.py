"""Find other addresses of an outlet in its own documents: suggestions for mirrors, with their evidence. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import resources
from itertools import islice

from syndicator import domains, urls
from syndicator.markup import clean
from syndicator.models import CandidateKind, Document, Link, MirrorCandidate, Outlet

_DOTTED = re.compile(r"\.[A-Za-z]{2}")
_ADDRESS = re.compile(
    r"(?<![\w@.-])(https?://)?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,4}[a-z]{2,24})(:\d{2,5})?(?![\w@-])",
    re.IGNORECASE,
)
_BEFORE = 300
_MAX_CANDIDATES, _MAX_ADDRESSES = 10, 2000
_MAX_EVIDENCE = 300
_LINKS = ("self", "alternate", "canonical")


def named_addresses(text: str) -> Iterator[tuple[str, str]]:
    """Yield addresses that ``text`` announces as alternatives, each with the words around it.

    Announcements are recognised in English, Russian, Ukrainian, Arabic, Persian, Turkish, French, German, Spanish,
    Italian, Portuguese and Chinese.
    """
    if not _DOTTED.search(text):
        return
    folded = ""
    for found in islice(_ADDRESS.finditer(text), _MAX_ADDRESSES):
        host = found[2].lower()
        if not domains.is_public(host):
            continue
        # Lower case of the Turkish capital is two characters, which would shift all that follows.
        folded = folded or text.replace("İ", "i").lower()
        cues = list(_cues().finditer(folded, max(0, found.start() - _BEFORE), found.start()))
        if cues:
            scheme = "http://" if host.endswith(".onion") else (found[1] or "https://").lower()
            words = clean(" ".join(text[cues[0].start() : found.end()].split()))
            yield f"{scheme}{host}{found[3] or ''}", words[-_MAX_EVIDENCE:]


def mirror_candidates(
    outlet: Outlet, document: Document, links: Iterable[Link], named: Sequence[tuple[str, str]]
) -> tuple[MirrorCandidate, ...]:
    """Return other addresses of the outlet that a document, its links and its redirects name, at most ten."""
    own = {domains.registrable(base) for base in outlet.bases}
    found: dict[str, MirrorCandidate] = {}

    def add(kind: CandidateKind, address: str, evidence: str) -> None:
        if urls.absolute(address) is None:
            return
        base = urls.origin(urls.without_user(address)).lower()
        is_new = base not in found and len(found) < _MAX_CANDIDATES
        if is_new and domains.registrable(base) not in own and not _is_platform(base):
            where = urls.site(document.endpoint)
            found[base] = MirrorCandidate(
                outlet=outlet.id, address=base, kind=kind, evidence=clean(f"{where}: {evidence}")[:_MAX_EVIDENCE]
            )

    for address, words in named:
        add(CandidateKind.NAMED, address, words)
    if document.onion:
        add(CandidateKind.ONION, document.onion, f"Onion-Location: {document.onion}")
    if document.moved_to:
        add(CandidateKind.MOVED, document.moved_to, f"redirects permanently to {urls.redact(document.moved_to)}")
    for link in links:
        if link.rel in _LINKS:
            add(CandidateKind.LINKED, link.href, f"rel={link.rel} is {urls.redact(link.href)}")
    return tuple(found.values())


def _is_platform(base: str) -> bool:
    return domains.registrable(base) in _platforms() or urls.site(base) in _platforms()


@lru_cache(maxsize=1)
def _cues() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{line})" for line in _lines("cues.txt")))


@lru_cache(maxsize=1)
def _platforms() -> frozenset[str]:
    return frozenset(_lines("platforms.txt"))


def _lines(name: str) -> list[str]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
