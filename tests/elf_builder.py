"""Relocatable ELF objects made from literal values, for tests that need one with exactly these sections and symbols."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

UNDEF, ABS, COMMON = "*UND*", "*ABS*", "*COM*"
LOCAL, GLOBAL, WEAK, UNIQUE = 0, 1, 2, 10
NOTYPE, OBJECT, FUNC, TLS = 0, 1, 2, 6
DEFAULT, INTERNAL, HIDDEN, PROTECTED = 0, 1, 2, 3
PROGBITS, SYMTAB, STRTAB, RELA, NOTE, NOBITS, REL, INIT_ARRAY, GROUP = 1, 2, 3, 4, 7, 8, 9, 14, 17
WRITE, ALLOC, EXEC, IN_GROUP, IS_TLS = 1, 2, 4, 0x200, 0x400
#: The relocation of a call, by `e_machine`: i386, ARM, x86-64, AArch64, RISC-V.
_CALLS = {3: 4, 40: 28, 62: 4, 183: 283, 243: 19}
_SPECIAL = {UNDEF: 0, ABS: 0xFFF1, COMMON: 0xFFF2}


@dataclass(frozen=True)
class Sym:
    """One symbol; `section` is a section's name, or `UNDEF`, `ABS`, `COMMON`."""

    name: str
    section: str = ".text"
    binding: int = GLOBAL
    type: int = NOTYPE
    visibility: int = DEFAULT
    value: int = 0
    size: int = 0


@dataclass(frozen=True)
class Rel:
    """One relocation against a symbol named in the object."""

    offset: int
    type: int
    symbol: str
    addend: int = 0


@dataclass(frozen=True)
class Sec:
    """One section; `group` is the signature of the COMDAT group it is in."""

    name: str
    data: bytes = b""
    type: int = PROGBITS
    flags: int = ALLOC
    align: int = 1
    relocations: tuple[Rel, ...] = ()
    group: str | None = None


#: What GCC writes for `-flto -ffat-lto-objects -g`: debug sections that go with the bytecode, and a symbol of theirs.
DEBUG_OF_BYTECODE = Sec(".gnu.debuglto_.debug_info", bytes(8), flags=0x80000000)
SYMBOL_OF_BYTECODE = Sym("x.c.b2354030", ".gnu.debuglto_.debug_info", WEAK, NOTYPE, HIDDEN)

#: An object keeps the stack not executable by having this section.
STACK_NOTE = Sec(".note.GNU-stack", flags=0)
TEXT = Sec(".text", b"\xc3", flags=ALLOC | EXEC)


@dataclass(frozen=True)
class Elf:
    """An object; `encode()` gives its bytes. The default is a little-endian x86-64 one."""

    symbols: tuple[Sym, ...] = ()
    sections: tuple[Sec, ...] = (TEXT, STACK_NOTE)
    machine: int = 62
    bits: int = 64
    order: str = "<"
    flags: int = 0
    type: int = 1
    has_symbol_table: bool = field(default=True)

    def encode(self) -> bytes:
        """Return the object's bytes: header, contents, section headers."""
        return _Writer(self).encode()


def elf(*symbols: Sym | str, sections: tuple[Sec, ...] = (TEXT, STACK_NOTE), **options: int | str | bool) -> bytes:
    """Return an object; a plain name is a global definition, and one that begins with `?` an undefined symbol.

    Where `sections` are left alone, the code calls each such undefined symbol: a name without a relocation against it
    is missed by no linker.
    """
    made = tuple(
        one if isinstance(one, Sym) else Sym(one[1:], UNDEF) if one.startswith("?") else Sym(one) for one in symbols
    )
    called = [one.removeprefix("?") for one in symbols if isinstance(one, str) and one.startswith("?")]
    if called and sections == (TEXT, STACK_NOTE):
        kind = _CALLS.get(int(options.get("machine", 62)), 1)
        calls = tuple(Rel(1 + 5 * at, kind, name, -4) for at, name in enumerate(called))
        code = b"\xe8\xfc\xff\xff\xff" * len(called) + b"\xc3"
        sections = (Sec(".text", code, flags=ALLOC | EXEC, align=4, relocations=calls), STACK_NOTE)
    return Elf(made, sections, **options).encode()  # type: ignore[arg-type]  # the options are the other fields


class _Strings:
    def __init__(self) -> None:
        self.data = bytearray(b"\0")

    def add(self, text: str) -> int:
        if not text:
            return 0
        offset = len(self.data)
        self.data += text.encode("utf-8", "surrogateescape") + b"\0"
        return offset


