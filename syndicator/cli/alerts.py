"""Commands for alerts: what is wrong, and what the operator says of it."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import click
import msgspec
from pydantic import TypeAdapter, ValidationError

from syndicator import urls
from syndicator.cli.alert_test import test_recipient
from syndicator.cli.base import ConfigOptions, with_config
from syndicator.cli.in_store import with_store
from syndicator.config import Config
from syndicator.config.values import Duration
from syndicator.errors import SyndicatorError
from syndicator.models.alerts import Alert, AlertKind, AlertPattern, AlertState, Mute, OpsEvent, SubjectKind, as_fields
from syndicator.plural import counted
from syndicator.runtime.app import utc_now
from syndicator.store import Transaction

# Of these alerts something is learned when they end; on these an operator decides.
_TAUGHT = frozenset({AlertKind.SILENT, AlertKind.THINNED})
_DECIDED = frozenset({AlertKind.QUARANTINED, AlertKind.HIJACK})
_DURATION: TypeAdapter[Duration] = TypeAdapter(Duration)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the store holds of alerts."""

    alerts: Sequence[Alert]
    mutes: Sequence[Mute]


@click.group(invoke_without_command=True)
@with_config
def alerts(options: ConfigOptions) -> None:
    """Show open alerts, the worst first; acknowledge, mute and confirm them.

    A running daemon follows by itself.
    """
    context = click.get_current_context()
    context.obj = options
    if context.invoked_subcommand is None:
        _list(options, as_json=False)


@alerts.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="All that is known of them, as JSON.")
@with_config
def list_alerts(options: ConfigOptions, as_json: bool) -> None:
    """Show open alerts, the worst first, and what is muted."""
    _list(options, as_json=as_json)


