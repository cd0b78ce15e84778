"""Read the files of a config folder: texts, tables, validated values. Every problem is collected."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from syndicator.config.checks import Finding
from syndicator.config.explain import dotted, explain
from syndicator.config.find import MAIN
from syndicator.config.ids import ID_RULE, is_id, is_ignored
from syndicator.config.overrides import override
from syndicator.config.schema import ConfigTable, MainFile
from syndicator.errors import Problem
from syndicator.files import read_regular

SUFFIX = ".toml"
_LARGEST = 16 * 1024 * 1024

Table = TypeVar("Table", bound=ConfigTable)


class ConfigFolder:
    """Reads files and collects problems. ``texts`` are those of the files that were read, by name.

    ``drafts`` are texts by name (``outlets/x.toml``) that are read in place of those files or beside the others. Files
    and sections that ``left_out`` names are passed over.
    """

    def __init__(self, folder: Path, drafts: Mapping[str, str], left_out: Collection[str] = ()) -> None:
        self.folder, self._drafts, self._left_out = folder, drafts, left_out
        self.problems: list[Problem] = []
        self.texts: dict[str, str] = {}

    def main(self, environ: Mapping[str, str], overrides: Mapping[str, str], *, is_needed: bool) -> MainFile | None:
        """Read ``syndicator.toml``, and settings from elsewhere over it. Unless ``is_needed``, it may be missing."""
        is_there = MAIN in self._drafts or (self.folder / MAIN).is_file()
        if not is_there and (is_needed or not self.folder.is_dir()):
            self.problem(MAIN, "", f"not found in {self.folder}")
            return None
        table = self._table(MAIN) if is_there else {}
        if table is None:
            return None
        self.problems += override(table, environ, overrides)
        return self._validate(MAIN, table, MainFile)

    def files(
        self, section: str, schema: type[Table], check: Callable[[Table], Iterable[Finding]] = lambda _: ()
    ) -> dict[str, Table]:
        """Return the valid files of a section by id; collect the problems of the others."""
        found = {}
        for key in self._keys(section):
            name = f"{section}/{key}{SUFFIX}"
            if name in self._left_out:
                continue
            if not is_id(key):
                self.problem(name, "", ID_RULE)
                continue
            table = self._table(name)
            file = None if table is None else self._validate(name, table, schema)
            if file is None:
                continue
            wrong = [Problem(name, where, message) for where, message in check(file)]
            self.problems += wrong
            if not wrong:
                found[key] = file
        return found

    def problem(self, file: str, key: str, message: str) -> None:
        """Collect a problem."""
        self.problems.append(Problem(file, key, message))

    def _keys(self, section: str) -> list[str]:
        names = {name.removeprefix(f"{section}/") for name in self._drafts if name.startswith(f"{section}/")}
        if section not in self._left_out:
            try:
                names.update(path.name for path in (self.folder / section).iterdir() if _is_meant(path))
            except OSError as error:
                # A section may be missing; one whose link leads nowhere, to a disk that is not mounted, is not.
                if not isinstance(error, FileNotFoundError) or (self.folder / section).is_symlink():
                    self.problem(section, "", f"the folder cannot be read: {error.strerror}")
        return sorted(name.removesuffix(SUFFIX) for name in names)

    def _table(self, name: str) -> dict[str, object] | None:
        try:
            self.texts[name] = self._text(name)
            return tomllib.loads(self.texts[name])
        except tomllib.TOMLDecodeError as error:
            self.problem(name, "", f"is not valid TOML: {error}")
        except UnicodeDecodeError:
            self.problem(name, "", "is not UTF-8")
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets without end
            self.problem(name, "", f"cannot be read: {error}")
        except OSError as error:
            self.problem(name, "", f"cannot be read: {error.strerror}")
        return None

    def _text(self, name: str) -> str:
        if (draft := self._drafts.get(name)) is not None:
            return draft
        # Some editors begin files with a byte order mark.
        text = read_regular(self.folder / name, largest=_LARGEST).decode("utf-8-sig")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def _validate(self, name: str, table: Mapping[str, object], schema: type[Table]) -> Table | None:
        try:
            return schema.model_validate(table)
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                self.problem(name, dotted(fault["loc"]), explain(fault["type"], fault["msg"], fault["loc"], schema))
            return None


def _is_meant(path: Path) -> bool:
    return path.suffix == SUFFIX and not is_ignored(path)
