"""Rhythms: what is to be expected, when a source is silent, and what teaches nothing."""

import random
import re
from datetime import UTC, datetime, timedelta

import pytest

from syndicator.alerts.silence_words import length, named, rhythm, silence, thinning
from syndicator.models import Outlet, Source
from syndicator.models.alerts import Subject
from syndicator.models.pulses import PulseRow
from syndicator.outbox import groups_of
from syndicator.watch.profile import DAY, HOUR, Profile
from syndicator.watch.pulse import (
    EMPTY,
    after_arrivals,
    excused,
    last_days,
    looked_away,
    missed,
    moments,
    resumed,
    seeded,
    shifted,
)
from syndicator.watch.pulse_row import moment_of, packed, row_of, seconds, unpacked
from syndicator.watch.thinning import NO_SHORTFALL, Shortfall, after_items

# A Monday.
BEGUN = seconds(datetime(2026, 3, 2, tzinfo=UTC))


def steady(days, hours=(8, 11, 15, 20), chance=None):
    """Return moments of a source that publishes at hours of the day."""
    wobble = chance or random.Random(7)
    return sorted(BEGUN + (24 * day + hour + wobble.random()) * HOUR for day in range(days) for hour in hours)


def known(days=30, **keys):
    return after_arrivals(seeded(EMPTY, BEGUN, BEGUN), steady(days, **keys))


def test_a_profile_counts_the_same_forward_and_back():
    """By brute force, also where hours and days are almost empty, over weeks and within an hour."""
    chance = random.Random(3)
    for _ in range(60):
        hours = [2 * chance.random() * (chance.random() > 0.2) for _ in range(24)]
        profile = Profile(5.0, hours, [2 * chance.random() + 0.01 for _ in range(7)])
        start = BEGUN + chance.random() * 30 * DAY
        end = start + chance.random() ** 3 * 20 * DAY
        minutes = range(int((end - start) / 60))
        counted = sum(profile.rate_at(start + 60 * n + 30) * 60 / DAY for n in minutes)
        assert profile.expected(start, end) == pytest.approx(counted, rel=0.01, abs=0.02)
        assert profile.reached(start, profile.flat_days(start, end)) == pytest.approx(end, abs=1)


def test_a_rate_and_its_hours_are_learned():
    """Four items a day between 8 and 21 o'clock."""
    pulse = known()
    assert pulse.rate == pytest.approx(4, rel=0.1)
    assert min(pulse.profile.hours[8], pulse.profile.hours[20]) > 5 * pulse.profile.hours[3]
    night = pulse.profile.expected(BEGUN + 21.5 * HOUR, BEGUN + 31.5 * HOUR)
    day = pulse.profile.expected(BEGUN + 8 * HOUR, BEGUN + 18 * HOUR)
    assert day > 4 * night


def test_silence_is_held_against_the_longest_lull():
    """A source with a lull of three days lately is allowed more than one without."""
    regular, lazy = known(), after_arrivals(known(), [BEGUN + 33.4 * DAY, BEGUN + 33.6 * DAY])
    waits = [moments(each)[1] - each.newest_at for each in (regular, lazy)]
    assert waits[1] > 2 * waits[0]
    quiet, silent = moments(regular)
    assert regular.newest_at < quiet < silent
    assert missed(regular, silent) == pytest.approx(missed(regular, quiet) * 1.5 / 1.1, rel=1e-3)


def test_a_factor_waits_longer():
    """The operator's own constant counts."""
    assert moments(known(), 3.0)[1] > moments(known(), 1.5)[1]


def test_nobody_is_silent_before_a_week_and_eight_lulls():
    """What is not known raises nothing."""
    assert moments(known(1)) is None
    assert moments(known(3))[1] >= BEGUN + 7 * DAY


def test_a_first_document_only_begins():
    """Its items came at no known time; a date in the future counts as now."""
    pulse = seeded(EMPTY, BEGUN + DAY, BEGUN)
    assert (pulse.newest_at, pulse.begun_at, pulse.lulls, pulse.items) == (BEGUN, BEGUN, 0, 0)


def test_many_items_of_one_moment_are_no_rhythm():
    """An archive that opens counts no more than a day and a little."""
    pulse = known()
    flooded = after_arrivals(pulse, [pulse.newest_at + HOUR] * 2000)
    assert flooded.rate < 1.5 * pulse.rate


