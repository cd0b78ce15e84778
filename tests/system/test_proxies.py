"""The shipped settings of nginx and Caddy, with those programs themselves, before a server of ours."""

import asyncio
import os
import shutil
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from syndicator.models import Feed, FeedToken, token_digest
from syndicator.models.reader_pages import FeedsPage
from syndicator.publish import FeedFiles
from syndicator.web import FeedDirectory, SiteContext, serve
from tests.conftest import NOW, need, port_of, reserve
from tests.documents import ROOT
from tests.stages.statuses import STATUS
from tests.waiting import eventually, get

TOKEN = "k3Q9-idlib_desk~7fPz"
BODY = "<feed>هدنة في إدلب</feed>".encode() * 200
INNER = Feed(name="inner", title="اتاق خبر", where="", tokens=(FeedToken(name="leyla", digest=token_digest(TOKEN)),))
WAYS = ("nginx/proxy.conf", "nginx/files.conf", "caddy/proxy.Caddyfile", "caddy/files.Caddyfile")
# The user that a web server serves files as.
USER = "www-data"


@asynccontextmanager
async def published(way):
    """Serve some feeds, and put a web server before it with the shipped settings; yield its address and our log."""
    program = way.partition("/")[0]
    binary = need(program)
    # Below pytest's own folder nobody else may read.
    folder = Path(tempfile.mkdtemp(prefix="syndicator-"))
    folder.chmod(0o755)
    files = FeedFiles(folder / "feeds")
    files.keep_private(["inner"])
    for name in ("open.atom", "open.rss", "open/2026-02.atom", "inner.atom", "feeds.opml"):
        files.put(name, BODY, NOW)
    directory = FeedDirectory(
        base_url="http://news.example",
        feeds={"inner": INNER, "open": Feed(name="open", title="أخبار", where="")},
        former={"old": "open", "ended": ""},
    )

    async def status():
        return STATUS

    async def page(_wanted):
        return FeedsPage(count=0, feeds=())

    context = SiteContext(files=files, status=status, trouble=tuple, directory=directory.itself, pages=page)
    runner, ours = await serve(context, "127.0.0.1", 0)
    try:
        with reserve() as reservation:
            port = port_of(reservation)
            settings = _settings(way, folder, port, ours)
            command = {
                "nginx": (binary, "-p", str(folder), "-c", str(settings)),
                "caddy": (binary, "run", "--config", str(settings), "--adapter", "caddyfile"),
            }[program]
            options = {"user": USER, "extra_groups": []} if program == "caddy" and os.geteuid() == 0 else {}
            environ = os.environ | {"XDG_DATA_HOME": str(folder / "caddy"), "XDG_CONFIG_HOME": str(folder / "caddy")}
            process = await asyncio.create_subprocess_exec(
                *command, env=environ, stderr=asyncio.subprocess.DEVNULL, **options
            )
            try:
                base = f"http://127.0.0.1:{port}"
                await eventually(lambda: _answers(base), within=30)
                yield base, runner, folder
            finally:
                if process.returncode is None:
                    process.terminate()
                await process.wait()
    finally:
        await runner.cleanup()
        shutil.rmtree(folder)


async def _answers(base):
    try:
        return (await get(f"{base}/nowhere")).status
    except OSError:
        return 0


def _settings(way, folder, port, ours):
    """Write the shipped settings with the test's own addresses and places, and what else they need to stand alone."""
    text = (ROOT / "deploy" / way).read_text("utf-8").replace("127.0.0.1:8080", f"127.0.0.1:{ours}")
    text = text.replace("/srv/syndicator", str(folder)).replace("/var/log/nginx/", f"{folder}/")
    path = folder / "settings"
    if way.startswith("nginx"):
        text = text.replace("  listen 80;\n", f"  listen 127.0.0.1:{port};\n").replace("  listen [::]:80;\n", "")
        user = f"user {USER};" if os.geteuid() == 0 else ""
        temporary = "".join(f"  {kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy"))
        head = f"daemon off; pid {folder}/pid; error_log stderr crit; {user}\nevents {{}}\nhttp {{\n{temporary}"
        path.write_text(f"{head}{text}}}\n", encoding="utf-8")
    else:
        (folder / "caddy").mkdir()
        (folder / "caddy").chmod(0o777)
        path.write_text("{\n\tadmin off\n}\n" + text.replace("news.example {", f"http://:{port} {{"), encoding="utf-8")
    return path


@pytest.mark.parametrize("way", WAYS)
async def test_readers_see_their_face_and_nothing_of_operators(way):
    """Feeds with their headers, redirects, private feeds with a token; whoever answers them."""
    async with published(way) as (base, _, folder):
        for path, status in (
            ("/", 200),
            ("/feeds", 200),
            ("/feeds/", 200),
            ("/feeds.opml", 200),
            ("/static/style.css", 200),
            ("/feeds/open/2026-02.atom", 200),
            ("/feeds/open.rss", 200),
            ("/feeds/old.atom", 301),
            ("/feeds/ended.atom", 410),
            ("/feeds/none.atom", 404),
            ("/feeds/inner.atom", 401),
            (f"/feeds/inner.atom?token={TOKEN}x", 401),
            (f"/feeds/inner.atom?token={TOKEN}", 200),
            ("/ops/", 404),
            ("/ops/status.json", 404),
            ("/status.json", 404),
            ("/healthz", 404),
            ("/feeds/../ops/", 404),
            ("/feeds/%2e%2e/settings", 404),
            ("/feeds/.feed-x.tmp", 404),
        ):
            if os.geteuid() != 0 and "files" in way and "inner" in path:
                continue  # the web server runs as the files' owner here
            assert await status_of(base, path) == status, path
        feed = await get(f"{base}/feeds/open.atom")
        assert feed.body == BODY
        assert feed.headers["Content-Type"].lower() == "application/atom+xml; charset=utf-8"
        assert feed.headers["Last-Modified"] == "Fri, 06 Mar 2026 12:00:00 GMT"
        assert feed.headers["Cache-Control"].startswith("public, max-age=")
        assert feed.headers["Access-Control-Allow-Origin"] == "*"
        assert feed.headers["X-Content-Type-Options"] == "nosniff"
        for encoding in ("identity", "gzip"):
            asked = {"Accept-Encoding": encoding}
            etag = (await get(f"{base}/feeds/open.atom", **asked)).headers["ETag"]
            assert (await get(f"{base}/feeds/open.atom", **asked, **{"If-None-Match": etag})).status == 304
        logs = "".join(path.read_text("utf-8") for path in folder.glob("*.log"))
        assert TOKEN not in logs
        assert ("/feeds/inner.atom" in logs) is way.startswith("nginx")


@pytest.mark.parametrize("way", [way for way in WAYS if "files" in way])
async def test_feeds_are_served_from_disk_while_the_daemon_is_stopped(way):
    """Private ones, which want it, are not; nothing of theirs is sent."""
    async with published(way) as (base, runner, _):
        await runner.cleanup()
        assert (await get(f"{base}/feeds/open.atom")).body == BODY
        if os.geteuid() == 0:
            private = await get(f"{base}/feeds/inner.atom")
            assert private.status in (403, 502)
            assert BODY not in private.body


async def status_of(base, path):
    """Return the status of a path that is sent as it is written, and not followed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: news.example\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    status = int(answer.split()[1])
    if path == "/feeds" and status == 301:  # to the same page, with a slash
        return await status_of(base, "/feeds/")
    return status
