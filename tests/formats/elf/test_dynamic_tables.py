from __future__ import annotations

from struct import pack

import pytest

from arfix.errors import FormatError
from arfix.formats.elf.file import Elf

HASH, GNU_HASH, STRTAB, SYMTAB, STRSZ, VERNEED = 4, 0x6FFFFEF5, 5, 6, 10, 0x6FFFFFFE
STRINGS = b"\0f\0g\0libx.so\0V1\0"
BASE = 0x1000


def image(
    tables: dict[int, bytes], tags: tuple[tuple[int, int], ...] = (), *, bits: int = 64, order: str = "<"
) -> memoryview:
    """Return an image without section headers; `tables` maps tags to what they point at."""
    wide = bits == 64
    start = (64 + 56 * 2) if wide else (52 + 32 * 2)
    content, entries = b"", list(tags)
    for tag, data in tables.items():
        entries.append((tag, BASE + start + len(content)))
        content += data + bytes(-len(data) % 8)
    dynamic = b"".join(pack(order + ("QQ" if wide else "II"), *entry) for entry in [*entries, (0, 0)])
    at, size = start + len(content), start + len(content) + len(dynamic)
    segments = [(1, 0, BASE, size), (2, at, BASE + at, len(dynamic))]
    if wide:
        rows = b"".join(pack(order + "2I6Q", kind, 4, off, va, va, sz, sz, 8) for kind, off, va, sz in segments)
        head = pack(order + "HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    else:
        rows = b"".join(pack(order + "8I", kind, off, va, va, sz, sz, 4, 8) for kind, off, va, sz in segments)
        head = pack(order + "HHIIIIIHHHHHH", 3, 3, 1, 0, 52, 0, 0, 52, 32, 2, 40, 0, 0)
    ident = b"\x7fELF" + bytes([bits // 32, 1 if order == "<" else 2, 1]) + bytes(9)
    return memoryview(ident + head + rows + content + dynamic)


def symbols(bits: int = 64, order: str = "<") -> bytes:
    if bits == 64:
        return bytes(24) + pack(order + "IBBHQQ", 1, 0x12, 0, 0, 0, 0) + pack(order + "IBBHQQ", 3, 0x12, 0, 1, 8, 4)
    return bytes(16) + pack(order + "IIIBBH", 1, 0, 0, 0x12, 0, 0) + pack(order + "IIIBBH", 3, 8, 4, 0x12, 0, 1)


SIZES = ((STRSZ, len(STRINGS)), (1, 5), (14, 5))


@pytest.mark.parametrize(("bits", "order"), [(32, "<"), (32, ">"), (64, "<"), (64, ">")])
def test_the_old_hash_table_counts(bits: int, order: str) -> None:
    hashes = pack(order + "2I", 1, 3) + bytes(16)
    tables = {HASH: hashes, STRTAB: STRINGS, SYMTAB: symbols(bits, order)}
    facts = Elf(image(tables, SIZES, bits=bits, order=order)).dynamic
    assert (facts.soname, facts.needed) == ("libx.so", ("libx.so",))
    assert (facts.provides, facts.needs) == (frozenset("g"), frozenset("f"))


def gnu_hash(first: int, bucket: int, chain: tuple[int, ...]) -> bytes:
    return pack("<4I", 1, first, 1, 0) + bytes(8) + pack("<I", bucket) + pack(f"<{len(chain)}I", *chain)


def test_the_gnu_hash_table_counts() -> None:
    tables = {GNU_HASH: gnu_hash(2, 2, (1,)), STRTAB: STRINGS, SYMTAB: symbols()}
    assert len(Elf(image(tables, SIZES)).dynamic.symbols) == 2
    tables[GNU_HASH] = gnu_hash(2, 0, ())  # nothing is exported
    facts = Elf(image(tables, SIZES)).dynamic
    assert (facts.provides, facts.needs) == (frozenset(), frozenset("f"))


@pytest.mark.parametrize(
    ("tables", "tags", "message"),
    [
        ({GNU_HASH: gnu_hash(2, 2, (0,) * 8), SYMTAB: symbols()}, ((STRTAB, 1 << 40),), "no segment holds"),
        ({HASH: pack("<2I", 1, 9999), STRTAB: STRINGS, SYMTAB: symbols()}, SIZES, "9999 dynamic symbols"),
        ({STRTAB: STRINGS, SYMTAB: symbols(), VERNEED: pack("<2H3I", 1, 9, 5, 0, 16) * 40}, SIZES, "overlap"),
        ({STRTAB: STRINGS, SYMTAB: symbols()}, ((GNU_HASH, 1 << 40), *SIZES), "no segment holds"),
    ],
)
def test_wrong_tables_are_told(tables: dict[int, bytes], tags: tuple[tuple[int, int], ...], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        _ = Elf(image(tables, tags)).dynamic


def test_segments_that_are_not_there_are_wrong() -> None:
    whole = image({STRTAB: STRINGS}, SIZES)
    for cut in (whole[:100], whole[:-20]):
        with pytest.raises(FormatError):
            _ = Elf(cut).dynamic
