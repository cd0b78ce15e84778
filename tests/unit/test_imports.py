"""What loading one part of the program loads with it."""

import subprocess
import sys


def test_reading_a_configuration_loads_neither_network_nor_parsers():
    """Commands that only look at it start quickly, and a parser's fault cannot stop it from being read."""
    script = "import sys, syndicator.config, syndicator.config.opml, syndicator.config.write; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    others = {"extract", "fetch", "parse", "watch", "store", "web", "poll", "publish", "ingest", "pipeline", "runtime"}
    libraries = {"aiohttp", "feedparser", "sqlalchemy", "lxml", "trafilatura", "apscheduler", "feedgen", "jinja2"}
    loaded = set(done.stdout.split())
    assert not loaded & (libraries | {f"syndicator.{name}" for name in others})
