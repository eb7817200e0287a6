from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from arfix.audit.finding import Severity
from tests.audit.libraries import findings, fixes, library
from tests.elf_builder import elf
from tests.foreign_objects import macho
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path


def test_the_odd_one_out_is_told() -> None:
    odd = elf("odd", machine=3, bits=32)
    found = findings("mixed-machine", library(("a.o", elf("a")), ("odd.o", odd), ("b.o", elf("b"))))
    assert [one.member for one in found] == ["odd.o"]
    assert "i386" in found[0].message
    assert "x86-64" in found[0].message
    assert fixes(found) == ["arfix strip libx.a odd.o"]


def test_class_and_byte_order_count_too() -> None:
    members = (("a.o", elf("a", machine=243)), ("b.o", elf("b", machine=243)), ("c.o", elf("c", machine=243, bits=32)))
    assert [one.member for one in findings("mixed-machine", library(*members))] == ["c.o"]
    mips = (("a.o", elf("a", machine=8, bits=32)), ("b.o", elf("b", machine=8, bits=32, order=">")))
    assert len(findings("mixed-machine", library(*mips))) == 1


def test_one_machine_is_clean() -> None:
    assert findings("mixed-machine", library(("a.o", elf("a")), ("t", b"text\n"))) == []


def test_a_library_for_arm64ec_is_of_two_machines_on_purpose() -> None:
    subject = library(("a.o", elf("a")), ("b.o", elf("b", machine=183)))
    assert len(findings("mixed-machine", subject)) == 1
    special = replace(subject.archive.members[0], name="/<ECSYMBOLS>/")
    assert findings("mixed-machine", replace(subject, archive=replace(subject.archive, extras=(special,)))) == []


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("triple", "native"),
    [
        ("x86_64-linux-gnu", "x86_64-linux-gnu"),
        ("i686-linux-gnu", "i386-linux-gnu"),
        ("armv7-linux-gnueabihf", "thumbv7-linux-gnueabihf"),
        ("arm64-apple-macos13", "arm64-apple-macos13"),
        ("powerpc64le-linux-gnu", "powerpc64le-linux-gnu"),
        ("s390x-linux-gnu", "s390x-linux-gnu"),
        ("x86_64-linux-gnux32", "x86_64-linux-gnux32"),
        ("mips64el-linux-gnuabi64", "mips64el-linux-gnuabi64"),
        ("x86_64-pc-windows-msvc", "x86_64-pc-windows-msvc"),
    ],
)
def test_bitcode_is_of_the_machine_that_its_triple_names(tmp_path: Path, triple: str, native: str) -> None:
    """Lld compiles such a member and links it with the objects beside it."""
    clang = need("clang-19", "clang")
    (tmp_path / "a.c").write_text("int a(void){return 1;}")
    output_of(clang, "-target", triple, "-flto", "-c", "a.c", "-o", "lto.o", cwd=tmp_path)
    output_of(clang, "-target", native, "-c", "a.c", "-o", "native.o", cwd=tmp_path)
    members = [(name, (tmp_path / name).read_bytes()) for name in ("lto.o", "native.o")]
    assert findings("mixed-machine", library(*members, ("more.o", members[1][1]))) == []


@pytest.mark.oracle
def test_bitcode_of_another_machine_is_told(tmp_path: Path) -> None:
    """Lld says that `lto.o` is incompatible with the others."""
    (tmp_path / "a.c").write_text("int a(void){return 1;}")
    output_of(
        need("clang-19", "clang"), "-target", "aarch64-linux-gnu", "-flto", "-c", "a.c", "-o", "lto.o", cwd=tmp_path
    )
    lto = (tmp_path / "lto.o").read_bytes()
    found = findings("mixed-machine", library(("a.o", elf("a")), ("b.o", elf("b")), ("lto.o", lto)))
    assert [one.member for one in found] == ["lto.o"]


def test_objects_for_another_platform_of_apple() -> None:
    """ld64.lld: `has platform iOS, which is different from target platform macOS`; of simulators Apple's ld alone."""
    members = (("a.o", macho("_a", platform=1)), ("b.o", macho("_b", platform=1)), ("c.o", macho("_c", platform=2)))
    (one,) = findings("mixed-machine", library(*members, ("old.o", macho("_d"))))
    assert (one.member, one.severity) == ("c.o", Severity.ERROR)
    assert one.message == "built for iOS, while 2 members are for macOS"
    simulated = (("a.o", macho("_a", platform=2)), ("b.o", macho("_b", platform=2)), ("c.o", macho("_c", platform=7)))
    (one,) = findings("mixed-machine", library(*simulated))
    assert (one.member, one.severity) == ("c.o", Severity.WARNING)
