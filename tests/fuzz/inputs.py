"""Inputs for the fuzzer, each a pure function of a random generator: archives, objects, texts, and changes to them."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.header import new_header
from arfix.archive.model import Archive, Kind, Member
from arfix.archive.source import extent_of
from arfix.archive.write import write_archive
from arfix.errors import ArfixError, Where
from tests import foreign_objects
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.formats.test_bitcode import WHOLE
from tests.formats.test_wasm import OBJECT
from tests.property.test_any_bytes import PIECES, SAMPLES
from tests.property.test_any_object import dynamic_sample, elf_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

ROOT = Path(__file__).parents[2]
HERE = Where("<fuzz>")

#: Numbers at which readers go wrong.
NUMBERS: tuple[int, ...] = (
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    15,
    16,
    0x3F,
    0x7F,
    0x80,
    0xFF,
    0x100,
    0xFFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x10000,
)
NUMBERS += (0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)

#: Names that have broken something somewhere.
NAMES = (
    "a.o",
    "b.o",
    "libx-lib-a.o",
    "",
    " ",
    "with blank.o",
    "new\nline.o",
    "-n",
    "--force",
    "@file",
    "a#2",
    "*.o",
    "[a",
    "kind:text",
    "defines:f",
    "\udcff.o",
    "n\u00e4me-of-more-than-15.o",
    "../../x.o",
    "/abs/x.o",
    "x" * 16,
    "y" * 300 + ".o",
    "//",
    "/",
    "#1/20",
    "__.SYMDEF",
    "\x1b[31m",
    "::error::x",
    "`id`.o",
    "$(id)",
    "<b>|x",
    "![i](http://x/)",
    "libc.a",
    "nested.a",
)

#: Names of symbols, some of which mean something to somebody.
SYMBOLS = (
    "f",
    "g",
    "main",
    "malloc",
    "f@V1",
    "f@@V2",
    "_ZN1a1bEv",
    "__start_x",
    "__wrap_f",
    "\udcfe",
    "",
    "a b",
    "f" * 300,
)


@cache
def object_seeds() -> tuple[bytes, ...]:
    """Return sound objects of every format."""
    elfs = [
        elf_sample(machine, bits, order)
        for machine, bits, order in (
            (62, 64, "<"),
            (3, 32, "<"),
            (8, 64, ">"),
            (8, 32, "<"),
            (40, 32, "<"),
            (21, 64, ">"),
        )
    ]
    plain = [elf("f", "?g"), elf("g", "h"), elf("?f", "?malloc")]
    foreign = [foreign_objects.macho("_f", "_g"), foreign_objects.coff("f", "g"), OBJECT, WHOLE, dynamic_sample()]
    samples = [path.read_bytes() for path in sorted((ROOT / "samples" / "archives").glob("*.o"))]
    return (*elfs, *plain, *foreign, *samples)


@cache
def archive_seeds() -> tuple[bytes, ...]:
    """Return archives of every kind, sound ones and broken ones."""
    return (*SAMPLES, *(path.read_bytes() for path in sorted((ROOT / "samples" / "archives").glob("*.a"))))


@cache
def text_seeds(pattern: str) -> tuple[str, ...]:
    """Return the texts among the samples and documents that match a pattern."""
    return tuple(path.read_text("utf-8") for path in sorted(ROOT.glob(pattern)))


# --- changes to bytes -------------------------------------------------------------------------------------------------


def mutated(data: bytes, random: Random, times: int | None = None) -> bytes:
    """Return the bytes with a few changes, most of them to a number."""
    result = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 16)) if times is None else times):
        random.choice(_CHANGES)(result, random)
        if len(result) > 200_000:
            del result[200_000:]
    return bytes(result)


def _number(data: bytearray, random: Random) -> None:
    width = random.choice((1, 2, 4, 4, 8))
    if len(data) < width:
        return
    at = random.randrange(len(data) - width + 1)
    at -= at % width if random.random() < 0.8 else 0
    value = random.choice(NUMBERS) if random.random() < 0.7 else random.choice((len(data), at, random.randrange(256)))
    data[at : at + width] = (value % (1 << 8 * width)).to_bytes(width, random.choice(("little", "big")))


def _digits(data: bytearray, random: Random) -> None:
    """Change a decimal field, as headers of archives have them."""
    at = random.randrange(len(data) + 1)
    data[at : at + 10] = b"%-10d" % random.choice((*NUMBERS[:20], len(data), 9_999_999_999))


def _bit(data: bytearray, random: Random) -> None:
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _cut(data: bytearray, random: Random) -> None:
    start = random.randrange(len(data) + 1)
    del data[start : start + random.choice((1, 2, 8, 60, len(data)))]


def _copy(data: bytearray, random: Random) -> None:
    start = random.randrange(len(data) + 1)
    piece = data[start : start + random.choice((1, 8, 24, 60, 64, 400))]
    at = random.randrange(len(data) + 1)
    data[at:at] = piece * random.choice((1, 1, 2, 50))


def _move(data: bytearray, random: Random) -> None:
    """Put one table row over another."""
    size = random.choice((4, 8, 16, 24, 40, 60, 64))
    if len(data) > 2 * size:
        start, at = random.randrange(len(data) - size), random.randrange(len(data) - size)
        data[at : at + size] = data[start : start + size]


def _piece(data: bytearray, random: Random) -> None:
    at = random.randrange(len(data) + 1)
    piece = random.choice(PIECES)
    data[at : at + (len(piece) if random.random() < 0.7 else 0)] = piece


_CHANGES: Sequence[Callable[[bytearray, Random], None]] = (
    *[_number] * 6,
    _digits,
    _bit,
    _bit,
    _cut,
    _copy,
    _move,
    _piece,
)

#: Width of the words of a section header: ELF32 and ELF64.
_SECTION_32, _SECTION_64 = (4,) * 10, (4, 4, 8, 8, 8, 8, 4, 4, 8, 8)


def with_section_field(data: bytes, random: Random) -> bytes:
    """Return an ELF file in which one field of one section header has become another number."""
    if len(data) < 64 or data[:4] != b"\x7fELF":
        return mutated(data, random)
    order = ">" if data[5] == 2 else "<"
    wide = data[4] == 2
    start = struct.unpack_from(f"{order}Q", data, 40)[0] if wide else struct.unpack_from(f"{order}I", data, 32)[0]
    count = struct.unpack_from(f"{order}H", data, 60 if wide else 48)[0]
    widths = _SECTION_64 if wide else _SECTION_32
    number, field = random.randrange(max(count, 1)), random.randrange(10)
    at = start + number * sum(widths) + sum(widths[:field])
    if at + widths[field] > len(data):
        return mutated(data, random)
    value = random.choice((*NUMBERS, start, len(data), len(data) - 1, count, random.randrange(len(data))))
    result = bytearray(data)
    result[at : at + widths[field]] = (value % (1 << 8 * widths[field])).to_bytes(
        widths[field], "big" if order == ">" else "little"
    )
    return bytes(result)


# --- objects and archives ---------------------------------------------------------------------------------------------


def object_bytes(random: Random) -> bytes:
    """Return an object: sound, changed, or nothing of the kind."""
    choice = random.random()
    seed = random.choice(object_seeds())
    if choice < 0.35:
        return seed
    if choice < 0.45:
        return random.choice(
            (b"", b"text\n", b"/* GNU ld script */ INPUT(a.o)", b"\x7fELF", bytes(300), random.randbytes(64))
        )
    if choice < 0.55:
        names = [random.choice(SYMBOLS) for _ in range(random.randrange(4))]
        return elf(*names, *(f"?{random.choice(SYMBOLS)}" for _ in range(random.randrange(3))))
    for _ in range(random.choice((1, 1, 2, 3))):
        seed = with_section_field(seed, random) if random.random() < 0.5 else mutated(seed, random, 1)
    return seed


def archive_bytes(random: Random, depth: int = 0) -> bytes:
    """Return an archive: of any kind, with objects and archives in it, often changed somewhere."""
    choice = random.random()
    if choice < 0.25:
        data = random.choice(archive_seeds())
    elif choice < 0.55:
        data = _gnu(random, depth)
    else:
        data = _any_kind(random, depth)
    return mutated(data, random) if random.random() < 0.4 else data


def _members(random: Random, depth: int) -> list[tuple[str, bytes]]:
    names = NAMES if random.random() < 0.5 else ("a.o", "b.o", "c.o")
    return [
        (
            random.choice(names),
            archive_bytes(random, depth + 1) if depth < 3 and random.random() < 0.1 else object_bytes(random),
        )
        for _ in range(random.choice((0, 1, 1, 2, 3, 5, 12)))
    ]


def _gnu(random: Random, depth: int) -> bytes:
    members = _members(random, depth)
    index = None
    if random.random() < 0.5 and members:
        names = ("f", "g", "h", "main")
        index = tuple((random.choice(names), random.randrange(len(members))) for _ in range(random.randrange(6)))
    try:
        return ar(*members, index=index)
    except UnicodeEncodeError:  # a long name that is not UTF-8
        return ar(*((name[:9], data) for name, data in members), index=index)


def _any_kind(random: Random, depth: int) -> bytes:
    made = tuple(Member(name, new_header(0), extent_of(data, HERE)) for name, data in _members(random, depth))
    try:
        return write_archive(Archive(random.choice(list(Kind)), made, None))
    except ArfixError:
        return _gnu(random, depth)


# --- texts ------------------------------------------------------------------------------------------------------------


def text_like(seeds: Sequence[str], words: Sequence[str], random: Random) -> bytes:
    """Return a text made of lines of the seeds, with words put in, and bytes changed now and then."""
    lines = random.choice(seeds).split("\n") if seeds else []
    if random.random() < 0.2:
        start = random.randrange(len(lines) + 1)
        lines = lines[start : start + random.randrange(1, 30)]
    for _ in range(random.randrange(6)):
        at = random.randrange(len(lines) + 1)
        if random.random() < 0.4 or at == len(lines):
            lines.insert(at, " ".join(random.choice(words) for _ in range(random.randrange(1, 6))))
        else:
            line = lines[at].split(" ")
            line[random.randrange(len(line))] = random.choice(words)
            lines[at] = " ".join(line)
    data = "\n".join(lines).encode("utf-8", "surrogateescape")
    return mutated(data, random) if random.random() < 0.2 else data
