"""Keep documents as they were received, in WARC files (ISO 28500), and read such files. The only door to warcio."""

from syndicator.capture.fetch import CapturingFetch
from syndicator.capture.reader import CapturedAnswer, RecordKind, WarcError, read_answer, read_warc
from syndicator.capture.recorder import Recorder

__all__ = ["CapturedAnswer", "CapturingFetch", "RecordKind", "Recorder", "WarcError", "read_answer", "read_warc"]
