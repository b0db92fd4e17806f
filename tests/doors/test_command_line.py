"""The command line as a whole, mostly as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sendgate.doors.cli import COMMANDS, cli

SLOW = ("duckdb", "narwhals", "rich", "jinja2", "msgspec", "yaml")
COMMANDS_PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
FILES = ["--people", "people.csv", "--events", "events.csv", "--now", "2026-03-04T12:00:00Z"]


def _process(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``sendgate`` as a process of its own, in a pipe."""
    return subprocess.run(
        [sys.executable, "-c", "from sendgate.doors.cli import main; main()", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        check=False,
    )


def test_help_loads_nothing_slow() -> None:
    """It answers at once, because no library for tables, templates or terminals is imported."""
    program = (
        "import sys\nfrom click.testing import CliRunner\nfrom sendgate.doors.cli import cli\n"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0\n"
        f"print(*(name for name in {SLOW!r} if name in sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_help_names_every_command() -> None:
    """With a few words on each."""
    text = CliRunner().invoke(cli, ["--help"]).stdout
    assert all(f"  {name} " in text for name in COMMANDS)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("dryrun", "(did you mean `dry-run`?)"),
        ("comapre", "(did you mean `compare`?)"),
        ("x", "(expected one of `init`"),
    ],
)
def test_a_misspelt_command_is_told_with_the_nearest_name(word: str, said: str) -> None:
    """Or with those there are; an option in its place is told as one."""
    told = CliRunner().invoke(cli, [word])
    assert told.exit_code == 2
    assert f"no such command `{word}` {said}" in told.stderr
    assert "No such option" in CliRunner().invoke(cli, [f"--{word}"]).stderr


def test_a_dry_run_is_quiet_in_a_pipe(family) -> None:
    """No colours, no progress, no leftovers of any library."""
    run = _process("dry-run", "duvets", "--audience", "audience.csv", *FILES)
    assert run.returncode == 0
    assert "\x1b" not in run.stdout + run.stderr
    assert [line for line in run.stderr.splitlines() if not line.startswith(("note: ", "warning: "))] == []


def test_results_and_diagnostics_keep_apart(family) -> None:
    """What is wrong stands on standard error alone."""
    run = _process("explain", "duvetz", "--person", "ann", *FILES)
    assert (run.returncode, run.stdout) == (2, "")
    assert "did you mean `duvets`?" in run.stderr


def test_colours_can_be_forced_and_forbidden(family) -> None:
    """NO_COLOR wins, as no-color.org asks."""
    assert "\x1b[" in _process("explain", "duvets", "--person", "ann", *FILES, FORCE_COLOR="1").stdout
    plain = _process("explain", "duvets", "--person", "ann", *FILES, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b[3" not in plain, "no colour of the foreground"


def test_a_terminal_that_knows_ascii_only_is_enough(family) -> None:
    """Marks have a plain form, and what cannot be written is replaced."""
    run = _process("explain", "duvets", "--person", "ann", *FILES, PYTHONIOENCODING="ascii")
    assert run.returncode == 0
    assert "+ | permission" in run.stdout, "a mark that ASCII can write"


def test_an_unforeseen_error_is_a_line_and_a_status_of_its_own(family, monkeypatch) -> None:
    """Nobody mistakes it for rejected rows; the traceback is there for who asks."""

    def explode(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("sendgate.wiring.checking.check", explode)
    result = CliRunner().invoke(cli, ["check"])
    assert result.exit_code == 70
    assert "this should not happen: ZeroDivisionError: oh" in result.stderr
    assert "Traceback" not in result.stderr
    monkeypatch.setenv("SENDGATE_TRACEBACK", "1")
    assert "in explode" in CliRunner().invoke(cli, ["check"]).stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "words",
    [
        ("--help",), ("--version",), ("check", "--help"), ("ledger", "status", "--help"), ("schema",),
        ("dry-run", "duvets", "--audience", "audience.csv", *FILES),
    ],
)  # fmt: skip
def test_a_full_disk_behind_standard_output_is_told(family, words) -> None:
    """As of a log that a schedule writes: what was to be done was done, and it is no defect."""
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-c", "from sendgate.doors.cli import main; main()", *words],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert run.returncode == 1
    assert run.stderr.endswith("sendgate: standard output cannot be written: no space left on device\n")


def test_an_interrupt_stops_with_130(family, monkeypatch) -> None:
    """As a shell expects, and nothing is half written."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sendgate.doors.rehearsal.summarise", interrupt)
    words = ["dry-run", "duvets", "--audience", "audience.csv", *FILES, "--out", "out.csv"]
    before = sorted(family.rglob("*"))
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 130
    assert result.stderr.endswith("stopped\n")
    assert sorted(family.rglob("*")) == before


@pytest.mark.parametrize("missing", ["duckdb", "narwhals", "rich"])
@pytest.mark.parametrize(
    "words", [["dry-run", "duvets", "--audience", "audience.csv"], ["explain", "duvets", "--person", "ann"]]
)
def test_a_missing_extra_names_what_to_install(family, missing: str, words: list[str]) -> None:
    """The exact line."""
    program = f"import sys\nsys.modules[{missing!r}] = None\nfrom sendgate.doors.cli import main\nmain()"
    run = subprocess.run([sys.executable, "-c", program, *words, *FILES], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (2, "")
    assert "pip install 'sendgate[audience]'" in run.stderr


def test_campaigns_are_completed(family) -> None:
    """A shell offers the names of the campaigns."""
    completion = {"_SENDGATE_COMPLETE": "bash_complete", "COMP_WORDS": "sendgate explain du", "COMP_CWORD": "2"}
    run = subprocess.run(
        [sys.executable, "-c", "from sendgate.doors.cli import main; main()"],
        capture_output=True,
        text=True,
        env={**os.environ, **completion},
        check=False,
    )
    assert run.stdout.split() == ["plain,duvets"]


def params(command: click.Command) -> list[click.Parameter]:
    """Give what a command takes, with the commands below it."""
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return [*command.params, *(param for one in below for param in one.params)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    """docs/commands.md has a section for each command that names each option and argument."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    sections = COMMANDS_PAGE.read_text(encoding="utf-8").split("\n## ")
    section = next(text for text in sections if text.startswith(f"`sendgate {name}"))
    words = [word for param in params(command) for word in (param.opts if isinstance(param, click.Option) else [])]
    assert [word for word in words if f"`{word}" not in section] == []


def test_only_options_that_exist_are_documented() -> None:
    """A page that promises more than there is helps nobody."""
    for section in COMMANDS_PAGE.read_text(encoding="utf-8").split("\n## `sendgate ")[1:]:
        command = cli.get_command(click.Context(cli), section.split("`")[0].split()[0])
        assert command is not None
        known = {word for param in params(command) for word in (*param.opts, *param.secondary_opts)}
        rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `--")]
        assert {word.strip("`") for row in rows for word in row.split() if word.startswith("`--")} <= known


def test_a_command_may_be_used_again_and_again_in_one_process(sendgate) -> None:
    """What stands around it is put there once: a thousand layers were too deep to call."""
    context = click.Context(cli)
    first = cli.get_command(context, "schema").make_context
    sendgate("schema", "--help")
    assert cli.get_command(context, "schema").make_context is first
