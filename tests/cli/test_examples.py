"""The examples of `--help` are valid, and run in the sysroot of `make demo`."""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
from typing import TYPE_CHECKING

import pytest

from arfix.cli.commands import COMMANDS
from arfix.cli.examples import examples_of
from arfix.cli.group import make_verb_command
from samples.sysroot import build_sysroot
from tests.console import ROOT
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

EVERY = [(verb, example) for verb in COMMANDS for example in examples_of(verb)]

#: Verbs of examples that need a linker, a linked program or other packages: they are parsed only.
NOT_RUN = (
    "verify",
    "check --report",
    "survey",
    "image program",
    "check --",
    "diagnose --",
    "check lib/libcrypto.a --target shared",
)

RECIPE = """version = 1

[[archive]]
path = "lib/libcrypto.a"

[[archive.step]]
strip = ["bss_log.o"]
reason = "needs openlog, which this libc lacks"
"""


@pytest.fixture(scope="module")
def sysroot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    build_sysroot(folder)
    (folder / "arfix.toml").write_text(RECIPE, "utf-8")
    (folder / "script.mri").write_text("OPEN lib/libz.a\nLIST\nEND\n", "utf-8")
    (folder / "build.log").write_text("ld: main.o: (.text+0x1): undefined reference to `x'\n", "utf-8")
    shutil.copytree(folder / "lib", folder / "old")
    return folder


def test_every_verb_has_examples_of_its_own() -> None:
    for verb in COMMANDS:
        assert examples_of(verb), f"add examples of `{verb}` to arfix/cli/examples.py"
    for verb, example in EVERY:
        assert shlex.split(example.line)[:2] == ["arfix", verb]
        assert not example.does.endswith(".")


def hold(line: str, sysroot: Path, folder: Path) -> None:
    """Parse a command line, and run it in a copy of the sysroot unless it needs other programs."""
    verb, *words = shlex.split(line)[1:]
    make_verb_command(verb).make_context(verb, list(words), resilient_parsing=False, obj=None)
    if line.startswith(tuple(f"arfix {one}" for one in NOT_RUN)):
        return
    shutil.copytree(sysroot, folder)
    with contextlib.chdir(folder):
        ran = arfix(verb, *words)
    assert ran.code in {0, 1}, ran.stderr
    assert "internal error" not in ran.stderr
    assert ran.code == 0 or verb in {"check", "fix", "image", "diff", "diagnose", "index", "apply"}


@pytest.mark.parametrize("line", [example.line for _, example in EVERY])
def test_an_example_is_valid(line: str, sysroot: Path, tmp_path: Path) -> None:
    hold(line, sysroot, tmp_path / "sysroot")


WISHES = re.findall(
    r"^\| [^|]+ \| `([^`]+)` \| (.*) \|$", (ROOT / "docs" / "i-want-to.md").read_text("utf-8"), re.MULTILINE
)


@pytest.mark.parametrize("line", sorted({line for line, _ in WISHES} - {example.line for _, example in EVERY}))
def test_a_command_for_a_wish_is_valid(line: str, sysroot: Path, tmp_path: Path) -> None:
    hold(line, sysroot, tmp_path / "sysroot")


def test_every_verb_fulfils_a_wish() -> None:
    assert {shlex.split(line)[1] for line, _ in WISHES} == set(COMMANDS)
    for line, more in WISHES:
        assert f"cli.md#{shlex.split(line)[1]}" in more or "#in-ci" in more or "#extras" in more


def test_help_shows_the_examples_unbroken() -> None:
    for verb in COMMANDS:
        page = arfix(verb, "--help").stdout
        for example in examples_of(verb):
            assert f"\n  {example.line}\n" in page
