from __future__ import annotations

import os
import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import pytest
import typer

from arfix.cli import app
from arfix.cli.commands import COMMANDS, Verb
from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.errors import AccessError, EditError, FormatError, UnsupportedError, Where
from arfix.version import __version__
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Action = Callable[[], ExitCode]
    Install = Callable[[Action], None]

ALL_VERBS = pytest.mark.parametrize("verb", sorted(COMMANDS))


@pytest.fixture
def polish(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that installs a verb `polish NAME...` which shows its names and then does what it is given."""

    def install(action: Action) -> None:
        def polish(context: typer.Context, names: Annotated[list[str], typer.Argument(help="Names.")]) -> ExitCode:
            """Make it shine."""
            output = Output.of(context)
            output.show(text=lambda: f"{' '.join(names)}\n", data=lambda: {"names": names})
            output.note("a note")
            output.warn("a warning")
            return action()

        module = ModuleType("arfix.cli.polish")
        vars(module)["polish"] = polish
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(COMMANDS, "polish", Verb("Make it shine."))

    return install


def fail(error: BaseException) -> Action:
    def action() -> ExitCode:
        raise error

    return action


def done() -> ExitCode:
    return ExitCode.DONE


def test_version_is_printed_alone() -> None:
    assert arfix("--version").stdout == f"arfix {__version__}\n"


def test_bare_command_shows_help_and_is_bad_usage() -> None:
    ran = arfix()
    assert ran.code == ExitCode.UNREADABLE
    assert ran.stdout == ""
    assert "Usage: arfix" in ran.stderr


def test_help_lists_every_verb_without_importing_one() -> None:
    code = "import sys\nfrom arfix.cli.app import run\nrun(['--help'])\nprint([*sys.modules], file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for verb, entry in COMMANDS.items():
        assert verb in ran.stdout
        assert entry.summary.split()[0] in ran.stdout
        assert f"'{entry.module or f'arfix.cli.{verb}'}'" not in ran.stderr


@ALL_VERBS
def test_table_repeats_the_first_line_of_the_help(verb: str) -> None:
    ran = arfix(verb, "--help")
    assert ran.code == ExitCode.DONE
    summary = " ".join(ran.stdout.split("\n\n")[1].split())
    assert summary.startswith(COMMANDS[verb].summary.rstrip("."))


@ALL_VERBS
@pytest.mark.parametrize("option", ["--json", "--quiet", "--color"])
def test_shared_options_are_in_every_verbs_help(verb: str, option: str) -> None:
    assert option in arfix(verb, "--help").stdout


def test_unknown_verb_names_near_ones(polish: Install) -> None:
    polish(done)
    ran = arfix("polsh", "x")
    assert ran.code == ExitCode.UNREADABLE
    assert ran.stderr == "arfix: no such command: 'polsh'; did you mean polish?\nhint: arfix --help\n"


@pytest.mark.parametrize(("word", "verb"), [("ranlib", "index"), ("delete", "strip"), ("create", "merge")])
def test_a_word_of_other_tools_leads_to_the_verb(word: str, verb: str) -> None:
    assert f"did you mean {verb}?" in arfix(word, "x.a").stderr


def test_a_file_in_place_of_a_verb_gets_a_command_that_works(tmp_path: Path) -> None:
    path = tmp_path / "a lib.a"
    path.write_bytes(b"!<arch>\n")
    ran = arfix(str(path))
    assert ran.code == ExitCode.UNREADABLE
    assert f"hint: `arfix inspect '{path}'`" in ran.stderr


def test_missing_argument_is_bad_usage_and_names_the_verbs_help(
    polish: Install,
) -> None:
    polish(done)
    ran = arfix("polish")
    assert ran.code == ExitCode.UNREADABLE
    assert ran.stderr.endswith("hint: arfix polish --help\n")


@pytest.mark.parametrize("arguments", [("--json", "polish", "x"), ("polish", "x", "--json"), ("polish", "--json", "x")])
def test_json_works_before_and_after_the_verb(polish: Install, arguments: tuple[str, ...]) -> None:
    polish(lambda: ExitCode.FINDINGS)
    ran = arfix(*arguments)
    assert ran.stderr == ""
    assert ran.code == ran.json["exit_code"] == ExitCode.FINDINGS
    assert ran.json["schema_version"] == 1
    assert ran.json["tool"] == {"name": "arfix", "version": __version__}
    assert ran.json["command"] == "polish"
    assert ran.json["names"] == ["x"]
    assert (ran.json["notes"], ran.json["warnings"], ran.json["errors"]) == (["a note"], ["a warning"], [])


def test_usage_error_is_json_too(polish: Install) -> None:
    polish(done)
    ran = arfix("polish", "--no-such-option", "--json")
    assert ran.code == ExitCode.UNREADABLE
    assert ran.json["errors"][0]["kind"] == "usage"


def test_a_value_that_is_not_one_of_the_choices_is_named_with_them(polish: Install) -> None:
    polish(done)
    ran = arfix("polish", "x", "--color", "sometimes")
    assert ran.code == ExitCode.UNREADABLE
    assert "--color': 'sometimes' is not one of 'auto', 'always', 'never'" in ran.stderr


@pytest.mark.parametrize("arguments", [("-q",), ("--color", "never")])
def test_options_without_a_command_show_the_help(arguments: tuple[str, ...]) -> None:
    ran = arfix(*arguments)
    assert (ran.code, ran.stdout) == (ExitCode.UNREADABLE, "")
    assert "Usage: arfix" in ran.stderr
    assert arfix("--json", *arguments).json["errors"][0]["message"] == "no command is named"


def test_json_after_two_dashes_is_a_name(polish: Install) -> None:
    polish(done)
    assert arfix("polish", "--", "--json", "-q").stdout == "--json -q\n"


@pytest.mark.parametrize("option", ["-q", "--quiet"])
def test_quiet_leaves_errors_alone(polish: Install, option: str) -> None:
    polish(fail(EditError("it cannot hold")))
    ran = arfix("polish", option, "x")
    assert (ran.stdout, ran.stderr) == ("", "arfix: it cannot hold\n")


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (EditError("m"), 1, "edit"),
        (FormatError("m"), 2, "format"),
        (UnsupportedError("m"), 2, "unsupported"),
        (AccessError("m"), 2, "access"),
    ],
)
def test_errors_become_exit_codes(polish: Install, error: Exception, code: int, kind: str) -> None:
    polish(fail(error))
    ran = arfix("polish", "x", "--json")
    assert ran.code == ran.json["exit_code"] == code
    assert ran.json["errors"][0]["kind"] == kind


def test_error_says_where_and_what_next(polish: Install) -> None:
    where = Where("libffi.a", ("libposix.a",), 0x44)
    polish(fail(FormatError('size field is "12a4", not a decimal number', where=where, hint="arfix inspect libffi.a")))
    ran = arfix("polish", "x")
    assert ran.stderr.splitlines()[2:] == [
        'arfix: libffi.a(libposix.a)+0x44: size field is "12a4", not a decimal number',
        "hint: arfix inspect libffi.a",
    ]
    place = {"path": "libffi.a", "members": ["libposix.a"], "offset": 0x44}
    assert arfix("--json", "polish", "x").json["errors"][0]["where"] == place


def test_terminal_is_safe_from_names_in_messages(polish: Install) -> None:
    polish(fail(FormatError("bad", where=Where("lib\x1b[2J.a", ("\udcff\u202e.o",)))))
    assert "arfix: lib\\x1b[2J.a(\\xff\\u202e.o): bad\n" in arfix("polish", "x").stderr


def test_operating_system_errors_say_the_file(polish: Install) -> None:
    polish(fail(PermissionError(13, "Permission denied", "/lib.a")))
    ran = arfix("polish", "x")
    assert ran.code == ExitCode.UNREADABLE
    assert ran.stderr.endswith("arfix: /lib.a: Permission denied\n")


def test_unexpected_exception_is_one_line_and_how_to_report_it(
    polish: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    polish(fail(ZeroDivisionError("division by zero")))
    ran = arfix("polish", "x")
    assert ran.code == ExitCode.UNREADABLE
    assert ran.stderr.endswith(f"arfix: internal error: ZeroDivisionError: division by zero\nhint: {app.REPORT_TO}\n")
    monkeypatch.setenv("ARFIX_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        arfix("polish", "x")


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), 130), (typer.Abort(), 1), (typer.Exit(2), 2), (BrokenPipeError(), 141)]
)
def test_ends_from_outside(
    polish: Install,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
) -> None:
    monkeypatch.setattr(app, "_silence_stdout", lambda: None)
    polish(fail(error))
    assert arfix("polish", "x").code == code


def test_closed_pipe_is_quiet() -> None:
    code = "import sys\nfrom arfix.cli.app import run\nsys.exit(run(['--help']))"
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stdout:
        ran = subprocess.run([sys.executable, "-c", code], stdout=stdout, stderr=subprocess.PIPE, check=False)
    assert ran.stderr == b""
    assert ran.returncode == ExitCode.PIPE_CLOSED


def test_names_that_are_not_utf8_can_be_printed(polish: Install, capfd: pytest.CaptureFixture[str]) -> None:
    polish(done)
    assert app.run(["polish", "\udcff"]) == ExitCode.DONE
    assert capfd.readouterr().out == "\\udcff\n"


def test_response_file_stands_for_arguments(polish: Install, tmp_path: Path) -> None:
    polish(done)
    (tmp_path / "args").write_text("polish 'two words' -- --json")
    assert arfix(f"@{tmp_path}/args", "@after").stdout == "two words --json @after\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_knows_the_verbs(
    polish: Install,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    shell: str,
) -> None:
    polish(done)
    for name, value in {
        "_ARFIX_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "arfix po",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "COMP_WORDS": "arfix po",
        "COMP_CWORD": "1",
    }.items():
        monkeypatch.setenv(name, value)
    app.run([])
    assert "polish" in capsys.readouterr().out
