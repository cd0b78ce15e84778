"""Checks of accessibility by axe-core, run in a page that a browser shows."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.conftest import unavailable
from tests.documents import ROOT
from tests.system.page_checks import Browser

_SCRIPT = ROOT / ".venv/axe/axe_playwright_python/axe.min.js"
_BAD = ("serious", "critical")
# Contrast takes it longest, and is the same in every language.
_RUN = """axe.run(document, {resultTypes: ['violations'], rules: {'color-contrast': {enabled: %s}}}).then(found => found.violations.map(
    each => [each.impact, each.id, each.help, each.nodes.slice(0, 3).map(node => node.html.slice(0, 160))]))"""


class Violation(NamedTuple):
    """A rule that a page breaks: how bad that is, the rule, what it says, and some of the elements."""

    impact: str
    rule: str
    help: str
    elements: tuple[str, ...]

    @property
    def is_bad(self) -> bool:
        """Whether no page may have it."""
        return self.impact in _BAD


def axe_script() -> str:
    """Return the script, or skip the test where it has not been fetched."""
    if not _SCRIPT.exists():
        unavailable("needs axe-core: make axe")
    return _SCRIPT.read_text("utf-8")


async def violations(shown: Browser, script: str, *, with_contrast: bool = True) -> list[Violation]:
    """Return what axe-core finds on the page that is shown."""
    await shown.call("Runtime.evaluate", expression=script)
    asked = _RUN % str(with_contrast).lower()
    found: Any = await shown.call("Runtime.evaluate", expression=asked, awaitPromise=True, returnByValue=True)
    assert "exceptionDetails" not in found, json.dumps(found)[:2000]
    return [
        Violation(impact or "", rule, says, tuple(elements))
        for impact, rule, says, elements in found["result"]["value"]
    ]
