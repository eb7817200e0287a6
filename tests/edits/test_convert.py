"""Archives as other kinds, byte for byte as llvm-ar and GNU ar write the same members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import arfix as library
from arfix.archive.model import Kind
from arfix.edits.convert import plan_convert
from arfix.edits.requests import Convert
from arfix.errors import EditError, UnsupportedError
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.foreign_objects import coff, macho
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = ("a.o", "a_name_of_more_than_sixteen_bytes.o", "fifteen_bytes.o", "z.o")
OBJECTS: dict[str, Callable[..., bytes]] = {"elf": elf, "macho": macho, "coff": coff}


@pytest.fixture(params=OBJECTS)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    for number, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(OBJECTS[request.param](f"f{number}", f"g{number}"))
    return tmp_path


def made(folder: Path, kind: str, *, thin: bool = False) -> bytes:
    flags = ("--thin",) if thin else ()
    output_of(need("llvm-ar-19", "llvm-ar"), f"--format={kind}", "crsD", *flags, f"{kind}.a", *NAMES, cwd=folder)
    return (folder / f"{kind}.a").read_bytes()


@pytest.mark.oracle
@pytest.mark.parametrize("source", ["gnu", "bsd", "darwin", "coff"])
@pytest.mark.parametrize("kind", ["gnu", "bsd", "darwin", "coff"])
def test_the_result_is_what_llvm_ar_writes(folder: Path, source: str, kind: str) -> None:
    expected = made(folder, kind)
    made(folder, source)
    assert arfix("convert", folder / f"{source}.a", "--kind", kind, "-o", folder / "out.a").code == 0
    if source == "darwin" and kind != "darwin":
        with library.open(folder / "out.a") as archive:  # its sizes count the bytes that align the next member
            assert [member.name for member in archive] == list(NAMES)
            for member in archive:
                own = (folder / member.name).read_bytes()
                assert bytes(member.data).rstrip(b"\n") == own.rstrip(b"\n")
    else:
        assert (folder / "out.a").read_bytes() == expected


@pytest.mark.oracle
def test_a_thin_archive_becomes_a_regular_one_as_gnu_ar_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "obj").mkdir()
    for number, name in enumerate(NAMES):
        (tmp_path / "obj" / name).write_bytes(elf(f"f{number}"))
    paths = [f"obj/{name}" for name in NAMES]
    output_of(need("ar"), "rcsTD", "thin.a", *paths)
    output_of(need("ar"), "rcsD", "regular.a", *paths)
    (tmp_path / "out").mkdir()
    assert arfix("convert", "thin.a", "--kind", "gnu", "-o", "out/x.a").code == 0
    assert (tmp_path / "out/x.a").read_bytes() == (tmp_path / "regular.a").read_bytes()


@pytest.mark.oracle
def test_a_regular_archive_becomes_a_thin_one_that_gnu_ld_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(elf(f"f{number}"))
    output_of(need("ar"), "rcsD", "regular.a", *NAMES)
    (tmp_path / "out").mkdir()
    ran = arfix("convert", "regular.a", "--kind", "thin", "-o", "out/thin.a")
    assert "lld and mold" in ran.stderr
    assert (tmp_path / "out/thin.a").read_bytes().startswith(b"!<thin>\n")
    output_of(need("ld"), "-r", "--whole-archive", "out/thin.a", "-o", "whole.o")
    symbols = output_of(need("nm"), "whole.o")
    assert all(f" f{number}" in symbols for number in range(len(NAMES)))
    refused = arfix("convert", "regular.a", "--kind", "thin")
    assert refused.code == 1
    assert "-o FILE" in refused.stderr


@pytest.mark.oracle
def test_a_64_bit_index_and_back(tmp_path: Path) -> None:
    (tmp_path / "a.o").write_bytes(elf("f"))
    output_of(need("ar"), "rcsD", "x.a", "a.o", cwd=tmp_path)
    before = (tmp_path / "x.a").read_bytes()
    arfix("convert", tmp_path / "x.a", "--kind", "gnu64")
    assert b"/SYM64/" in (tmp_path / "x.a").read_bytes()
    assert "f in a.o" in output_of(need("nm"), "-s", tmp_path / "x.a")
    arfix("convert", tmp_path / "x.a", "--kind", "gnu")
    assert (tmp_path / "x.a").read_bytes() == before


def test_what_a_kind_cannot_hold_is_refused() -> None:
    archive = library.read(ar(("a.o", elf("a"))))
    with pytest.raises(UnsupportedError, match="AIX"):
        plan_convert(archive, Convert(Kind.AIX_BIG))
    with pytest.raises(UnsupportedError, match="only GNU archives can be thin"):
        plan_convert(archive, Convert(Kind.BSD, thin=True))
    with pytest.raises(EditError, match="replaces"):
        plan_convert(archive, Convert(Kind.GNU, thin=True))
    assert not plan_convert(archive, Convert(Kind.GNU))


def test_a_kind_that_the_objects_linkers_do_not_read_is_warned_of() -> None:
    assert "GNU ld" in plan_convert(library.read(ar(("a.o", elf("a")))), Convert(Kind.DARWIN)).warnings[0]
