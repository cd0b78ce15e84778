"""The renderer of each output format: the function ``render`` of the module here that its row names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Protocol

from syndicator.models import Feed, Story
from syndicator.models.formats import OUTPUT_FORMATS, OutputFormat
from syndicator.publish.context import PublicationContext


class Renderer(Protocol):
    """Write a feed's document from its stories, newest first; ``bases`` is where outlets' links lead if not home.

    The same arguments give the same bytes. Raise ValueError or TypeError for a story that the format cannot carry.
    """

    def __call__(  # noqa: D102
        self,
        feed: Feed,
        stories: Sequence[Story],
        context: PublicationContext,
        changed_at: datetime,
        bases: Mapping[str, str],
    ) -> bytes: ...


def find_renderer(format_: OutputFormat) -> Renderer:
    """Import the renderer of a format; raise ImportError, naming the module, if there is none."""
    module = import_module(f"{__package__}.{format_.module or format_.name}")
    try:
        renderer: Renderer = module.render
    except AttributeError:
        raise ImportError(
            f"{module.__name__} has no function render, which the output format {format_.name!r} needs",
            name=module.__name__,
        ) from None
    return renderer


RENDERERS: Mapping[str, Renderer] = {each.name: find_renderer(each) for each in OUTPUT_FORMATS}
