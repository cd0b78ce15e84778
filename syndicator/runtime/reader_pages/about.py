"""The page about this server."""

from __future__ import annotations

from collections import Counter

from syndicator import __version__
from syndicator.config import Config
from syndicator.models import Republish
from syndicator.models.reader_pages import AboutPage, AboutWanted, Polling, Retained, Rights
from syndicator.runtime.reader_pages.reading import Reading


def about_page(reading: Reading, _wanted: AboutWanted) -> AboutPage:
    """Return what the configuration in force says of how outlets are read, and what is kept."""
    config = reading.rules.config
    outlets = list(config.outlets.values())
    policies = Counter(each.on_pages for each in outlets)
    return AboutPage(
        version=__version__,
        outlets=len(outlets),
        mirrored=sum(any(len(source.endpoints) > 1 for source in each.sources) for each in outlets),
        languages=len({each.language for each in outlets} - {""}),
        countries=len({each.country for each in outlets} - {""}),
        feeds=len(reading.feeds),
        polling=_polling(config),
        retained=_retained(config),
        rights=Rights(
            link=policies[Republish.LINK], excerpt=policies[Republish.EXCERPT], whole=policies[Republish.FULL]
        ),
        looks_for_deletions=sum(each.finds_deletions for each in outlets),
        copies=config.copies_at,
        hubs=config.hub.announced(config.base_url),
    )


def _polling(config: Config) -> Polling:
    bounds = config.bounds
    unruly = [
        source
        for source in config.sources.values()
        if not all(source.options_for(each).respect_robots for each in source.endpoints)
    ]
    return Polling(
        interval=bounds.interval,
        is_adaptive=bounds.is_adaptive,
        shortest=min([bounds.shortest, *(each.interval for each in config.sources.values() if each.interval)]),
        longest=bounds.longest_wait if bounds.is_adaptive else bounds.interval,
        user_agent=config.politeness.user_agent,
        unruly=len(unruly),
    )


def _retained(config: Config) -> Retained:
    is_captured = any(each.is_captured for each in config.sources.values())
    return Retained(
        stories=config.retention,
        documents=config.capture_retention if is_captured else None,
        on_demand=config.on_demand.kept_for if config.on_demand.is_enabled else None,
    )
