from __future__ import annotations

import subprocess
from struct import pack
from typing import TYPE_CHECKING

import pytest

from arfix.errors import FormatError
from arfix.formats.elf.abi import Abi, RefusedBy, compare
from arfix.formats.elf.attributes import decode_attributes
from arfix.formats.elf.file import Elf
from tests.formats.elf_image import Part, elf
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path


def attributes(vendor: bytes, pairs: bytes, order: str = "<") -> bytes:
    part = b"\x01" + pack(order + "I", 5 + len(pairs)) + pairs
    return b"A" + pack(order + "I", 4 + len(vendor) + 1 + len(part)) + vendor + b"\0" + part


def arm(pairs: bytes, flags: int = 0x05000000) -> Abi:
    part = Part(b".ARM.attributes", 0x70000003, attributes(b"aeabi", pairs))
    return Elf(elf(32, "<", [part], machine=40, flags=flags)).abi


def plain(machine: int, bits: int, flags: int, order: str = "<", *parts: Part) -> Abi:
    return Elf(elf(bits, order, list(parts), machine=machine, flags=flags)).abi


ARM_HARD = arm(b"\x05cortex-a7\0" + bytes([23, 3, 28, 1]))
ARM_SOFT = arm(bytes([23, 3]))
MIPS_FLAGS = bytes(7) + b"\x01" + bytes(16)


def mips(float_abi: int, flags: int = 0x70001000) -> Abi:
    part = Part(b".MIPS.abiflags", 0x7000002A, bytes(7) + bytes([float_abi]) + bytes(16))
    return plain(8, 32, flags, ">", part)


def test_arm_attributes() -> None:
    assert (ARM_HARD.version, ARM_HARD.float_abi, ARM_HARD.isa) == ("EABI5", "hard", "cortex-a7")
    assert ARM_SOFT.float_abi == "soft"
    assert arm(b"").float_abi is None
    assert arm(bytes([23, 3, 28, 3])).float_abi is None


@pytest.mark.parametrize(
    ("first", "second", "what", "refusal"),
    [
        (ARM_HARD, ARM_SOFT, "floating-point ABI: hard and soft", RefusedBy.GNU_LD),
        (ARM_HARD, arm(bytes([23, 3, 28, 0])), "floating-point ABI: hard and soft", RefusedBy.EVERY_LINKER),
        (ARM_HARD, arm(b""), None, None),
        (ARM_HARD, arm(b"", flags=0x04000000), "ABI version: EABI5 and EABI4", RefusedBy.EVERY_LINKER),
        (plain(243, 64, 5), plain(243, 64, 4), None, None),
        (plain(243, 64, 4), plain(243, 64, 0), "floating-point ABI: double and soft", RefusedBy.EVERY_LINKER),
        (plain(243, 32, 8), plain(243, 32, 0), "register file: rve and rvi", RefusedBy.EVERY_LINKER),
        (plain(21, 64, 1, ">"), plain(21, 64, 2, ">"), "ABI version: ELFv1 and ELFv2", RefusedBy.EVERY_LINKER),
        (plain(21, 64, 0, ">"), plain(21, 64, 2, ">"), None, None),
        (plain(258, 64, 3), plain(258, 64, 1), "floating-point ABI: double and soft", RefusedBy.EVERY_LINKER),
        (mips(1), mips(3), "floating-point ABI: double and soft", RefusedBy.LLD),
        (mips(1), mips(5), None, None),
        (mips(0), mips(3), None, None),
        (mips(1), mips(1, 0x70001400), "NaN encoding: legacy and 2008", RefusedBy.EVERY_LINKER),
        (plain(8, 32, 0x20), plain(8, 32, 0x1000), "ABI version: n32 and o32", RefusedBy.EVERY_LINKER),
        (plain(62, 64, 0), plain(62, 64, 0), None, None),
        (
            plain(62, 64, 0),
            plain(3, 32, 0),
            "machine: x86-64 (64-bit, little-endian) and i386 (32-bit, little-endian)",
            RefusedBy.EVERY_LINKER,
        ),
    ],
)
def test_what_linkers_refuse(first: Abi, second: Abi, what: str | None, refusal: RefusedBy | None) -> None:
    for conflict in (compare(first, second), compare(second, first)):
        assert (conflict is None) == (what is None)
        assert conflict is None or conflict.refusal is refusal
    found = compare(first, second)
    assert (None if found is None else str(found)) == what


def test_other_machines_words() -> None:
    assert plain(8, 64, 0x60000000).version == "n64"
    assert plain(8, 32, 0x50001000).isa == "mips32"
    riscv = Part(b".riscv.attributes", 0x70000003, attributes(b"riscv", b"\x04\x10\x05rv64i2p1\0"))
    assert plain(243, 64, 5, "<", riscv).isa == "rv64i2p1"
    power = Part(b".gnu.attributes", 0x6FFFFFF5, attributes(b"gnu", b"\x04\x02", ">"))
    assert plain(20, 32, 0, ">", power).float_abi == "soft"


def test_compatibility_and_foreign_vendors_are_passed_over() -> None:
    data = attributes(b"gnu", b"\x04\x01") + attributes(b"aeabi", b"\x20\x01arm\0\x06\x0a")[1:]
    assert decode_attributes(memoryview(data), "aeabi", "little") == {6: 10}
    assert decode_attributes(memoryview(b"B"), "aeabi", "little") == {}


@pytest.mark.parametrize(
    "data",
    [
        b"A\xff\0\0\0aeabi\0",
        b"A\0\0\0\0",
        b"A" + pack("<I", 11) + b"aeabi\0\x01",
        attributes(b"aeabi", b"\x05no end"),
        attributes(b"aeabi", b"\x06\x80"),
        attributes(b"aeabi", b"\x80" * 11),
    ],
)
def test_wrong_attributes_are_told(data: bytes) -> None:
    with pytest.raises(FormatError):
        decode_attributes(memoryview(data), "aeabi", "little")


@pytest.mark.oracle
@pytest.mark.parametrize("mode", [("hard", "hard"), ("hard", "soft"), ("soft", "softfp")])
def test_gnu_ld_and_lld_agree_for_arm(mode: tuple[str, str], tmp_path: Path) -> None:
    compiler, lld = need("arm-linux-gnueabihf-gcc"), need("ld.lld", "ld.lld-19")
    for name, convention in zip(("a", "b"), mode, strict=True):
        # soft float needs headers that a hard-float compiler lacks; these sources include none
        (tmp_path / f"{name}.c").write_text(f"double {name}(double x) {{ return x * 2; }}", encoding="utf-8")
        options = [f"-mfloat-abi={convention}", "-mfpu=vfpv3-d16", "-march=armv7-a", "-c"]
        subprocess.run([compiler, *options, f"{name}.c"], cwd=tmp_path, check=True)
    abis = [Elf(memoryview((tmp_path / f"{name}.o").read_bytes())).abi for name in "ab"]
    conflict = compare(*abis)
    refused_by_lld = conflict is not None and conflict.refusal is RefusedBy.EVERY_LINKER
    for linker, refused in ((need("arm-linux-gnueabihf-ld"), conflict is not None), (lld, refused_by_lld)):
        ran = subprocess.run([linker, "-r", "a.o", "b.o", "-o", "c.o"], cwd=tmp_path, capture_output=True, check=False)
        assert (ran.returncode != 0) == refused, ran.stderr
