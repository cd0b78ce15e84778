"""Work that follows what was committed, each kind at its own pace: a slow one never holds a poll.

A new kind is one file here, usually around a ``ChangeConsumer``, and one entry in the list that ``runtime.app`` makes.
"""

from syndicator.outbox.backfill import Backfill
from syndicator.outbox.consumer import ChangeConsumer, Consumer, Outbox
from syndicator.outbox.events import event_consumer
from syndicator.outbox.hub import Hub, HubPorts
from syndicator.outbox.hub_context import HubContext
from syndicator.outbox.pages import PageWatch
from syndicator.outbox.ping import Pinger
from syndicator.outbox.pulse_groups import PulseGroups, groups_of, source_subject
from syndicator.outbox.pulses import Pulses
from syndicator.outbox.search import search_consumers
from syndicator.outbox.volumes import volume_consumer
from syndicator.outbox.windows import Windows

__all__ = [
    "Backfill",
    "ChangeConsumer",
    "Consumer",
    "Hub",
    "HubContext",
    "HubPorts",
    "Outbox",
    "PageWatch",
    "Pinger",
    "PulseGroups",
    "Pulses",
    "Windows",
    "event_consumer",
    "groups_of",
    "search_consumers",
    "source_subject",
    "volume_consumer",
]
