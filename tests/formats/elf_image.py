"""Builds small ELF relocatable objects from literal fields, for the tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack


@dataclass(frozen=True)
class Part:
    """One section: everything its header says, and its bytes."""

    name: bytes
    type: int
    data: bytes = b""
    flags: int = 0
    link: int = 0
    info: int = 0
    entry_size: int = 0
    size: int | None = None


def symbol(  # noqa: PLR0917 (the fields of one entry)
    bits: int, order: str, name: int, info: int, other: int, shndx: int, value: int = 0, size: int = 0
) -> bytes:
    """Return one symbol table entry."""
    if bits == 64:
        return pack(order + "IBBHQQ", name, info, other, shndx, value, size)
    return pack(order + "IIIBBH", name, value, size, info, other, shndx)


def elf(bits: int, order: str, parts: list[Part], *, machine: int = 62, kind: int = 1, flags: int = 0) -> memoryview:
    """Return an ELF file of `parts` behind the null section; the table of section names is added as the last."""
    names = b"\0" + b"".join(part.name + b"\0" for part in parts) + b".shstrtab\0"
    parts = [*parts, Part(b".shstrtab", 3, names)]
    word = "Q" if bits == 64 else "I"
    start = 64 if bits == 64 else 52
    headers = bytes(64 if bits == 64 else 40)
    body, name_at = b"", 1
    for part in parts:
        size = len(part.data) if part.size is None else part.size
        fields = (name_at, part.type, part.flags, 0, start + len(body), size, part.link, part.info, 1, part.entry_size)
        headers += pack(f"{order}II{word}{word}{word}{word}II{word}{word}", *fields)
        name_at += len(part.name) + 1
        body += part.data
    ident = b"\x7fELF" + bytes([bits // 32, 1 if order == "<" else 2, 1]) + bytes(9)
    header_size, entry_size = (64, 64) if bits == 64 else (52, 40)
    count = len(parts) + 1
    header = (kind, machine, 1, 0, 0, start + len(body), flags, header_size, 0, 0, entry_size, count, count - 1)
    return memoryview(ident + pack(f"{order}HHI{word}{word}{word}IHHHHHH", *header) + body + headers)


def with_symbols(
    bits: int, order: str, entries: list[tuple[bytes, int, int, int]], *, first_global: int = 1, machine: int = 62
) -> memoryview:
    """Return an object whose symbol table holds `entries` (name, info, other, section index) after the null symbol."""
    strings, table = b"\0", symbol(bits, order, 0, 0, 0, 0)
    for number, (name, info, other, shndx) in enumerate(entries, 1):
        table += symbol(bits, order, len(strings), info, other, shndx, number * 16, number)
        strings += name + b"\0"
    parts = [
        Part(b".text", 1, b"\x90", flags=6),
        Part(b".symtab", 2, table, link=3, info=first_global, entry_size=24 if bits == 64 else 16),
        Part(b".strtab", 3, strings),
    ]
    return elf(bits, order, parts, machine=machine)
