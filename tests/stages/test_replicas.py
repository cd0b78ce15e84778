"""Copies of the readers' face: what is written where, that only changes are, and what a copy that fails holds up."""

import asyncio
import json
import shutil
import threading
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from syndicator.publish import Replicator, SiteFile
from syndicator.publish.targets import FolderTarget, ObjectTarget, TargetError, open_target
from tests.apps import HOME, Clock, Shown, an_app, source_of
from tests.newsroom import Item, rss

SMALL = "title = 'كل الأخبار'\nwhere = ''\nlimit = 5\n"
TITLES = ("هدنة في سراقب", "Перемирие в Идлибе", "آتش‌بس در ادلب", "İdlib'de ateşkes")


def items(count):
    return [Item(f"{TITLES[n % 4]} {n}", link=f"{HOME}/{n}", guid=f"g{n}", text=f"Text {n}.") for n in range(count)]


@asynccontextmanager
async def copying(folder, *targets, feeds=None, count=12, clock=None, more=""):
    """An application that has published stories and copied its face once."""
    shown = Shown(rss(*items(count)))
    shutil.rmtree(folder / "c", ignore_errors=True)
    main = f"[publish]\nalso_to = {json.dumps(targets)}\n{more}"
    async with an_app(folder, shown, clock=clock, feeds=feeds or {"all": SMALL}, main=main) as app:
        await app.outbox.run()
        await app.pipeline.poll(source_of(app), None)
        await copy(app)
        yield app


async def copy(app):
    for _ in range(3):
        await app.publisher.publish()
    app.replicator.start()
    await app.replicator.settled()


def tree(folder):
    """Return the files of a folder by path, but for those of events, which stories are assigned to at their own time."""
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {name: path for name, path in files.items() if not name.startswith("events/")}


FEEDS = {"feeds/all.atom", "feeds/all.rss", "feeds/all.json"}
ABOUT = {"about/index.html", "about.json"}
FRONT = {"index.html", "index.json", "feeds/index.html", "feeds.json"}
STATIC = {"static/style.css", "static/feed.css", "static/icon.svg"}
OUTLETS = {"outlets/index.html", "outlets.json", "outlets/one/index.html", "outlets/one.json"}
PAGES = {"feeds.opml"} | ABOUT | FRONT | OUTLETS | STATIC
FEED_PAGES = {
    f"feeds/all{each}" for each in ("/index.html", "/page.json", "/2026-03-06/index.html", "/2026-03-06.json")
}
STORIES = {f"stories/{number}{kind}" for number in range(8, 13) for kind in ("/index.html", ".json")}


async def test_a_folder_gets_feeds_archives_and_pages(tmp_path):
    """The very bytes that are served here, and a page whose links are relative."""
    target = tmp_path / "www"
    async with copying(tmp_path, str(target)) as app:
        files = tree(target)
        assert set(files) == FEEDS | FEED_PAGES | PAGES | STORIES | {"feeds/all/2026-03-1.atom"}
        for name in ("all.atom", "all.rss", "all.json", "all/2026-03-1.atom"):
            assert files[f"feeds/{name}"].read_bytes() == (await app.files.get(name)).body
    page = files["index.html"].read_text("utf-8")
    assert 'href="feeds/all.atom"' in page
    assert 'href="static/style.css"' in page
    assert "كل الأخبار" in page
    assert not list(target.glob(".*"))


async def test_only_what_has_changed_is_written_again(tmp_path):
    """After news, and after a restart. All stories here are on one event, and each page names the others."""
    target = tmp_path / "www"
    async with copying(tmp_path, str(target)) as app:
        before = {name: path.stat().st_ino for name, path in tree(target).items()}
        await copy(app)
        assert {name: path.stat().st_ino for name, path in tree(target).items()} == before
    async with copying(tmp_path, str(target), count=13):
        after = {name: path.stat().st_ino for name, path in tree(target).items()}
    written = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    of_outlet = {"outlets/one/index.html", "outlets/one.json"}
    assert written == FEEDS | FEED_PAGES | FRONT | of_outlet | (STORIES & before.keys() & after.keys())
    assert before.keys() - after.keys() == {"stories/8/index.html", "stories/8.json"}
    assert after.keys() - before.keys() == {"stories/13/index.html", "stories/13.json"}


