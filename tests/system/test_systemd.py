"""The unit as shipped, under a real systemd."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from tests.conftest import need, unavailable
from tests.newsroom import EVERYTHING, Item, Site, outlet, rss, write_config
from tests.processes import run

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "syndicator.service"
BOX = Path(__file__).with_name("box")
LONGEST = 1800.0  # on the slowest of machines; its first start compiles the gazetteer


@pytest.mark.parametrize("name", ["syndicator.service", "syndicator@.service"])
def test_the_unit_exposes_little(name):
    """At or below 1.5 by systemd's own measure."""
    analyze = need("systemd-analyze")
    result = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", str(UNIT.with_name(name))],
        capture_output=True,
        text=True,
        check=False,
    )
    (level,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", result.stdout)
    assert float(level) <= 1.5


@pytest.mark.long
@pytest.mark.xdist_group("box")
async def test_the_life_of_the_service(free_port):
    """Active only when ready, however long its first start takes; state under a dynamic user; reload takes a new outlet.

    Bad files take nothing down; root's commands act on it; a hung loop comes back; stop is quick.
    """
    for program in ("unshare", "nsenter", "systemctl", "pgrep"):
        need(program)
    if os.geteuid() != 0:
        unavailable("needs root, to boot a systemd of its own")
    version = subprocess.run(["/usr/bin/python3", "-V"], capture_output=True, text=True, check=False).stdout
    if ".".join(map(str, sys.version_info[:2])) not in version:
        pytest.skip("needs the tests to run on the same Python version as /usr/bin/python3")
    folder = Path(tempfile.mkdtemp(prefix="syndicator-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        async with (
            Site({"/feed.xml": rss(Item("First story", guid="1"))}) as first,
            Site({"/feed.xml": rss(Item("Second story", guid="2"))}) as second,
        ):
            config = write_config(
                folder / "config",
                port=free_port,
                outlets={"first": outlet(first.base)},
                feeds={"everything": EVERYTHING},
            )
            packages = sysconfig.get_paths()["purelib"]
            done = await run(
                BOX,
                *("--bind", str(ROOT), "project", "--bind", str(config), "config"),
                # The service's own user must reach these whatever the modes of the folders above them.
                *("--bind", str(ROOT / "syndicator"), "source/syndicator", "--bind", packages, "packages"),
                *("/usr/bin/python3", "/run/box/project/tests/system/in_box.py", str(free_port), second.base),
                longest=LONGEST,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode == 125:
        unavailable(f"systemd does not come up here: {done.stderr.decode()}")
    assert done.returncode == 0, done.stderr.decode()
    seen = json.loads(done.stdout.decode().splitlines()[-1])
    assert seen["active"] == "active"
    assert seen["health_when_active"] == "ok"
    assert seen["state_is_private"] == "/var/lib/private/syndicator"
    assert {"feeds", "lock", "syndicator.db"} <= set(seen["state_files"])
    assert 61184 <= seen["owner"] <= 65519
    assert seen["outlets_after_reload"] == ["first", "second"]
    both = [["first", "second"], 2, "active"]
    assert seen["bad"] == {"reload": both, "restart": both, "main": both}
    for name, told in seen["commands"].items():
        assert told.endswith("exit 0"), (name, told)
        assert "/var/lib/syndicator" in told, (name, told)
    assert "2 outlets are well" in seen["commands"]["status"]
    assert "not polled yet" not in seen["commands"]["status"]
    assert seen["restarts_after_hang"] >= 1
    assert seen["kept_after_hang"]
    assert seen["stop_seconds"] < 10
    assert seen["result"] == "success"
