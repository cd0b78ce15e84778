"""Recipients of alerts in the configuration: what is wrong with a file is told with its place, and no secret with it."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syndicator.config import keep_accepted, load
from syndicator.errors import ConfigError
from syndicator.models.alerts import KIND_GROUPS, AlertKind, Severity
from syndicator.models.notify import DEFAULT_KINDS, AddressKind, MailSecurity
from syndicator.query import Filters, Subject, resolved
from tests.newsroom import EVERYTHING, MAIN, outlet, write_config

MAIL = '[mail]\nserver = "mail.example"\n'
DESK = 'to = ["mailto:desk@example.org"]\n'
SECRET = "tgram://123456789:passwort/42/"


@pytest.fixture
def folder(tmp_path):
    return write_config(
        tmp_path / "c",
        outlets={"sada": outlet("https://sada.example", name="صدى إدلب", language="ar", country="SY")},
        feeds={"all": EVERYTHING},
        main=MAIN + MAIL,
    )


def write(folder, text, name="desk"):
    (folder / "alerts").mkdir(exist_ok=True)
    (folder / "alerts" / f"{name}.toml").write_text(text, encoding="utf-8")


def read(folder, text=DESK, **options):
    write(folder, text)
    return load(folder, environ={}, **options)


def test_a_file_is_a_recipient_and_its_name_the_recipients(folder):
    text = (
        'to = ["mailto:desk@example.org", "https://hooks.example/x", "tgram://123:abc/42/"]\n'
        'kinds = ["silent", "mirror"]\nurgent = ["hijack"]\nwhere = "region:SY or outlet:sada"\n'
        'countries = ["SY"]\nlanguages = ["ar"]\noutlets = ["sada"]\nquiet = "22:00-07:00 Europe/Istanbul"\n'
        'wait = "2m"\nevery = "10m"\nper_hour = 3\nrepeat = "0s"\n'
        'digest = { feeds = ["all"], at = "07:30 Europe/Berlin", days = "friday" }\n'
    )
    found = read(folder, text).recipients["desk"]
    assert [each.kind for each in found.addresses] == [AddressKind.MAIL, AddressKind.WEBHOOK, AddressKind.APPRISE]
    assert found.kinds == {AlertKind.SILENT, *KIND_GROUPS["mirror"]}
    assert found.quiet.zone == ZoneInfo("Europe/Istanbul")
    assert (found.digest.at, found.digest.weekday) == (time(7, 30), 4)
    assert (found.wait, found.repeat, found.lowest) == (timedelta(minutes=2), timedelta(0), Severity.NOTE)


def test_without_a_word_on_kinds_all_but_edits_are_told_and_no_mere_notes(folder):
    found = read(folder).recipients["desk"]
    assert (found.kinds, found.lowest) == (DEFAULT_KINDS, Severity.WARNING)
    assert AlertKind.RETITLED not in found.kinds
    assert AlertKind.TAKEOVER in found.kinds


def test_no_kinds_at_all_are_for_a_digest_alone(folder):
    assert read(folder, DESK + "kinds = []\n").recipients["desk"].kinds == frozenset()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", 'desk.toml: to: needs either to = ["mailto:desk@example.org"] or to_file'),
        (DESK + 'to_file = "x"\n', "desk.toml: to: needs either"),
        ('to = ["desk"]\n', "desk.toml: to[0]: is none of"),
        *(
            (f'to = ["mailto:{text}"]\n', "desk.toml: to[0]: is not a mail address")
            for text in ("a@x.", "a@(x", "(@x", "a@[", "a..b@example.org", "редакция@example.org", "desk@вести.example")
        ),
        ('to = ["mailto:desk"]\n', "desk.toml: to[0]: is not a mail address"),
        (DESK + 'kind = ["silent"]\n', "desk.toml: kind: is not a known key: did you mean kinds?"),
        (DESK + 'kinds = ["quiet"]\n', 'desk.toml: kinds[0]: there is no kind "quiet": choose from offline'),
        (DESK + 'lowest = "low"\n', "desk.toml: lowest: should be 'note', 'warning' or 'urgent'"),
        (DESK + 'countries = ["Syria"]\n', 'desk.toml: countries[0]: "Syria" is not an ISO 3166-1 country code'),
        (DESK + 'outlets = ["sda"]\n', 'desk.toml: outlets[0]: there is no outlet "sda"'),
        (DESK + 'quiet = "22-7"\n', 'desk.toml: quiet: "22-7" is not like "22:00-07:00 Europe/Istanbul"'),
        (DESK + 'quiet = "22:00-07:60 UTC"\n', "desk.toml: quiet: there is no time 07:60"),
        (DESK + 'quiet = "22:00-22:00 UTC"\n', "desk.toml: quiet: "),
        (DESK + 'quiet = "22:00-07:00 Europe/Stambul"\n', 'there is no time zone "Europe/Stambul" here'),
        (DESK + 'quiet = "22:00-07:00 ../../etc/passwd"\n', "there is no time zone"),
        (DESK + 'urgent = ["hijack"]\n', "desk.toml: urgent: passes quiet hours, and there are none"),
        (DESK + 'digest = { feeds = ["al"], at = "07:00 UTC" }\n', 'desk.toml: digest.feeds[0]: there is no feed "al"'),
        (DESK + 'digest = { feeds = ["all"], at = "7" }\n', 'desk.toml: digest.at: "7" is not a time with its zone'),
        (DESK + 'repeat = "5h"\n', 'desk.toml: repeat: reminders come every six hours at most: write "6h" or more'),
        (DESK + "per_hour = 0\n", "desk.toml: per_hour: "),
        (DESK + "where = 'region:Syira'\n", "desk.toml: where: line 1, column 8: "),
        (DESK + "where = 'outlet:صدى'\n", "desk.toml: where: line 1, column 8: "),
        (DESK + 'to_file = "gone"\n', "desk.toml: to: "),
        ('to_file = "gone"\n', "desk.toml: to_file: gone: No such file or directory"),
        (DESK + 'secret_file = "gone"\n', "desk.toml: secret_file: gone: No such file or directory"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_key(folder, text, told):
    with pytest.raises(ConfigError) as refused:
        read(folder, text)
    assert told in str(refused.value)


def test_a_filter_is_refused_with_a_caret_like_a_feeds(folder):
    with pytest.raises(ConfigError) as refused:
        read(folder, DESK + "where = 'lang:ar region:Syira'\n")
    assert str(refused.value).splitlines()[2].strip() == "^" * len("Syira")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "to_file: secret: is empty"),
        ("# only a comment\n", "to_file: has 0 addresses"),
        (f"{SECRET}\nпароль\n", "to_file: line 2: is none of"),
    ],
)
def test_a_file_with_addresses_is_read_line_by_line_and_none_of_them_is_repeated(folder, content, told):
    (folder / "secret").write_text(content)
    with pytest.raises(ConfigError) as refused:
        read(folder, 'to_file = "secret"\n')
    assert told in str(refused.value)
    assert "passwort" not in str(refused.value)
    assert "пароль" not in str(refused.value)


def test_addresses_from_a_file_are_shown_nowhere(folder):
    (folder / "secret").write_text(f"# Telegram\n{SECRET}\n\n{SECRET}\n")
    (folder / "key").write_text("schlüssel-schlüssel\n")
    for name in ("secret", "key"):
        (folder / name).chmod(0o640)
    config = read(folder, 'to_file = "secret"\nsecret_file = "key"\n')
    assert [each.url for each in config.recipients["desk"].addresses] == [SECRET]
    assert config.warnings == ()
    assert "passwort" not in repr(config)
    assert "schlüssel" not in repr(config)


def test_files_that_every_user_can_read_are_told(folder):
    for name, content in (("secret", SECRET), ("key", "k" * 16), ("password", "p")):
        (folder / name).write_text(content)
        (folder / name).chmod(0o644)
    main, password = folder / "syndicator.toml", folder / "password"
    main.write_text(main.read_text() + f'password_file = "{password}"\n')
    told = [str(each) for each in read(folder, 'to_file = "secret"\nsecret_file = "key"\n').warnings]
    assert told == [
        "alerts/desk.toml: to_file: secret can be read by every user of this machine: chmod 640 secret",
        "alerts/desk.toml: secret_file: key can be read by every user of this machine: chmod 640 key",
        f"syndicator.toml: mail.password_file: {password} can be read by every user of this machine: chmod 640 {password}",
    ]


def test_mail_without_a_server_is_refused_and_the_port_follows_the_encryption(folder):
    main = folder / "syndicator.toml"
    before = main.read_text()
    for security, port in (("starttls", 587), ("tls", 465), ("none", 25)):
        main.write_text(f'{before}security = "{security}"\n')
        mail = read(folder).mail
        assert (mail.security, mail.port) == (MailSecurity(security), port)
    main.write_text(before.removesuffix(MAIL))
    with pytest.raises(ConfigError, match=r"desk.toml: to\[0\]: mail needs a server"):
        read(folder)


def test_a_bad_file_keeps_nobody_else_from_being_told_and_what_it_said_stays(folder, tmp_path):
    """Where it was never in force, the recipient rests: what it is to be told is not forgotten."""
    write(folder, DESK + 'wait = "3m"\n')
    write(folder, DESK, name="night")
    keep_accepted(tmp_path, load(folder, environ={}, state=tmp_path).texts)
    write(folder, "to = 3\n")
    write(folder, "to = 3\n", name="new")
    config = load(folder, environ={}, state=tmp_path, is_strict=False)
    assert config.recipients.keys() == {"desk", "night"}
    assert config.recipients["desk"].wait == timedelta(minutes=3)
    assert config.resting_recipients == {"new"}
    assert len(config.problems) == 2


def test_a_name_that_is_gone_is_told_and_silences_nobody_while_another_is_left(folder):
    text = DESK + 'outlets = ["sada", "gone"]\ndigest = { feeds = ["gone", "all"], at = "07:00 UTC" }\n'
    config = read(folder, text)
    assert [str(each) for each in config.warnings] == [
        'alerts/desk.toml: outlets[1]: there is no outlet "gone"; syndicator status --all lists them',
        'alerts/desk.toml: digest.feeds[0]: there is no feed "gone"; syndicator status --all lists them',
    ]
    assert "sada" in config.recipients["desk"].outlets


@pytest.mark.parametrize(
    "text",
    [
        "where = 'outlet:pezhvak OR outlet:sada'\n",
        "where = 'feed:fewer or source:pezhvak/feed.xml or outlet:sada'\n",
        'outlets = ["pezhvak"]\n',
    ],
)
def test_a_filter_that_names_what_is_gone_goes_on_telling_of_the_rest(folder, tmp_path, text):
    """Whoever removes an outlet must not silence who asked for it and for others. What is gone matches nothing."""
    gone = [folder / "outlets" / "pezhvak.toml", folder / "feeds" / "fewer.toml"]
    gone[0].write_text((folder / "outlets" / "sada.toml").read_text())
    gone[1].write_text((folder / "feeds" / "all.toml").read_text())
    config = read(folder, DESK + text)
    keep_accepted(tmp_path, config.texts)
    for each in gone:
        each.unlink()
    for _ in range(2):  # a restart, and another
        config = load(folder, environ={}, state=tmp_path, is_strict=False)
        keep_accepted(tmp_path, config.texts)
        assert config.resting_recipients == frozenset()
        assert {str(each).split(":")[0] for each in config.problems} == {"alerts/desk.toml"}
        assert "desk" in config.recipients
        if "where" in text:
            matches = Filters({"desk": resolved(config.recipient_filters["desk"], config.filters)})
            assert matches(Subject("صمت", "", "ar", ("sada",), ())) == {"desk"}
            assert matches(Subject("сообщение", "", "ru", ("vesti",), ())) == set()
    write(folder, "to = 3\n")
    config = load(folder, environ={}, state=tmp_path, is_strict=False)
    assert "desk" in config.recipients


def test_whom_mail_is_from_is_a_mail_address(folder):
    main = folder / "syndicator.toml"
    main.write_text(main.read_text() + 'sender = "новости@[" \n')
    with pytest.raises(ConfigError, match=r"mail.sender: is not a mail address"):
        read(folder)
