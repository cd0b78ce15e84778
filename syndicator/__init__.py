"""Poll news outlets and their mirrors, know each story once, republish filtered feeds.

fetch -> parse -> normalize -> tag -> select -> dedupe -> store -> publish
"""

__version__ = "0.1.0"
