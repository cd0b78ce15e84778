"""The command that sends a recipient a test message."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import click
import msgspec

from syndicator.alerts.telling import sender_of
from syndicator.cli.base import ConfigOptions, with_config
from syndicator.config import Config
from syndicator.errors import SyndicatorError
from syndicator.models.notify import Address, Recipient, Sent
from syndicator.notify.message import trial_message
from syndicator.plural import counted
from syndicator.runtime.app import utc_now
from syndicator.runtime.notices import Messengers


@click.command(name="test")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="What came of each address, as JSON.")
@with_config
def test_recipient(options: ConfigOptions, name: str, as_json: bool) -> None:
    """Send a test message to the recipient NAME now, whatever the hour; say for each address what came of it."""
    config = options.load()
    recipient = config.recipients.get(name)
    if recipient is None:
        known = ", ".join(config.recipients) or "none yet"
        raise click.UsageError(f'there is no recipient "{name}" in {config.folder / "alerts"}: {known}')
    found = asyncio.run(_send(config, recipient))
    failed = sum(bool(sent.error) for sent in found.values())
    if as_json:
        listed = [
            {"address": each.shown, "is_sent": not sent.error, "error": sent.error} for each, sent in found.items()
        ]
        click.echo(msgspec.json.encode({"recipient": name, "addresses": listed}).decode())
    else:
        for address, sent in found.items():
            click.echo(f"{address.shown}: {sent.error or 'sent'}")
    if failed:
        raise SyndicatorError(f"{failed} of {counted(len(found), 'address', 'addresses')} could not be reached")


async def _send(config: Config, recipient: Recipient) -> Mapping[Address, Sent]:
    messengers = Messengers(lambda: config, clock=utc_now)
    try:
        message = trial_message(sender_of(recipient, config, utc_now()))
        return await messengers.channels.send(recipient, message, recipient.addresses)
    finally:
        await messengers.close()
