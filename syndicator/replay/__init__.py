"""Run what was captured through the whole flow under a simulated clock. The same captures give the same bytes."""

from syndicator.replay.captures import Capture, find_captures
from syndicator.replay.play import replay
from syndicator.replay.step import Step
from syndicator.replay.warcs import find_steps

__all__ = ["Capture", "Step", "find_captures", "find_steps", "replay"]