def test_a_year_of_silence_blinds_nobody():
    """What lasts longer than any lull was a stop, and teaches as much as the longest that is one."""
    pulse = known()
    back = after_arrivals(pulse, [pulse.newest_at + 365 * DAY + n * 3 * HOUR for n in range(40)])
    assert back.rate > 0.5 * pulse.rate
    assert moments(back)[1] - back.newest_at < 40 * DAY


def test_a_confirmed_silence_teaches_nothing():
    """The next item begins again where the rhythm was."""
    pulse = known()
    at = pulse.newest_at + 20 * DAY
    assert after_arrivals(resumed(pulse, at), [at, at + 4 * HOUR]).longest < 1.5 * pulse.longest
    assert after_arrivals(pulse, [at, at + 4 * HOUR]).longest > 5 * pulse.longest


def test_a_clock_that_was_set_moves_all_moments():
    """The rhythm stays."""
    pulse = known()
    moved = shifted(pulse, 7 * DAY)
    assert moments(moved)[1] - moments(pulse)[1] == pytest.approx(7 * DAY, abs=1)
    assert shifted(EMPTY, DAY) == EMPTY


def test_a_row_holds_all_there_is_in_less_than_190_bytes():
    """Single precision is enough."""
    pulse = known()
    row = row_of("source:a/b", pulse)
    assert len(row.state) <= 190
    back = unpacked(row)
    assert back.hours == pytest.approx(pulse.hours, rel=1e-5)
    assert back.counts == pulse.counts
    assert (back.lulls, back.at_newest) == (pulse.lulls, pulse.at_newest)
    assert seconds(row.silent_at) == pytest.approx(moments(pulse)[1], abs=1)


def test_a_row_of_another_form_begins_anew():
    """What a later version has written does no harm."""
    at = moment_of(BEGUN)
    pulse = unpacked(PulseRow("source:a/b", b"\xff" * 90, begun_at=at, newest_at=at))
    assert (pulse.items, pulse.begun_at) == (0, BEGUN)


def test_values_at_the_edges_can_be_stored():
    """Dates that no clock should show, and more items than anybody has."""
    pulse = after_arrivals(known(), [seconds(datetime(8000, 1, 1, tzinfo=UTC))] * 70_000)
    assert unpacked(row_of("source:a/b", pulse)).rate > 0
    assert len(packed(pulse)) <= 190


def test_expect_replaces_what_is_learned():
    """A timetable is known from the first item on."""
    pulse = seeded(EMPTY, BEGUN, BEGUN)
    row = row_of("source:a/b", pulse, expect=timedelta(days=8))
    assert row.silent_at == row.quiet_at == moment_of(BEGUN + 8 * DAY)


def test_a_source_cut_to_a_fifth_is_thinned_and_recovers():
    """And a day of rest, or a silence, is not."""
    pulse = known(40, hours=range(6, 22))
    assert not pulse.is_thinned
    start = BEGUN + 40 * DAY
    thin = after_arrivals(pulse, [start + (24 * day + hour) * HOUR for day in range(4) for hour in (8, 13, 19)])
    assert thin.is_thinned
    assert last_days(thin, 2).share < 0.33
    told = thinning(named(Subject.parse("outlet:reka"), None, 1), thin)
    assert told == "reka has published 6 stories in the last 2 whole days, where 28 are usual."
    whole = [start + (24 * day + hour) * HOUR for day in range(4, 10) for hour in range(6, 22)]
    assert not after_arrivals(thin, whole).is_thinned
    assert not after_arrivals(pulse, [start + 6 * DAY, start + 6 * DAY + HOUR]).is_thinned
    assert not looked_away(thin, start + 4 * DAY).is_thinned


def test_what_is_lacking_has_a_bound():
    """A source that recovers after months is soon well."""
    shortfall = NO_SHORTFALL
    for _ in range(1000):
        shortfall = after_items(shortfall, 5.0, 1, 1.0)
    items = 0
    while shortfall.lacking:
        shortfall, items = after_items(shortfall, 1.0, 1, 1.0), items + 1
    assert items < 30


