from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, cast

import pytest

from arfix.cli.output import Output
from arfix.cli.report_option import command_line
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path


def page_data(path: Path) -> dict[str, Any]:
    """Return what the script of a report shows."""
    _, _, rest = path.read_text("utf-8").partition('<script type="application/json" id="data">')
    return cast("dict[str, Any]", json.loads(rest.partition("</script>")[0]))


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


def test_fix_shows_the_members_before_and_after(tmp_path: Path) -> None:
    library, target = tmp_path / "lib.a", tmp_path / "r.html"
    library.write_bytes(ar(("a.o", elf("one")), ("note.txt", b"text\n")))
    ran = arfix("fix", library, "--plan-only", "--no-verify", "--report", target)
    data = page_data(target)
    assert ran.code == 1
    assert {one["title"]: [tile[1] for tile in one["tiles"]] for one in data["maps"]} == {
        "Members before": ["a.o", "note.txt"],
        "Members after": ["a.o"],
    }
    (table,) = [one for one in data["tables"] if one["id"] == "findings"]
    assert {row[1][0] for row in table["rows"]} == {"repaired"}
    assert f"arfix strip {library} note.txt" in target.read_text("utf-8")


def test_verify_shows_what_each_linker_did(tmp_path: Path) -> None:
    need("ld")
    library, target = tmp_path / "lib.a", tmp_path / "r.html"
    library.write_bytes(ar(("a.o", elf("one", "?gone")), index=(("one", 0),)))
    arfix("verify", library, "--linker", "ld", "--report", target)
    text = target.read_text("utf-8")
    assert "refuses it (exit status 1)" in text
    assert "arfix-link-" not in text
    (table,) = [one for one in page_data(target)["tables"] if one["id"] == "messages"]
    assert [row[1] for row in table["rows"]] == [["ld", "undefined", "gone", ""]]


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


def test_apply_lists_the_edits_of_each_archive(tmp_path: Path) -> None:
    recipe, target = tmp_path / "r.toml", tmp_path / "r.html"
    (tmp_path / "lib.a").write_bytes(ar(("a.o", elf("one")), ("note.txt", b"text\n")))
    recipe.write_text(
        'version = 1\n[[archive]]\npath = "lib.a"\n[[archive.step]]\nstrip = ["note.txt"]\nreason = "no object"\n'
    )
    ran = arfix("apply", recipe, "--sysroot", tmp_path, "--check", "--report", target)
    assert ran.code == 1
    assert "- note.txt" in target.read_text("utf-8")
    (files,) = [one for one in page_data(target)["tables"] if one["id"] == "files"]
    assert [row[1] for row in files["rows"]] == [["changes", "lib.a", 1, 1]]
    before, after = page_data(target)["maps"]
    assert [(tile[1], tile[3]) for tile in before["tiles"]] == [("a.o", "plain"), ("note.txt", "removed")]
    assert [(tile[1], tile[3]) for tile in after["tiles"]] == [("a.o", "plain")]


def test_check_draws_the_link_that_it_has_read(library: Path) -> None:
    """A pipe can be read once, and a file may change while the report is made."""
    target = library.with_name("r.html")
    reading, writing = os.pipe()
    os.write(writing, library.read_bytes())
    os.close(writing)
    try:
        arfix("check", f"/dev/fd/{reading}", "--report", target)
    finally:
        os.close(reading)
    (drawn,) = page_data(target)["maps"]
    assert [tile[1] for tile in drawn["tiles"]] == ["a.o", "b.o"]
