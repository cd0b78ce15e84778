"""What a document tells its reader to do: fenced blocks of commands and files. Pure.

A ``console`` block has commands after ``$ ``, and what they print below them; a line continues after a backslash. In what is
shown, ``...`` stands for any text, on a line of its own for any lines, and ``^C`` for what the reader presses. An ``sh`` block
is a script, which must succeed. A ``toml`` block whose first line is a comment with a path is a file at that path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^ *```\s*$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"# (\S+\.(?:toml|conf|service))(?: .*)?")
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
INTERRUPT = "^C"
# Isolates, by which a message keeps right-to-left text in its place (UAX 9), are not to be seen.
_UNSEEN = dict.fromkeys(range(0x2066, 0x206A))


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its lines without the indentation of the list it stands in, its place."""

    language: str
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The path of the file that the block is, if it is one."""
        found = _FILE.fullmatch(self.text.partition("\n")[0])
        return found[1] if found else None


@dataclass(slots=True)
class Step:
    """A command and the lines that it is shown to print; ``is_shown`` is false where its output is not told."""

    command: str
    line: int
    shown: list[str] = field(default_factory=list)
    is_shown: bool = True


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a document."""
    for fence in _FENCE.finditer(text):
        indent = len(fence[1])
        body = "\n".join(line[indent:] for line in fence[3].splitlines())
        yield Block(fence[2], body, text.count("\n", 0, fence.start()) + 2)


def steps(block: Block) -> list[Step]:
    """Return the commands of a console or sh block."""
    if block.language == "sh":
        return [Step(block.text, block.line, is_shown=False)]
    found: list[Step] = []
    continues = False
    for number, line in enumerate(block.text.splitlines(), block.line):
        if continues:
            found[-1].command += "\n" + line.removeprefix("> ")
        elif line.startswith("$ "):
            found.append(Step(line[2:], number))
        else:
            found[-1].shown.append(line)
            continue
        continues = line.endswith("\\")
    return found


def matches(shown: Sequence[str], printed: str, *, is_whole: bool = True) -> bool:
    """Return whether a command printed what is shown; unless ``is_whole``, more may follow."""
    parts = []
    for line in shown:
        if line == INTERRUPT:
            continue
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            pieces = (re.escape(piece) for piece in line.rstrip().split("..."))
            parts.append(r"[^\n]*".join(pieces) + r"[ \t]*\n")
    pattern = re.compile("".join(parts))
    printed = printed.translate(_UNSEEN)
    text = printed if not printed or printed.endswith("\n") else printed + "\n"
    return bool(pattern.fullmatch(text) if is_whole else pattern.match(text))


def inline(text: str) -> list[str]:
    """Return what a document writes as code in its sentences and tables."""
    return _INLINE.findall(_FENCE.sub("", text))
