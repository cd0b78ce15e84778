"""How everything is, as plain data: one answer for the page, for ``/status.json`` and for ``syndicator status``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from syndicator import __version__, urls
from syndicator.config import Config
from syndicator.models import Appearance, MirrorSuggestion, Outlet, SourceState, Story
from syndicator.poll.read import DISAGREEMENTS, READ_BOTH_WAYS
from syndicator.store import Store, Transaction
from syndicator.watch import WINDOW, Comparison, Health, compare, told, word_for, working_base

_LATEST = 30
_WORST_LAST = (Health.WORKING, Health.UNASKED, Health.SHAKY, Health.FAILING, Health.GONE, Health.HELD)


async def status(config: Config, store: Store, *, now: datetime, problems: Sequence[str] = ()) -> dict[str, Any]:
    """Gather outlets with their endpoints, feeds, and the latest stories; times are ISO 8601 in UTC."""
    sources = list(config.sources.values())
    compared = [source.id for source in sources if config.outlets[source.outlet].mode == "compare"]
    states, feeds, latest, count, checked, disagreed, shown, met = await store.read(
        lambda tx: (
            tx.sources.overview(sources),
            _feeds(config, tx),
            tx.stories.newest(_LATEST),
            tx.stories.count(),
            int(tx.get_meta(READ_BOTH_WAYS) or 0),
            int(tx.get_meta(DISAGREEMENTS) or 0),
            tx.mirrors.shown(compared, now - WINDOW),
            tx.mirrors.suggestions(),
        )
    )
    endpoints = {id_: state.endpoints for id_, state in states.items()}
    bases = {outlet.id: working_base(outlet, endpoints) for outlet in config.outlets.values()}
    outlets = [
        _outlet(outlet, states, bases[outlet.id], shown, config.mirror_patience) for outlet in config.outlets.values()
    ]
    return {
        "version": __version__,
        "title": config.title,
        "base_path": urlsplit(config.base_url).path.rstrip("/"),
        "now": now.isoformat(),
        "status_time": now.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "problems": list(problems),
        "counts": {
            "outlets": len(outlets),
            "sources": len(sources),
            "stories": count,
            "read_both_ways": checked,
            "disagreements": disagreed,
            "suggestions": len(undecided(met, config.outlets)),
            "failing": sum(outlet["health"] in (Health.FAILING, Health.GONE, Health.HELD) for outlet in outlets),
        },
        "outlets": outlets,
        "feeds": feeds,
        "stories": [_story(config, story, bases) for story in latest],
    }


def undecided(met: Iterable[MirrorSuggestion], outlets: Mapping[str, Outlet]) -> list[MirrorSuggestion]:
    """Give the suggestions for these outlets that nobody has decided on."""
    return [
        each
        for each in met
        if not each.is_dismissed
        and (outlet := outlets.get(each.hint.outlet)) is not None
        and each.hint.address not in outlet.bases
    ]


def _feeds(config: Config, tx: Transaction) -> list[dict[str, Any]]:
    return [
        {
            "name": feed.name,
            "title": feed.title,
            "where": feed.where.strip(),
            "members": state.members,
            "changed_at": state.changed_at.isoformat(),
            "addresses": {kind: f"{config.base_url}/feeds/{feed.name}.{kind}" for kind in feed.formats},
        }
        for state in tx.feeds.states()
        if (feed := config.feeds.get(state.name)) is not None
    ]


def _outlet(
    outlet: Outlet,
    states: Mapping[str, SourceState],
    base: str,
    shown: Mapping[str, Sequence[Appearance]],
    patience: timedelta,
) -> dict[str, Any]:
    sources = [
        _source(states[source.id], shown.get(source.id, ()), patience)
        for source in outlet.sources
        if source.id in states
    ]
    return {
        "id": outlet.id,
        "name": outlet.name,
        "country": outlet.country,
        "language": outlet.language,
        "health": _health_of(sources),
        "good_at": max((source["good_at"] for source in sources if source["good_at"]), default=None),
        "mode": outlet.mode,
        "links_to": "" if base == outlet.home else base,
        "sources": sources,
    }


def _source(state: SourceState, shown: Sequence[Appearance], patience: timedelta) -> dict[str, Any]:
    home, good_at = state.endpoints[0].endpoint, {each.endpoint: each.good_at for each in state.endpoints}
    beside = {each.endpoint: each for each in compare(shown, home, good_at, patience=patience)}
    return {
        "id": state.id,
        "title": state.title,
        "due_at": state.due_at.isoformat(),
        "good_at": _iso(state.good_at),
        "news_at": _iso(state.news_at),
        "pushed_until": _iso(state.pushed_until),
        "endpoints": [
            {
                "url": urls.redact(each.endpoint),
                "is_mirror": place > 0,
                "is_asked": each.endpoint == (state.working or state.endpoints[0].endpoint),
                "health": word_for(each),
                "outcome": each.outcome or "",
                "note": each.note,
                "failures": each.failures,
                "latency_seconds": round(each.latency, 3),
                "tried_at": _iso(each.tried_at),
                "good_at": _iso(each.good_at),
                "next_try_at": _iso(each.next_try_at),
                "moved_to": urls.redact(each.redirect.to) if each.redirect and each.redirect.is_adopted else "",
                **_beside(beside.get(each.endpoint)),
            }
            for place, each in enumerate(state.endpoints)
        ],
    }


def _beside(comparison: Comparison | None) -> dict[str, Any]:
    """Say how an endpoint is beside the others, in words and as data."""
    if comparison is None:
        return {"beside": []}
    return {
        "beside": told(comparison),
        "lag_seconds": round(comparison.lag.total_seconds()),
        "seen": comparison.seen,
        "missing": list(comparison.missing),
        "differences": [asdict(each) for each in comparison.differences],
    }


def _health_of(sources: Sequence[Mapping[str, Any]]) -> Health:
    """Give an outlet's word: that of its worst source, a source being as well as the endpoint that answers for it.

    A mirror that carries a source keeps it going; the outlet is then shaky, not failing.
    """
    words = []
    for source in sources:
        of_endpoints = [Health(each["health"]) for each in source["endpoints"]]
        best = min(of_endpoints, key=_WORST_LAST.index)
        is_carried = best is Health.WORKING and of_endpoints[0] not in (Health.WORKING, Health.UNASKED)
        words.append(Health.SHAKY if is_carried else best)
    return max(words, key=_WORST_LAST.index, default=Health.UNASKED)


def _story(config: Config, story: Story, bases: Mapping[str, str]) -> dict[str, Any]:
    outlet = config.outlets.get(story.outlet)
    link = story.link
    if link and outlet:
        link = urls.lead(link, bases[outlet.id], outlet.bases)
    return {
        "id": story.uid,
        "title": story.title,
        "link": link,
        "language": story.language,
        "outlet": story.outlet,
        "outlet_name": outlet.name if outlet else story.outlet,
        "first_seen": story.first_seen.isoformat(),
        "updated": story.updated.isoformat(),
        "copies": max(0, len(story.outlets) - 1),
        "tags": [
            {
                "scheme": tag.scheme,
                "term": tag.term,
                "label": tag.label,
                "role": tag.role,
                "score": tag.score,
                "words": list(dict.fromkeys(evidence.words for evidence in tag.evidence)),
            }
            for tag in story.tags
        ],
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
