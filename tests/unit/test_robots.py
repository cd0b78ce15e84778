"""What a host asks of robots (RFC 9309)."""

from datetime import UTC, datetime

import pytest

from syndicator.fetch.robots import MOST_BYTES, RobotsCache, product_of, read_robots


def allows(text, path, product="syndicator"):
    return read_robots(text.encode(), product).allows("https://outlet.example" + path)


@pytest.mark.parametrize(
    ("rules", "path", "is_allowed"),
    [
        ("Disallow: /", "/feed.xml", False),
        ("Disallow: /", "/robots.txt", True),
        ("Disallow:", "/feed.xml", True),
        ("Disallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("Allow: /a/b\nDisallow: /a", "/a/c", False),
        ("Disallow: /a\nAllow: /a", "/a", True),
        ("Disallow: /*.xml$", "/rss/feed.xml", False),
        ("Disallow: /*.xml$", "/rss/feed.xml?page=2", True),
        ("Disallow: /*/feed", "/en/news/feed", False),
        ("Disallow: /*/feed", "/feed", True),
        ("Disallow: *secret", "/very/secret", False),
        ("Disallow: /a**b", "/a-to-b", False),
        ("Disallow: /a$b", "/a$bc", False),
        ("Disallow: /*?page=", "/feed?page=1", False),
        ("Disallow: /ab$", "/ab", False),
        ("Disallow: /ab$", "/abc", True),
        ("Disallow: /*ab$", "/ab/ab", False),
        ("Disallow: /ab*ab$", "/ab", True),
        ("Disallow: /новости", "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8", False),
        ("Disallow: /%D8%B3", "/سوریه", False),
        ("Disallow: /%61", "/a", False),
        ("Disallow: /a%2fb", "/a/b", True),
        ("Disallow: /A", "/a", True),
        ("Disallow: /a # not this", "/a", False),
        ("DISALLOW : /a", "/a", False),
        ("Allow: /أخبار\nDisallow: /*.xml$", "/أخبار/feed.xml", True),
        ("Disallow: /a-%2A.html", "/a-*.html", False),
        ("Disallow: /a%24", "/a$", False),
        ("Disallow: /a?b?c", "/a?b?c", False),
        ("Sitemap: https://outlet.example/s.xml\nDisallow: /a", "/a", False),
    ],
)
def test_must_16_the_longest_rule_that_fits_wins_and_a_tie_allows(rules, path, is_allowed):
    """Stars and an end mark count, percent-encoded octets are what they stand for, case matters."""
    assert allows(f"User-agent: *\n{rules}", path) is is_allowed


@pytest.mark.parametrize(
    ("text", "is_allowed"),
    [
        ("User-agent: Syndicator\nDisallow: /\nUser-agent: *\nAllow: /", False),
        ("User-agent: *\nDisallow: /\nUser-agent: SYNDICATOR/2.0\nAllow: /", True),
        ("User-agent: other\nUser-agent: syndicator\nDisallow: /", False),
        ("User-agent: syndicator\nAllow: /x\nUser-agent: *\nDisallow: /", True),
        ("User-agent: syndicator\nAllow: /x\n\nUser-agent: syndicator\nDisallow: /", False),
        ("User-agent: syndicator-news\nDisallow: /", True),
        ("User-agent: other\nDisallow: /", True),
        ("Disallow: /", True),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", False),
        ("User-agent: *\rDisallow: /", False),
        ("", True),
        ("<html>no robots here</html>", True),
    ],
)
def test_must_16_the_group_for_our_name_counts_or_else_that_for_all(text, is_allowed):
    """Names are matched whatever their case; groups of one name are one."""
    assert allows(text, "/feed.xml") is is_allowed


def test_must_17_500_kib_are_read():
    """A rule before that counts, whatever comes before it and after."""
    text = "User-agent: *\n" + "# padding\n" * 50_000 + "Disallow: /feed.xml\n" + "Allow: /other\n" * 10_000
    assert not allows(text, "/feed.xml")


def test_hostile_patterns_cost_little():
    """Patterns full of stars are matched in linear time: this ends."""
    rules = "Disallow: /" + "*a" * 2000 + "$\n"
    assert allows("User-agent: *\n" + rules * 50, "/" + "a" * 1999 + "b")


def test_hostile_groups_cost_little():
    """Any number of names, again and again, with any number of rules: this ends."""
    many = "".join(f"User-agent: bot{chr(97 + n % 26)}{'x' * (n % 30)}\n" for n in range(8_000))
    assert allows(many + "User-agent: other\n" * 8_000 + "Disallow: /\n" * 5_000, "/feed.xml")
    assert not allows(many + "User-agent: syndicator\n" + "Disallow: /\n" * 5_000, "/feed.xml")


@pytest.mark.parametrize(
    ("agent", "product"), [("syndicator/1 (+x)", "syndicator"), ("News2Feed/1", "News"), ("", ""), ("7", "")]
)
def test_must_16_our_name_is_the_products(agent, product):
    """Letters, hyphens and underscores, as RFC 9309 has it."""
    assert product_of(agent) == product


def test_what_is_remembered_of_hosts_is_bounded():
    """By all rules together; the oldest go first."""
    cache, when = RobotsCache(), datetime(2026, 3, 6, tzinfo=UTC)
    many = read_robots(b"User-agent: *\n" + b"Disallow: /a\n" * 30_000, "x")
    for number in range(20):
        cache.put(f"https://{number}.example", when, many)
    kept = [number for number in range(20) if cache.get(f"https://{number}.example")[0]]
    assert kept == list(range(14, 20))


@pytest.mark.parametrize("rule", ["Disallow: /" + "a" * 500_000, "Disallow: /" + "*a" * 250_000])
def test_what_is_remembered_of_hosts_is_bounded_by_its_size(rule):
    """However long a rule is, and of however many parts: hundreds of hosts with the longest cost no more than one does."""
    cache, when = RobotsCache(), datetime(2026, 3, 6, tzinfo=UTC)
    long = read_robots(f"User-agent: *\n{rule}".encode(), "x")
    for number in range(1000):
        cache.put(f"https://{number}.example", when, long)
    kept = [number for number in range(1000) if cache.get(f"https://{number}.example")[0]]
    assert kept[-1] == 999
    assert cache.size <= MOST_BYTES
    assert 0 < len(kept) * 500_000 <= MOST_BYTES
