"""Any bytes at all in an object give values or an `ArfixError`, in bounded time and memory."""

from __future__ import annotations

import functools
import time
import tracemalloc
from pathlib import Path
from struct import pack, unpack_from
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arfix.errors import ArfixError
from arfix.formats.inspect import inspect_object
from arfix.formats.model import ELF_CONTENTS
from tests import foreign_objects
from tests.elf_builder import ALLOC, EXEC, WRITE, Elf, Rel, Sec, Sym
from tests.formats.elf.test_gcc_lto import entry
from tests.formats.elf_image import Part, elf
from tests.formats.test_bitcode import WHOLE
from tests.formats.test_wasm import OBJECT

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.formats.elf.file import Elf as Reader

#: What all facts of one object may cost: seconds, and bytes for each byte of the object beyond a fixed part.
SECONDS = 2.0
FIXED, FACTOR = 16_000_000, 400


def elf_sample(machine: int, bits: int, order: str) -> bytes:
    """Return an object with everything that is read: symbols, groups, relocations, notes, attributes."""
    note = pack(order + "3I", 4, 16, 5) + b"GNU\0" + pack(order + "4I", 0xC0000002, 4, 3, 0)
    attributes = b"A" + pack(order + "I", 21) + b"aeabi\0\x01" + pack(order + "I", 11) + b"\x05x\0\x17\x03\x20"
    code = Sec(".text", bytes(8), flags=ALLOC | EXEC, relocations=(Rel(0, 1, "needed"), Rel(4, 2, "f")))
    sections = (
        code,
        Sec(".text.f", b"\xc3", flags=ALLOC | EXEC, group="f"),
        Sec(".init_array", bytes(8), type=14, flags=ALLOC | WRITE),
        Sec(".note.gnu.property", note, type=7, align=8),
        Sec(".gnu.warning.f", b"do not\0", flags=0),
        Sec(".gnu.linkonce.t.old"),
        Sec(".ARM.attributes", attributes, flags=0),
        Sec(".MIPS.abiflags", bytes(24)),
        Sec(".note.GNU-stack", flags=0),
    )
    symbols = (Sym("f", ".text.f"), Sym("needed", "*UND*"), Sym("here", ".text", binding=0), Sym("c", "*COM*"))
    return Elf(symbols, sections, machine=machine, bits=bits, order=order).encode()


def dynamic_sample() -> bytes:
    """Return an image without section headers, whose dynamic segment names every table."""
    body = bytes(64)
    tables = {
        4: pack("<2I", 1, 2) + bytes(12),
        5: b"\0f\0libx.so\0V1\0",
        6: bytes(24) + pack("<IBBHQQ", 1, 0x12, 0, 1, 8, 4),
        0x6FFFFFF0: pack("<2H", 0, 2),
        0x6FFFFFFC: pack("<4H3I", 1, 0, 2, 1, 0, 20, 0) + pack("<2I", 11, 0),
    }
    start = 64 + 56 * 2
    at, tags, content = start, [(1, 3), (14, 3), (10, 14)], b""
    for tag, data in tables.items():
        tags.append((tag, at + len(content)))
        content += data + bytes(-len(data) % 8)
    dynamic = b"".join(pack("<QQ", *tag) for tag in [*tags, (0, 0)])
    size = start + len(content) + len(dynamic)
    segments = pack("<2I6Q", 1, 4, 0, 0, 0, size, size, 1)
    segments += pack("<2I6Q", 2, 6, start + len(content), start + len(content), 0, len(dynamic), len(dynamic), 8)
    header = b"\x7fELF\2\1\1" + bytes(9) + pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    return (header + body)[:64] + segments + content + dynamic


SAMPLES: dict[str, bytes] = {
    "x86-64": elf_sample(62, 64, "<"),
    "arm": elf_sample(40, 32, "<"),
    "mips": elf_sample(8, 32, ">"),
    "mips64": elf_sample(8, 64, ">"),
    "riscv": elf_sample(243, 64, "<"),
    "image": dynamic_sample(),
    "lto": bytes(
        elf(
            64,
            "<",
            [
                Part(b".gnu.lto_.symtab.a", 1, entry(b"f", 0)),
                Part(b".symtab", 2, bytes(24) + pack("<IBBHQQ", 1, 0x11, 0, 0xFFF2, 0, 1), link=3, info=1),
                Part(b".strtab", 3, b"\0__gnu_lto_slim\0"),
            ],
        )
    ),
    "coff": foreign_objects.coff("f", "a_longer_name"),
    "macho": foreign_objects.macho("f", "g"),
    "bitcode": WHOLE,
    "wasm": OBJECT,
    "import": pack("<HHHHIIHH", 0, 0xFFFF, 0, 0x8664, 0, 8, 1, 0) + b"f\0x.dll\0",
}


