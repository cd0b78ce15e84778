"""The doors: arguments in, exit code out (0 well, 1 something failed, 2 wrong configuration or usage)."""

from __future__ import annotations

from syndicator.cli import lists, migrate, mirrors, run, status, tag
from syndicator.cli.base import cli, set_up_logging

__all__ = ["cli", "lists", "main", "migrate", "mirrors", "run", "set_up_logging", "status", "tag"]


def main() -> None:
    """Run the command line."""
    cli()
