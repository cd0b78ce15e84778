"""What an operator must know: detectors find what is wrong, each finding has the life of an alert, recipients are told.

A new detector is one file here and one entry in the list that ``runtime.app`` makes.
"""

from syndicator.alerts.daemon import DaemonDetector, note_version
from syndicator.alerts.detector import Detector, Look
from syndicator.alerts.doors import Doors
from syndicator.alerts.edits import EditsWanted, edit_consumer
from syndicator.alerts.endpoints import FailingEndpoints
from syndicator.alerts.mirrors import MirrorComparisons
from syndicator.alerts.notices import NoticeService, Send
from syndicator.alerts.silence import SilenceDetector
from syndicator.alerts.spikes import SpikeDetector
from syndicator.alerts.undelivered import UndeliveredNotices
from syndicator.alerts.watch import MACHINE, AlertWatch, note

__all__ = [
    "MACHINE",
    "AlertWatch",
    "DaemonDetector",
    "Detector",
    "Doors",
    "EditsWanted",
    "FailingEndpoints",
    "Look",
    "MirrorComparisons",
    "NoticeService",
    "Send",
    "SilenceDetector",
    "SpikeDetector",
    "UndeliveredNotices",
    "edit_consumer",
    "note",
    "note_version",
]
