"""What an operator must know: detectors find what is wrong, each finding has the life of an alert, recipients are told.

A new detector is one file here and one entry in the list that ``runtime.app`` makes.
"""

from syndicator.alerts.daemon import DaemonDetector, note_version
from syndicator.alerts.detector import Detector, Look
from syndicator.alerts.silence import SilenceDetector
from syndicator.alerts.spikes import SpikeDetector
from syndicator.alerts.watch import MACHINE, AlertWatch, note

__all__ = [
    "MACHINE",
    "AlertWatch",
    "DaemonDetector",
    "Detector",
    "Look",
    "SilenceDetector",
    "SpikeDetector",
    "note",
    "note_version",
]
