"""This machine: the configuration, the state folder, space, limits, children."""

from __future__ import annotations

import os
import pwd
import resource
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from syndicator.config import Config
from syndicator.errors import LocalFaultError
from syndicator.extract import COMMAND, Extractor, Pool
from syndicator.models.checkup import Finding, fault, skipped, warning, well
from syndicator.plural import counted
from syndicator.rules import rules_from

_MOST_LISTED = 5
_LEAST_SPACE, _LITTLE_SPACE = 64 << 20, 1 << 30  # bytes
_LEAST_INODES = 1000
_FEW_FILES = 1024


def check_configuration(config: Config) -> Iterator[Finding]:
    """Look for files that are not in force, and for slips."""
    for problem in config.problems[:_MOST_LISTED]:
        yield fault("configuration", f"not in force: {problem}", "mend it, and see: syndicator check")
    for slip in config.warnings[:_MOST_LISTED]:
        yield warning("configuration", str(slip), "see: syndicator check")
    if not config.outlets:
        yield warning("configuration", f"no outlet in {config.folder / 'outlets'}", "syndicator add ADDRESS writes one")
    if not config.problems and not config.warnings:
        count = f"{counted(len(config.outlets), 'outlet')}, {counted(len(config.feeds), 'feed')}"
        yield well("configuration", f"{config.folder}: {count}, no problems; names of places in {config.gazetteer}")


def check_state(config: Config) -> Iterator[Finding]:
    """Look at the state folder's owner and rights."""
    state = config.state
    if not state.is_dir():
        yield skipped("state", f"there is no folder {state} yet: the daemon makes it at its first start")
        return
    owner = state.stat().st_uid
    strangers = [path for path in _walk(state) if path.lstat().st_uid != owner]
    if strangers:
        first = f"{strangers[0]}, which is {_name(strangers[0].lstat().st_uid)}'s"
        yield fault(
            "state", f"{counted(len(strangers), 'file')} of {state} {'is' if len(strangers) == 1 else 'are'} not"
            f" {_name(owner)}'s: {first}", f"stop the daemon; chown -R --reference={state} {state}",
        )  # fmt: skip
    elif not os.access(state, os.W_OK):
        yield warning("state", f"{state} is not yours to write", f"as {_name(owner)} or root, the checks see more")
    else:
        yield well("state", f"{state} is {_name(owner)}'s, and so are all files in it")
    if stat.S_IMODE(state.stat().st_mode) & stat.S_IWOTH:
        yield fault("state", f"anybody may write to {state}", f"chmod o-w {state}")


def check_space(config: Config) -> Iterator[Finding]:
    """Look at the space on the disks of state, cache and temporary files."""
    seen: set[int] = set()
    for what, folder in (("state", config.state), ("cache", config.gazetteer.parent)):
        place = next(path for path in (folder, *folder.parents) if path.exists())
        if (device := place.stat().st_dev) not in seen:
            seen.add(device)
            yield _space(what, place)


def _space(what: str, place: Path) -> Finding:
    free, inodes = shutil.disk_usage(place).free, os.statvfs(place)
    words = f"{free / 1e6:,.0f} MB free where the {what} is, {place}"
    advice = "make room: a shorter retention, older backups; captures are in the state folder"
    if free < _LEAST_SPACE or (inodes.f_files and inodes.f_favail < _LEAST_INODES):
        return fault("space", words if free < _LEAST_SPACE else f"no room for more files at {place}", advice)
    return warning("space", words, advice) if free < _LITTLE_SPACE else well("space", words)


def check_limits() -> Iterator[Finding]:
    """Look at how many files a process may have open."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < _FEW_FILES:
        yield warning("open files", f"a process may have {hard} files open", "raise LimitNOFILE= (ulimit -Hn)")
    else:
        yield well("open files", f"a process may have {hard:,} open" if hard > 0 else "a process may have any number")


async def check_parsing(config: Config, command: Sequence[str] = COMMAND) -> Finding:
    """Start one of the processes that documents are parsed in, by the daemon's ``command``, and end it."""
    pool, rules = Pool(command, size=1), rules_from(config)
    try:
        Extractor(pool, rules.classification, rules.history)  # which tells the pool what its children are to do
        await pool.warm_up()
    except LocalFaultError as error:
        return fault(
            "parsing", f"no process for parsing can be started: {error}", "see LimitNPROC=, MemoryMax=, ulimit -a"
        )
    finally:
        await pool.close()
    return well("parsing", "a process for parsing can be started")


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(place, name)
            if os.path.lexists(path):  # the daemon replaces files meanwhile
                yield path


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