class _Writer:
    def __init__(self, model: Elf) -> None:
        self.model = model
        self.wide = model.bits == 64
        self.rows: list[tuple[int, int, int, int, bytes, int, int, int, int]] = [(0, 0, 0, 0, b"", 0, 0, 0, 0)]
        self.names = _Strings()
        self.strings = _Strings()
        ordered = sorted(model.symbols, key=lambda one: one.binding != LOCAL)
        self.first_global = 1 + sum(one.binding == LOCAL for one in ordered)
        self.symbols = ordered
        self.numbers = {one.name: number for number, one in enumerate(ordered, 1)}

    def encode(self) -> bytes:
        model = self.model
        signatures = tuple(dict.fromkeys(one.group for one in model.sections if one.group is not None))
        first = 1 + len(signatures)
        numbers = {one.name: first + position for position, one in enumerate(model.sections)}
        relocated = [one for one in model.sections if one.relocations]
        table = first + len(model.sections) + len(relocated)
        for signature in signatures:
            members = [first + at for at, one in enumerate(model.sections) if one.group == signature]
            words = struct.pack(f"{model.order}{1 + len(members)}I", 1, *members)
            self._add(".group", GROUP, 0, words, table, self.numbers[signature], 4, 4)
        for one in model.sections:
            flags = one.flags | (IN_GROUP if one.group is not None else 0)
            self._add(one.name, one.type, flags, one.data, 0, 0, one.align, 0)
        for one in relocated:
            self._relocations(one, numbers[one.name], table)
        if model.has_symbol_table:
            self._symbols(numbers, table)
        self._add(".shstrtab", STRTAB, 0, b"", 0, 0, 1, 0)
        return self._lay_out()

    def _add(  # noqa: PLR0917 (the fields of a section header)
        self, name: str, kind: int, flags: int, data: bytes, link: int, info: int, align: int, entry: int
    ) -> None:
        self.rows.append((self.names.add(name), kind, flags, len(data), data, link, info, align, entry))

    def _relocations(self, section: Sec, number: int, table: int) -> None:
        order, data = self.model.order, b""
        for one in section.relocations:
            symbol = self.numbers[one.symbol]
            if self.wide:
                data += struct.pack(f"{order}QQq", one.offset, symbol << 32 | one.type, one.addend)
            else:
                data += struct.pack(f"{order}II", one.offset, symbol << 8 | one.type)
        if self.wide:
            self._add(f".rela{section.name}", RELA, 0x40, data, table, number, 8, 24)
        else:
            self._add(f".rel{section.name}", REL, 0x40, data, table, number, 4, 8)

    def _symbols(self, numbers: dict[str, int], table: int) -> None:
        order = self.model.order
        data = bytes(24 if self.wide else 16)
        for one in self.symbols:
            name = self.strings.add(one.name)
            section = _SPECIAL.get(one.section, numbers.get(one.section, 0))
            info = one.binding << 4 | one.type
            if self.wide:
                data += struct.pack(f"{order}IBBHQQ", name, info, one.visibility, section, one.value, one.size)
            else:
                data += struct.pack(f"{order}IIIBBH", name, one.value, one.size, info, one.visibility, section)
        self._add(".symtab", SYMTAB, 0, data, table + 1, self.first_global, 8, 24 if self.wide else 16)
        self._add(".strtab", STRTAB, 0, bytes(self.strings.data), 0, 0, 1, 0)

    def _lay_out(self) -> bytes:
        order = self.model.order
        names = bytes(self.names.data)
        header_size, word = (64, "Q") if self.wide else (52, "I")
        row = struct.Struct(f"{order}II{word * 4}II{word * 2}")
        body, headers = bytearray(header_size), b""
        for number, (name, kind, flags, stored, contents, link, info, align, entry) in enumerate(self.rows):
            last = number == len(self.rows) - 1
            data, size = (names, len(names)) if last else (contents, stored)
            body += bytes(-len(body) % max(align, 1))
            offset = len(body) if number else 0
            headers += row.pack(name, kind, flags, 0, offset, size, link, info, align, entry)
            if kind != NOBITS:
                body += data
        body += bytes(-len(body) % 8)
        ident = bytes([0x7F, *b"ELF", 2 if self.wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
        fields = (self.model.type, self.model.machine, 1, 0, 0, len(body), self.model.flags)
        counts = (header_size, 0, 0, row.size, len(self.rows), len(self.rows) - 1)
        body[:header_size] = ident + struct.pack(f"{order}HHI{word * 3}I6H", *fields, *counts)
        return bytes(body) + headers
