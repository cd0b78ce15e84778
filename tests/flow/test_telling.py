"""Recipients are told by a running daemon: by mail, by webhook, by Apprise; and by hand, to try."""

import asyncio
import hashlib
import hmac
import json

import pytest
from click.testing import CliRunner

from syndicator.cli import cli
from syndicator.models.alerts import AlertKind, OpsEvent, Phase, Severity, Subject
from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.receivers import Hooks, MailBox
from tests.waiting import FAST, eventually, running

SECRET = "s3cret-s3cret-s3cret"
# What alerts say of outlets, in four scripts.
WORDS = {
    "ar": ("صدى إدلب", "لم تنشر صدى إدلب شيئًا منذ 31 ساعة"),
    "fa": ("پژواک اهواز", "پژواک اهواز ۳۱ ساعت است که چیزی منتشر نکرده است"),
    "ru": ("Вести Ростова", "«Вести Ростова» молчат уже 31 час"),
    "tr": ("Iğdır Postası", "Iğdır Postası 31 saattir hiçbir şey yayımlamadı"),
}


@pytest.fixture
async def site():
    async with Site({"/feed.xml": rss(Item("عودة الهدوء إلى إدلب", guid="1"))}) as found:
        yield found


@pytest.fixture
async def hooks():
    async with Hooks() as found:
        yield found


@pytest.fixture
async def apprise_target():
    async with Hooks() as found:
        yield found


@pytest.fixture
async def mailbox():
    async with MailBox() as found:
        yield found


@pytest.fixture
def folder(tmp_path, free_port, site, hooks, mailbox, apprise_target):
    outlets = {key: outlet(site.base, name=name, language=key) for key, (name, _) in WORDS.items()}
    mail = f'[mail]\nserver = "127.0.0.1"\nport = {mailbox.port}\nsecurity = "none"\nsender = "news@desk.example"\n'
    folder = write_config(
        tmp_path / "c", port=free_port, outlets=outlets, feeds={"everything": EVERYTHING}, main=MAIN + mail
    )
    (folder / "alerts").mkdir()
    (folder / "secret").write_text(SECRET + "\n")
    to = ["mailto:desk@example.org", hooks.url, f"json://127.0.0.1:{apprise_target.port}/"]
    (folder / "alerts" / "desk.toml").write_text(
        f'to = {json.dumps(to)}\nsecret_file = "secret"\nwait = "0s"\nevery = "0s"\n'
    )
    return folder


def event(now, language, **changes):
    words = WORDS[language][1]
    values = {
        "at": now,
        "kind": AlertKind.SILENT,
        "phase": Phase.NOTED,
        "subject": Subject.parse(f"outlet:{language}"),
        "severity": Severity.WARNING,
        "words": f"{words}.",
        "outlet": language,
        "language": language,
        "path": f"/ops/outlets/{language}",
    }
    return OpsEvent(**(values | changes))


async def log(daemon, *events):
    await daemon.app.store.write(lambda tx: tx.alerts.log(events))


async def test_mail_webhook_and_apprise_get_every_script_intact(
    tmp_path, free_port, folder, hooks, mailbox, apprise_target
):
    """From the log of operations of a running daemon, by all three ways, each with the link to the outlet's page."""
    async with running(folder, tmp_path / "s", intervals=FAST) as daemon:
        await daemon.alerting.tell()  # it knows its recipients from now on
        await log(daemon, *(event(daemon.app.clock(), language) for language in WORDS))

        async def all_have_come():
            await daemon.alerting.tell()
            return mailbox.mails and hooks.deliveries and apprise_target.deliveries

        await eventually(all_have_come)
    (mail,), (delivery,), (by_apprise,) = mailbox.mails, hooks.deliveries, apprise_target.deliveries
    body = hmac.new(SECRET.encode(), delivery.body, hashlib.sha256).hexdigest()
    assert delivery.headers["X-Syndicator-Signature"] == f"sha256={body}"
    told = delivery.json
    assert mail["Message-ID"] == f"<{delivery.headers['Idempotency-Key']}@desk.example>"
    assert (mail["Auto-Submitted"], mail["To"]) == ("auto-generated", "desk@example.org")
    unseen = dict.fromkeys(range(0x2066, 0x206A))
    for title, text in (
        (mail["Subject"], mail.get_content()),
        (told["title"], told["text"]),
        (by_apprise.json["title"], by_apprise.json["message"]),
    ):
        assert title.startswith("4 alerts: ")
        for language, (name, words) in WORDS.items():
            assert words in text.translate(unseen)
            assert name in text
            assert f"http://127.0.0.1:{free_port}/ops/outlets/{language}" in text
    assert [each["outlet"] for each in told["events"]] == list(WORDS)


async def test_a_file_that_is_refused_is_told_and_that_it_is_mended(tmp_path, folder, mailbox):
    """The whole way: from the mistake to a look, an alert, the log, and a mailbox."""
    bad = folder / "outlets" / "bad.toml"
    async with running(folder, tmp_path / "s", intervals=FAST) as daemon:

        async def is_told(words):
            await daemon.alerting.look()
            return any(words in mail["Subject"] for mail in mailbox.mails)

        bad.write_text('name = "Без адреса"\n')
        await eventually(lambda: is_told("configuration not in force"))
        assert "outlets/bad.toml" in mailbox.mails[-1].get_content()
        bad.unlink()
        await eventually(lambda: is_told("configuration not in force (over)"))


async def test_a_recipient_is_tried_by_hand(tmp_path, folder, hooks, mailbox, apprise_target):
    """What came of each address is said, without what may be a password; one that fails makes the command fail."""

    async def invoke(*words):
        done = await asyncio.to_thread(
            CliRunner().invoke, cli, ["--config", str(folder), "--state", str(tmp_path / "s"), "alerts", "test", *words]
        )
        return done.exit_code, done.stdout, done.stderr

    code, said, _ = await invoke("desk")
    assert code == 0
    assert sorted(said.splitlines()) == sorted(
        [f"http://127.0.0.1:{hooks.port}/…: sent", "json://…: sent", "mailto:…@example.org: sent"]
    )
    assert hooks.deliveries[0].headers["X-Syndicator-Event-Type"] == "test"
    hooks.status, mailbox.refusal = 503, "550 no such desk"
    code, said, errors = await invoke("desk", "--json")
    assert code == 1
    assert "2 of 3 addresses could not be reached" in errors
    by_address = {each["address"]: each for each in json.loads(said)["addresses"]}
    assert by_address["json://…"]["is_sent"]
    assert "503" in by_address[f"http://127.0.0.1:{hooks.port}/…"]["error"]
    assert "no such desk" in by_address["mailto:…@example.org"]["error"]
    code, _, errors = await invoke("disk")
    assert code == 2
    assert 'there is no recipient "disk"' in errors
