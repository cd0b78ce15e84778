"""Templates for titles: filled in, or refused with a word that helps."""

import pytest

from syndicator.config import load
from syndicator.titles import check_template, fill_in
from tests.newsroom import write_config
from tests.unit.test_config import problems


def test_a_template_is_filled_in():
    """Braces that are doubled stand for themselves, and values are not looked into."""
    template = check_template("{{{outlet}}} {title}")
    assert fill_in(template, {"outlet": "صوت", "title": "{outlet} %s"}) == "{صوت} {outlet} %s"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{titel} – {outlet}", "there is no name {titel} for titles: choose from {title}, {outlet}"),
        ("{}", "there is no name {} for titles"),
        ("{title.__class__}", "there is no name {title.__class__}"),
        ("{title[0]}", "there is no name {title[0]}"),
        ("{outlet}", "lacks {title}"),
        ("{title:>1000000000}", "{title} takes no formatting"),
        ("{title!r}", "{title} takes no formatting"),
        ("{title", "a brace that stands alone"),
        ("title}", "a brace that stands alone"),
    ],
)
def test_a_wrong_template_is_refused_with_its_file_and_key(tmp_path, template, message):
    """Nothing of it can reach into objects, or make a title of a gigabyte."""
    feeds = {"one": f"title = 'O'\nwhere = ''\nentry_title = '{template}'\n"}
    (found,) = problems(write_config(tmp_path, main="", feeds=feeds))
    assert found.startswith("feeds/one.toml: entry_title: ")
    assert message in found


def test_policies_titles_and_pictures_are_read_from_their_files(tmp_path):
    """Of an outlet and a feed, and for all feeds; a feed of before has none of them."""
    outlet = (
        'name = "O"\ncountry = "SY"\nlanguage = "ar"\nhome = "https://o.example"\nrepublish = "excerpt"\n'
        '[[source]]\npath = "/f"\n'
    )
    feeds = {
        "new": 'title = "N"\nwhere = ""\nentry_title = "{title} – {outlet}"\nlanguage = "fa"\nicon = "https://x.example/i.png"\n',
        "old": 'title = "O"\nwhere = ""\n',
    }
    folder = write_config(
        tmp_path, main='[publish]\nlogo = "https://x.example/l.png"\n', outlets={"o": outlet}, feeds=feeds
    )
    config = load(folder, environ={})
    new, old = config.feeds["new"], config.feeds["old"]
    assert (new.entry_title, new.language, new.icon) == ("{title} – {outlet}", "fa", "https://x.example/i.png")
    assert (old.entry_title, old.language, old.icon) == ("", "", "")
    assert (config.feed_icon, config.feed_logo) == ("", "https://x.example/l.png")
    assert config.outlets["o"].republish == "excerpt"


@pytest.mark.parametrize("value", ['"some"', "true", '""'])
def test_a_policy_that_there_is_not_is_a_problem_at_its_place(tmp_path, value):
    """With those that there are."""
    outlet = f'name = "O"\ncountry = "SY"\nlanguage = "ar"\nhome = "https://o.example"\nrepublish = {value}\n[[source]]\npath = "/f"\n'
    (found,) = problems(write_config(tmp_path, main="", outlets={"o": outlet}))
    assert found.startswith("outlets/o.toml: republish: ")
