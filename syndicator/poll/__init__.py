"""One poll of one source: collect what its endpoints show, then commit it."""

from syndicator.poll.collect import Collector
from syndicator.poll.commit import add_batch, commit, commit_push
from syndicator.poll.ports import Clock, Extract, Fetch, Ports

__all__ = ["Clock", "Collector", "Extract", "Fetch", "Ports", "add_batch", "commit", "commit_push"]
