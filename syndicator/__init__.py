"""Poll news outlets and their mirrors, know each story once, republish filtered feeds.

fetch -> parse -> normalize -> dedupe -> tag -> store -> select -> publish
"""

__version__ = "0.1.0"
