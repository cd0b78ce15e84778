"""The golden sets: what the tagger and the gazetteer's compiler gave when their versions were last raised.

    python -m tests.golden       compare, and write what the versions in force give (``make golden``)

``TAGGER_VERSION`` must be raised when the tagger gives other tags for the same texts: stored stories are then tagged
again. ``COMPILER_VERSION`` must be raised when the compiler makes another file of the same inputs: every installation
then compiles again. Both are expensive for users. A change of code that changes no result must raise neither.

Compiling takes half a minute. Tests therefore only look whether the compiler's code has changed; this program compiles
if it has, and compares the files.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import sys
import tempfile
import tokenize
from collections.abc import Iterator
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from syndicator.models import Concept
from syndicator.tag import OutletHistory, Tagger, ensure_gazetteer, open_gazetteer
from syndicator.tag.compile import compile_gazetteer
from syndicator.tag.gazetteer_cache import COMPILER_VERSION, gazetteer_name
from syndicator.tag.tagger import TAGGER_VERSION

DATA = Path(__file__).parent / "data"
_ROOM = Path(str(resources.files("syndicator.tag")))
_COMPILER = ("compile/*.py", "gazetteer.py", "inflect*.py", "tables.py", "../text.py")
_CONCEPTS = (
    Concept(id="truce", label="Truce", terms=("ceasefire*", "перемири*", "ateşkes*", "هدنة", "وقف إطلاق النار")),
    Concept(id="flood", label="Flood", terms=("flood*", "паводок", "سیلاب", "sequía", "Schneefäll*")),
)


class Text(NamedTuple):
    """A text of the golden set; ``country`` is its outlet's, if that is known."""

    language: str
    country: str
    title: str
    text: str


class TaggerGolden(NamedTuple):
    """The line of ``tagger_golden.txt``; ``inputs`` are those of the gazetteer."""

    version: int
    digest: str
    inputs: str


class CompilerGolden(NamedTuple):
    """The line of ``compiler_golden.txt``: digests of the code, of what was compiled and of the file."""

    version: int
    code: str
    inputs: str
    file: str


def texts() -> Iterator[Text]:
    """Yield the table of stories, and the paragraphs."""
    for language, title, text, *_ in _rows("regions.tsv"):
        yield Text(language, "", title, text)
    for row in _rows("paragraphs.tsv"):
        yield Text(*row)


def _rows(name: str) -> Iterator[list[str]]:
    lines = [line for line in (DATA / name).read_text("utf-8").splitlines() if line and not line.startswith("#")]
    for line in lines[1:]:
        cells = line.split("\t")
        yield [*cells, *[""] * (4 - len(cells))]


def tag_all() -> str:
    """Return a digest of the tags of all texts, each with and without what its outlet's earlier texts were about."""
    path = ensure_gazetteer()
    tag, history = Tagger(_CONCEPTS, path), OutletHistory(open_gazetteer(path).number_of)
    digest = hashlib.sha256()
    for text in texts():
        outlet = f"{text.language} {text.country}"
        for shares in ({}, history.shares(outlet)):
            tags = tag(text.title, text.text, text.language, text.country, shares)
            digest.update(json.dumps([asdict(each) for each in tags], sort_keys=True).encode())
        history.learn(outlet, [tags])
    return digest.hexdigest()[:16]


def compile_all() -> str:
    """Compile without custom places, and return a digest of the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gazetteer.bin"
        compile_gazetteer(path, (), lambda line: print(f"compiling: {line}", flush=True))
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def code_digest() -> str:
    """Return a digest of the compiler's code without comments, docstrings and white space."""
    paths = (path for pattern in _COMPILER for path in sorted(_ROOM.glob(pattern)))
    return hashlib.sha256("\n".join(_bare(path.read_text("utf-8")) for path in paths).encode()).hexdigest()[:16]


def _bare(source: str) -> str:
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            lines[token.start[0] - 1] = lines[token.start[0] - 1][: token.start[1]]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines[docstring.lineno - 1 : docstring.end_lineno] = [""] * (docstring.end_lineno - docstring.lineno + 1)
    return "".join("".join(lines).split())


def inputs_digest() -> str:
    """Return what the name of a gazetteer without custom places is made of."""
    return gazetteer_name().partition("-")[2].partition(".")[0]


def stored_tagger() -> TaggerGolden:
    """Read what the tagger gave."""
    version, digest, inputs = _stored("tagger_golden.txt")
    return TaggerGolden(int(version), digest, inputs)


def stored_compiler() -> CompilerGolden:
    """Read what the compiler made."""
    version, code, inputs, file = _stored("compiler_golden.txt")
    return CompilerGolden(int(version), code, inputs, file)


def _stored(name: str) -> list[str]:
    return (DATA / name).read_text("utf-8").splitlines()[-1].split()


def _write(name: str, golden: TaggerGolden | CompilerGolden) -> None:
    head = f"# {' '.join(golden._fields)}; written by `make golden`, see tests/golden.py"
    (DATA / name).write_text(f"{head}\n{' '.join(map(str, golden))}\n", encoding="utf-8")
    print(f"{name}: written")


def tagger_problem(before: TaggerGolden, after: TaggerGolden) -> str:
    """Return what is to be done about the tagger's version, empty if nothing."""
    if (before.version, before.digest) == (after.version, after.digest):
        return ""
    if before.version != after.version:
        return "TAGGER_VERSION is another: write its digest with `make golden`"
    cause = (
        "" if before.inputs == after.inputs else " (so do the gazetteer's tables, data packages or Python's Unicode)"
    )
    return f"the tagger gives other tags{cause}: raise TAGGER_VERSION and write the new digest with `make golden`"


def compiler_problem(before: CompilerGolden, version: int, code: str) -> str:
    """Return what is to be done about the compiler's version, empty if nothing."""
    if (before.version, before.code) == (version, code):
        return ""
    return "the gazetteer's compiler was changed: `make golden` tells whether COMPILER_VERSION must be raised"


def tagger_now() -> TaggerGolden:
    """Return what the tagger gives."""
    return TaggerGolden(TAGGER_VERSION, tag_all(), inputs_digest())


def _write_compiler() -> str:
    """Write what the compiler makes, if its version allows it; return what is to be done otherwise."""
    before, code, inputs = stored_compiler(), code_digest(), inputs_digest()
    is_raised = before.version != COMPILER_VERSION
    if not is_raised and before.code == code and before.inputs == inputs:
        return ""
    if not is_raised and before.code != code and before.inputs != inputs:
        return (
            "the compiler's code and its inputs have both changed: raise COMPILER_VERSION, or run `make golden` with the"
            " code as it was before"
        )
    file = compile_all()
    if not is_raised and before.code != code and before.file != file:
        return "the compiler makes another file: raise COMPILER_VERSION and run `make golden` again"
    _write("compiler_golden.txt", CompilerGolden(COMPILER_VERSION, code, inputs, file))
    return ""


def _write_tagger() -> str:
    """Write what the tagger gives, if its version allows it; return what is to be done otherwise."""
    before, after = stored_tagger(), tagger_now()
    if before.version == after.version and before.digest != after.digest:
        return tagger_problem(before, after)
    if before != after:
        _write("tagger_golden.txt", after)
    return ""


def main() -> None:
    """Write both, the compiler's first: the tagger uses what it makes."""
    for write in (_write_compiler, _write_tagger):
        if problem := write():
            sys.exit(problem)
    print("the golden sets are up to date")


if __name__ == "__main__":
    main()
