"""Messages of errors name arguments as Python does; the command line prints options."""

from __future__ import annotations

import ast
import inspect
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import arfix
from arfix.spelling import as_options
from tests.ar_builder import ar
from tests.console import ROOT
from tests.elf_builder import elf
from tests.run_arfix import arfix as run

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(arfix.__file__).parent
#: Calls that make text for users of the library.
SAID = re.compile(r"(Error|warn|notes\.append|warnings\.append|odd|fault)$")
SAYING = re.compile(r"=(True|False|\.\.\.|')[^`\n]*`|[\"' (`]--[a-z]|Edit\.|Choice\.")
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]+")
ARGUMENT = re.compile(r"`([a-z_]+)=(?:True|False|\.\.\.|')")


@cache
def said() -> tuple[tuple[str, str], ...]:
    """Return each literal text of an error or note outside the command line, and its place."""
    return tuple(_said())


def _said() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text("utf-8")
        if path.parent.name == "cli" or path.name == "command.py" or not SAYING.search(source):
            continue
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.Call) and SAID.search(ast.unparse(call.func)):
                for part in ast.walk(call):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield f"{path.relative_to(PACKAGE)}:{part.lineno}", part.value


def test_errors_name_no_option_outside_a_command() -> None:
    options = [
        (place, text)
        for place, text in said()
        if OPTION.search(re.sub(r"`[^`]*`|objcopy .*|arfix \w+ --help", "", text))
    ]
    assert options == []


def test_the_arguments_that_errors_name_are_there() -> None:
    functions = [getattr(arfix, name) for name in arfix.__all__ if name.islower() and callable(getattr(arfix, name))]
    known = {name for one in (*functions, arfix.ExtractPlan.write) for name in inspect.signature(one).parameters}
    named = {name for _, text in said() for name in ARGUMENT.findall(text)}
    assert {"force", "sysroot", "linkers"} <= named <= known


def test_their_options_are_there() -> None:
    """The option that an argument becomes is one of a command's."""
    options = set(OPTION.findall((ROOT / "docs" / "cli.md").read_text("utf-8")))
    named = {match[0] for _, text in said() for match in re.finditer(r"`[a-z_]+=[^`]*`|`[A-Z]\w+\.[A-Z_]+`", text)}
    for argument in named:
        if re.search(r"=(True|False|\.\.\.)`|Edit\.|Choice\.", argument):
            assert as_options(argument).split()[0] in options, argument


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("`force=True` removes it anyway.", "--force removes it anyway."),
        ("`allow_outside=True`", "--allow-outside"),
        ("Without `wait=False` arfix waits.", "Without --no-wait arfix waits."),
        ("name `roots=...` or `needed_by=...`", "name --root or --needed-by"),
        ("`sysroot='auto'` is this machine's own", "--sysroot auto is this machine's own"),
        ("`SymbolEdit.HIDE_ALL_BUT` keeps `lib` intact", "--hide-all-but keeps `lib` intact"),
        ("`arfix inspect --symbols` lists `x=1`", "`arfix inspect --symbols` lists `x=1`"),
    ],
)
def test_arguments_become_options(text: str, options: str) -> None:
    assert as_options(text) == options


def test_both_spellings_reach_their_users(tmp_path: Path) -> None:
    path = tmp_path / "x.a"
    path.write_bytes(ar(("a.o", elf("a", "?b")), ("b.o", elf("b"))))
    with arfix.open(path) as archive, pytest.raises(arfix.EditError) as caught:
        arfix.strip(archive, "b.o")
    assert "`force=True`" in (caught.value.hint or "")
    ran = run("strip", path, "b.o")
    assert "--force removes it anyway" in ran.stderr
    assert "force=True" not in ran.stderr + run("strip", path, "b.o", "--json").stdout
