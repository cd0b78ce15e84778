"""Keep documents as they were received, in WARC files (ISO 28500), and read such files. The only door to warcio."""

from syndicator.capture.fetch import CapturingFetch
from syndicator.capture.recorder import Recorder
from syndicator.capture.warc import CapturedAnswer, RecordKind, WarcError, read_answer, read_warc

__all__ = ["CapturedAnswer", "CapturingFetch", "RecordKind", "Recorder", "WarcError", "read_answer", "read_warc"]
