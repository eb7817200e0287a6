"""BSD, Darwin and COFF archives are rendered as llvm-ar in deterministic mode writes them, byte for byte."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive
from arfix.archive.layout import lay_out
from arfix.archive.model import Kind
from arfix.archive.write import write_archive
from tests.archive.edited import rewritten, without
from tests.elf_builder import elf
from tests.foreign_objects import coff, macho
from tests.tools import find, give_up, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

NAMES = ("a.o", "fifteen_chars.o", "sixteen_chars_.o", "a_much_longer_name_than_fits.o", "text.txt", "b c.o", "z.o")
KINDS = {"bsd": Kind.BSD, "darwin": Kind.DARWIN, "coff": Kind.COFF, "gnu": Kind.GNU}


#: llvm-ar 14 knows no `--format=coff`.
CASES = [
    (tool, form) for tool in ("llvm-ar-14", "llvm-ar-19") for form in KINDS if (tool, form) != ("llvm-ar-14", "coff")
]


@pytest.fixture(params=CASES, ids="-".join)
def case(request: pytest.FixtureRequest) -> tuple[str, str]:
    tool, form = request.param
    return find(tool) or give_up(f"not installed: {tool}"), form


@pytest.fixture
def llvm_ar(case: tuple[str, str]) -> str:
    return case[0]


@pytest.fixture
def form(case: tuple[str, str], tmp_path: Path) -> str:
    """Make the files to archive, of odd and even sizes; return the name llvm-ar has for the kind."""
    form = case[1]
    for number, name in enumerate(NAMES):
        object_ = make(form, f"first_{number}", f"second_{number}", payload=b"\xc3" * (number + 1))
        (tmp_path / name).write_bytes(b"odd" if name.endswith(".txt") else object_)
    (tmp_path / "same.o").write_bytes(make(form, "first_0", "another", payload=b"\xc3"))
    (tmp_path / "none.o").write_bytes(make(form, payload=b"\xc3"))
    return form


def make(form: str, *names: str, payload: bytes) -> bytes:
    match form:
        case "darwin":
            return macho(*names, payload=payload)
        case "coff":
            return coff(*names, payload=payload)
        case _:
            return elf(*names) + payload


def made(
    llvm_ar: str, folder: Path, form: str, *names: str, options: str = "rcsD", threshold: int | None = None
) -> Path:
    path = folder / "made.a"
    path.unlink(missing_ok=True)
    environment = {} if threshold is None else {"SYM64_THRESHOLD": str(threshold)}
    output_of(llvm_ar, f"--format={form}", options, path.name, *names, cwd=folder, env=environment)
    return path


def after(llvm_ar: str, path: Path, options: str, *names: str, threshold: int | None = None) -> bytes:
    copy = path.with_name("copy.a")
    copy.write_bytes(path.read_bytes())
    environment = {} if threshold is None else {"SYM64_THRESHOLD": str(threshold)}
    output_of(llvm_ar, options, copy.name, *names, cwd=path.parent, env=environment)
    return copy.read_bytes()


def test_rendered_anew_it_is_what_llvm_ar_wrote(llvm_ar: str, form: str, tmp_path: Path) -> None:
    path = made(llvm_ar, tmp_path, form, *NAMES)
    with open_archive(path) as opened:
        assert opened.kind is KINDS[form]
        assert write_archive(opened) == path.read_bytes()
        assert write_archive(rewritten(opened)) == path.read_bytes()


def test_without_an_index_too(llvm_ar: str, form: str, tmp_path: Path) -> None:
    path = made(llvm_ar, tmp_path, form, *NAMES, options="rcSD")
    with open_archive(path) as opened:
        assert opened.index is None
        assert write_archive(rewritten(opened)) == path.read_bytes()


def test_without_a_member_it_is_what_llvm_ar_leaves(llvm_ar: str, form: str, tmp_path: Path) -> None:
    path = made(llvm_ar, tmp_path, form, *NAMES)
    with open_archive(path) as opened:
        for position, name in enumerate(NAMES):
            # Without its first object llvm-ar looks at the second to tell the format, which is the same.
            assert write_archive(without(opened, position)) == after(llvm_ar, path, "dD", name), name


def test_a_library_without_symbols_keeps_its_index(llvm_ar: str, form: str, tmp_path: Path) -> None:
    path = made(llvm_ar, tmp_path, form, "none.o")
    with open_archive(path) as opened:
        if form == "gnu":  # GNU ar is the reference there, and its empty index is four bytes shorter
            return
        assert opened.index is not None
        assert len(opened.index) == 0
        assert write_archive(rewritten(opened)) == path.read_bytes()


def test_symbols_defined_twice_are_entered_as_llvm_ar_does(llvm_ar: str, form: str, tmp_path: Path) -> None:
    path = made(llvm_ar, tmp_path, form, "a.o", "same.o", "z.o")
    with open_archive(path) as opened:
        assert opened.index is not None
        assert opened.index.names.count(next(name for name in opened.index.names if "first_0" in name)) == (
            1 if form == "coff" else 2
        )
        assert write_archive(rewritten(opened)) == path.read_bytes()


@pytest.mark.parametrize("threshold", [1, 700, 1400, 10_000])
def test_a_darwin_archive_gets_64_bits_where_llvm_ar_gives_them(tmp_path: Path, threshold: int) -> None:
    tool = find("llvm-ar-19") or give_up("not installed: llvm-ar-19")
    for number, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(macho(f"symbol_{number}"))
    expected = made(tool, tmp_path, "darwin", *NAMES, threshold=threshold).read_bytes()
    with open_archive(made(tool, tmp_path, "darwin", *NAMES)) as opened:
        layout = lay_out(rewritten(opened), largest_offset=threshold - 1)
    assert (layout.kind is Kind.DARWIN64) == (b"__.SYMDEF_64" in expected[:96])
    assert layout.size == len(expected)


def test_a_64_bit_darwin_index_is_what_llvm_ar_writes(tmp_path: Path) -> None:
    tool = find("llvm-ar-19") or give_up("not installed: llvm-ar-19")
    for number, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(macho(f"symbol_{number}"))
    path = made(tool, tmp_path, "darwin", *NAMES, threshold=1)
    with open_archive(path) as opened:
        assert opened.kind is Kind.DARWIN64
        assert write_archive(rewritten(opened)) == path.read_bytes()
        assert write_archive(without(opened, 2)) == after(tool, path, "dD", NAMES[2], threshold=1)


def test_dates_and_owners_of_members_that_stay_are_kept(llvm_ar: str, form: str, tmp_path: Path) -> None:
    # llvm-ar in deterministic mode would set them to 0; whoever built this archive wanted them.
    os.utime(tmp_path / "z.o", (1_600_000_000, 1_600_000_000))
    path = made(llvm_ar, tmp_path, form, "a.o", "z.o", options="rcsU")
    with open_archive(path) as opened:
        written = write_archive(without(opened, 0))
        header = opened.members[1].header
        assert header[16:48] in written
        assert opened.members[1].date == 1_600_000_000
