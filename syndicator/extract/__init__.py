"""Bytes to entries, tagged and with the feeds that hold them, in children that can be killed."""

from syndicator.extract.client import COMMAND, Extractor
from syndicator.extract.job import ClassificationRules, Classified
from syndicator.extract.pool import Limits, Pool
from syndicator.extract.worker import GARBAGE_AFTER

__all__ = ["COMMAND", "GARBAGE_AFTER", "ClassificationRules", "Classified", "Extractor", "Limits", "Pool"]
