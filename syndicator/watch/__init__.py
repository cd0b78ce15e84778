"""What an operator must know."""

from syndicator.watch.health import Health, is_home_down, word_for, working_base

__all__ = ["Health", "is_home_down", "word_for", "working_base"]
