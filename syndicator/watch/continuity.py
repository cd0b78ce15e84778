"""Detect a feed that no longer belongs to its outlet: a domain that was sold or seized can still answer with a feed.

A document with known items is the outlet's. One without any is compared with the source's profile: its title, the hosts
of its links, the scripts and words of its headlines. No sign proves anything alone: outlets rename, move and change
their pages. Pure.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain

from syndicator import urls
from syndicator.models import Entry, SourceProfile
from syndicator.text import words_of

# A document with this share of known items needs no further proof.
ENOUGH_KNOWN = 0.1
# A source with fewer distinct words in its headlines has no profile to compare with.
ENOUGH_WORDS = 10
# A new title passes with the usual words, links and letters; new hosts pass with the title and a few of the words.
_LEAST_LIKENESS = 0.58
# Where issuer and network are both new as well, a new title does not pass.
_LEAST_LIKENESS_OF_NEW = 0.68
_BOTH = ("issuer", "network")
_WEAK = 0.5
_WEIGHTS = {"title": 0.4, "links": 0.15, "script": 0.15, "words": 0.3}
_MAX_HOSTS, _MAX_WORDS = 30, 1000
_MIN_LETTERS = 4
_RICH = 300
_LEARN_EVERY = timedelta(hours=6)
# One day's headlines rarely share half of their words with another day's.
_LEAST_FAMILIAR = 0.1
_LIKELY = 0.7
_ADAPTING = 0.2


def learn(title: str, entries: Sequence[Entry], before: SourceProfile | None, now: datetime) -> SourceProfile | None:
    """Return a source's profile updated with these entries; None if the profile is rich enough and recent."""
    if before is not None and len(before.words) >= _RICH and now < before.learned_at + _LEARN_EVERY:
        return None
    words = _words(entries)
    if before is None:
        half = len(entries) // 2
        known = frozenset(_words(entries[:half]))
        return SourceProfile(
            title=title,
            hosts=tuple(dict.fromkeys(_hosts(entries)))[:_MAX_HOSTS],
            scripts=_scripts(entries),
            words=words[:_MAX_WORDS],
            familiar=_share(_words(entries[half:]), known),
            learned_at=now,
        )
    share = _share(words, frozenset(before.words))
    is_telling = len(words) >= ENOUGH_WORDS
    return SourceProfile(
        title=title or before.title,
        hosts=tuple(dict.fromkeys((*_hosts(entries), *before.hosts)))[:_MAX_HOSTS],
        scripts=_scripts(entries) or before.scripts,
        words=tuple(dict.fromkeys((*words, *before.words)))[:_MAX_WORDS],
        familiar=before.familiar + _ADAPTING * (share - before.familiar) if is_telling else before.familiar,
        learned_at=now,
    )


def mismatch_reason(
    profile: SourceProfile,
    title: str,
    entries: Sequence[Entry],
    *,
    hosts: Iterable[str] = (),
    new: Sequence[str] = (),
) -> str:
    """Return why a document without known items looks like another outlet's, in words; empty if it does not.

    ``hosts`` are the outlet's own. A source with fewer than a few headlines has no profile to compare with. ``new`` is
    what is new of who answers, in words: where the issuer and the network both are, less is needed for doubt.
    """
    if len(profile.words) < ENOUGH_WORDS:
        return ""
    found = _likeness(profile, title, entries, frozenset((*hosts, *profile.hosts)))
    weight = sum(_WEIGHTS[sign] for sign in found)
    score = sum(_WEIGHTS[sign] * likeness for sign, likeness in found.items()) / weight if weight else 1.0
    if score >= (_LEAST_LIKENESS if len(new) < len(_BOTH) else _LEAST_LIKENESS_OF_NEW):
        return ""
    reasons = [reason for sign, reason in _reasons(profile, title, entries).items() if found.get(sign, 1.0) < _WEAK]
    why = ", ".join(("none of its items is known", *reasons, *new))
    return f"looks like another outlet's ({score:.0%} like itself): {why}"


def _likeness(profile: SourceProfile, title: str, entries: Sequence[Entry], own: frozenset[str]) -> dict[str, float]:
    """Return how much each sign is like the source's profile, from 0 to 1; leave out signs that are absent."""
    found = {}
    before, now = (frozenset(words_of(each).folded()) for each in (profile.title, title))
    if before and now:
        found["title"] = len(before & now) / min(len(before), len(now))
    hosts = _hosts(entries)
    if hosts:
        found["links"] = sum(host in own for host in hosts) / len(hosts)
    scripts = _scripts(entries)
    if scripts and profile.scripts:
        found["script"] = sum(min(share, profile.scripts.get(name, 0.0)) for name, share in scripts.items())
    words = _words(entries)
    if len(words) >= ENOUGH_WORDS:
        usual = max(_LEAST_FAMILIAR, _LIKELY * profile.familiar)
        found["words"] = min(1.0, _share(words, frozenset(profile.words)) / usual)
    return found


def _reasons(profile: SourceProfile, title: str, entries: Sequence[Entry]) -> Mapping[str, str]:
    hosts = Counter(_hosts(entries)).most_common(1)
    scripts = _scripts(entries)
    return {
        "title": f'its title is "{title[:80]}" and was "{profile.title[:80]}"',
        "links": f"its links lead to {hosts[0][0] if hosts else 'nowhere'}",
        "script": f"its headlines are in {max(scripts, key=lambda name: scripts[name], default='no')} letters",
        "words": "its headlines are about other things",
    }


def _hosts(entries: Iterable[Entry]) -> list[str]:
    return [urls.site(entry.link) for entry in entries if entry.link]


def _words(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the distinct longer words of the headlines."""
    every = chain.from_iterable(words_of(entry.title).folded() for entry in entries)
    return tuple(dict.fromkeys(word for word in every if len(word) >= _MIN_LETTERS))


def _share(words: Sequence[str], known: frozenset[str]) -> float:
    return sum(word in known for word in words) / len(words) if words else 0.0


def _scripts(entries: Iterable[Entry]) -> dict[str, float]:
    """Return the share of each script in the letters of the headlines."""
    found: Counter[str] = Counter()
    for char, count in Counter("".join(entry.title for entry in entries)).items():
        found[_script(char)] += count
    del found[""]
    return {name: count / found.total() for name, count in found.items()}


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    """Return the name of a letter's script, with which its Unicode name begins; empty for other characters."""
    return unicodedata.name(char, "").partition(" ")[0].title() if char.isalpha() else ""
