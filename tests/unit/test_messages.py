"""What messages say: plain words, names that stay in their place, nothing that may be a password."""

import json
from dataclasses import replace

import pytest

from syndicator.models.alerts import AlertKind, OpsEvent, Phase, Severity, Subject
from syndicator.models.notify import Address, MailSecurity, MailSettings
from syndicator.notify.apprise_child import without_secrets
from syndicator.notify.mail import mail_of
from syndicator.notify.message import (
    MOST_LISTED,
    Sender,
    ToldEvent,
    ToldStory,
    alert_message,
    digest_message,
    isolated,
    trial_message,
)
from syndicator.notify.webhook import webhook_headers
from tests.conftest import NOW

SENDER = Sender(recipient="desk", title="syndicator", base_url="https://news.example", now=NOW)
MAIL = MailSettings(server="mail.example", port=25, security=MailSecurity.NONE, sender="news@desk.example")


def told(number=1, phase=Phase.RAISED, name="صدى إدلب", stories=(), **changes):
    values = {
        "id": number,
        "at": NOW,
        "kind": AlertKind.SILENT,
        "phase": phase,
        "alert": number,
        "subject": Subject.parse("outlet:sada"),
        "severity": Severity.WARNING,
        "words": "صدى إدلب has published nothing for 31 h, in which 19 stories were to be expected.",
        "evidence": ("The longest lull of late was 8.",),
        "outlet": "sada",
        "path": "/ops/outlets/sada",
    }
    return ToldEvent(event=OpsEvent(**(values | changes)), name=name, stories=stories)


def test_a_message_names_the_outlet_what_since_when_the_evidence_and_a_link():
    message = alert_message([told()], SENDER)
    assert message.title == "\u2068صدى إدلب\u2069: silent"
    assert message.body == (
        "\u2068صدى إدلب\u2069 has published nothing for 31 h, in which 19 stories were to be expected.\n"
        "- The longest lull of late was 8.\n"
        "2026-03-06 12:00 UTC · https://news.example/ops/outlets/sada"
    )


def test_what_lasts_stands_above_what_is_over_and_the_worst_on_top():
    events = [
        told(1, Phase.CLEARED, name="Вести Ростова", words="a"),
        told(2, Phase.REMINDER, name="Iğdır Postası", words="b"),
        told(3, name="پژواک اهواز", words="c", severity=Severity.URGENT, kind=AlertKind.HIJACK),
    ]
    message = alert_message(events, SENDER)
    first, second, third = message.body.split("\n\n")
    assert first.startswith("c\n")
    assert "· urgent ·" in first
    assert second.startswith("Still: b\n")
    assert third.startswith("Over: a\n")
    assert message.title == (
        "3 alerts: \u2068پژواک اهواز\u2069: perhaps hijacked; Iğdır Postası: silent (still); "
        "Вести Ростова: silent (over)"
    )


def test_of_what_began_and_ended_people_are_told_the_end_and_programs_both():
    """As after quiet hours."""
    night = [told(1), told(2, Phase.CLEARED, alert=1), told(3, alert=3)]
    message = alert_message(night, SENDER)
    assert message.title == "2 alerts: \u2068صدى إدلب\u2069: silent; \u2068صدى إدلب\u2069: silent (over)"
    assert [each["id"] for each in json.loads(message.payload)["events"]] == [1, 2, 3]


def test_of_what_got_worse_before_anybody_heard_of_it_people_are_told_once():
    worse = told(2, alert=1, severity=Severity.URGENT, words="c")
    message = alert_message([told(1), worse, told(3, alert=None), told(4, alert=None)], SENDER)
    assert message.title.startswith("3 alerts: ")
    assert message.body.startswith("c\n")


def test_of_many_events_the_rest_is_counted_for_people_and_listed_for_programs():
    message = alert_message([told(number) for number in range(1, 31)], SENDER, more=37)
    assert message.body.count("has published nothing") == MOST_LISTED
    assert message.body.endswith("… and 47 more")
    assert message.title == "67 alerts: \u2068صدى إدلب\u2069: silent; …"
    payload = json.loads(message.payload)
    assert (len(payload["events"]), payload["more"]) == (30, 37)
    assert payload["id"] == message.key


def test_a_long_title_is_cut_and_what_is_isolated_in_it_closed():
    name = "وكالة " * 40
    title = alert_message([told(name=name)], SENDER).title
    assert len(title) <= 120
    assert title.count("\u2068") == title.count("\u2069") == 1


