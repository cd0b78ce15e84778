"""Brings the catalogs of readers' pages up to date with the templates: ``python -m tests.messages``.

New messages are added without a translation, those that are no more are taken out; comments and translations stay.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from syndicator import web
from syndicator.web.reader_pages import LANGUAGES

KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
_WEB = Path(str(resources.files(web)))
FOLDER = _WEB / "reader_pages" / "messages"
# By how they are read: templates, and the Python files that say something themselves.
SOURCES = {
    "jinja2.ext:babel_extract": "templates/readers/*.html",
    "python": "reader_pages/languages.py",
}
# Headers that change with the day and the program.
_NO_NEWS = tuple(
    f'"{name}'
    for name in (
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "MIME-Version",
        "Content-Transfer-Encoding",
        "Generated-By",
    )
)


def found() -> Iterator[tuple[str | tuple[str, ...], str]]:
    """Yield the messages of all readers' pages, singular and plural where there are both, each with its file."""
    options = {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
    for method, pattern in SOURCES.items():
        for path in sorted(_WEB.glob(pattern)):
            for _, message, _, _ in extract(method, io.BytesIO(path.read_bytes()), KEYWORDS, options=options):
                yield message, path.relative_to(_WEB).as_posix()


def catalog_of(code: str) -> Catalog:
    """Return the catalog of a language."""
    return read_po(io.BytesIO((FOLDER / f"{code}.po").read_bytes()), locale=code)


def updated(code: str) -> bytes:
    """Return a catalog with exactly the messages of all pages, in their order."""
    before = catalog_of(code)
    after = Catalog(locale=code, header_comment=before.header_comment, fuzzy=False)
    after.mime_headers = before.mime_headers  # its plural forms among them
    for message, path in found():
        is_plural = isinstance(message, tuple)
        known = before.get(message[0] if is_plural else message)
        is_same = known is not None and bool(known.pluralizable) == is_plural
        empty = ("",) * after.num_plurals if is_plural else ""
        after.add(message, known.string if is_same else empty, [(path, None)])
    text = io.BytesIO()
    write_po(text, after, width=0, omit_header=False, include_lineno=False)
    lines = text.getvalue().decode().splitlines()
    return "".join(f"{line}\n" for line in lines if not line.startswith(_NO_NEWS)).encode()


def main() -> None:
    """Write all catalogs."""
    for code in LANGUAGES[1:]:
        (FOLDER / f"{code}.po").write_bytes(updated(code))


if __name__ == "__main__":
    main()
