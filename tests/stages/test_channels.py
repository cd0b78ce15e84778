"""Mail, webhooks and Apprise over loopback: what servers may do to us, and what they get."""

import asyncio
import json
import os
import shutil
import ssl
import subprocess
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from syndicator.models.notify import Address, MailSecurity, MailSettings
from syndicator.notify.apprise_child import is_orphan
from syndicator.notify.apprise_client import send_by_apprise
from syndicator.notify.mail import MailJob, send_mail
from syndicator.notify.message import Sender, trial_message
from tests.conftest import NOW
from tests.receivers import Hooks, MailBox
from tests.waiting import eventually_now

CERTIFICATES = Path(__file__).parents[1] / "data" / "tls"
MESSAGE = trial_message(Sender(recipient="desk", title="صدى Вести Iğdır", base_url="https://news.example", now=NOW))


def settings(port, **changes):
    values = {"server": "127.0.0.1", "port": port, "security": MailSecurity.NONE, "sender": "news@desk.example"}
    return MailSettings(**(values | changes))


def job(port, *, deadline=10.0, **changes):
    return MailJob(
        message=MESSAGE, to="desk@example.org", settings=settings(port, **changes), now=NOW, deadline=deadline
    )


@asynccontextmanager
async def raw_mail_server(speak):
    """Serve one connection as a test says; give the port, and end when the client is gone."""
    ended = asyncio.Event()

    async def handle(reader, writer):
        with suppress(ConnectionError):
            await speak(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        ended.set()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await ended.wait()


async def silent(reader, _writer):
    """Take everything and say nothing."""
    await reader.read()


async def trickling(_reader, writer):
    """Begin a greeting that never ends."""
    while True:
        writer.write(b"220-x\r\n")
        await writer.drain()
        await asyncio.sleep(0)


@pytest.mark.parametrize("speak", [silent, trickling])
async def test_a_mail_server_that_does_not_come_to_an_end_is_left_at_the_deadline(speak):
    """And so is the connection: no thread goes on."""
    async with raw_mail_server(speak) as port:
        sent = await send_mail(job(port, deadline=0.3))
        assert sent.error == "127.0.0.1 did not take the mail within 0 s"


async def test_mail_that_was_taken_is_not_sent_again_though_the_server_hangs_up_rudely():
    """Without an answer to QUIT."""
    async with MailBox() as box:
        box.hangs_up = True
        assert (await send_mail(job(box.port))).error == ""
        assert len(box.mails) == 1


async def test_a_refusal_is_told_in_the_servers_words_without_the_address():
    async with MailBox() as box:
        box.refusal = "550 5.1.1 нет такого ящика"
        error = (await send_mail(job(box.port))).error
    assert error.startswith("127.0.0.1 answered 550: ")
    assert "desk@example.org" not in error


@pytest.mark.parametrize("changes", [{"security": MailSecurity.STARTTLS}, {"security": MailSecurity.TLS}])
async def test_a_server_that_cannot_encrypt_gets_no_mail(changes):
    async with MailBox() as box:
        assert (await send_mail(job(box.port, deadline=3.0, **changes))).error
        assert box.mails == []


@pytest.mark.parametrize("certificate", ["valid", "expired"])
async def test_an_encrypted_server_gets_mail_if_its_certificate_is_good(certificate):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
    trusting = ssl.create_default_context(cafile=CERTIFICATES / "authority.pem")
    trusting.check_hostname = False  # they are of other names than loopback's
    async with MailBox(tls) as box:
        sent = await send_mail(replace(job(box.port, security=MailSecurity.TLS), tls=trusting))
    assert (sent.error == "") is (certificate == "valid"), sent.error
    assert len(box.mails) == (certificate == "valid")


async def test_a_password_file_that_is_gone_is_a_failure_and_no_crash(tmp_path):
    async with MailBox() as box:
        sent = await send_mail(job(box.port, user="news", password_file=tmp_path / "gone"))
    assert "No such file" in sent.error or "not supported" in sent.error


@pytest.mark.parametrize("patience", [30.0, 0.1])
async def test_a_server_that_has_all_of_a_mail_is_given_time_to_say_so(patience):
    """It may scan it for minutes, and deliver it whether we wait or not. But there is an end."""
    said = asyncio.Event()
    async with MailBox() as box:
        box.before = said.wait
        sending = asyncio.create_task(send_mail(replace(job(box.port, deadline=0.5), patience=patience)))
        done, _ = await asyncio.wait({sending}, timeout=1.5)
        assert bool(done) is (patience < 1)
        said.set()
        error = (await sending).error
    assert error == ("" if patience > 1 else "127.0.0.1 has the mail, and did not say in 0 s that it takes it")


async def test_mail_that_cannot_be_made_is_a_failure_in_words_and_ends_no_thread_silently():
    async with MailBox() as box:
        sent = await send_mail(replace(job(box.port, deadline=5.0), to="a@["))
    assert sent.error == "the mail cannot be made: AttributeError"


# --- Apprise ---------------------------------------------------------------------------------------


async def test_apprise_tells_what_came_of_each_address_and_one_that_fails_keeps_none_back():
    async with Hooks() as good, Hooks() as bad:
        bad.status = 500
        addresses = [
            Address.parse(text)
            for text in (f"json://127.0.0.1:{bad.port}/", "nonsense://x", f"json://127.0.0.1:{good.port}/")
        ]
        first, second, third = await send_by_apprise(MESSAGE, addresses, deadline=60.0)
    assert first.error
    assert second.error == "Apprise does not know this address"
    assert third.error == ""
    assert good.deliveries[0].json["message"] == MESSAGE.body


async def test_a_message_too_long_for_a_service_comes_in_parts_and_whole():
    """By itself Apprise would cut it off, or have the service refuse it."""
    words = [f"слово-{number}" for number in range(6000)]
    async with Hooks() as hooks:
        address = Address.parse(f"json://127.0.0.1:{hooks.port}/")
        (sent,) = await send_by_apprise(replace(MESSAGE, body="\n".join(words)), [address], deadline=60.0)
    assert sent.error == ""
    assert len(hooks.deliveries) > 1
    assert "\n".join(each.json["message"] for each in hooks.deliveries).split() == words


async def test_a_child_that_hangs_is_killed_with_what_it_has_started(tmp_path):
    """And its address has failed."""
    pids = tmp_path / "pids"
    program = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(600)\n"
    )
    address = Address.parse("json://127.0.0.1:1/")
    sending = asyncio.create_task(
        send_by_apprise(MESSAGE, [address], deadline=5.0, command=(sys.executable, "-c", program))
    )
    (sent,) = await sending
    assert sent.error == "no answer within 5 s"
    for pid in map(int, pids.read_text().split()):
        eventually_now(lambda pid=pid: not _runs(pid))


