"""Work that follows what was committed, each kind at its own pace: a slow one never holds a poll.

A new kind is one file here and one line in ``consumer.CONSUMERS``.
"""

from syndicator.outbox.backfill import Backfill
from syndicator.outbox.consumer import ChangeConsumer, Consumer, Outbox

__all__ = ["Backfill", "ChangeConsumer", "Consumer", "Outbox"]
