"""What the program publishes, from end to end, breaks no rule: the demonstration, and a replay of archives."""

from pathlib import Path

import pytest

from syndicator.models.formats import FORMAT_NAMES, OPML_FILE
from tests.flow.test_demo import played
from tests.flow.test_replay import play
from tests.newsroom import Item, rss, write_config
from tests.validity.reading import FEEDS, read
from tests.validity.rules import faults_of

EVERY_FORMAT = f"formats = {list(FORMAT_NAMES)}\n"


def faults_in(folder):
    """Return what is wrong with each published file that has faults; fail where there is none at all."""
    files = [each for each in Path(folder).rglob("*") if each.is_file() and each.suffix != ".tmp"]
    assert files
    return {each.name: found for each in files if (found := faults_of(each.name, each.read_bytes()))}


@pytest.mark.long
async def test_every_file_of_the_demonstration_is_valid(tmp_path, free_port):
    """All feeds in all of their formats, and the list of them."""
    async with played(tmp_path, free_port) as (_, daemon):
        folder = daemon.app.files.folder
    assert faults_in(folder) == {}
    assert (folder / OPML_FILE).is_file()
    stories = {
        kind: [each.id for each in read(kind, (folder / f"everything.{kind}").read_bytes()).entries] for kind in FEEDS
    }
    assert len(stories["atom"]) == 26
    assert stories["atom"] == stories["rss"] == stories["json"]


MEDIA = (
    '<media:content url="https://one.example/a.jpg" type="image/jpeg" width="640" height="480"/>'
    '<media:thumbnail url="https://one.example/t.jpg"/><enclosure url="https://one.example/a.mp3" type="audio/mpeg" length="9"/>'
)


def test_every_file_of_a_replay_is_valid(tmp_path):
    """With pictures, places, copies and a revision, in Arabic, Russian, Persian and Turkish."""
    words = ("هدوء في حلب بعد هدنة", "Перемирие в Алеппо", "آتش‌بس در کابل", "Hatay'da deprem: ekipler yolda")
    for hour, folder in enumerate(("one", "two")):
        items = [
            Item(
                f"{each}{' &lt;b&gt;' if number == 1 else ''}{' again' * hour * (number == 0)}",
                guid=f"{number}",
                link=f"https://{folder}.example/{number}?a=1&b=[2]",
                text=f"<p>{each}. {'Text of many words for a copy. ' * 20}</p><script>alert(1)</script>",
            )
            for number, each in enumerate(words)
        ]
        for time in range(2):
            (tmp_path / "in" / folder).mkdir(parents=True, exist_ok=True)
            body = rss(*items).replace(b"</item>", MEDIA.encode() + b"</item>")
            body = body.replace(b"<rss ", b'<rss xmlns:media="http://search.yahoo.com/mrss/" ', 1)
            (tmp_path / "in" / folder / f"20210901T0{hour + time}0000Z.xml").write_bytes(body)
    feeds = {"all": f'title = "الكل"\nwhere = ""\nlanguage = "ar"\n{EVERY_FORMAT}'}
    play(tmp_path / "in", write_config(tmp_path / "c", feeds=feeds), tmp_path / "out")
    assert faults_in(tmp_path / "out") == {}
    assert len(read("json", (tmp_path / "out" / "all.json").read_bytes()).entries) >= len(words)
