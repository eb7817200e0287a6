"""The files of a link command as inputs of a link: which file a word means, and how it takes part."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from arfix.archive.read import read
from arfix.linkage.resolve import resolve
from arfix.linkline.inputs import LineFiles, archives_of, link_of, open_files, with_files
from arfix.linkline.read import Word, read_command, read_linker_words
from arfix.linkline.tool import tool_of
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.linkage.links import uses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from arfix.linkage.model import LinkResult


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "s.o").write_bytes(uses("f", defines=["_start"]))
    (tmp_path / "f.o").write_bytes(elf("f"))
    (tmp_path / "g.o").write_bytes(elf("g"))
    write_library(tmp_path / "libf.a")
    return tmp_path


def write_library(path: Path, machine: int = 62) -> None:
    """Write an archive whose member f.o defines f."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(ar(("f.o", elf("f", machine=machine)), ("g.o", elf("g", machine=machine)), index=(("f", 0),)))


def opened(line: str, folder: Path, stack: ExitStack) -> LineFiles:
    return open_files(read_command(line.split(), str(folder)), stack)


def linked(line: str, folder: Path, stack: ExitStack) -> LinkResult:
    command = read_command(line.split(), str(folder))
    files = open_files(command, stack)
    assert not files.errors
    return resolve(link_of(command, files.files, stack))


def members(result: LinkResult) -> list[str]:
    return [result.units[number].name for number in result.cause]


@pytest.mark.parametrize(
    ("line", "entered"),
    [
        ("ld s.o libf.a", ["s.o", "f.o"]),
        ("ld s.o --whole-archive libf.a", ["s.o", "f.o", "g.o"]),
        ("ld s.o --start-lib f.o g.o --end-lib", ["s.o", "f.o"]),
        ("ld s.o -L. -lf", ["s.o", "f.o"]),
        ("ld s.o -L. -l:libf.a", ["s.o", "f.o"]),
        ("ld s.o f.o f.o", ["s.o", "f.o", "f.o"]),
    ],
)
def test_how_a_file_takes_part(line: str, entered: list[str], folder: Path, stack: ExitStack) -> None:
    result = linked(line, folder, stack)
    assert [name.rpartition("/")[2] for name in members(result)] == entered
    assert not result.errors


def test_data_is_known_by_the_symbols_that_ld_makes(folder: Path, stack: ExitStack) -> None:
    (folder / "pic.png").write_bytes(b"\x89PNG")
    (folder / "s.o").write_bytes(uses("_binary_pic_png_start", "_binary_pic_png_middle", defines=["_start"]))
    result = linked("ld s.o -b binary pic.png", folder, stack)
    assert {*result.errors} == {"_binary_pic_png_middle"}


def test_of_just_symbols_nothing_enters(folder: Path, stack: ExitStack) -> None:
    result = linked(f"ld s.o -R f.o -R {folder}", folder, stack)
    assert [name.rpartition("/")[2] for name in members(result)] == ["s.o"]
    assert not result.errors


def test_what_a_script_names_takes_its_place(folder: Path, stack: ExitStack) -> None:
    (folder / "libx.so").write_text("GROUP ( libf.a AS_NEEDED ( libgone.so ) )")
    result = linked("ld s.o -L. -lx", folder, stack)
    assert [name.rpartition("/")[2] for name in members(result)] == ["s.o", "f.o"]


@pytest.mark.parametrize(
    ("script", "said"),
    [("INPUT ( libgone.a )", "names libgone.a, which is not there"), ("INPUT ( libx.so )", "8 times over")],
)
def test_a_script_that_leads_nowhere_is_an_error(script: str, said: str, folder: Path, stack: ExitStack) -> None:
    (folder / "libx.so").write_text(script)
    (error,) = opened("ld s.o libx.so -L.", folder, stack).errors
    assert said in error.message


