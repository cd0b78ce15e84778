"""The image as its Containerfile has it. Where no container engine runs, what is started in it is started in the box."""

import json
import re
import shlex
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.conftest import need_box, unavailable
from tests.installation import ROOT, released, site_packages
from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.processes import run

FILES = ROOT / "deploy" / "container"
BOX = Path(__file__).with_name("box")


def instructions():
    """Return the instructions of the Containerfile, as pairs of keyword and rest."""
    text = (FILES / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(" ", 1)) for line in lines]


def last(keyword):
    return [rest for each, rest in instructions() if each == keyword][-1]


def test_the_image_is_made_of_what_there_is():
    """Each copied file is in the tree; it installs what is tested together; it is not root's; its state is a volume."""
    for keyword, rest in instructions():
        if keyword == "COPY" and not rest.startswith("--from"):
            assert (ROOT / rest.split()[0]).exists(), rest
        if "pip install" in rest:
            assert "--constraint" in rest, rest
    assert last("USER").isdigit()
    assert int(last("USER")) > 0
    assert last("VOLUME") in last("ENV")
    assert last("STOPSIGNAL") == "SIGTERM"


def test_compose_files_name_what_there_is():
    """The folders and files that they bind, but for secrets, which are the operator's."""
    texts = [path.read_text("utf-8") for path in FILES.glob("compose*.yaml")]
    assert len(texts) == 2
    for path in re.findall(r"(?:- |context: |dockerfile: )(\.\.?/[^:\s]*|deploy/[^:\s]*)", "\n".join(texts)):
        base = ROOT if path.startswith("deploy") else FILES
        assert (base / path).exists(), path


@pytest.mark.long
@pytest.mark.xdist_group("box")
async def test_what_the_image_starts(free_port):
    """As its user, with its environment: becomes healthy by its own check, writes to its volume only, ends on SIGTERM."""
    need_box("setpriv")
    folder = Path(tempfile.mkdtemp(prefix="syndicator-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        async with Site({"/feed.xml": rss(Item("هدنة", guid="1"))}) as site:
            main = MAIN.replace('listen = "127.0.0.1:{port}"', "").replace("{port}", str(free_port))
            config = write_config(
                folder / "config", main=main, outlets={"one": outlet(site.base)}, feeds={"everything": EVERYTHING}
            )
            names = dict(pair.split("=", 1) for pair in shlex.split(last("ENV")))
            given = {
                "user": last("USER"),
                "environ": names | {"SYNDICATOR_LISTEN": names["SYNDICATOR_LISTEN"].replace("8080", str(free_port))},
                "command": json.loads(last("ENTRYPOINT")) + json.loads(last("CMD")),
                "check": json.loads(last("HEALTHCHECK").partition("CMD ")[2].replace("8080", str(free_port))),
                "folders": next(rest for _, rest in instructions() if "install -d" in rest).split("0750 ")[1].split(),
                "port": free_port,
            }
            (folder / "given.json").write_text(json.dumps(given))
            done = await run(
                BOX,
                *("--bind", config, "config", "--bind", ROOT, "project", "--bind", folder, "given"),
                *("--bind", site_packages(released() / "venv"), "packages"),
                *("/usr/bin/python3", "/run/box/project/tests/system/container_in_box.py"),
                longest=600.0,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode == 125:
        unavailable(f"systemd does not come up here: {done.stderr.decode()}")
    assert done.returncode == 0, done.stderr.decode()
    seen = json.loads(done.stdout.decode().splitlines()[-1])
    assert seen["healthy_before"] is False
    assert seen["healthy"] is True
    assert seen["uid"] == int(given["user"])
    assert {"syndicator.db", "feeds"} <= set(seen["state"])
    assert seen["end"] == 0
    assert seen["healthy_after"] is False
