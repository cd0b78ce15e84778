"""Read a catalog of messages (GNU gettext, ``.po``) as it lies in the package: no compiled one is needed beside it."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Callable, Iterator, Mapping

# The expression in C by which a language chooses among its plural forms.
_PLURAL_RULE = re.compile(r"^Plural-Forms:.*\bplural=([^;\n]+)", re.MULTILINE)


class Catalog(gettext.NullTranslations):
    """The messages of a language. What has no translation stays as it is."""

    def __init__(self, text: str) -> None:
        """Read the text of a ``.po`` file. Raise ValueError for one that is not as ``make messages`` writes it."""
        super().__init__()
        self._messages: dict[str, Mapping[int, str]] = {}
        self._form: Callable[[int], int] = lambda count: int(count != 1)
        for message in _messages(text):
            self._add(message)

    def gettext(self, message: str) -> str:
        """Return a message's translation."""
        return self._messages.get(message, {}).get(0) or message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the translation for a number."""
        return self._messages.get(msgid1, {}).get(self._form(n)) or (msgid1 if n == 1 else msgid2)

    def _add(self, message: Mapping[str, str]) -> None:
        if message["msgid"]:
            forms = {key: value for key, value in message.items() if key.startswith("msgstr")}
            self._messages[message["msgid"]] = {int(key[7:-1] or 0): value for key, value in forms.items()}
        elif rule := _PLURAL_RULE.search(message["msgstr"]):
            self._form = gettext.c2py(rule[1])


def _messages(text: str) -> Iterator[Mapping[str, str]]:
    """Yield messages as their keywords (``msgid``, ``msgstr[1]``) with what is said behind them."""
    message: dict[str, str] = {}
    keyword = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if not line.startswith('"'):
            keyword, _, line = line.partition(" ")  # noqa: PLW2901 - the rest of it
            if keyword == "msgid" and message:
                yield message
                message = {}
        try:
            message[keyword] = message.get(keyword, "") + ast.literal_eval(line)
        except (SyntaxError, ValueError) as error:
            raise ValueError(f"line {number} of a catalog of messages: {error}") from error
    if message:
        yield message
