"""Names in an archive never act as a command of whatever reads the output: shells, runners of jobs, Markdown, HTML."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from arfix.archive.header import new_header
from arfix.archive.model import Archive, Kind, Member
from arfix.archive.source import extent_of
from arfix.archive.write import write_archive
from arfix.errors import Where
from arfix.report.markdown import cell, code
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    "::error file=x::pwned",
    "x\n::add-mask::y",
    "##[error]pwned",
    "##vso[task.setvariable variable=x]y",
    "##teamcity[x]",
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    "-rf",
    "--force",
    "@pwned",
    "a b",
    "\udcff.o",
    "<script>",
)

#: Lines that a runner takes as a command.
COMMAND = re.compile(r"^\s*::(?!(error|warning|notice) (title|file)=)|##[A-Za-z]*\[", re.MULTILINE)


@pytest.fixture(params=HOSTILE)
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "lib.a"
    # Two of one name that clash, and a text file, so that every report has something to say of them.
    data = (elf("f"), elf("f", "g"), b"text\n")
    members = tuple(Member(request.param, new_header(0), extent_of(one, Where("x"))) for one in data)
    path.write_bytes(write_archive(Archive(Kind.GNU, members, None)))
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("inspect",),
        ("inspect", "--json"),
        ("inspect", "--symbols"),
        ("check",),
        ("check", "--format", "github"),
        ("check", "--format", "sarif"),
        ("check", "--format", "json"),
        ("fix", "-n", "--no-verify"),
        ("index", "--check"),
        ("extract", "-n"),
        ("strip", "-n", "*"),
        ("strip", "-n", "nothing-of-that-name"),
    ],
)
def test_no_runner_takes_a_command_from_it(library: Path, arguments: tuple[str, ...]) -> None:
    ran = arfix(*arguments, library)
    assert "internal error" not in ran.stderr
    for text in (ran.stdout, ran.stderr):
        assert not COMMAND.search(text)
        assert not any(character in text for character in "\x1b\r\x07")
    if "json" in arguments or "sarif" in arguments or "--json" in arguments:
        json.loads(ran.stdout)


@pytest.mark.parametrize(
    "text",
    [
        "![i](https://evil/p.png)",
        "[x](javascript:alert(1))",
        "<img src=x>",
        "a|b",
        "*a* _b_ ~c~",
        "`x`",
        "&lt;",
        "www.evil.com",
        "https://evil",
        "# title",
        "- item",
        "1. item",
        "a\\|b",
        "$x$",
    ],
)
def test_nothing_is_markup_in_markdown(text: str) -> None:
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", cell(text))  # backslash escapes are literal characters
    assert not re.search(r"[\[\]<>|*_`~&$\\]|!\[|https?://|www\.|^[#+-] |^\d+[.)]", bare)
    assert code(text).count("`") == 2
    assert "|" not in code(text).replace("\\|", "")
