from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.audit.finding import Severity
from arfix.audit.rules.malformed import unreadable
from arfix.errors import FormatError, Where
from tests.ar_builder import ar
from tests.audit.libraries import findings, fixes, library, library_of
from tests.elf_builder import elf
from tests.run_arfix import arfix
from tests.tools import find, need, output_of

if TYPE_CHECKING:
    from pathlib import Path


def test_an_object_whose_tables_are_cut_off() -> None:
    found = findings("malformed", library(("x.o", elf("x")[:-64]), ("y.o", elf("y"))))
    assert [(one.member, one.severity) for one in found] == [("x.o", Severity.ERROR)]
    assert fixes(found) == ["arfix strip libx.a x.o"]


def test_trailing_bytes_are_a_warning() -> None:
    (found,) = findings("malformed", library_of(ar(("x.o", elf("x"))) + b"zz"))
    assert (found.member, found.severity) == (None, Severity.WARNING)


def test_a_forgivable_number_is_only_info() -> None:
    data = bytearray(ar(("x.o", elf("x"))))
    data[8 + 28 : 8 + 34] = b"nobody"
    assert {one.severity for one in findings("malformed", library_of(bytes(data)))} == {Severity.INFO}


def test_a_file_that_cannot_be_read_as_the_archive_it_claims_to_be() -> None:
    found = unreadable("libx.a", FormatError("size field is blank", where=Where("libx.a", (), 8)))
    assert (found.rule, found.archive, found.severity) == ("malformed", "libx.a", Severity.ERROR)
    assert found.message == "size field is blank (at 0x8)"


def test_a_sound_archive_is_clean() -> None:
    assert findings("malformed", library(("x.o", elf("x")))) == []


@pytest.mark.oracle
@pytest.mark.parametrize("tail", [b"\n", b"\0" * 40, b"-- appended --", None], ids=["newline", "zeros", "text", "cut"])
def test_a_container_that_gold_and_lld_refuse(tmp_path: Path, tail: bytes | None) -> None:
    """`None` stands for a last member of odd size without its padding."""
    path, out = tmp_path / "x.a", tmp_path / "o.so"
    data = ar(("x.o", elf("x") + (b"" if tail else b"x")))
    path.write_bytes(data[:-1] if tail is None else data + tail)
    (found,) = findings("malformed", library_of(path.read_bytes()))
    assert (found.severity, "; gold and lld refuse the archive" in found.message) == (Severity.WARNING, True)
    assert fixes([found]) == ["arfix index libx.a"]
    linkers = [one for one in ("ld.bfd", "ld.gold", "ld.lld", "ld.lld-14", "ld.lld-19", "mold") if find(one)]

    def refusing() -> set[str]:
        words = ("-m", "elf_x86_64", "-shared", "--whole-archive", path, "-o", out)
        for linker in linkers:
            out.with_suffix(f".{linker}").unlink(missing_ok=True)
            output_of(need(linker), *words[:-1], out.with_suffix(f".{linker}"), check=False)
        return {linker for linker in linkers if not out.with_suffix(f".{linker}").exists()}

    assert refusing() == {one for one in linkers if "gold" in one or "lld" in one}
    assert arfix("index", path).code == 0
    assert refusing() == set()
    assert arfix("index", "--check", path).code == 0


@pytest.mark.oracle
def test_verify_does_not_contradict_it(tmp_path: Path) -> None:
    need("ld.gold")
    path = tmp_path / "x.a"
    path.write_bytes(ar(("x.o", elf("x")), index=(("x", 0),)) + b"\n\n")
    found = arfix("verify", path, "--json").json["findings"]
    assert {one["rule"] for one in found if one["severity"] == "error"} == {"link-fails"}
