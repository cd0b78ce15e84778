"""The demonstration: invented outlets on loopback, and the daemon polling them."""

from syndicator.demo.newsroom import Newsroom
from syndicator.demo.play import load_play
from syndicator.demo.show import show

__all__ = ["Newsroom", "load_play", "show"]