async def test_what_is_gone_here_goes_there_and_nothing_else(tmp_path):
    """A removed feed with its archives and folder; other people's files stay."""
    target = tmp_path / "www"
    async with copying(tmp_path, str(target), feeds={"all": SMALL, "other": SMALL}):
        assert "feeds/other/2026-03-1.atom" in tree(target)
    (target / "thesis.txt").write_text("years of work")
    (target / "feeds" / "notes.atom").write_text("somebody's")
    async with copying(tmp_path, str(target)):
        left = FEEDS | FEED_PAGES | PAGES | STORIES | {"feeds/all/2026-03-1.atom", "thesis.txt", "feeds/notes.atom"}
        assert set(tree(target)) == left


async def test_a_file_that_is_lost_there_is_written_again(tmp_path):
    """It is looked for after a start, and once a day."""
    target, clock = tmp_path / "www", Clock()
    async with copying(tmp_path, str(target), clock=clock) as app:
        (target / "feeds" / "all.rss").unlink()
        await copy(app)
        assert "feeds/all.rss" not in tree(target)
        clock.move(timedelta(days=1))
        await copy(app)
        assert "feeds/all.rss" in tree(target)
        (target / "feeds" / "all.rss").unlink()
    async with copying(tmp_path, str(target)):
        assert "feeds/all.rss" in tree(target)


async def test_a_private_feed_is_not_copied(tmp_path):
    """Neither its files nor its archives, and no page names it; made private later, it is taken away."""
    target = tmp_path / "www"
    (tmp_path / "tokens").write_text("")
    private = SMALL.replace("كل", "غرفة مغلقة") + f"token_file = '{tmp_path / 'tokens'}'\n"
    async with copying(tmp_path, str(target), feeds={"all": SMALL, "secret": private}) as app:
        assert await app.files.get("secret/2026-03-1.atom") is not None
        assert not [name for name in tree(target) if "secret" in name]
        assert "سر الأخبار" not in (target / "index.html").read_text("utf-8") + (target / "feeds.opml").read_text(
            "utf-8"
        )
    async with copying(tmp_path, str(target), feeds={"all": private}):
        assert set(tree(target)) == PAGES


async def test_a_copy_that_fails_holds_up_no_other(tmp_path):
    """It is tried again after a wait, is told of, and is complete in the end."""
    (tmp_path / "file").write_text("no folder")
    bad, good, clock = tmp_path / "file" / "www", tmp_path / "www", Clock()
    with capture_logs() as logs:
        async with copying(tmp_path, str(bad), str(good), clock=clock) as app:
            assert set(tree(good)) > FEEDS
            assert f"the copy at {bad} is behind: " in app.replicator.notices[0]
            (tmp_path / "file").unlink()
            await copy(app)
            assert not bad.exists()
            clock.move(timedelta(seconds=30))
            await copy(app)
            assert set(tree(bad)) == set(tree(good))
            assert app.replicator.notices == ()
    assert [log["copy"] for log in logs if log["event"] == "cannot write a copy"] == [str(bad)]


async def test_one_file_that_cannot_be_written_holds_up_none_beside_it(tmp_path):
    """A folder lies in its place. What would lead to it waits."""
    target = tmp_path / "www"
    (target / "feeds" / "all.rss").mkdir(parents=True)
    async with copying(tmp_path, str(target)) as app:
        assert {"feeds/all.atom", "feeds/all.json"} < set(tree(target))
        assert "index.html" not in tree(target)
        assert "all.rss" in app.replicator.notices[0]


async def test_readers_of_a_folder_never_see_half_a_file(tmp_path):
    """While it is replaced again and again."""
    target, versions, torn = FolderTarget(tmp_path), [bytes([n]) * 50_000 for n in range(20)], []
    await target.put("a/b.atom", versions[0], "t")
    done = threading.Event()

    def look():
        while not done.is_set():
            body = (tmp_path / "a/b.atom").read_bytes()
            if body not in versions:
                torn.append(len(body))

    looking = asyncio.create_task(asyncio.to_thread(look))
    for n in range(100):
        await target.put("a/b.atom", versions[n % 20], "t")
    done.set()
    await looking
    assert torn == []
    assert set(tree(tmp_path)) == {"a/b.atom"}


