"""The bundled script: which outlet has which story from which beat on, and how mirrors and homes behave."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One outlet's part: its stories by beat, how its mirrors behave, when its home is down or sold."""

    id: str
    name: str
    language: str
    country: str
    format: str
    story: Sequence[Mapping[str, Any]]
    mirrors: Sequence[str] = ()
    has_dates: bool = True
    home_is_down: Sequence[int] = ()
    home_is_sold: Sequence[int] = ()

    @property
    def is_compared(self) -> bool:
        """Whether one of its mirrors is unfaithful, so that the daemon should compare them."""
        return any(mirror != "faithful" for mirror in self.mirrors)

    def stories(self, beat: int, role: str = "home") -> list[dict[str, Any]]:
        """Return the stories that the home or a mirror shows at a beat, newest first, headlines as of then."""
        shown = []
        for story in self.story:
            if story["beat"] <= (beat - 2 if role == "lags" and beat > 2 else beat):  # noqa: PLR2004
                later = story.get("becomes")
                is_changed = later is not None and later["beat"] <= beat
                title = later["title"] if is_changed and later else story["title"]
                shown.append({**story, "title": story.get("edited", title) if role == "edits" else title})
        if role == "drops":
            shown = [story for story in shown if not story.get("is_dropped")]
        return sorted(shown, key=lambda story: int(story["beat"]), reverse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """The script of all outlets, and a line of text for each beat."""

    beats: Sequence[str]
    outlets: Sequence[Script]


def load_play() -> Play:
    """Load the bundled script."""
    table = tomllib.loads(resources.files(__package__).joinpath("play.toml").read_text("utf-8"))
    return Play(beats=table["beats"], outlets=[Script(**outlet) for outlet in table["outlet"]])