def look(data: bytes) -> int:
    """Ask for every fact; return how many were given and not refused."""
    view = memoryview(data)
    facts = inspect_object(view)
    questions: list[Callable[[], object]] = [
        lambda: facts.symbols,
        lambda: facts.global_symbols,
        facts.elf.global_columns,
        lambda: facts.definitions,
        lambda: facts.references,
        lambda: facts.index_names,
        lambda: facts.machine,
        lambda: facts.section_facts,
        lambda: facts.abi,
    ]
    if facts.content in ELF_CONTENTS:
        questions += [
            lambda: facts.elf.groups,
            lambda: facts.elf.dynamic.provides,
            lambda: relocations_of(facts.elf),
        ]
    given_facts = 0
    for question in questions:
        try:
            question()
        except ArfixError as error:
            assert error.message  # noqa: PT017 (both outcomes are right)
        else:
            given_facts += 1
    return given_facts


def relocations_of(elf: Reader) -> object:
    return elf.relocation_uses, elf.position_uses, [elf.relocations(one) for one in elf.sections if one.type in {4, 9}]


def check(data: bytes) -> None:
    look(data)  # what is loaded once is not counted
    tracemalloc.start()
    started = time.process_time()
    try:
        look(data)
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert time.process_time() - started < SECONDS
    assert peak < FIXED + FACTOR * len(data)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_readable(name: str) -> None:
    facts = inspect_object(memoryview(SAMPLES[name]))
    assert facts.problem is None
    assert facts.definitions or name == "image"
    assert look(SAMPLES[name]) >= 8


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Draw a sample with a few bytes changed, often to a value that means something, and perhaps cut or grown."""
    data = bytearray(SAMPLES[draw(st.sampled_from(sorted(SAMPLES)))])
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data) - 1))
        width = draw(st.sampled_from([1, 1, 2, 4, 8]))
        value = draw(st.sampled_from([0, 1, 2, 7, 0x7F, 0x80, 0xFF, len(data), len(data) - 8, (1 << 64) - 1, 1 << 31]))
        order = draw(st.sampled_from(["little", "big"]))
        piece = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little" if order == "little" else "big")
        data[at : at + width] = piece[: len(data) - at]
    if draw(st.booleans()):
        data = data[: draw(st.integers(0, len(data)))]
    return bytes(data)


@given(mutated())
@example(b"")
@settings(max_examples=400)
def test_a_changed_object_gives_values_or_an_error(data: bytes) -> None:
    check(data)


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x7fELF\2\1\1", b"BC\xc0\xde", b"\0asm\1\0\0\0", b"\x64\x86"]))
def test_random_bytes_give_values_or_an_error(data: bytes, magic: bytes) -> None:
    check(magic + data)


def test_every_cut_of_every_sample() -> None:
    for data in SAMPLES.values():
        for length in range(0, len(data), 7):
            look(data[:length])


@functools.cache
def hostile() -> dict[str, bytes]:
    """Return objects that promise far more than they hold, or say one thing many times over."""
    names = b"x" * 200_000 + b"\0"
    table = bytes(24) + b"".join(pack("<IBBHQQ", number, 0x12, 0, 1, 0, 0) for number in range(8000))
    groups = [Part(b".group", 17, b"", link=1, info=1, size=100) for _ in range(3000)]
    words = Part(b"", 1, bytes(100_000))
    return {
        "names": bytes(elf(64, "<", [Part(b".symtab", 2, table, link=2, info=1), Part(b".strtab", 3, names)])),
        "groups": bytes(elf(64, "<", [*groups, words])),
        "wasm": b"\0asm\1\0\0\0" + b"\x02\x80\x80\x80\x08" + b"\xff" * 2_000_000,
        "bitcode": b"BC\xc0\xde" + (b"\x35\x14\0\0\0\0\0\0" * 100_000),
    }


@pytest.mark.parametrize("name", ["names", "groups", "wasm", "bitcode"])
def test_promises_cost_nothing(name: str) -> None:
    check(hostile()[name])


@pytest.mark.debian
def test_real_objects_changed_at_random() -> None:
    from random import Random  # noqa: PLC0415

    random = Random(5)  # noqa: S311 (the same bytes in every run)
    for path in sorted(Path("/usr/lib/x86_64-linux-gnu").glob("*crt*.o")):
        data = path.read_bytes()
        for _ in range(200):
            changed = bytearray(data)
            for _ in range(random.randint(1, 5)):
                changed[random.randrange(len(changed))] = random.choice([0, 1, 0xFF, random.randrange(256)])
            look(bytes(changed))


def test_names_of_a_mach_o_object_that_overlap_cost_nothing() -> None:
    data = bytearray(foreign_objects.macho("_" + "a" * 160_000, *(f"_s{number}" for number in range(4000))))
    symbols, count = unpack_from("<II", data, 32 + 72 + 80 + 8)
    for number in range(1, count):
        data[symbols + 16 * number : symbols + 16 * number + 4] = pack("<I", 1 + number)
    check(bytes(data))
