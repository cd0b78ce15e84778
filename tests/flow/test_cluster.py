"""The ``cluster`` command: archives in, decisions and events out, line by line."""

import asyncio
import json
import os
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from syndicator.cli import cli
from syndicator.cluster import Clusterer, Read
from tests.conftest import NOW

BODY = (
    "A fire gutted a bakery in the old town of Aleppo early on Monday and left eleven families homeless. "
    "Firemen needed four hours to put it out, because the lane is too narrow for their engine. "
    "The owner said that an oven had been left burning. Neighbours opened a school for the families."
)
OTHER = (
    "The university of Aleppo has opened a library for engineers with nine thousand books and a reading room. "
    "Students may borrow three books at a time. It is open every day but Friday until ten in the evening."
)
FIRE = {
    "id": "a1",
    "title": "Bakery fire in Aleppo leaves families homeless",
    "text": BODY,
    "lang": "en",
    "outlet": "one",
    "url": "https://one.example/fire?utm_source=feed",
}


def at(hours):
    return (NOW + timedelta(hours=hours)).isoformat()


def run(*stories, options=("--no-places",), hours=1.0):
    """Run the command on stories an hour apart."""
    lines = [json.dumps({"published": at(n * hours), **story}) for n, story in enumerate(stories)]
    return CliRunner().invoke(cli, ["cluster", *options], input="\n".join(lines) + "\n")


def answers(*stories, **how):
    result = run(*stories, **how)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_decision_has_its_reason():
    """New, updated, unchanged, and copies by the words or by the page; all are one story on one event."""
    found = answers(
        FIRE,
        {**FIRE, "id": "a2"},
        {
            **FIRE,
            "id": "a3",
            "title": "Aleppo bakery fire: school opened for families",
            "url": "https://www.one.example/fire",
        },
        {**FIRE, "id": "b1", "outlet": "two", "url": "https://two.example/9", "title": "Eleven families lose homes"},
        {**FIRE, "id": "c1", "outlet": "three", "text": "", "title": "Read elsewhere"},
        {**FIRE, "id": "d1", "outlet": "four", "url": "https://four.example/1", "text": OTHER, "title": "New library"},
    )
    assert [(each["decision"], each["story"], each.get("of")) for each in found] == [
        ("new", "a1", None),
        ("unchanged", "a1", "a1"),
        ("updated", "a1", "a1"),
        ("copy", "a1", "a1"),
        ("copy", "a1", "a1"),
        ("new", "d1", None),
    ]
    assert [each["event"] for each in found] == ["e1"] * 5 + ["e6"]
    assert found[2]["reason"] == "the same page with another headline"
    assert "the headline is new" in found[3]["reason"]
    assert found[4]["reason"] == "the same page, shown by one before"


def test_one_number_makes_another_story_of_the_same_event():
    """A count that has risen is news, not a copy."""
    risen = {
        **FIRE,
        "id": "b",
        "outlet": "two",
        "url": "https://two.example/b",
        "text": BODY.replace("eleven", "nineteen"),
    }
    first, second = answers(FIRE, risen)
    assert (second["decision"], second["event"]) == ("new", first["event"])


def test_a_copy_of_the_text_as_it_is_now_is_found():
    """A page that was written anew is copied as it is, and is that story's copy."""
    anew = {**FIRE, "id": "a2", "text": OTHER}
    found = answers(
        FIRE, anew, {**anew, "id": "b", "outlet": "two", "url": "https://two.example/b", "title": "Reading"}
    )
    assert [(each["decision"], each["story"]) for each in found] == [("new", "a1"), ("updated", "a1"), ("copy", "a1")]


def test_a_page_without_an_outlet_is_that_of_whoever_has_it():
    """Archives name outlets here and there."""
    found = answers(FIRE, {**FIRE, "id": "a2", "outlet": None})
    assert [each["decision"] for each in found] == ["new", "unchanged"]


def test_a_copy_of_last_week_is_no_copy():
    """Nor is it on last week's event."""
    _, late = answers(FIRE, {**FIRE, "id": "b", "outlet": "two", "url": "https://two.example/b"}, hours=24 * 7)
    assert (late["decision"], late["event"]) == ("new", "e2")


def test_headlines_alone_are_enough():
    """Numbers are ids as well, languages are detected, times may be seconds."""
    found = answers(
        {"id": 1, "title": "Пожар в пекарне в Алеппо оставил без крова семьи", "published": 1772800000},
        {"id": 2, "title": "Семьи остались без крова после пожара в пекарне Алеппо", "published": 1772803600.5},
        {"id": 3, "title": "Университет Казани открыл новую библиотеку", "published": "2026-03-06 14:00"},
    )
    assert [each["event"] for each in found] == ["e1", "e1", "e3"]
    assert [each["id"] for each in found] == [1, 2, 3]