@pytest.mark.parametrize(
    ("changes", "addresses"),
    [
        (
            {"kind": AlertKind.QUARANTINED, "subject": Subject.parse("endpoint:https://sada.example/ar")},
            "https://sada.example/ar",
        ),
        (
            {
                "kind": AlertKind.HIJACK,
                "subject": Subject.parse("host:sada.example"),
                "evidence": ("https://sada.example/a?x=1&y=2: чужие слова", "https://sada.example/b: başka dil"),
            },
            "'https://sada.example/a?x=1&y=2' https://sada.example/b",
        ),
        ({"kind": AlertKind.HIJACK, "subject": Subject.parse("host:sada.example"), "evidence": ()}, ""),
    ],
)
def test_what_is_quarantined_is_decided_by_commands_in_the_message_as_long_as_it_is(changes, addresses):
    lines = alert_message([told(**changes)], SENDER).body.splitlines()
    commands = [line for line in lines if line.startswith("syndicator ")]
    assert commands == ([f"syndicator release {addresses}", f"syndicator confirm {addresses}"] if addresses else [])
    assert "syndicator " not in alert_message([told(phase=Phase.CLEARED, **changes)], SENDER).body


def test_headlines_are_on_lines_of_their_own_and_cannot_break_out_of_them():
    """Neither of a line, nor of the direction of their script."""
    stories = (
        ToldStory(number=7, title="هدنة\r\nBcc: all@example.org", outlet="صدى", link="https://news.example/stories/7"),
    )
    body = alert_message([told(stories=stories)], SENDER).body
    assert "- \u2068هدنة Bcc: all@example.org\u2069 (\u2068صدى\u2069) https://news.example/stories/7" in body
    digest = digest_message(stories * 30, 40, ["Сирия"], SENDER)
    assert digest.title == "40 new stories: Сирия"
    assert digest.body.endswith("… and 20 more")


@pytest.mark.parametrize("text", ["Haber Ağı", "Вести", "", "2026"])
def test_what_runs_from_left_to_right_stays_as_it_is(text):
    assert isolated(text) == text


def test_two_messages_never_have_one_key_and_one_message_has_one():
    first, second = alert_message([told(1)], SENDER), alert_message([told(2)], SENDER)
    night = alert_message([told(1)], replace(SENDER, recipient="night"))
    digest = digest_message([ToldStory(number=1, title="هدنة", outlet="صدى", link="x")], 1, ["Сирия"], SENDER)
    assert len({first.key, second.key, night.key, digest.key}) == 4
    assert alert_message([told(1)], SENDER) == first


def test_a_webhook_without_a_secret_is_not_signed():
    message = trial_message(SENDER)
    assert "X-Syndicator-Signature" not in webhook_headers(message, b"{}", "")


def test_mail_is_known_by_the_key_and_says_that_a_program_sent_it():
    mail = mail_of(alert_message([told()], SENDER), "desk@example.org", MAIL, NOW)
    raw = mail.as_bytes()
    assert raw.isascii()
    assert b"Auto-Submitted: auto-generated\r\n" in raw
    assert mail["Message-ID"] == f"<{alert_message([told()], SENDER).key}@desk.example>"


@pytest.mark.parametrize("field", ["title", "key"])
def test_no_line_of_a_head_can_be_smuggled_in(field):
    message = replace(alert_message([told()], SENDER), **{field: "x\r\nBcc: all@example.org"})
    with pytest.raises(ValueError):
        mail_of(message, "desk@example.org", MAIL, NOW).as_bytes()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mailto:desk@example.org", "mailto:…@example.org"),
        ("https://user:word@hooks.example:8443/T0/B1?token=x", "https://hooks.example:8443/…"),
        ("tgram://123456789:abcdefghij/12315544/", "tgram://…"),
    ],
)
def test_nothing_of_an_address_is_shown_that_may_be_a_password(text, shown):
    address = Address.parse(text)
    assert address.shown == shown
    assert text not in repr(address)
    assert text not in address.key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7f3",
        "mailto:7f3",
        "mailto:a@b@7f3",
        "mailto:7f3@b.example,c@d.example",
        "x 7f3://z",
        "mailto:a@7f3\nBcc: c",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(text):
    with pytest.raises(ValueError) as refused:
        Address.parse(text)
    assert "7f3" not in str(refused.value)


def test_what_a_plugin_complains_of_is_told_without_the_address():
    said = "Failed to send to 12315544 with bot123456789:abcdefghij, error=401."
    assert without_secrets(said, "tgram://123456789:abcdefghij/12315544/") == (
        "Failed to send to … with bot…:…, error=401."
    )


def test_a_password_is_left_out_in_whatever_way_it_is_written():
    """A plugin says it as it has read it, or writes it anew."""
    address = "mailtos://user:p%40ss%2Fword+1@example.org"
    for said in ("p@ss/word+1", "p@ss/word 1", "p%40ss%2Fword+1", "P%40SS%2fword%2B1"):
        assert without_secrets(f"no entry for {said} here", address) == "no entry for … here"