def test_words_name_whom_since_when_and_how_much():
    """In one plain sentence; a timetable is told as one."""
    press = named(Subject.parse("outlet:kheybar"), paper("kheybar"), 1)
    pulse = known()
    row = row_of("source:a/b", pulse)
    now = row.newest_at + timedelta(hours=31)
    told = silence(press, row, pulse, now, None)
    assert re.fullmatch(
        r"Kheybar has published nothing for 31 h, in which \d stories were to be expected; the longest lull of late was 2\.",
        told,
    )
    syria = named(Subject.parse("country:SY"), None, 14)
    assert silence(syria, row, pulse, now, None).startswith(
        "None of the 14 outlets of Syria has published anything for 31 h"
    )
    arabic = named(Subject.parse("language:ar"), None, 3)
    assert (
        thinning(arabic, pulse)
        == "The 3 outlets in Arabic have published far fewer stories than usual of late: 4 stories a day is usual."
    )
    assert silence(press, row, pulse, now, timedelta(days=1)).endswith("; something is expected at least every 24 h.")
    assert rhythm(pulse, now) == "Usual: 4 stories a day, most at 08, 11, 15, 20 UTC."
    rare = after_arrivals(seeded(EMPTY, BEGUN, BEGUN), [BEGUN + 7 * n * DAY for n in range(1, 30)])
    assert rhythm(rare, now + timedelta(days=300)).startswith("Usual: a story every 7 d, most at 00")


def test_what_is_usual_is_not_told_before_a_week():
    """Minutes after the first poll it is made up."""
    pulse = after_arrivals(seeded(EMPTY, BEGUN, BEGUN), [BEGUN + n * 600 for n in range(1, 12)])
    assert rhythm(EMPTY, moment_of(BEGUN)) == rhythm(pulse, moment_of(BEGUN + 6 * DAY))
    assert rhythm(pulse, moment_of(BEGUN + 6 * DAY)) == "What is usual is not known before a week."
    assert rhythm(pulse, moment_of(BEGUN + 7 * DAY)).startswith("Usual: ")


def test_what_was_to_be_expected_of_who_was_away_is_taken_back():
    """A group is not thinned by what it could not bring; what the others lack is lacking still."""
    pulse = known()._replace(shortfall=Shortfall(lacking=10.0, top=14.0, worst=2.0))
    few, all_ = excused(pulse, 5.0, pulse.newest_at), excused(pulse, 20.0, pulse.newest_at)
    assert few.shortfall == Shortfall(6.0, 10.0, 2.0)
    assert all_.shortfall == Shortfall(0.0, 0.0, 2.0)
    assert excused(pulse, 0.1, pulse.newest_at).counts == pulse.counts


def test_lengths_are_told_as_people_do():
    """Minutes, hours, then days."""
    assert [length(timedelta(minutes=each)) for each in (40, 31 * 60, 9 * 1440)] == ["40 min", "31 h", "9 d"]


def paper(name, country="SY", language="ar", sources=1):
    return Outlet(
        id=name,
        name=name.title(),
        country=country,
        language=language,
        home=f"https://{name}.example",
        sources=tuple(
            Source(id=f"{name}/{n}", outlet=name, endpoints=(f"https://{name}.example/{n}",), language=language)
            for n in range(sources)
        ),
    )


def test_groups_cover_what_they_are_made_of():
    """An outlet with one source is told by the outlet; a country or language of one outlet is no group."""
    groups = groups_of(
        {each.id: each for each in (paper("jisr"), paper("sham", sources=2), paper("kheybar", "IR", "fa"))}
    )
    assert groups.subjects["jisr/0"] == ("source:jisr/0", "country:SY", "language:ar")
    assert groups.subjects["sham/1"] == ("source:sham/1", "outlet:sham", "country:SY", "language:ar")
    assert groups.subjects["kheybar/0"] == ("source:kheybar/0",)
    assert groups.members["outlet:sham"] == ("sham/0", "sham/1")
    told = {subject: [str(each) for each in some] for subject, some in groups.alerts.items()}
    assert told["source:jisr/0"] == ["outlet:jisr", "country:SY", "language:ar"]
    assert told["source:sham/0"] == ["source:sham/0", "outlet:sham", "country:SY", "language:ar"]


def test_of_a_country_and_a_language_the_wider_is_told():
    """Where both have the same outlets, the country is."""
    same = groups_of({each.id: each for each in (paper("tabriz", "IR", "fa"), paper("isfahan", "IR", "fa"))})
    assert same.alerts["country:IR"] == (Subject.parse("country:IR"),)
    assert same.alerts["language:fa"] == (Subject.parse("language:fa"), Subject.parse("country:IR"))
    wide = groups_of({each.id: each for each in (paper("a"), paper("b"), paper("c", "LB"))})
    assert wide.alerts["country:SY"] == (Subject.parse("country:SY"), Subject.parse("language:ar"))
    assert wide.alerts["language:ar"] == (Subject.parse("language:ar"),)
