"""The configuration that is shipped: outlets, concepts and feeds for whoever begins."""

import csv
import os
import re
from collections import defaultdict
from pathlib import Path

import pytest

from syndicator.config import load
from syndicator.rules import rules_from
from syndicator.tag.concept import ConceptTagger

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "ar", "fa", "ru", "tr", "he", "fr", "es")
with (Path(__file__).parents[1] / "data/concepts.tsv").open(encoding="utf-8", newline="") as file:
    SENTENCES = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return load(ROOT / "config", environ=os.environ, state=tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def tagger(config):
    return ConceptTagger(tuple(config.concepts.values()))


def test_every_concept_has_hits_and_look_alikes_in_every_language(config):
    """Two and two at least, in each of eight languages."""
    counts = defaultdict(int)
    for row in SENTENCES:
        counts[row["concept"], row["language"], row["matches"]] += 1
    assert len(config.concepts) >= 10
    lacking = [
        (concept, language, kind)
        for concept in config.concepts
        for language in LANGUAGES
        for kind in ("yes", "no")
        if counts[concept, language, kind] < 2
    ]
    assert lacking == []


@pytest.mark.parametrize("row", SENTENCES, ids=lambda row: f"{row['concept']}-{row['language']}-{row['sentence'][:24]}")
def test_a_concept_finds_its_sentences_and_not_those_that_look_like_them(tagger, row):
    """Whether the words stand in the title or in the text; what is about it also if its language is not known."""
    expected = row["matches"] == "yes"
    for title, text in ((row["sentence"], ""), ("", row["sentence"])):
        for language in (row["language"], "") if expected else (row["language"],):
            assert (row["concept"] in {tag.term for tag in tagger(title, text, language)}) is expected


def test_a_sentence_that_looks_like_one_concept_is_none_of_the_others(tagger):
    """Terms count whatever the language of a story: those of one must not be ordinary words of another."""
    wrong = {
        row["sentence"]: {tag.term for tag in tagger(row["sentence"], "")} - {row["concept"]}
        for row in SENTENCES
        if row["matches"] == "no"
    }
    assert {sentence: found for sentence, found in wrong.items() if found} == {}


def test_there_are_outlets_for_a_beginning(config):
    """As many as the README says, in many languages; an outlet's language is that of its sources."""
    said = re.search(r"serves (\d+) real outlets in (\w+) languages", (ROOT / "README.md").read_text("utf-8"))
    assert said is not None
    assert int(said[1]) == len(config.outlets) >= 40
    languages = {source.language for source in config.sources.values()}
    assert len(languages) == 13
    assert said[2] == "thirteen"


def test_a_page_of_a_service_in_another_language_is_that_services(tmp_path, config):
    """One broadcaster's services lie below one address."""
    rules = rules_from(config)
    pages = {
        "https://www.france24.com/fr/moyen-orient/x": "france24-fr",
        "https://www.france24.com/en/middle-east/x": "france24",
        "https://www.bbc.com/persian/articles/x": "bbc-persian",
        "https://www.presstv.co.uk/Detail/2026/x": "presstv",
    }
    assert {page: rules.owner_of(page).id for page in pages} == pages


def test_feeds_show_what_filters_can_do(config):
    """Each says what it shows; together they use every kind of condition that needs no setting."""
    shown = {field for feed in config.feeds.values() for field in re.findall(r"\b([a-z]+):", feed.where)}
    assert shown >= {"region", "concept", "lang", "title", "revised", "copies"}
    named = {name for feed in config.feeds.values() for name in re.findall(r"concept:([a-z-]+)", feed.where)}
    assert len(named) >= 8
