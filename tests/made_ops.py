"""Made outlets in all states, with alerts and ninety days each, for the operators' pages: any number of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from syndicator.errors import Problem
from syndicator.models import Appearance, Outcome, OutletMode
from syndicator.models.alerts import Alert, AlertKind, AlertState, OpsEvent, Phase, Severity, Subject, SubjectKind
from syndicator.models.days import EVERY_SOURCE, DayCount, day_of
from syndicator.models.ops import Rhythm
from syndicator.models.status import (
    BackfillStatus,
    Counts,
    EndpointStatus,
    FeedStatus,
    Health,
    OutletStatus,
    SearchStatus,
    SourceStatus,
    Status,
    StoryStatus,
    TagStatus,
)
from syndicator.web.ops.records import AlertRecords, ConfigurationRecords, OutletRecords
from tests.conftest import NOW

NAMES = (
    ("The Orontes Tribune", "SY", "en"),
    ("صدى الفرات", "SY", "ar"),
    ("رادیو انار", "IR", "fa"),
    ("Boğaz Postası", "TR", "tr"),
    ("Невский вестник", "RU", "ru"),
    ("نسيم دجلة", "IQ", "ar"),
    ("Ege Martısı", "TR", "tr"),
    ("قاصدک شیراز", "IR", "fa"),
    ("Полярный клён", "RU", "ru"),
)
TITLES = {
    "en": "Water wheels of Hama turn again after repairs",
    "ar": "باب الهوى: أربعون شاحنة عبرت على الطريق M4 اليوم",
    "fa": "آتش‌بس از بامداد آغاز می‌شود",
    "tr": "Hatay'da köprü iki gece kapalı kalacak",
    "ru": "В Идлибе открылась школа у старого рынка",
}
SHARES = ((0.01, Health.QUARANTINED), (0.03, Health.FAILING), (0.04, Health.SHAKY), (0.05, Health.UNPOLLED))
HOSTILE = (
    *(line for line in (Path(__file__).parent / "data" / "xss.txt").read_text("utf-8").splitlines() if line),
    "\u202eevas \u2066cannot\u2069 \u202dbe\u202c closed \u202e",
    "كلمة " * 60,
    "x" * 200,
    "<b>bold</b> &amp; 'quoted' \"twice\"",
)


def made_status(count: int, *, hostile: bool = False) -> Status:
    """Make a status of so many outlets, some in each state; all names and titles are hostile if wanted."""
    chance = random.Random(count)
    outlets = tuple(_outlet(number, count, chance, hostile=hostile) for number in range(count))
    feeds = tuple(_feed(number, hostile=hostile) for number in range(min(count, 30)))
    failing = sum(each.health.is_failing for each in outlets)
    return Status(
        version="0.1.0",
        title=HOSTILE[0] if hostile else "Border Desk",
        base_url="https://news.example",
        made_at=NOW,
        refresh_seconds=3.0,
        is_well=False,
        trouble=(),
        config_problems=tuple(map(str, PROBLEMS)),
        counts=Counts(
            outlets=count,
            sources=sum(len(each.sources) for each in outlets),
            feeds=len(feeds),
            stories=1_204_118,
            failing=failing,
            unpolled=sum(each.health is Health.UNPOLLED for each in outlets),
            cross_checked=4110,
            disagreements=2,
            mirror_suggestions=3,
        ),
        backfill=BackfillStatus(remaining=430_000, total=1_204_118, feeds=1, is_retagging=True),
        search=SearchStatus(is_supported=True, remaining=1200, total=1_204_118),
        outlets=outlets,
        feeds=feeds,
        stories=tuple(_story(number, hostile=hostile) for number in range(30)),
    )


PROBLEMS = (
    Problem(
        "feeds/mine.toml",
        "where",
        "line 1, column 6: there is no region “Syira”\n    \u2066هدنة region:Syira\u2069\n         ^^^^^^^^^^^^\n  did you mean region:SY, Syria?",
    ),
    Problem("outlets/pearl.toml", "source.1.interval", '"15 mins" is no length of time; write "15m" or "2h"'),
    Problem("outlets/jisr.toml", "", "is not valid TOML: Expected '=' after a key (at line 3, column 5)"),
)


def _outlet(number: int, count: int, chance: random.Random, *, hostile: bool) -> OutletStatus:
    name, country, language = NAMES[number % len(NAMES)]
    if hostile:
        name = HOSTILE[number % len(HOSTILE)]
    elif count > len(NAMES):
        name = f"{name} {number}"
    health = _health(number, count, chance)
    home = f"https://outlet{number}.example"
    last = NOW - timedelta(minutes=chance.randrange(1, 3000))
    urls = (f"{home}/rss.xml", f"https://m{number}.mirror.example/rss.xml")[: 2 if number % 4 == 0 else 1]
    endpoints = tuple(_endpoint(url, place, health, last, hostile=hostile) for place, url in enumerate(urls))
    source = SourceStatus(
        id=f"outlet{number}/rss.xml", title=name, due_at=NOW + timedelta(minutes=9), last_poll_at=last,
        last_ok_at=last, last_new_at=last, push_until=None, endpoints=endpoints,
    )  # fmt: skip
    return OutletStatus(
        id=f"outlet{number}", name=name, country=country, language=language, mode=OutletMode.COMPARE, health=health,
        last_ok_at=last, link_base=None, sources=(source,),
    )  # fmt: skip


def _health(number: int, count: int, chance: random.Random) -> Health:
    if count <= len(NAMES):
        return (Health.QUARANTINED, Health.FAILING, Health.SHAKY, Health.UNPOLLED, Health.WORKING)[min(number, 4)]
    drawn = chance.random()
    for share, health in SHARES:
        if drawn < share:
            return health
        drawn -= share
    return Health.WORKING


def _endpoint(url: str, place: int, health: Health, last: datetime, *, hostile: bool) -> EndpointStatus:
    is_bad = health not in (Health.WORKING, Health.UNPOLLED) and place == 0
    return EndpointStatus(
        url=url, is_mirror=place > 0, is_active=place == 0, health=health if place == 0 else Health.WORKING,
        outcome=Outcome.FORBIDDEN if is_bad else Outcome.OK, note=HOSTILE[-2] if hostile else "answers 403 to robots" if is_bad else "",
        failures=4.0 if is_bad else 0.0, latency_seconds=0.4, last_try_at=last, last_ok_at=last,
        next_try_at=NOW + timedelta(hours=1) if is_bad else None, moved_to=None, comparison=None,
    )  # fmt: skip


def _feed(number: int, *, hostile: bool) -> FeedStatus:
    return FeedStatus(
        name=f"feed{number}", title=HOSTILE[number % len(HOSTILE)] if hostile else f"Feed {number}",
        where='region:SY-ID (هدنة or "آتش‌بس")', stories=number * 7, unchecked_stories=430_000 if number == 1 else 0,
        changed_at=NOW, urls={"atom": f"https://news.example/feeds/feed{number}.atom"}, problem=None,
    )  # fmt: skip


def _story(number: int, *, hostile: bool) -> StoryStatus:
    name, _, language = NAMES[number % len(NAMES)]
    title = HOSTILE[number % len(HOSTILE)] if hostile else TITLES[language]
    return StoryStatus(
        id=f"tag:news.example,2026:{number}", page=f"/stories/{number + 1}", title=title,
        link=f"https://outlet{number}.example/{number}", language=language, outlet=f"outlet{number % 9}",
        outlet_name=name, first_seen=NOW - timedelta(minutes=number * 30), updated=NOW, copies=number % 3,
        tags=(
            TagStatus(scheme="region", term="SY-ID", label="Idlib", role="about", score=0.9, words=("إدلب",)),
            TagStatus(scheme="region", term="RU", label="Russia", role="actor", score=0.9, words=("Россия",)),
            TagStatus(scheme="concept", term="ceasefire", label="Ceasefire", role="", score=1.0, words=("هدنة",)),
        ),
    )  # fmt: skip


def made_alerts(status: Status) -> list[Alert]:
    """Make an alert on each outlet that fails, on some that are silent, on a country."""
    found = [_alert(1, AlertKind.SILENT, Subject(SubjectKind.COUNTRY, "IQ"), Severity.URGENT, _COUNTRY, country="IQ")]
    for each in status.outlets:
        number, subject = len(found) + 1, Subject(SubjectKind.OUTLET, each.id)
        if each.health is Health.QUARANTINED:
            at = Subject(SubjectKind.ENDPOINT, each.sources[0].endpoints[0].url)
            words = f"{each.name} looks like another outlet's: 30 % like itself. None of its items is known."
            found.append(_alert(number, AlertKind.HIJACK, at, Severity.URGENT, words, outlet=each.id))
        elif each.health is Health.FAILING:
            words = f"{each.name} has given no good answer for 14 h: it answers 403."
            found.append(_alert(number, AlertKind.FAILING, subject, Severity.WARNING, words, outlet=each.id))
        elif each.health is Health.WORKING and _number(each.id) % 47 == 5:
            words = f"{each.name} has published nothing for 31 h, in which 19 stories were to be expected."
            found.append(_alert(number, AlertKind.SILENT, subject, Severity.WARNING, words, outlet=each.id))
    return found


_COUNTRY = "9 of the 11 busiest outlets of Iraq have had no news since 10:20, in which 64 were to be expected."


def _number(id_: str) -> int:
    return int(id_.removeprefix("outlet"))


def _alert(
    number: int,
    kind: AlertKind,
    subject: Subject,
    severity: Severity,
    words: str,
    *,
    outlet: str = "",
    country: str = "",
) -> Alert:
    return Alert(
        id=number, kind=kind, subject=subject, state=AlertState.RAISED, severity=severity, words=words,
        evidence=("The longest lull of late was 8.",), outlet=outlet, country=country, language="", stories=(),
        path=f"/ops/outlets/{outlet}" if outlet else "/ops/", since=NOW - timedelta(hours=31),
        found_at=NOW - timedelta(hours=2), raised_at=NOW - timedelta(hours=2),
    )  # fmt: skip


def made_alert(kind: AlertKind, subject: Subject, *, outlet: str = "", country: str = "") -> Alert:
    """Make an alert to be stored."""
    return replace(_alert(0, kind, subject, Severity.WARNING, f"{subject} is {kind}.", outlet=outlet), country=country)


def made_days(source: str, *, days: int = 90) -> list[DayCount]:
    """Make the days of a source, which was not looked at on two, and failed on some."""
    chance, today = random.Random(source), day_of(NOW)
    found = []
    for day in range(today - days + 1, today + 1):
        if today - day in (40, 41):
            continue
        drawn = chance.random()
        if drawn < 0.05:
            found.append(DayCount(source, day, 0, 20, 20, Outcome.TIMEOUT))
        else:
            found.append(DayCount(source, day, chance.randrange(1, 60) if drawn < 0.8 else 0, 48, 0))
    return found


def made_events(outlet: str | None, count: int) -> list[OpsEvent]:
    """Make lines of the log, the latest first."""
    return [
        OpsEvent(
            id=number, at=NOW - timedelta(hours=count - number), kind=AlertKind.SILENT, phase=Phase.RAISED,
            subject=Subject(SubjectKind.OUTLET, outlet or "outlet1"), severity=Severity.WARNING,
            words="Radyo has published nothing for 31 h, in which 19 stories were to be expected.", alert=2,
            outlet=outlet or "outlet1",
        )
        for number in range(count, 0, -1)
    ]  # fmt: skip


class MadeRecords:
    """What a store would hold of a made status."""

    def __init__(self, status: Status, *, offline: str = "") -> None:
        """Make alerts once."""
        self._alerts, self._offline = made_alerts(status), offline

    async def alerts(self, now: datetime) -> AlertRecords:
        """Return the alerts, and one that has ended."""
        ended = replace(self._alerts[0], id=900, state=AlertState.CLEARED, cleared_at=now - timedelta(days=1))
        return AlertRecords(raised=self._alerts, ended=[ended], quiet=["outlet7"])

    async def days(self, sources: Sequence[str], since: int) -> dict[str, list[DayCount]]:
        """Return days of sources."""
        made = {each: made_days(each) for each in sources}
        if EVERY_SOURCE in made:
            made[EVERY_SOURCE] = [each._replace(new=each.new * 4000 + 100_000) for each in made[EVERY_SOURCE]]
        return {name: [each for each in days if each.day >= since] for name, days in made.items()}

    async def log(self, limit: int, before: int | None) -> list[OpsEvent]:
        """Return lines of the log."""
        return [each for each in made_events(None, 150) if before is None or each.id < before][:limit]

    async def outlet(self, id_: str, now: datetime) -> OutletRecords:
        """Return what is known of an outlet."""
        source = f"{id_}/rss.xml"
        home, mirror = f"https://{id_}.example/rss.xml", f"https://m{_number(id_)}.mirror.example/rss.xml"
        shown = [_appearance(n, home, now - timedelta(hours=n)) for n in range(1, 30)]
        shown += [_appearance(n, mirror, now - timedelta(hours=n, minutes=-9)) for n in range(2, 30)]
        return OutletRecords(
            days={source: made_days(source)},
            shown={source: shown},
            events=made_events(id_, 12),
            rhythm=Rhythm(
                usual="Usual: 30 stories a day, most around 05 to 17 UTC.",
                newest_at=now - timedelta(hours=1),
                quiet_at=now,
                silent_at=now + timedelta(hours=9),
                missed=1.4,
                longest=8.0,
                lulls=40,
            ),
        )

    def configuration(self) -> ConfigurationRecords:
        """Return a configuration with problems."""
        return ConfigurationRecords(
            folder="/etc/syndicator", problems=PROBLEMS, warnings=PROBLEMS[:1], left_out={"outlets/jisr.toml"},
            concepts=61, countries={"IQ": "Iraq", "SY": "Syria", "IR": "Iran", "TR": "Türkiye", "RU": "Russia"},
            offline=self._offline,
        )  # fmt: skip


def _appearance(number: int, endpoint: str, at: datetime) -> Appearance:
    title = tuple(TITLES.values())[number % len(TITLES)]
    differs = number == 3 and "mirror" in endpoint
    return Appearance(
        key=str(number), endpoint=endpoint, first_at=at, absent_at=None, title=title,
        title_digest="other" if differs else "same", text_digest="t", link_key=None,
    )  # fmt: skip
