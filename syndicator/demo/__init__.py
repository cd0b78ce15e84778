"""A newsroom on loopback that ships with the program, and the daemon let loose on it."""

from syndicator.demo.newsroom import Newsroom, load_play
from syndicator.demo.show import show

__all__ = ["Newsroom", "load_play", "show"]
