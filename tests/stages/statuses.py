"""A status that tests change where they need it otherwise."""

from dataclasses import replace
from datetime import timedelta

from syndicator.models import Outcome, OutletMode
from syndicator.models.status import (
    BackfillStatus,
    Counts,
    EndpointComparison,
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
from tests.conftest import NOW

EVIL = "<script>evil()</script>"
ENDPOINT = EndpointStatus(
    url="https://o.example/f",
    is_mirror=False,
    is_active=True,
    health=Health.FAILING,
    outcome=Outcome.TLS_ERROR,
    note=EVIL,
    failures=3.0,
    latency_seconds=0.1,
    last_try_at=None,
    last_ok_at=None,
    next_try_at=None,
    moved_to=EVIL,
    comparison=EndpointComparison(
        notes=(EVIL,), lag_seconds=0, seen=1, missing_count=0, missing=(), difference_count=0, differences=()
    ),
)
OUTLET = OutletStatus(
    id="o",
    name="<b>O</b>",
    country="SY",
    language="ar",
    mode=OutletMode.FAILOVER,
    health=Health.FAILING,
    last_ok_at=None,
    link_base=None,
    sources=(
        SourceStatus(
            id="o/f",
            title="",
            due_at=NOW + timedelta(minutes=5),
            last_poll_at=None,
            last_ok_at=None,
            last_new_at=None,
            push_until=None,
            endpoints=(ENDPOINT,),
        ),
    ),
)
FEED = FeedStatus(
    name="f",
    title="F",
    where='a "b"',
    stories=1,
    unchecked_stories=0,
    changed_at=NOW,
    urls={"atom": "http://h/feeds/f.atom", "rss": "http://h/feeds/f.rss"},
    problem=None,
)
STORY = StoryStatus(
    id="x",
    page="/stories/1",
    title="هدنة <script>",
    link="https://o.example/1",
    language="ar",
    outlet="o",
    outlet_name="O",
    first_seen=NOW,
    updated=NOW,
    copies=2,
    tags=(TagStatus(scheme="region", term="SY", label="Syria", role="about", score=0.9, words=('"',)),),
)
STATUS = Status(
    version="0",
    title="<script>T</script>",
    base_url="http://h",
    made_at=NOW,
    refresh_seconds=3.0,
    is_well=False,
    trouble=(),
    config_problems=("outlets/x.toml: <img src=x>",),
    counts=Counts(
        outlets=1,
        sources=1,
        feeds=1,
        stories=1,
        failing=1,
        unpolled=0,
        cross_checked=1,
        disagreements=0,
        mirror_suggestions=2,
    ),
    backfill=BackfillStatus(remaining=0, total=1, feeds=0, is_retagging=False),
    search=SearchStatus(is_supported=True, remaining=0, total=1),
    outlets=(OUTLET,),
    feeds=(FEED,),
    stories=(STORY,),
)
WELL = replace(
    STATUS,
    is_well=True,
    config_problems=(),
    counts=replace(STATUS.counts, failing=0),
    outlets=(replace(OUTLET, health=Health.WORKING),),
)