@alerts.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("-n", "--lines", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
@with_config
def log(options: ConfigOptions, as_json: bool, lines: int) -> None:
    """Show what happened last to outlets and to the daemon, the latest last."""
    events = asyncio.run(with_store(options.load(), lambda tx: tx.alerts.latest_events(lines)))
    for event in reversed(events):
        click.echo(_as_json(as_fields(event)) if as_json else _log_line(event))


@alerts.command()
@click.argument("ids", nargs=-1, required=True, type=click.IntRange(1, 2**53), metavar="ALERT...")
@with_config
def ack(options: ConfigOptions, ids: Sequence[int]) -> None:
    """Acknowledge alerts, by their numbers: they are known, and nobody is reminded of them."""
    _mark(options, ids, lambda alert, now: replace(alert, acknowledged_at=now), "is acknowledged")


@alerts.command()
@click.argument("ids", nargs=-1, required=True, type=click.IntRange(1, 2**53), metavar="ALERT...")
@with_config
def confirm(options: ConfigOptions, ids: Sequence[int]) -> None:
    """Confirm that alerts are true: a silence that is confirmed is no example of what is usual."""
    _mark(options, ids, _confirmed, "is confirmed")


@alerts.command()
@click.argument("what")
@click.argument("duration")
@with_config
def mute(options: ConfigOptions, what: str, duration: str) -> None:
    """Tell nobody of WHAT for a DURATION like 3d: "outlet:NAME", "country:SY", "silent outlet:NAME"."""
    config = options.load()
    pattern, until = _pattern(config, what), utc_now() + _duration(duration)
    asyncio.run(with_store(config, lambda tx: tx.alerts.mute(Mute(pattern=pattern, until=until)), is_writing=True))
    click.echo(f"Nobody is told of {pattern} until {until:%Y-%m-%d %H:%M} UTC.")


@alerts.command()
@click.argument("what")
@with_config
def unmute(options: ConfigOptions, what: str) -> None:
    """Tell of WHAT again, as it was muted."""
    config = options.load()
    pattern = _pattern(config, what)
    if not asyncio.run(with_store(config, lambda tx: tx.alerts.unmute(pattern), is_writing=True)):
        raise SyndicatorError(f'"{pattern}" is not muted; syndicator alerts list shows what is')
    click.echo(f"Alerts on {pattern} are told again.")


def worst_first(found: Sequence[Alert]) -> list[Alert]:
    """Return raised alerts in the order in which they are shown: severity first, then those of today."""
    raised = [each for each in found if each.state is AlertState.RAISED and not each.is_covered]
    return sorted(raised, key=lambda each: (-each.severity, -each.id))


def alert_lines(alert: Alert) -> Iterator[str]:
    """Yield what is shown of an alert: a line, and its evidence below it."""
    marks = [mark for mark, at in (("known", alert.acknowledged_at), ("confirmed", alert.confirmed_at)) if at]
    began = alert.since or alert.raised_at
    since = f"since {began:%d %b %H:%M} UTC" if began else ""
    yield f"{alert.id:>5}  {alert.kind}  {alert.words}  ({', '.join((since, *marks))})"
    yield from (f"       {line}" for line in alert.evidence)


def _list(options: ConfigOptions, *, as_json: bool) -> None:
    now = utc_now()
    found = asyncio.run(with_store(options.load(), lambda tx: _found(tx, now)))
    if as_json:
        muted = [{"what": str(each.pattern), "until": each.until} for each in found.mutes]
        click.echo(_as_json({"alerts": [as_fields(each) for each in worst_first(found.alerts)], "muted": muted}))
        return
    shown = worst_first(found.alerts)
    for alert in shown:
        for line in alert_lines(alert):
            click.echo(line)
    for each in found.mutes:
        click.echo(f"muted until {each.until:%Y-%m-%d %H:%M} UTC: {each.pattern}")
    click.echo(f"{counted(len(shown), 'open alert')}." if shown else "No open alerts.")


def _found(tx: Transaction, now: datetime) -> _Found:
    return _Found(alerts=tx.alerts.current(), mutes=tx.alerts.mutes(now))


def _mark(options: ConfigOptions, ids: Sequence[int], change: Callable[[Alert, datetime], Alert], words: str) -> None:
    now = utc_now()

    def write(tx: Transaction) -> list[Alert]:
        found = [tx.alerts.get(id_) for id_ in ids]
        if missing := [str(id_) for id_, alert in zip(ids, found, strict=True) if alert is None or not alert.is_open]:
            raise SyndicatorError(f"no open alert has the number {', '.join(missing)}; see: syndicator alerts list")
        known = [alert for alert in found if alert is not None]
        tx.alerts.save([change(alert, now) for alert in known])
        return known

    for alert in asyncio.run(with_store(options.load(), write, is_writing=True)):
        click.echo(f"{alert.id} {words}: {alert.words}")


def _confirmed(alert: Alert, now: datetime) -> Alert:
    if alert.kind not in _TAUGHT:
        decide = (
            "" if alert.kind not in _DECIDED else "; to decide on an address: syndicator release or confirm ADDRESS"
        )
        raise SyndicatorError(f"alert {alert.id} is of the kind {alert.kind}: only silences teach anything{decide}")
    return replace(alert, confirmed_at=now)


def _pattern(config: Config, text: str) -> AlertPattern:
    """Read what a person means, and check that there is such a thing."""
    try:
        pattern = AlertPattern.parse(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    names = _names(config, pattern.subject.kind)
    if names is not None and pattern.subject.id not in names:
        close = difflib.get_close_matches(pattern.subject.id, names, n=1)
        hint = f": did you mean {pattern.subject.kind}:{close[0]}?" if close else ""
        raise click.UsageError(f"there is no {pattern.subject.kind} {pattern.subject.id}{hint}")
    return pattern


def _names(config: Config, kind: SubjectKind) -> Collection[str] | None:
    """Return what there is of a kind, None where that cannot be said."""
    outlets, sources = config.outlets.values(), config.sources.values()
    endpoints = [endpoint for source in sources for endpoint in source.endpoints]
    return {
        SubjectKind.OUTLET: {each.id for each in outlets},
        SubjectKind.SOURCE: {each.id for each in sources},
        SubjectKind.COUNTRY: {each.country for each in outlets},
        SubjectKind.LANGUAGE: {each.language for each in outlets},
        SubjectKind.ENDPOINT: set(endpoints),
        SubjectKind.HOST: set(map(urls.host_key, endpoints)),
        SubjectKind.RECIPIENT: set(config.recipients),
    }.get(kind)


def _duration(text: str) -> Duration:
    try:
        return _DURATION.validate_python(text)
    except ValidationError as error:
        raise click.UsageError(f'"{text}" is not a duration like "12h" or "3d"') from error


def _log_line(event: OpsEvent) -> str:
    number = f"  [{event.alert}]" if event.alert else ""
    return f"{event.at:%Y-%m-%d %H:%M}  {event.phase}  {event.kind}  {event.words}{number}"


def _as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


alerts.add_command(test_recipient)

__all__ = ["alert_lines", "alerts", "worst_first"]
