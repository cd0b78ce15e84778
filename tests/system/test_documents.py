"""Every command of the documents is run as it is written, and prints what is shown."""

import os
import re
import sys
import sysconfig
from pathlib import Path

import pytest

from syndicator.tag import ensure_gazetteer
from tests.conftest import need, need_box, unavailable
from tests.documents import DOCUMENTS, ROOT, Block, blocks, matches, steps
from tests.installation import package, released, site_packages
from tests.processes import run
from tests.system.follow import STAND_INS, Follower, WrongDocumentError

BOX = Path(__file__).with_name("box")
AS_ROOT = {"debian.md", "operate.md"}
_ALONE = ("--net", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc")
_LONGEST = 1200.0  # seconds: a document may have places of its own compiled, beside other tests


def has_commands(document):
    return any(block.language in ("console", "sh") for block in blocks(document.read_text("utf-8")))


TO_FOLLOW = [document for document in DOCUMENTS if has_commands(document)]


def test_what_is_to_be_followed_is_found():
    """A newcomer's documents, and the operator's; no more stand-ins than there are commands that need one."""
    names = {document.name for document in TO_FOLLOW}
    assert {"README.md", "tutorial.md", "filters.md", "regions.md", "operate.md"} <= names
    lines = [line for document in TO_FOLLOW for line in document.read_text("utf-8").splitlines()]
    for beginning, (reason, _) in STAND_INS.items():
        print(f"not run as it is written: {beginning} …, which {reason}")
        assert any(line.startswith(beginning) for line in lines), f"no document says {beginning}"
    assert len(STAND_INS) <= 1


@pytest.mark.long
@pytest.mark.parametrize(
    "document", [each for each in TO_FOLLOW if each.name not in AS_ROOT], ids=lambda document: document.name
)
async def test_a_reader_can_follow(document, tmp_path):
    """From a fresh copy, in a network of its own, with the ports and addresses of the document."""
    need("unshare")
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    if (await run("unshare", *user, *_ALONE, "true")).returncode:
        unavailable("may not make namespaces here")
    environ = os.environ | {"SYNDICATOR_CACHE": str(ensure_gazetteer().parent)}
    command = (sys.executable, "-m", "tests.system.follow", document, tmp_path)
    done = await run("unshare", *user, *_ALONE, *command, cwd=ROOT, env=environ, longest=_LONGEST)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.long
@pytest.mark.xdist_group("box")
async def test_an_operator_can_follow():
    """As root, with a systemd of its own: install, serve by nginx, back up, restore, upgrade, remove."""
    need_box("sqlite3", "curl", "nginx", "runuser", "prometheus", "promtool")
    bound = {
        "source/syndicator": ROOT / "syndicator",
        "packages": sysconfig.get_paths()["purelib"],
        "cache": ensure_gazetteer().parent,
    }
    await follow_as_root("operate.md", bound)


@pytest.mark.long
@pytest.mark.xdist_group("box")
async def test_an_operator_of_debian_can_follow(tmp_path):
    """As root: install the package, use it, upgrade, restore, remove, purge."""
    need_box("dpkg-deb", "apt-get")
    deb = package(tmp_path / "dist", site_packages(released() / "venv"), ROOT / "config")
    bound = {"dist": deb.parent, "packages": sysconfig.get_paths()["purelib"]}
    await follow_as_root("debian.md", bound)


async def follow_as_root(document, bound):
    binds = [word for name, folder in {"project": ROOT, **bound}.items() for word in ("--bind", folder, name)]
    path = "PYTHONPATH=/run/box/project:/run/box/packages"
    command = ("env", path, "PYTHONDONTWRITEBYTECODE=1", "/usr/bin/python3", "-m", "tests.system.follow")
    place = f"/run/box/project/docs/{document}"
    done = await run(BOX, "--offline", *binds, *command, place, "/tmp/follow", "--as-root", longest=1800.0)
    if done.returncode == 125:
        unavailable(f"systemd does not come up here: {done.stderr.decode()}")
    assert done.returncode == 0, done.stderr.decode()


def follow(text, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    environ = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    Follower(folder, environ, tmp_path).follow(text)
    return folder


@pytest.mark.parametrize(
    "text",
    [
        "```console\n$ no-such-program\n```",
        "```sh\nfalse\n```",
        "```sh\nfalse\ntrue\n```",
        "```console\n$ echo one\ntwo\n```",
        "```console\n$ echo one\none\ntwo\n```",
        "```console\n$ echo هدنة\n```",
        "```console\n$ false\n```",
        "1. A list\n\n   ```console\n   $ echo one\n   two\n   ```\n",
        "<!--\n```sh\nfalse\n```\n-->",
        "```toml\n# c/syndicator.toml\n```\n```toml\n# c/feeds/f.toml\ntitle = 1\n```",
        "```toml\n# c/syndicator.toml\n```\n```toml\n# c/feeds/f.toml\ntitle = 'F'\nwhere = 'region:Syira'\n```",
    ],
)
def test_a_wrong_document_is_found_out(text, tmp_path):
    """A command that fails, output that differs, a file that is not accepted."""
    with pytest.raises(WrongDocumentError):
        follow(text, tmp_path)


def test_a_right_document_is_followed_as_in_a_shell(tmp_path):
    """Folder and variables stay, files are written, what is left open matches anything."""
    text = (
        "```sh\nexport WHO=Хама\nmkdir in\ncd in\n```\n```console\n$ echo $WHO; echo one; echo two\nХ...\n...\ntwo\n$ true\n```\n"
        "```toml\n# a/b.toml\nx = 1\n```\n```console\n$ cat \\\n> a/b.toml\n# a/b.toml\nx = 1\n```\n"
    )
    assert (follow(text, tmp_path) / "in/a/b.toml").read_text() == "# a/b.toml\nx = 1\n"


def test_what_is_shown_is_compared_line_by_line():
    """Dots in a line stand for a part of it, dots alone for any lines, and nothing else for anything but itself."""
    assert matches(["a...c", "...", "z"], "abc\n1\n2\nz\n")
    assert matches(["..."], "")
    assert matches(["a"], "a\nb\n", is_whole=False)
    assert not matches(["a...c"], "ab\nc\n")
    assert not matches(["a.c"], "abc\n")
    assert not matches(["a"], "a\nb\n")


def test_a_block_in_a_list_is_read_without_its_indentation():
    """Its commands, and the lines that they print."""
    (block,) = blocks("1. One\n\n   ```console\n   $ a \\\n   > b\n   c\n\n   d\n   ```\n")
    assert block == Block("console", "$ a \\\n> b\nc\n\nd", 4)
    assert [(step.command, step.shown) for step in steps(block)] == [("a \\\nb", ["c", "", "d"])]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_no_command_stands_outside_a_block(document):
    """What is only indented would not be run."""
    text = re.sub(r"^ *```.*?^ *```", "", document.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    assert re.findall(r"^ {4,}(?:\$ |syndicator |make |sudo |systemctl |cp |\[).*", text, re.MULTILINE) == []
