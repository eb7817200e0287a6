from __future__ import annotations

from dataclasses import replace

from arfix.audit.finding import Safety, Severity
from arfix.audit.settings import Settings
from tests.ar_builder import ar
from tests.audit.libraries import findings, fixes, library
from tests.elf_builder import WEAK, Sym, elf

INNER = ar(("open.o", elf("open")))
MISSION = (("ffi.o", elf("ffi_call")), ("libposix.a", INNER), ("libc.a", INNER), ("libm.a", INNER))


def test_platform_pieces_are_told_one_by_one_and_are_to_be_dropped() -> None:
    found = findings("nested-archive", library(*MISSION))
    assert [(one.member, one.severity) for one in found] == [
        ("libposix.a", Severity.ERROR),
        ("libc.a", Severity.ERROR),
        ("libm.a", Severity.ERROR),
    ]
    assert set(fixes(found)) == {"arfix flatten libx.a --drop"}
    assert all("drop it" in one.message for one in found)


def test_a_library_that_exists_nowhere_else_is_spliced() -> None:
    found = findings("nested-archive", library(("x.o", elf("x")), ("libconv.a", INNER)))
    assert fixes(found) == ["arfix flatten libx.a"]


def test_platform_pieces_are_removed_before_the_others_are_spliced() -> None:
    found = findings("nested-archive", library(("libconv.a", INNER), ("libc.a", INNER)))
    assert fixes(found) == ["arfix strip libx.a libc.a", "arfix flatten libx.a"]


def test_a_known_sysroot_decides_what_to_drop() -> None:
    settings = Settings(("libx.a",), sysroot="/opt/sys root")
    found = findings("nested-archive", library(("libconv.a", INNER), settings=settings))
    assert fixes(found) == ["arfix flatten libx.a --platform '/opt/sys root'"]


def test_on_demand_a_nested_archive_only_sleeps() -> None:
    settings = replace(Settings(("libx.a",)), on_demand=True)
    assert [one.severity for one in findings("nested-archive", library(*MISSION, settings=settings))] == [
        Severity.WARNING
    ] * 3


def test_empty_and_thin_archives_are_archives() -> None:
    found = findings("nested-archive", library(("libe.a", b"!<arch>\n"), ("libt.a", b"!<thin>\n")))
    assert [one.member for one in found] == ["libe.a", "libt.a"]
    assert "thin" in found[1].message


def test_objects_alone_are_clean() -> None:
    assert findings("nested-archive", library(("x.o", elf("x")))) == []


def test_replacing_a_weak_default_is_no_safe_repair() -> None:
    """Mold links the archive as it is, with the default."""
    default = elf(Sym("opt", binding=WEAK), "f")
    (found,) = findings("nested-archive", library(("f.o", default), ("libi.a", ar(("i.o", elf("opt", "k"))))))
    assert found.fix is not None
    assert found.fix.safety is Safety.UNSAFE
    assert found.fix.costs == ("the nested definitions of opt replace weak ones",)
