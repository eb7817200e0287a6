"""Completion through typer's protocol, as the shells' own scripts use it, and in the shells that are installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arfix.cli.commands import COMMANDS
from arfix.cli.complete import completion
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix
from tests.tools import find, not_here

#: Names that a shell would run, expand, split or take for an option.
HOSTILE = (
    "$(touch pwned)",
    "\\$(touch pwned)",
    "`touch pwned`",
    "a;touch pwned",
    "' touch pwned '",
    '"$(touch pwned)"',
    "--force",
    "@pwned",
    "~",
    "a b",
    "a\nb",
    "a\x1b[2J",
    "*",
    "a(b)",
)


@pytest.fixture(autouse=True)
def _library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    members = [("box.o", elf("box_open", "box_close")), ("bus.o", elf("bus")), ("box.o", elf())]
    Path("lib.a").write_bytes(ar(*members))
    Path("hostile.a").write_bytes(ar(*((name, elf(name)) for name in HOSTILE), ("fine.o", elf())))


def completed(line: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the words that bash is offered for the end of a line."""
    words = line.split(" ")
    monkeypatch.setenv("_ARFIX_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    return [word for word in arfix().stdout.splitlines() if word]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("arfix st", ["strip", "stub", "status"]),
        ("arfix explain undefined-", ["undefined-symbol", "undefined-in-shared-library"]),
        ("arfix explain dso", ["dso-missing"]),
        ("arfix check --ignore non-", ["non-object-member"]),
        ("arfix check --enable ", ["build-paths"]),
        ("arfix check lib.a --rule-option undef", ["undefined-symbol.most-stubs="]),
        ("arfix strip lib.a ", ["box.o", "bus.o", "box.o#2"]),
        ("arfix strip lib.a bus.o bo", ["box.o", "box.o#2"]),
        ("arfix extract -C out lib.a bu", ["bus.o"]),
        ("arfix symbols lib.a --hide box_", ["box_open", "box_close"]),
        ("arfix symbols lib.a --rename bu", ["bus"]),
        ("arfix symbols lib.a --member bu", ["bus.o"]),
        ("arfix check lib.a -u bo", ["box_open", "box_close"]),
        ("arfix why lib.a bo", ["box.o", "box.o#2", "box_open", "box_close"]),
        ("arfix why li", []),
        ("arfix stub openlo", ["openlog"]),
        ("arfix survey query facts nes", ["nested"]),
        ("arfix check lib.a --format git", ["github", "gitlab"]),
        ("arfix strip missing.a ", []),
        ("arfix strip - ", []),
    ],
)
def test_words_are_offered(line: str, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed(line, monkeypatch) == words


def test_an_index_is_read_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    before = completed("arfix symbols lib.a b", monkeypatch)
    monkeypatch.delenv("_ARFIX_COMPLETE")
    assert arfix("index", "lib.a").code == 0
    assert completed("arfix symbols lib.a b", monkeypatch) == before == ["box_open", "box_close", "bus"]


@pytest.mark.parametrize("line", ["arfix strip hostile.a ", "arfix symbols hostile.a ", "arfix symbols hostile.a --"])
def test_names_that_a_shell_would_run_are_not_offered(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    offered = completed(line, monkeypatch)
    assert not {*offered} & {*HOSTILE} - {"--force"}  # which is an option, too
    assert line != "arfix strip hostile.a " or offered == ["fine.o"]


@pytest.mark.no_cover
@settings(max_examples=50)
@given(st.text(), st.text())
def test_only_plain_words_are_offered(word: str, help_text: str) -> None:
    for offered, beside in completion(lambda _ctx, _start: [(word, help_text)])(None, ""):
        assert offered == word
        assert not set(offered) & set("$`\\'\"!*?[](){}<>|&;~ \t\n\0:,")
        assert offered[0] not in "-@#=%"
        assert not set(beside) & set("$`\\'\"\n\0")


def test_a_fault_is_no_traceback() -> None:
    def fail(_ctx: object, _start: str) -> list[tuple[str, str]]:
        raise ValueError

    assert completion(fail)(None, "") == []


def script_of(shell: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    script = arfix("--show-completion", shell).stdout
    assert "arfix" in script
    return script


def ask(shell: str, code: str) -> list[str]:
    """Return the lines that a shell prints, which finds this arfix on its PATH."""
    program = find(shell)
    if program is None:
        not_here(shell)
    folder = Path("bin")
    folder.mkdir(exist_ok=True)
    launcher = folder / "arfix"
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} -m arfix "$@"\n', "utf-8")
    launcher.chmod(0o755)
    root = str(Path(__file__).parent.parent.parent)
    environment = {**os.environ, "PATH": f"{folder.resolve()}:{os.environ['PATH']}", "PYTHONPATH": root, "HOME": "."}
    flags = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    ran = subprocess.run(
        [program, *flags, "-c", code], capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    assert not Path("pwned").exists()
    return ran.stdout.splitlines()


def test_bash_completes_members(monkeypatch: pytest.MonkeyPatch) -> None:
    script = script_of("bash", monkeypatch)
    code = f"""{script}
COMP_WORDS=(arfix strip hostile.a "") COMP_CWORD=3
_arfix_completion arfix
printf '%s\\n' "${{COMPREPLY[@]}}" """
    assert ask("bash", code) == ["fine.o"]


def test_zsh_completes_members(monkeypatch: pytest.MonkeyPatch) -> None:
    script = script_of("zsh", monkeypatch)
    # `_arguments` evaluates the list between (( and )), which is what this one does; the real one needs a terminal.
    code = f"""compdef() {{ }}
_arguments() {{ eval "ws=( ${{1[7,-3]}} )"; print -l -- ${{ws%%:*}} }}
{script}
words=(arfix strip hostile.a "") CURRENT=4
_arfix_completion"""
    assert ask("zsh", code) == ["fine.o"]


def test_fish_completes_members(monkeypatch: pytest.MonkeyPatch) -> None:
    script = script_of("fish", monkeypatch)
    lines = ask("fish", f"{script}\ncomplete -C 'arfix strip hostile.a '")
    assert [line.partition("\t")[0] for line in lines] == ["fine.o"]


def test_every_verb_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed("arfix ", monkeypatch) == list(COMMANDS)
