"""Relocations of an ELF object: the fields that a linker fills in, and in which manner.

`decode_uses` gives each (section, type, symbol) once, `decode_position_uses` those of them that hold code in its place;
`decode_relocations` gives every entry.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.formats.elf.constants import EM, RELOCATION_SECTIONS, RELOCATIONS, SHF, SHT
from arfix.formats.elf.relocation_numbers import R_390, R_LARCH, R_MIPS, R_RISCV, R_X86_64
from arfix.formats.elf.relocation_role import Role
from arfix.formats.elf.sections import Section, separate_rows
from arfix.formats.errors import malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from struct import Struct

    from arfix.formats.elf.file import Elf

_ALLOC: Final = SHF.ALLOC.value
_WRITE: Final = SHF.WRITE.value
#: `e_machine` -> module of `arfix/formats/elf/relocation_types/`.
_MODULES: Final[Mapping[int, str]] = {
    EM.I386: "i386",
    EM.MIPS: "mips",
    EM.PPC64: "ppc64",
    EM.S390: "s390",
    EM.ARM: "arm",
    EM.X86_64: "x86_64",
    EM.AARCH64: "aarch64",
    EM.RISCV: "riscv",
    EM.LOONGARCH: "loongarch",
}
#: What asks for a distance that is known at link time where the symbol is local.
_DISTANCES: Final = frozenset({Role.PC_RELATIVE, Role.GOT_RELATIVE})
#: What not every output that is loaded at any address can give.
_OF_POSITION: Final = frozenset({Role.WORD, Role.NARROW, Role.STATIC_BASE, Role.TLS_LE}) | _DISTANCES
_MIPS_BASES: Final = frozenset({"_gp_disp", "__gnu_local_gp"})
#: Types that are as wide as a pointer in one class only: (`e_machine`, bits) -> type -> role.
#: Sources: x32 ABI; RISC-V psABI (rv64 has no dynamic R_RISCV_32); MIPS n64; s390 31-bit ABI; LoongArch ABI.
_BY_CLASS: Final[Mapping[tuple[int, int], Mapping[int, Role]]] = {
    (EM.X86_64, 32): {R_X86_64.R32: Role.WORD},
    (EM.RISCV, 64): {R_RISCV.R32: Role.NARROW},
    (EM.MIPS, 64): {R_MIPS.R32: Role.NARROW},
    (EM.S390, 32): {R_390.R32: Role.WORD},
    (EM.LOONGARCH, 64): {R_LARCH.R32: Role.NARROW},
}


class InfoLayout(NamedTuple):
    """Where `r_info` holds the number of the symbol and the type, as shifts and masks.

    Attributes:
        symbol_shift: Of the symbol's number, in bits.
        symbol_mask: The symbol's number, shifted down.
        type_shift: Of the type, in bits.
        type_mask: The type, shifted down.
        more_shifts: Of the second and the third type, which only 64-bit MIPS has.
    """

    symbol_shift: int
    symbol_mask: int
    type_shift: int
    type_mask: int
    more_shifts: tuple[int, int] = (0, 0)

    def split(self, info: int) -> tuple[int, int]:
        """Return (type, symbol)."""
        return info >> self.type_shift & self.type_mask, info >> self.symbol_shift & self.symbol_mask

    def with_symbol(self, info: int, symbol: int) -> int:
        """Return `info` with another symbol."""
        return info & ~(self.symbol_mask << self.symbol_shift) | symbol << self.symbol_shift

    def join(self, type_: int, symbol: int, more: tuple[int, int] = (0, 0)) -> int:
        """Return the `r_info` of a type and a symbol; `more` are the second and third type of 64-bit MIPS."""
        second, third = self.more_shifts
        return symbol << self.symbol_shift | type_ << self.type_shift | more[0] << second | more[1] << third


@cache
def info_layout(machine: int, bits: int, order: str) -> InfoLayout:
    """Return how `r_info` is laid out for `e_machine`, class (32 or 64) and byte order (`<` or `>`).

    64-bit MIPS stores a 32-bit symbol and then four bytes: a special symbol, the third, the second and the first type,
    in this order whatever the byte order. Sources: gABI, "Relocation"; MIPS 64-bit ELF Object File Specification 2.5,
    section 2.9.
    """
    if bits == 32:
        return InfoLayout(8, 0xFFFFFF, 0, 0xFF)
    if machine != EM.MIPS:
        return InfoLayout(32, 0xFFFFFFFF, 0, 0xFFFFFFFF)
    if order == "<":
        return InfoLayout(0, 0xFFFFFFFF, 56, 0xFF, (48, 40))
    return InfoLayout(32, 0xFFFFFFFF, 0, 0xFF, (8, 16))


class Relocation(NamedTuple):
    """One relocation.

    Attributes:
        offset: Where it is filled in, in bytes from the start of its section.
        type: The machine's own number.
        symbol: Index in the symbol table.
        addend: None if it is in the section's own bytes.
    """

    offset: int
    type: int
    symbol: int
    addend: int | None


class RelocationUse(NamedTuple):
    """One manner in which a section refers to a symbol, however often.

    Attributes:
        section: Index of the section that is filled in.
        role: What is asked for.
        type: The machine's own number; `type_name` spells it.
        symbol: Index in the symbol table.
    """

    section: int
    role: Role
    type: int
    symbol: int


@cache
def _types(machine: int, bits: int) -> Mapping[int, tuple[Role, str]]:
    """Return type -> (role, name) of a machine; empty for one without a table."""
    if machine not in _MODULES:
        return {}
    table = import_module(f"arfix.formats.elf.relocation_types.{_MODULES[machine]}").TYPES
    special = _BY_CLASS.get((machine, bits), {})
    return {
        number: (special.get(number, role), name) for role, names in table.items() for number, name in names.items()
    }


def role_of(machine: int, bits: int, type_: int) -> Role:
    """Return what a relocation type does, `Role.OTHER` if that is not known."""
    return _types(machine, bits).get(type_, (Role.OTHER, ""))[0]


def type_name(machine: int, bits: int, type_: int) -> str:
    """Return the name of a relocation type as readelf prints it, or `type N`."""
    return _types(machine, bits).get(type_, (Role.OTHER, f"type {type_}"))[1]


def decode_uses(elf: Elf) -> list[RelocationUse]:
    """Return each manner in which a section that is loaded refers to a symbol, once, in section order.

    Raises `FormatError` when relocations do not lie within the object.
    """
    header = elf.header
    types = _types(header.machine, header.bits)
    unknown = (Role.OTHER, "")
    new = tuple.__new__
    uses = [
        new(RelocationUse, (section.info, types.get(type_, unknown)[0], type_, symbol))
        for section in _loaded_relocations(elf.sections)
        for type_, symbol in types_and_symbols(elf, section)
    ]
    return _with_mips_bases(elf, uses) if header.machine == EM.MIPS else uses


def decode_position_uses(elf: Elf) -> list[RelocationUse]:
    """Return those of the uses that an output which is loaded at any address may not be able to have.

    Left out are addresses in sections that are written to, which the loader fills in, and distances to local symbols,
    which are known. In most objects nothing is left: their section names and symbols need not be read for this.

    Raises `FormatError` when relocations do not lie within the object.
    """
    header, table = elf.header, elf.symbol_table
    first_global = 0 if table is None else table.first_global
    types = _types_of_position(header.machine, header.bits)
    rows = separate_rows(elf.view, header)
    uses = []
    for number, row in enumerate(rows):
        place = row[7]
        if row[1] in RELOCATION_SECTIONS and place < len(rows) and rows[place][2] & _ALLOC:
            is_written = rows[place][2] & _WRITE
            for type_, symbol in types_and_symbols(elf, Section(number, "", *row[1:])):
                role = types.get(type_)
                if role is None or (is_written and role is Role.WORD) or (role in _DISTANCES and symbol < first_global):
                    continue
                uses.append(RelocationUse(place, role, type_, symbol))
    if header.machine == EM.MIPS:
        return [use for use in _with_mips_bases(elf, uses) if use.role in _OF_POSITION]
    return uses


@cache
def _types_of_position(machine: int, bits: int) -> Mapping[int, Role]:
    """Return type -> role of those whose role may depend on where the output is loaded."""
    return {type_: role for type_, (role, _) in _types(machine, bits).items() if role in _OF_POSITION}


def _with_mips_bases(elf: Elf, uses: list[RelocationUse]) -> list[RelocationUse]:
    """Return `uses` with the role `GOT_BASE` for those of MIPS's names for the global pointer.

    Source: System V ABI, MIPS supplement: HI16 and LO16 against `_gp_disp` give the distance to the pointer.
    """
    bases = {symbol.number for symbol in elf.global_symbols if symbol.name in _MIPS_BASES}
    return [use._replace(role=Role.GOT_BASE) if use.symbol in bases else use for use in uses]


def _loaded_relocations(sections: tuple[Section, ...]) -> Iterator[Section]:
    """Yield the sections that hold relocations of a section that is loaded."""
    count = len(sections)
    for section in sections:
        if section.type in RELOCATION_SECTIONS and section.info < count and sections[section.info].flags & _ALLOC:
            yield section


def types_and_symbols(elf: Elf, section: Section) -> tuple[tuple[int, int], ...]:
    """Return the distinct (type, symbol) of one SHT_REL or SHT_RELA section of a loaded section, sorted; they are kept.

    Raises `FormatError` when the entries do not lie within the object.
    """
    found = elf.relocation_pairs.get(section.number)
    if found is None:
        found = elf.relocation_pairs[section.number] = tuple(sorted(_types_and_symbols(elf, section)))
    return found


def _types_and_symbols(elf: Elf, section: Section) -> set[tuple[int, int]]:
    """Return the distinct (type, symbol) of one SHT_REL or SHT_RELA section.

    Where the host stores words as the object does, only the column of `r_info` is looked at.
    """
    header = elf.header
    part, layout = _entries(elf, section)
    is_native = sys.byteorder == "little" and header.order == "<"
    if is_native and header.bits == 64 and header.machine != EM.MIPS:
        words = part.cast("I")
        step = layout.size // 4
        return set(zip(words[2::step].tolist(), words[3::step].tolist(), strict=True))
    split = info_layout(header.machine, header.bits, header.order).split
    if is_native and header.bits == 32:
        return {split(info) for info in set(part.cast("I")[1 :: layout.size // 4].tolist())}
    return {split(info) for info in {row[1] for row in layout.iter_unpack(part)}}


def referenced_symbols(elf: Elf, section: Section, *, count_none: bool) -> set[int]:
    """Return the distinct symbols of one relocation section; without `count_none` those of type 0 are left out.

    Type 0 is called NONE on every machine. Raises `FormatError` when the entries do not lie within the object.
    """
    kept = elf.relocation_pairs.get(section.number)
    if kept is not None:
        return {symbol for type_, symbol in kept if type_ or count_none}
    header = elf.header
    if not (count_none and sys.byteorder == "little" and header.order == "<" and header.bits == 64):
        return {symbol for type_, symbol in _types_and_symbols(elf, section) if type_ or count_none}
    part, layout = _entries(elf, section)
    return set(part.cast("I")[2 if header.machine == EM.MIPS else 3 :: layout.size // 4].tolist())


def decode_relocations(elf: Elf, section: Section) -> list[Relocation]:
    """Return the entries of one SHT_REL or SHT_RELA section, in order.

    Raises `FormatError` when they do not lie within the object.
    """
    header = elf.header
    part, layout = _entries(elf, section)
    symbol_shift, symbol_mask, type_shift, type_mask, _ = info_layout(header.machine, header.bits, header.order)
    return [
        Relocation(
            offset, info >> type_shift & type_mask, info >> symbol_shift & symbol_mask, addend[0] if addend else None
        )
        for offset, info, *addend in layout.iter_unpack(part)
    ]


def relocations_among(
    elf: Elf, section: Section, wanted: Collection[tuple[int, int]]
) -> Iterator[tuple[int, int, int]]:
    """Yield offset, type and symbol of those entries of a relocation section whose (type, symbol) is wanted, in order.

    Raises `FormatError` when the entries do not lie within the object.
    """
    header = elf.header
    part, layout = _entries(elf, section)
    info = info_layout(header.machine, header.bits, header.order)
    if sys.byteorder == "little" and header.order == "<" and not any(info.more_shifts):
        words = part.cast("Q" if header.bits == 64 else "I")
        step = layout.size // words.itemsize
        found = {info.join(type_, symbol): (type_, symbol) for type_, symbol in wanted}
        for offset, one in zip(words[0::step].tolist(), words[1::step].tolist(), strict=True):
            if one in found:
                yield offset, *found[one]
        return
    split = info.split
    known: dict[int, tuple[int, int] | None] = {}
    for offset, stored, *_ in layout.iter_unpack(part):
        if stored in known:
            pair = known[stored]
        else:
            pair = split(stored)
            known[stored] = pair = pair if pair in wanted else None
        if pair is not None:
            yield offset, *pair


def renumber_entries(elf: Elf, section: Section, new_number: Callable[[int], int]) -> bytes:
    """Return the bytes of one SHT_REL or SHT_RELA section with other symbol numbers; all else stays.

    Raises `FormatError` when the entries do not lie within the object.
    """
    header = elf.header
    part, layout = _entries(elf, section)
    info_of = info_layout(header.machine, header.bits, header.order)
    return b"".join(
        [
            layout.pack(offset, info_of.with_symbol(info, new_number(info_of.split(info)[1])), *addend)
            for offset, info, *addend in layout.iter_unpack(part)
        ]
    )


def _entries(elf: Elf, section: Section) -> tuple[memoryview, Struct]:
    """Return the bytes of a section of relocations and the layout of an entry."""
    header = elf.header
    part, layout = elf.contents(section), RELOCATIONS[header.bits, header.order, section.type == SHT.RELA]
    if len(part) % layout.size:
        raise malformed(f"{section.name} has {len(part)} bytes, no multiple of {layout.size}", section.offset)
    return part, layout
