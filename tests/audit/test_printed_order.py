"""Repairs printed behind `arfix flatten` do what their finding asks, or are left for the next check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.archive.read import read
from arfix.audit.finding import Finding, Fix, Severity
from arfix.audit.printed_order import without_overtaken
from arfix.edits.requests import Strip
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.programs.pasting import commands_in, paste
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b"read me\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    monkeypatch.chdir(made)
    return made


def names_after(folder: Path, *members: tuple[str, bytes]) -> list[str]:
    """Check an archive, paste what is printed until nothing is, and return the names of the members left."""
    library = folder / "liba.a"
    library.write_bytes(ar(*members))
    for _ in range(3):
        said = arfix("check", "--all", library.name).stdout
        pasted = paste(said, folder)
        assert [one for one in pasted if one.code] == [], said
        if not pasted:
            break
    return [member.name for member in read(library.read_bytes()).members]


def test_a_spliced_member_of_the_same_name_stays(folder: Path) -> None:
    """The text is to go; the object of its name, which comes out of the nested archive, is needed."""
    nested = ar(("note.o", elf("f")))
    assert names_after(folder, ("use.o", elf("?f")), ("libn.a", nested), ("note.o", TEXT)) == ["use.o", "note.o"]


def test_a_spliced_member_of_the_same_name_that_nobody_needs_stays_too(folder: Path) -> None:
    """Here the removal would be proven harmless, and is not what was found."""
    nested = ar(("note.o", elf("f")))
    assert names_after(folder, ("use.o", elf("g")), ("libn.a", nested), ("note.o", TEXT)) == ["use.o", "note.o"]


def test_a_member_that_a_spliced_one_needs_is_not_removed_behind_its_back(folder: Path) -> None:
    other = elf("?g", "h", "?openlog")
    nested = ar(("n.o", elf("?h")))
    (folder / "libc.a").write_bytes(ar(("errno.o", elf("g"))))
    (folder / "liba.a").write_bytes(ar(("use.o", elf("k")), ("x.o", other), ("libn.a", nested)))
    said = arfix("check", "--all", "--provider", "libc.a", "liba.a").stdout
    assert [one.code for one in paste(said, folder)] == [0] * len(commands_in(said)), said


def test_other_repairs_are_still_printed_behind_it(folder: Path) -> None:
    library = folder / "liba.a"
    library.write_bytes(ar(("libn.a", ar(("n.o", elf("f")))), ("note.txt", TEXT)))
    said = arfix("check", "--all", library.name).stdout
    assert [command for command, _ in commands_in(said)] == ["arfix flatten liba.a", "arfix strip liba.a note.txt"]


def test_a_nested_archive_that_cannot_be_read_is_not_to_be_spliced(folder: Path) -> None:
    library = folder / "liba.a"
    library.write_bytes(ar(("x.o", elf("x")), ("libn.a", ar(("n.o", elf("f")))[:90])))
    said = arfix("check", "--all", library.name).stdout
    assert "nested-archive" in said
    assert [one for one in paste(said, folder) if one.code] == [], said


def test_findings_that_share_a_long_repair_do_not_read_it_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """One removal of 500 members belongs to 500 findings; looking at all its names for each would be the square."""
    fix = Fix("a.a", Strip(tuple(f"t{at}.txt" for at in range(500))))
    found = [Finding("non-object-member", Severity.WARNING, "x", archive="a.a", fix=fix) for _ in range(500)]
    hashed = 0
    real = Strip.__hash__

    def count(self: Strip) -> int:
        nonlocal hashed
        hashed += 1
        return real(self)

    monkeypatch.setattr(Strip, "__hash__", count)
    assert without_overtaken(found, {}) == tuple(found)
    assert hashed < 10