async def test_what_came_of_addresses_before_a_child_hangs_counts():
    """They have the message: sent again, they would have it twice."""
    program = "import sys, time; sys.stdin.read(); print('\"\"', flush=True); time.sleep(600)"
    addresses = [Address.parse(f"json://127.0.0.1:{port}/") for port in (1, 2)]
    sent = await send_by_apprise(MESSAGE, addresses, deadline=3.0, command=(sys.executable, "-c", program))
    assert [each.error for each in sent] == ["", "no answer within 3 s"]


def test_a_child_is_an_orphan_if_its_parent_is_another_and_not_if_that_is_the_first_process():
    """As a daemon in a container is."""
    assert not is_orphan(os.getppid())
    assert is_orphan(os.getppid() + 1)


_AS_FIRST_PROCESS = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc")


async def test_apprise_works_where_the_daemon_is_the_first_process():
    """As in a container, where the child's parent has the number 1."""
    if (
        not shutil.which("unshare")
        or subprocess.run([*_AS_FIRST_PROCESS, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("this machine lets nobody make a namespace of processes")
    async with Hooks() as hooks:
        program = (
            "import asyncio, os, sys\n"
            "from syndicator.notify.apprise_client import send_by_apprise\n"
            "from tests.stages.test_channels import Address, MESSAGE\n"
            "assert os.getpid() == 1\n"
            f"address = Address.parse('json://127.0.0.1:{hooks.port}/')\n"
            "print(asyncio.run(send_by_apprise(MESSAGE, [address], deadline=60.0)))\n"
        )
        process = await asyncio.create_subprocess_exec(*_AS_FIRST_PROCESS, sys.executable, "-c", program)
        assert await process.wait() == 0
    assert len(hooks.deliveries) == 1


async def test_a_child_that_was_left_alone_before_it_could_ask_sends_nothing():
    async with Hooks() as hooks:
        order = {"title": "t", "body": "b", "level": "info", "addresses": [f"json://127.0.0.1:{hooks.port}/"]}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "syndicator.notify.apprise_child", stdin=asyncio.subprocess.PIPE
        )
        await process.communicate(json.dumps({**order, "parent": 1}).encode())
    assert (process.returncode, hooks.deliveries) == (1, [])


@pytest.mark.parametrize("answer", ["", "[]", "{}", "[1]", '["", ""]', "not json"])
async def test_a_child_that_answers_nonsense_has_failed(answer):
    program = f"import sys; sys.stdin.read(); print({answer!r})"
    address = Address.parse("json://127.0.0.1:1/")
    (sent,) = await send_by_apprise(MESSAGE, [address], deadline=30.0, command=(sys.executable, "-c", program))
    assert sent.error == "the program that speaks Apprise has failed: see the log"


def _runs(pid):
    """Return whether a process runs; one that has ended and is not waited for does not."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
