"""The table of commands."""

import pkgutil
import subprocess
import sys
from importlib import import_module

import click
import pytest
from click.testing import CliRunner

import syndicator.cli
from syndicator import __version__
from syndicator.cli import cli
from syndicator.cli.commands import COMMANDS

LIGHT = {"syndicator", "syndicator.errors"}
LIGHT_COMMANDS = {f"syndicator.cli{module}" for module in ("", ".base", ".commands", ".group", ".version")}


def modules_after(*arguments):
    """Return the modules that a new process has loaded after it ran a command."""
    code = "import sys; from syndicator.cli import cli; cli(sys.argv[1:], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [("version",), ("--version",), ("--help",)])
def test_version_and_help_load_no_command(arguments):
    """Nor what commands need: they answer at once."""
    loaded = modules_after(*arguments)
    assert {name for name in loaded if name.partition(".")[0] == "syndicator"} <= LIGHT | LIGHT_COMMANDS
    assert "click" in loaded
    assert loaded & {"structlog", "pydantic", "lark", "babel", "aiohttp", "asyncio", "sqlalchemy"} == set()


def test_validating_a_configuration_loads_neither_network_nor_store():
    """The command, and its help, need only what reads it."""
    loaded = modules_after("check", "--help")
    assert loaded & {"aiohttp", "feedparser", "sqlalchemy", "apscheduler", "uvloop"} == set()


def test_the_table_has_every_command_under_its_name():
    """A command that is in no table could not be called."""
    called = {name: command.load() for name, command in COMMANDS.items()}
    assert {name: command.name for name, command in called.items()} == {name: name for name in COMMANDS}
    below = {id(each) for command in called.values() for each in getattr(command, "commands", {}).values()}
    modules = [
        import_module(f"syndicator.cli.{module.name}") for module in pkgutil.iter_modules(syndicator.cli.__path__)
    ]
    written = {
        id(each): each for module in modules for each in vars(module).values() if isinstance(each, click.Command)
    }
    assert written.keys() - below == {id(command) for command in called.values()}


def test_help_has_a_line_for_each_command():
    """Whole, on a terminal of usual width."""
    lines = CliRunner().invoke(cli, ["--help"], terminal_width=80).output.splitlines()
    for name, command in COMMANDS.items():
        assert f"  {name:<{max(map(len, COMMANDS))}}  {command.summary}" in lines


def test_the_version_is_an_option_and_a_command():
    """Whichever is tried first."""
    told = {CliRunner().invoke(cli, [words]).output for words in ("--version", "version")}
    assert told == {f"syndicator {__version__}\n"}
