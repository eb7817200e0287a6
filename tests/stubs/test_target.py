from __future__ import annotations

import pytest

from arfix.errors import UnsupportedError
from arfix.stubs.machines import machine_code
from arfix.stubs.platform import CLibrary
from arfix.stubs.target import target_of_triple


@pytest.mark.parametrize(
    ("triple", "machine", "bits", "byte_order", "library"),
    [
        ("i686-nanvix", 3, 32, "little", CLibrary.NEWLIB),
        ("i586-linux-musl", 3, 32, "little", CLibrary.MUSL),
        ("x86_64-pc-linux-gnu", 62, 64, "little", CLibrary.GLIBC),
        ("x86_64-linux-gnux32", 62, 32, "little", CLibrary.GLIBC),
        ("armv7a-linux-androideabi", 40, 32, "little", CLibrary.BIONIC),
        ("armeb-linux-gnueabi", 40, 32, "big", CLibrary.GLIBC),
        ("arm-none-eabi", 40, 32, "little", CLibrary.NEWLIB),
        ("aarch64_be-linux-gnu", 183, 64, "big", CLibrary.GLIBC),
        ("riscv64gc-linux-musl", 243, 64, "little", CLibrary.MUSL),
        ("riscv32-unknown-elf", 243, 32, "little", CLibrary.NEWLIB),
        ("mips64el-linux-gnuabin32", 8, 32, "little", CLibrary.GLIBC),
        ("powerpc64le-linux-gnu", 21, 64, "little", CLibrary.GLIBC),
        ("ppc-picolibc-eabi", 20, 32, "big", CLibrary.PICOLIBC),
        ("m68k", 4, 32, "big", None),
    ],
)
def test_triple_tells(triple: str, machine: int, bits: int, byte_order: str, library: CLibrary | None) -> None:
    target = target_of_triple(triple)
    assert (target.machine, target.bits, target.byte_order, target.libc) == (machine, bits, byte_order, library)
    machine_code(target.machine)


@pytest.mark.parametrize(
    ("triple", "thumb"),
    [
        ("thumbv6m-none-eabi", True),
        ("armv7m-none-eabi", True),
        ("armv8m.main-none-eabi", True),
        ("armv7a-none-eabi", False),
    ],
)
def test_processors_without_a32_get_thumb(triple: str, thumb: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    assert target_of_triple(triple).thumb is thumb


def test_bare_metal_says_nothing_of_its_stack() -> None:
    assert not target_of_triple("i686-elf").stack_note
    assert target_of_triple("i686-linux-musl").stack_note


@pytest.mark.parametrize("triple", ["", "-", "ia64-linux-gnu", "microblaze-linux", "arceb-linux-gnu", "\udcff"])
def test_an_unknown_machine_is_refused_with_those_there_are(triple: str) -> None:
    with pytest.raises(UnsupportedError, match="riscv64"):
        target_of_triple(triple)