def test_places_link_languages_of_other_letters():
    """The same town in Arabic and in English: related, as one name is no proof."""
    first, second = answers(
        {"id": 1, "title": "حريق في مخبز بمنبج", "lang": "ara"},
        {"id": 2, "title": "Bakery burns in Manbij", "lang": "eng"},
        options=(),
    )
    assert (first["event"], second["event"], second["related"]) == ("e1", "e2", ["e1"])


def test_lines_that_are_none_are_told_and_the_others_answered():
    """By number and key, on standard error, with an exit code that says so."""
    good = json.dumps({"id": 1, "title": "Rain in Izmir", "published": at(0)})
    lines = [
        good,
        "nonsense",
        '{"id": 2, "published": "2026-03-06"}',
        '{"id": 3, "title": "x", "published": "yesterday"}',
        '{"id": 4, "title": "x", "published": 1e30}',
        '{"id": [], "title": "x", "published": 1}',
        '{"id": 5, "title": "x", "published": "0001-01-01T00:00:00+23:00"}',
        "",
        good,
    ]
    result = CliRunner().invoke(
        cli, ["cluster", "--no-places"], input="\n".join(lines).encode() + b'\n{"id": "\xff"}\n'
    )
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 2
    for number in (2, 3, 4, 5, 6, 7, 10):
        assert f"line {number}: " in result.stderr
    assert 'line 4: published: "yesterday" is no time' in result.stderr
    assert "`title`" in result.stderr
    assert "7 lines could not be read" in result.stderr


def test_what_is_out_of_order_is_told_once():
    """With the line, and how many there were."""
    result = run(*({"id": n, "title": f"Story {n}"} for n in range(4)), hours=-12)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 4
    assert result.stderr.count("line ") == 1
    assert "line 2: published: " in result.stderr
    assert "3 stories are out of order" in result.stderr


def test_progress_is_told_apart_from_the_answers():
    """On standard error."""
    result = run(*({"id": n, "title": "Rain"} for n in range(1000)), options=("--no-places", "--progress"), hours=0.001)
    assert result.stderr == "1,000 lines\n"
    assert len(result.stdout.splitlines()) == 1000


def test_settled_answers_name_the_event_that_others_were_merged_into():
    """At once, a story has the event that it began; hours later, the one that lives on."""
    fire, leave = "Warehouse fire spreads along Basra harbour", "Hundreds leave homes near smoking depot"
    both = f"{leave} as warehouse fire spreads along Basra harbour"
    stories = [{"id": n, "title": title} for n, title in enumerate((fire, leave, both, f"{both} again"), 1)]
    at_once = answers(*stories, hours=0.1)
    settled = answers(*stories, hours=0.1, options=("--no-places", "--settle", "6"))
    assert [each["event"] for each in at_once][:2] == ["e1", "e2"]
    assert ["e2"] in [each.get("merged") for each in at_once]
    assert {each["event"] for each in settled} == {"e1"}
    assert [each["id"] for each in settled] == [1, 2, 3, 4]


async def test_each_line_is_answered_before_the_next_is_written():
    """Whoever pipes a running stream into it has answers at once."""
    command = (sys.executable, "-m", "syndicator", "cluster", "--no-places")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=os.environ)
    for number in range(3):
        process.stdin.write(json.dumps({"id": number, "title": "Rain", "published": at(number)}).encode() + b"\n")
        await process.stdin.drain()
        assert json.loads(await process.stdout.readline())["id"] == number
    process.stdin.close()
    assert await process.wait() == 0


def test_texts_are_forgotten_when_they_are_too_old_to_be_copied():
    """After three days, so that an archive may be of any length."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    with closing(Clusterer()) as clusterer:
        for number in range(400):
            published = begin + timedelta(hours=number)
            text = f"{number} " * 20 + "and so it goes in the town by the river every day of the week and month"
            clusterer.add(Read(id=number, title=f"Item {number}", text=text, language="en", published=published))
        assert len(clusterer._texts) == 73


@pytest.mark.parametrize("url", ["https://one.example/", "https://one.example", "not a link"])
def test_a_home_page_is_no_storys_page(url):
    """Where all items link there, each is a story of its own."""
    found = answers(
        {**FIRE, "url": url}, {"id": "a9", "title": "Rain closes the road to Izmir", "url": url, "outlet": "one"}
    )
    assert [each["decision"] for each in found] == ["new", "new"]
