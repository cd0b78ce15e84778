"""Where copies of the readers' face are written: folders and object stores. The only door to obstore."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol, cast

from syndicator.publish.disk import (
    delete_leftovers,
    make_folder,
    remove_empty_folders,
    sync_folder,
    write_temporary,
)

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, S3Config

_LONGEST_REASON = 300
_PREFIXES = {"s3": "aws_", "gs": "google_", "az": "azure_"}
_ALLOW_HTTP = "allow_http"
_CLIENT: ClientConfig = {"connect_timeout": timedelta(seconds=10), "timeout": timedelta(seconds=60)}


class TargetError(Exception):
    """A file cannot be written to a copy, or the copy cannot be reached. It says why, without secrets."""


class Target(Protocol):
    """Takes files by their paths. Every method may raise TargetError."""

    async def put(self, path: str, body: bytes, content_type: str) -> None:
        """Replace a file, whole or not at all."""

    async def delete(self, path: str) -> None:
        """Delete a file; do nothing if there is none."""

    async def present(self, paths: Collection[str]) -> set[str]:
        """Return which of these files are there; all of them if that cannot be known."""

    async def sync(self) -> None:
        """Make what was written last."""


def open_target(address: str, options: Path | None) -> Target:
    """Return the target with this address: a folder's path, or the URL of an object store and a prefix in it.

    The file ``options`` may have a table for it, with credentials. Raise TargetError if there is none to be had.
    """
    if address.startswith("/"):
        return FolderTarget(Path(address))
    return ObjectTarget(address, _options_of(address, options))


def _options_of(address: str, options: Path | None) -> Mapping[str, str]:
    if options is None:
        return {}
    try:
        table = tomllib.loads(options.read_text("utf-8")).get(address, {})
    except (OSError, ValueError) as error:
        raise TargetError(f"cannot read {options}: {_first_line(error)}") from None
    if not isinstance(table, dict):
        raise TargetError(f'{options}: ["{address}"] is not a table')
    prefix = _PREFIXES[address.partition(":")[0]]
    for key in table:
        if key != _ALLOW_HTTP and not key.startswith(prefix):  # the library ends the thread that it finds such a one in
            raise TargetError(f'{options}: ["{address}"]: {key} is none of {prefix}… or {_ALLOW_HTTP}')
    return {key: str(value) for key, value in table.items()}


class FolderTarget:
    """A folder, of which only files that were written here are ever touched."""

    def __init__(self, folder: Path) -> None:
        """Make the folder when the first file is written."""
        self._folder = folder
        self._unsynced: set[Path] = set()

    async def put(self, path: str, body: bytes, content_type: str) -> None:  # noqa: ARG002 - names tell the types
        """Write a hidden file and rename it."""
        await self._run(lambda: self._put(path, body))

    async def delete(self, path: str) -> None:
        """Delete a file, and its folder if that is empty."""
        await self._run(lambda: self._delete(path))

    async def present(self, paths: Collection[str]) -> set[str]:
        """Look for each; delete what a process that was ended has left half written."""
        await self._run(lambda: delete_leftovers(self._folder))
        return await asyncio.to_thread(lambda: {path for path in paths if (self._folder / path).is_file()})

    async def sync(self) -> None:
        """Sync the folders that files were written to."""
        await self._run(self._sync)

    async def _run(self, work: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(work)
        except OSError as error:
            raise TargetError(_first_line(error)) from error

    def _put(self, path: str, body: bytes) -> None:
        place = self._folder / path
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(0o755)  # whatever the process's mask: it is for web servers
        self._unsynced.update(make_folder(place.parent, root=self._folder))
        temporary = write_temporary(self._folder, body)
        try:
            temporary.replace(place)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        self._unsynced.add(place.parent)

    def _delete(self, path: str) -> None:
        (self._folder / path).unlink(missing_ok=True)
        remove_empty_folders(self._folder, path)

    def _sync(self) -> None:
        for folder in sorted(self._unsynced):
            sync_folder(folder, root=self._folder)
            self._unsynced.discard(folder)


class ObjectTarget:
    """A bucket of an object store, or what begins with a prefix there."""

    def __init__(self, address: str, options: Mapping[str, str]) -> None:
        """Connect to nothing yet. Raise TargetError if the library is missing, or an option is none of its."""
        self._secrets = [each for each in options.values() if len(each) >= 8]  # noqa: PLR2004 - shorter is none
        try:
            import obstore  # noqa: PLC0415 - an extra
            from obstore.store import from_url  # noqa: PLC0415
        except ImportError:
            raise TargetError("needs a library that is not installed: pip install 'syndicator[copies]'") from None
        self._library = obstore
        try:
            # Which options there are depends on the kind of store: the library says so of those that it does not know.
            config = cast("S3Config", {key: value for key, value in options.items() if key != _ALLOW_HTTP})
            client: ClientConfig = {**_CLIENT, "allow_http": options.get(_ALLOW_HTTP) == "True"}
            self._store: ObjectStore = from_url(address, config=config, client_options=client)
        except (obstore.exceptions.BaseError, ValueError, TypeError) as error:
            raise self._error(error) from None

    async def put(self, path: str, body: bytes, content_type: str) -> None:
        """Write an object, with its type and how long caches may keep it."""
        attributes = {"Content-Type": content_type, "Cache-Control": "public, max-age=60"}
        try:
            await self._library.put_async(self._store, path, body, attributes=attributes)
        except self._library.exceptions.BaseError as error:
            raise self._error(error) from None

    async def delete(self, path: str) -> None:
        """Delete an object."""
        try:
            with suppress(self._library.exceptions.NotFoundError, FileNotFoundError):
                await self._library.delete_async(self._store, path)
        except self._library.exceptions.BaseError as error:
            raise self._error(error) from None

    async def present(self, paths: Collection[str]) -> set[str]:
        """List what is there. Who may only write is believed: what was written is there."""
        found: set[str] = set()
        try:
            async for some in self._library.list(self._store):
                found.update(str(PurePosixPath(each["path"])) for each in some)
        except (self._library.exceptions.PermissionDeniedError, self._library.exceptions.NotSupportedError):
            return set(paths)
        except self._library.exceptions.BaseError as error:
            raise self._error(error) from None
        return found.intersection(paths)

    async def sync(self) -> None:
        """Do nothing: what a store has taken lasts."""

    def _error(self, error: Exception) -> TargetError:
        reason = _first_line(error)
        for secret in self._secrets:
            reason = reason.replace(secret, "***")
        return TargetError(reason)


def _first_line(error: Exception) -> str:
    text = str(error).strip().partition("\n")[0] or type(error).__name__
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"
