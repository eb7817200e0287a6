from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.audit.libraries import findings, fixes, library, library_of
from tests.elf_builder import elf
from tests.foreign_objects import macho
from tests.run_arfix import arfix
from tests.tools import find, need, output_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["bsd", "darwin"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "a_name_that_is_long.o").write_bytes(elf("f"))
    llvm_ar = need("llvm-ar-19", "llvm-ar")
    output_of(llvm_ar, f"--format={request.param}", "crsD", "d.a", "a_name_that_is_long.o", cwd=tmp_path)
    return tmp_path / "d.a"


def taken(archive: Path) -> dict[str, bool]:
    """Return for each linker whether it takes the archive whole, and finds `f` on demand."""
    linkers = [name for name in ("ld.bfd", "ld.gold", "ld.lld", "mold") if find(name)]
    out = archive.parent / "out"
    result: dict[str, bool] = {}
    for linker in linkers:
        words = [need(linker), "-m", "elf_x86_64", "-shared", "-o", str(out)]
        for how in (["--whole-archive"], ["-u", "f"]):
            out.unlink(missing_ok=True)
            output_of(*words, *how, archive, check=False)
            found = out.exists() and " T f" in output_of(need("nm"), "-D", out)
            result[linker] = result.get(linker, True) and found
    return result


@pytest.mark.oracle
def test_elf_objects_in_an_archive_of_apples_kind(archive: Path) -> None:
    found = findings("foreign-kind", library_of(archive.read_bytes()))
    assert "GNU ld and gold" in found[0].message
    assert fixes(found) == ["arfix convert libx.a --kind gnu"]
    before = taken(archive)
    assert [before[one] for one in ("ld.bfd", "ld.gold") if one in before] == [False] * sum(
        one in before for one in ("ld.bfd", "ld.gold")
    )
    assert arfix("convert", archive, "--kind", "gnu").code == 0
    assert all(taken(archive).values())
    assert findings("foreign-kind", library_of(archive.read_bytes())) == []


@pytest.mark.oracle
@pytest.mark.parametrize("flags", ["crsD", "crSD"])
def test_index_never_makes_it_worse(archive: Path, flags: str) -> None:
    archive.unlink()
    output_of(
        need("llvm-ar-19", "llvm-ar"), "--format=bsd", flags, archive.name, "a_name_that_is_long.o", cwd=archive.parent
    )
    assert arfix("index", "--check", archive).code == 1
    assert arfix("index", archive).code == 0
    assert all(taken(archive).values())
    assert arfix("index", "--check", archive).code == 0


@pytest.mark.oracle
def test_a_merge_that_begins_with_one_is_readable(archive: Path) -> None:
    assert arfix("merge", archive, "-o", archive.parent / "m.a").code == 0
    assert all(taken(archive.parent / "m.a").values())


def test_macho_objects_in_a_gnu_archive() -> None:
    found = findings("foreign-kind", library(("a.o", macho("_f"))))
    assert "Apple's linker does not read" in found[0].message
    assert fixes(found) == ["arfix convert libx.a --kind darwin"]


def test_the_usual_kinds_are_no_finding() -> None:
    assert findings("foreign-kind", library(("a.o", elf("f")))) == []


@pytest.mark.oracle
def test_verify_says_nothing_else(archive: Path) -> None:
    """Ld and gold refuse the archive, as `foreign-kind` says; that is no difference to the prediction."""
    need("ld")
    found = arfix("verify", archive, "--json").json["findings"]
    assert {one["rule"] for one in found if one["severity"] == "error"} == {"link-fails"}
