"""The ``tag`` command: for a person, and line by line."""

import json

import pytest
from click.testing import CliRunner

from syndicator.cli import cli
from tests.newsroom import CUSTOM_PLACES, write_config
from tests.stores import any_store

pytestmark = any_store

ARTICLE = """Russia and Turkey agree on a lull in Idlib

Agency, Moscow

The guns in Syria's Idlib province fell silent at midnight. Turkish and Russian officers will watch the road between Latakia
and Aleppo. Families who had fled came back to Idlib in the morning to look after their houses; shops opened, and two
schools said that they would follow next week. The Turkish side counts on a summer without shells, the Russian side on
talks. Tehran was told of it.
"""


def run(*arguments, text=None):
    return CliRunner().invoke(cli, ["tag", *arguments], input=text)


def test_words_on_the_command_line():
    """Places stand out, roles are named."""
    result = run("Moscow, Ankara agree ceasefire in Idlib")
    assert result.exit_code == 0
    assert result.output.startswith("_Moscow_, _Ankara_ agree ceasefire in _Idlib_\n")
    assert "about     Syria (SY)" in result.output
    assert "actor     Russia (RU)" in result.output
    assert "language  en" in result.output


def test_a_language_without_rules_says_so():
    """Whoever reads Swedish or Thai stories knows what the program does not; of English it need not say anything."""
    assert "only names of places are known" in run("--language", "sv", "Läget i Syrien").output
    assert "nothing is known of it" in run("--language", "th", "Syria").output
    assert "known" not in run("--language", "en", "Calm in Syria").output
    (line,) = run("--jsonl", text='{"text": "Läget i Syrien", "lang": "sv"}').output.splitlines()
    assert json.loads(line)["known"] == "names"


def test_an_article_on_standard_input():
    """Scene, actors, dateline and what is only mentioned, in one look."""
    said = run(text=ARTICLE).output
    for line in (
        "about     Idlib (SY-ID)",
        "about     Syria (SY)",
        "dateline  Moscow (RU-MOW/moscow)",
        "mention   Iran (IR)",
    ):
        assert line in said
    assert {line.split()[1] for line in said.splitlines() if line.startswith("actor")} == {"Russia", "Türkiye"}


def test_lines_of_json_in_lines_of_json_out():
    """Offsets count characters of the text, after title and line break if there is a title; ids come back."""
    asked = [
        {"id": 7, "text": "Police in Paris, Texas, made two arrests.", "outlet_country": "US"},
        {"id": "b", "title": "هدنة في إدلب", "text": "قال سكان في سراقب إن الهدنة صامدة.", "lang": "ar"},
        {"text": "Nothing happened."},
    ]
    result = run("--jsonl", text="\n".join(map(json.dumps, asked)) + "\n")
    assert result.exit_code == 0
    answers = [json.loads(line) for line in result.output.splitlines()]
    assert [answer["id"] for answer in answers] == [7, "b", None]
    for question, answer in zip(asked, answers, strict=True):
        whole = f"{question['title']}\n{question['text']}" if "title" in question else question["text"]
        for place in answer["places"]:
            assert whole[place["start"] : place["end"]] == place["phrase"]
    first, second, third = answers
    paris = first["places"][0]
    assert (paris["phrase"], paris["country"], paris["admin1"], paris["kind"]) == ("Paris", "US", "US-TX", "town")
    assert abs(paris["lat"] - 33.66) < 0.1
    assert paris["geonameid"] == 4717560
    assert {"id": "US", "label": "United States", "role": "outlet", "score": 1.0} in first["regions"]
    assert second["lang"] == "ar"
    assert {"SY-ID/saraqib", "SY-ID", "SY"} <= {each["id"] for each in second["regions"] if each["role"] == "about"}
    assert third["places"] == third["regions"] == []


def test_lines_that_are_none_are_told_and_the_others_answered():
    """By number, on standard error, with an exit code that says so."""
    result = run(
        "--jsonl", text='{"text": "Calm in Idlib"}\nnonsense\n{"id": 1}\n{"text": "x", "outlet_country": "XX"}\n'
    )
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    for number in (2, 3, 4):
        assert f"line {number}:" in result.stderr


def test_a_line_that_is_not_utf8_is_told_and_the_others_answered():
    """A byte order mark is no mistake, bytes that are no text are one line's."""
    lines = b'\xef\xbb\xbf{"text": "Fire in Idlib."}\n{"text": "\xff\xfe"}\n{"text": "Fire in Aleppo."}\n'
    result = run("--jsonl", text=lines)
    assert result.exit_code == 1
    assert result.output.count('"places":[{') == 2
    assert "line 2: " in result.output


@pytest.mark.parametrize(
    "arguments",
    [("--country", "levant", "x"), ("--country", "us-tx", "x"), ("--language", "klingon-like", "x"), ("--jsonl", "x")],
)
def test_what_makes_no_sense_is_refused(arguments):
    """Countries by their codes, languages by their tags, stories from one place."""
    assert run(*arguments).exit_code != 0


def test_a_title_is_enough_and_odd_bytes_do_not_matter():
    """Neither is a reason to fail."""
    assert "Russia (RU)" in run("--title", "Moscow agrees to talks").output
    assert "Idlib (SY-ID)" in run(text=b"\xff\xfe Fire in Idlib again, police say").output


@pytest.mark.long
@pytest.mark.xdist_group("compiler")
def test_ones_own_places_count(tmp_path):
    """With --config, the regions of that folder are known."""
    folder = write_config(tmp_path, regions={"mine": CUSTOM_PLACES})
    assert "SY-ID/saraqib" in run("--config", str(folder), "Families return to Saraquib").output