class Gate:
    """A target that takes a file only when it is opened."""

    def __init__(self):
        self.open, self.paths, self.waiting = asyncio.Event(), [], 0

    async def put(self, path, body, content_type):
        self.waiting += 1
        await self.open.wait()
        self.paths.append(path)

    async def delete(self, path):
        self.paths.append(f"not {path}")

    async def present(self, paths):
        return set(paths)

    async def sync(self):
        return


class FewFiles:
    """A site of some files."""

    def __init__(self):
        self.listed = {name: SiteFile(digest="1", content_type="t", rank=rank) for rank, name in enumerate("zyx")}

    async def files(self):
        return self.listed

    async def read(self, path):
        return self.listed[path].digest, b"x"


@asynccontextmanager
async def replicating(folder, site, **targets):
    async with an_app(folder, Shown()) as app:
        yield Replicator(app.store, site, targets=lambda: list(targets), open_target=targets.get, clock=Clock())


async def test_a_copy_that_hangs_holds_up_no_other(tmp_path):
    """Nor is it begun anew; the end of the program does not wait for it."""
    slow, fast = Gate(), Gate()
    fast.open.set()
    async with replicating(tmp_path, FewFiles(), slow=slow, fast=fast) as replicator:
        while len(fast.paths) < 3:
            replicator.start()
            await asyncio.sleep(0)
        await asyncio.wait_for(replicator.finish(0.05), 30)
        assert (slow.waiting, slow.paths, fast.paths) == (1, [], ["z", "y", "x"])


async def test_nothing_leads_to_what_is_not_there_yet(tmp_path):
    """Files are written by rank, and deleted last."""
    site, target = FewFiles(), Gate()
    target.open.set()
    async with replicating(tmp_path, site, target=target) as replicator:
        replicator.start()
        await replicator.settled()
        site.listed = {"y": SiteFile(digest="2", content_type="t"), "w": SiteFile(digest="1", content_type="t", rank=1)}
        replicator.start()
        await replicator.settled()
    assert target.paths == ["z", "y", "x", "y", "w", "not x", "not z"]


async def test_a_file_that_changes_while_others_are_copied_is_left_to_the_next_time(tmp_path):
    """It may lead to what is not listed yet."""
    site, target = FewFiles(), Gate()
    async with replicating(tmp_path, site, target=target) as replicator:
        replicator.start()
        while not target.waiting:
            await asyncio.sleep(0)
        new = SiteFile(digest="1", content_type="t", rank=1)
        site.listed = {**site.listed, "new": new, "x": SiteFile(digest="2", content_type="t", rank=2)}
        target.open.set()
        await replicator.settled()
        assert target.paths == ["z", "y"]
        replicator.start()
        await replicator.settled()
    assert target.paths == ["z", "y", "new", "x"]


def credentials(folder: Path, base: str, target: str = "s3://news/copy") -> Path:
    path = folder / "credentials.toml"
    path.write_text(
        f'["{target}"]\naws_access_key_id = "AKIAEXAMPLE0"\naws_secret_access_key = "sesame-sesame-sesame"\n'
        f'aws_region = "us-east-1"\naws_endpoint = "{base}"\nallow_http = true\n'
    )
    return path


async def test_a_store_that_refuses_is_told_of_without_its_secrets(tmp_path, free_port):
    """Nobody listens there; the next try reads the credentials again."""
    path = credentials(tmp_path, f"http://127.0.0.1:{free_port}/sesame-sesame-sesame")
    target = open_target("s3://news/copy", path)
    with pytest.raises(TargetError) as caught:
        await target.put("x", b"x", "text/plain")
    assert "sesame" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[", "cannot read"),
        ('"s3://news/copy" = 1', "is not a table"),
        ('["s3://news/copy"]\nnonsense = "x"', "nonsense"),
        ('["s3://news/copy"]\naws_nonsense = "x"', "aws_nonsense"),
    ],
)
def test_credentials_that_cannot_be_used_are_told_of(tmp_path, text, reason):
    """By their file and key."""
    path = tmp_path / "credentials.toml"
    path.write_text(text)
    with pytest.raises(TargetError, match=reason):
        open_target("s3://news/copy", path)
    with pytest.raises(TargetError, match="cannot read"):
        open_target("s3://news/copy", tmp_path / "none.toml")


def test_kinds_of_targets(tmp_path):
    """A path is a folder, everything else an object store."""
    assert isinstance(open_target(str(tmp_path), None), FolderTarget)
    assert isinstance(open_target("s3://news/copy", None), ObjectTarget)
