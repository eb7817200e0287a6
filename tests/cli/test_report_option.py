from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.cli.output import Output
from arfix.cli.report_option import command_line
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(("a.o", elf("one")), ("b.o", elf("one"))))
    return path


def test_check_writes_a_report_beside_its_usual_output(library: Path) -> None:
    target = library.with_name("r.html")
    plain, ran = arfix("check", library), arfix("check", library, "--report", target)
    assert (ran.code, ran.stdout) == (plain.code, plain.stdout)
    page = target.read_text("utf-8")
    assert "duplicate-definition" in page
    assert f"arfix check {library}" in page
    assert "--report" not in page


def test_the_name_of_a_report_is_checked_before_the_work(library: Path) -> None:
    ran = arfix("check", library, "--report", library.with_name("r.pdf"))
    assert ran.code == 2
    assert "ends in .html" in ran.stderr
    assert not ran.stdout


def test_a_report_that_cannot_be_written_is_an_error(library: Path) -> None:
    ran = arfix("check", library, "--report", library.with_name("no") / "r.html")
    assert ran.code == 2
    assert "r.html" in ran.stderr


def test_a_command_line_is_shown_without_the_report_and_can_be_changed() -> None:
    output = Output()
    output.command = "check"
    words = (
        "-q",
        "check",
        "a b.a",
        "--report=x.html",
        "--baseline",
        "f",
        "--report",
        "r.html",
        "--",
        "gcc",
        "--report",
    )
    output.arguments = words
    assert command_line(output) == "arfix -q check 'a b.a' --baseline f -- gcc --report"
    verify = command_line(output, "verify", "--linker", "ld", without=("--baseline",))
    assert verify == "arfix -q verify --linker ld 'a b.a' -- gcc --report"
