"""The time of day is set back and forward; what must happen every so often goes on."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from syndicator.errors import StoreError
from syndicator.runtime.clock import ClockWatch
from syndicator.runtime.jobs import Every, FixedJobs, SteadyZone
from tests.apps import Clock
from tests.waiting import eventually

HOUR = timedelta(hours=1)


class Steady:
    """Counts seconds as a test lets them pass."""

    now = 50.0

    def __call__(self):
        return self.now


@pytest.fixture
def clocks():
    wall, steady = Clock(), Steady()
    return wall, steady, ClockWatch(wall, steady)


def passes(wall, steady, seconds, off=timedelta(0)):
    steady.now += seconds
    wall.move(timedelta(seconds=seconds) + off)


def test_what_apscheduler_takes_for_the_present_is_the_steady_clock():
    """It plans by ``datetime.now(timezone)``, and by nothing else."""
    steady = Steady()
    zone = SteadyZone(steady)
    before = datetime.now(zone)
    steady.now += 5
    assert datetime.now(zone) - before == timedelta(seconds=5)
    assert before.replace(tzinfo=UTC) == datetime(1970, 1, 1, 0, 0, 50, tzinfo=UTC)


def test_missed_runs_are_not_listed():
    """A year is planned as fast as a second: the next run is one interval from now."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert Every(0.5).get_next_fire_time(now - timedelta(days=365), now) == now + timedelta(seconds=0.5)


async def test_jobs_run_on_after_the_steady_clock_jumped_a_month():
    """One run for all that was missed, at once, and the next an interval later."""
    steady, runs = Steady(), []

    def job():
        runs.append(steady.now)

    jobs = FixedJobs(clock=steady)
    jobs.add(job, 0.01)
    jobs.start()
    try:
        steady.now += 30 * 86_400

        async def has_run():
            return runs

        await eventually(has_run)
        assert len(runs) == 1
        assert jobs.due["job"] == pytest.approx(steady.now + 0.01)
    finally:
        jobs.shutdown()
        await asyncio.sleep(0)


async def test_a_job_that_is_cancelled_when_the_loop_ends_is_no_error(caplog):
    """As at Ctrl-C: the scheduler logs no traceback."""
    runs = []

    async def job():
        runs.append(1)
        await asyncio.Event().wait()

    async def has_begun():
        return runs

    jobs = FixedJobs()
    jobs.add(job, 0.01)
    jobs.start()
    await eventually(has_begun)
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    jobs.shutdown()
    await asyncio.sleep(0)
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == []


async def test_a_job_whose_work_was_cancelled_by_others_is_an_error(caplog):
    """The loop runs on, so the job has failed."""
    runs = []

    async def job():
        runs.append(1)
        raise asyncio.CancelledError

    async def is_logged():
        return [each for each in caplog.records if each.levelname == "ERROR"]

    jobs = FixedJobs()
    jobs.add(job, 0.01)
    jobs.start()
    assert await eventually(is_logged)
    assert runs
    jobs.shutdown()
    await asyncio.sleep(0)


async def test_a_store_that_fails_is_a_line_in_the_log_and_the_job_runs_again():
    """Whatever the job was: no traceback, and no job that is gone."""
    runs = []

    async def job():
        runs.append(1)
        raise StoreError("the store fails: locked")

    jobs = FixedJobs()
    jobs.add(job, 0.01)
    with capture_logs() as logs:
        jobs.start()

        async def have_run():
            return len(runs) > 1

        await eventually(have_run)
        jobs.shutdown()
        await asyncio.sleep(0)
    assert {(log["event"], log["job"], log["error"]) for log in logs} == {
        ("job failed", "job", "the store fails: locked")
    }


@pytest.mark.parametrize(
    "step", [HOUR, -HOUR, timedelta(days=365), timedelta(days=-20_000), timedelta(seconds=11)], ids=str
)
def test_a_step_is_noticed_once(clocks, step):
    """Back or forward, by seconds or decades; told for a day, and then no more."""
    wall, steady, watch = clocks
    passes(wall, steady, 1, step)
    assert watch.look() == step
    assert watch.notice is not None
    passes(wall, steady, 1)
    assert watch.look() is None
    passes(wall, steady, 86_400)
    assert watch.look() is None
    assert watch.notice is None


def test_many_small_steps_are_one_that_counts(clocks):
    """Each below what is told of; they add up."""
    wall, steady, watch = clocks
    found = []
    for _ in range(20):
        passes(wall, steady, 1, timedelta(seconds=-4))
        found.append(watch.look())
    assert sum(filter(None, found), timedelta(0)) < timedelta(seconds=-60)


def test_a_clock_that_is_slewed_or_a_machine_that_slept_is_no_step(clocks):
    """500 millionths for a day are 43 seconds; a month asleep is counted by both clocks."""
    wall, steady, watch = clocks
    for _ in range(1440):
        passes(wall, steady, 60, timedelta(seconds=60 * 500e-6))
        assert watch.look() is None
    passes(wall, steady, 30 * 86_400)
    assert watch.look() is None


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (timedelta(hours=-1), "set back by 1 h, to 2026-03-01"),
        (timedelta(days=31, seconds=61), "set forward by 31 d 1 min 1 s, to 2026-04-01"),
    ],
)
def test_a_step_is_told_in_words(step, words):
    """Which way, how far, and what the clock shows now."""
    wall, steady = Clock(datetime(2026, 3, 1, 12, tzinfo=UTC)), Steady()
    watch = ClockWatch(wall, steady)
    wall.move(step)
    watch.look()
    assert words in watch.notice