def test_scripts_that_lead_to_each_other_again_and_again_are_an_error(folder: Path, stack: ExitStack) -> None:
    for depth in range(7):
        (folder / f"s{depth}.ld").write_text(f"INPUT ( {f's{depth + 1}.ld ' * 30})")
    (folder / "s7.ld").write_text("INPUT ( libf.a )")
    (error,) = opened("ld s.o s0.ld", folder, stack).errors
    assert "linker scripts name more than 5,000 files" in error.message


def test_a_library_for_another_machine_is_passed_over(folder: Path, stack: ExitStack) -> None:
    write_library(folder / "other" / "libf.a", machine=183)
    write_library(folder / "right" / "libf.a")
    files = opened("ld s.o -Lother -Lright -lf", folder, stack)
    assert files.files[-1].path == str(folder / "right" / "libf.a")
    (error,) = opened("ld s.o -Lother -lf", folder, stack).errors
    assert error.message == f"cannot find -lf: {folder / 'other' / 'libf.a'} is not for this machine"


def test_the_start_files_of_a_driver_say_the_machine(folder: Path, stack: ExitStack) -> None:
    (folder / "crt1.o").write_bytes(elf("_start", machine=183))
    write_library(folder / "right" / "libf.a", machine=183)
    words = [Word("-maarch64linux"), Word("crt1.o"), Word("s.o", 1), Word("-Lright"), Word("-lf")]
    tool = tool_of("aarch64-linux-gnu-gcc")
    assert tool is not None
    command = read_linker_words(tool, ("aarch64-linux-gnu-gcc", "s.o"), str(folder), words, added=True)
    files = open_files(command, stack)
    assert not files.notes
    assert files.files[-1].path == str(folder / "right" / "libf.a")


def test_what_no_linker_reads_is_an_error_with_its_place(folder: Path, stack: ExitStack) -> None:
    (folder / "notes.pdf").write_bytes(b"%PDF-1.7 nothing to link\x00\x01\x02")
    errors = opened("ld s.o notes.pdf gone.o -lgone", folder, stack).errors
    assert [str(error.where) if error.where else "" for error in errors][:2] == [
        str(folder / "notes.pdf"),
        str(folder / "gone.o"),
    ]
    assert errors[2].message == "cannot find -lgone: in none of the folders that are searched"


def test_the_archives_of_a_line_are_those_that_the_user_named(folder: Path) -> None:
    write_library(folder / "libc.a")
    line = read_command(["ld", "s.o", "libf.a", "-L.", "-lf", "-lc", "gone.a"], str(folder))
    assert archives_of(line) == (str(folder / "libf.a"),)
    assert archives_of(read_command(["ld", "s.o"], str(folder))) == (str(folder / "s.o"),)


def test_a_pipe_on_the_line_does_not_block(folder: Path, stack: ExitStack) -> None:
    os.mkfifo(folder / "pipe.o")
    line = read_command(["ld", "s.o", "pipe.o"], str(folder))
    assert archives_of(line) == (str(folder / "s.o"),)
    assert len(open_files(line, stack).errors) == 1


def test_repaired_files_take_the_place_of_the_old_ones(folder: Path, stack: ExitStack, tmp_path: Path) -> None:
    write_library(tmp_path / "new" / "libf.a")
    line = read_command(["ld", "s.o", "-L.", "-lf"], str(folder))
    files = open_files(with_files(line, {str(folder / "libf.a"): str(tmp_path / "new" / "libf.a")}), stack)
    assert files.files[-1].path == str(tmp_path / "new" / "libf.a")


def test_a_planned_archive_is_taken_instead_of_the_file(folder: Path, stack: ExitStack) -> None:
    line = read_command(["ld", "s.o", "libf.a"], str(folder))
    files = open_files(line, stack, {str(folder / "libf.a"): read(ar(("h.o", elf("h")), index=(("h", 0),)))})
    assert {*resolve(link_of(line, files.files, stack)).errors} == {"f"}
