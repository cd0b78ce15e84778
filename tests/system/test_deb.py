"""The Debian package, under a real dpkg and a real systemd."""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.conftest import need_box, unavailable
from tests.installation import ROOT, package, released, site_packages
from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.processes import run

BOX = Path(__file__).with_name("box")
IN_BOX = Path(__file__).with_name("deb_in_box.py")


@pytest.mark.long
@pytest.mark.xdist_group("box")
async def test_the_life_of_the_package(free_port):
    """Nothing starts by itself; it runs, reloads, is upgraded with what was changed kept, removed, purged, restored."""
    need_box("dpkg-deb")
    folder = Path(tempfile.mkdtemp(prefix="syndicator-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        async with Site({"/feed.xml": rss(Item("First story", guid="1"), Item("هدنة", guid="2"))}) as site:
            packages = site_packages(released() / "venv")
            kinds = []
            for number, title in enumerate(("Everything", "Everything, anew"), 1):
                config = write_config(
                    folder / f"config{number}",
                    port=free_port,
                    main=f'title = "Shipped"\n{MAIN}',
                    outlets={"first": outlet(site.base)},
                    feeds={"everything": EVERYTHING.replace('title = "Everything"', f'title = "{title}"')},
                )
                kinds.append(package(folder, packages, config, str(number)))
            done = await run(
                BOX,
                *("--bind", folder, "packages", "--bind", ROOT, "project"),
                *("/usr/bin/python3", f"/run/box/project/{IN_BOX.relative_to(ROOT)}", free_port),
                *(f"/run/box/packages/{each.name}" for each in kinds),
                longest=1200.0,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode == 125:
        unavailable(f"systemd does not come up here: {done.stderr.decode()}")
    assert done.returncode == 0, done.stderr.decode()
    seen = json.loads(done.stdout.decode().splitlines()[-1])
    installed = seen["installed"]
    (level,) = re.findall(r"exposure level for \S+: ([\d.]+)", installed.pop("security"))
    assert float(level) <= 1.3
    assert installed == {
        "enabled": "disabled", "active": "inactive", "user": True, "version": installed["version"], "document": True,
        "modified": "",
    }  # fmt: skip
    assert seen["state"][0] == "/var/lib/private/syndicator"
    assert seen["upgraded"] == {
        "restarted": True, "changed_kept": True, "unchanged_replaced": True, "own_kept": True, "enabled": "enabled",
        "same_ids": True,
    }  # fmt: skip
    assert seen["removed"] == {
        "answers": False, "unit": False, "links": [], "left": False,
        "kept": {"/etc/syndicator": True, "/var/lib/syndicator": True, "/var/cache/syndicator": True},
    }  # fmt: skip
    assert set(seen["purged"]["kept"].values()) | {seen["purged"]["private"]} == {False}
    assert seen["restored"]["same_ids"]
    assert "1 outlet is well" in seen["restored"]["status"]


def test_every_file_of_the_configuration_is_a_conffile(tmp_path):
    """As it is shipped: what an operator changes is never overwritten."""
    need_box("dpkg-deb")
    site = tmp_path / "site"
    shutil.copytree(ROOT / "syndicator", site / "syndicator", ignore=shutil.ignore_patterns("__pycache__"))
    deb = package(tmp_path / "out", site, ROOT / "config", "1")
    conffiles = subprocess.run(["dpkg-deb", "--info", deb, "conffiles"], capture_output=True, text=True, check=True)
    shipped = {f"/etc/syndicator/{path.relative_to(ROOT / 'config')}" for path in (ROOT / "config").rglob("*.toml")}
    assert set(conffiles.stdout.split()) == shipped
    assert len(shipped) > 50
