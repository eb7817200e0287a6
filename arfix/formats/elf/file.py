"""How is an ELF file laid out? Its header, its section headers, and the short way to its symbol table.

Both classes and both byte orders. Every offset and size is checked against the bytes that are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import ref

from arfix.formats.constants import (
    EI_CLASS,
    EI_DATA,
    ELF_BYTE_ORDERS,
    ELF_CLASSES,
    ELF_HEADER_FIELDS,
    ELF_HEADERS,
    ELF_MACHINES,
    ELF_MAGIC,
    ELF_SECTION_HEADERS,
    ELF_SYMBOLS,
    ELF_USUAL_PLACES,
    SHN_XINDEX,
    SHT_NOBITS,
    SHT_NULL,
    SHT_STRTAB,
    SHT_SYMTAB,
)
from arfix.formats.errors import malformed
from arfix.formats.model import Machine
from arfix.formats.strings import read_strings

if TYPE_CHECKING:
    from collections.abc import Callable
    from struct import Struct
    from typing import Final, Literal

_WIDE: Final = 64
#: Section types whose size is not one in the file.
_WITHOUT_BYTES: Final = (SHT_NULL, SHT_NOBITS)
#: Sections do not overlap; those that do, many times over, would make work and memory out of nothing.
_MAX_OVERLAP: Final = 2


class ElfHeader(NamedTuple):
    """The fields of an ELF header that matter here.

    Attributes:
        bits: 32 or 64.
        order: `<` or `>`, as `struct` wants it.
        type: `e_type`.
        machine: `e_machine`.
        flags: `e_flags`.
        program_offset: `e_phoff`, in bytes from the start of the object.
        program_count: `e_phnum`.
        section_offset: `e_shoff`, in bytes from the start of the object; 0 when there is no table.
        section_count: Number of section headers, extended numbering resolved; all of them are there.
        names_section: Index of the section that holds section names, extended numbering resolved; 0 when none.
    """

    bits: int
    order: str
    type: int
    machine: int
    flags: int
    program_offset: int
    program_count: int
    section_offset: int
    section_count: int
    names_section: int

    @property
    def byteorder(self) -> Literal["little", "big"]:
        """The byte order as `int.from_bytes` wants it."""
        return "little" if self.order == "<" else "big"

    @property
    def section_layout(self) -> Struct:
        """Layout of one section header."""
        return ELF_SECTION_HEADERS[self.bits, self.order]


class Section(NamedTuple):
    """One section header.

    Attributes:
        number: Index in the section header table.
        name: Decoded; empty when there is no table of section names.
        type: `sh_type`.
        flags: `sh_flags`.
        address: `sh_addr`.
        offset: `sh_offset`, in bytes from the start of the object.
        size: In bytes.
        link: `sh_link`.
        info: `sh_info`.
        alignment: In bytes.
        entry_size: In bytes; 0 when the section is no table.
    """

    number: int
    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


class SymbolTable(NamedTuple):
    """Where a symbol table and its strings are. Offsets in bytes from the start of the object, all checked.

    Attributes:
        bits: 32 or 64.
        order: `<` or `>`.
        machine: `e_machine`.
        section: Index of the table's own section header.
        offset: Of the first symbol.
        symbol_count: Number of symbols.
        first_global: `sh_info`: index of the first symbol that is not local; 0 when the header's number cannot be true.
        strings_offset: Of the string table.
        strings_size: In bytes.
    """

    bits: int
    order: str
    machine: int
    section: int
    offset: int
    symbol_count: int
    first_global: int
    strings_offset: int
    strings_size: int


class _Latest:
    """The header read last and the symbol table found last: one object is asked for many things in a row.

    The view is held weakly, so that nothing keeps a mapping alive; one that may be written to is not remembered.
    """

    read: tuple[Callable[[], memoryview | None], ElfHeader] | None = None
    located: tuple[Callable[[], memoryview | None], SymbolTable | None] | None = None


def read_header(view: memoryview) -> ElfHeader:
    """Return the header of the ELF file in `view`; raises `FormatError` when it is cut short or contradicts itself.

    Extended numbering: with 0xff00 sections or more, `e_shnum` is 0 and the number is in `sh_size` of section 0;
    `e_shstrndx` is then `SHN_XINDEX` and the index in its `sh_link`. Source: gABI, "ELF Header".
    """
    latest = _Latest.read
    if latest is not None and latest[0]() is view:
        return latest[1]
    header = _decode_header(view)
    if view.readonly:
        _Latest.read = ref(view), header
    return header


def _decode_header(view: memoryview) -> ElfHeader:
    if bytes(view[:4]) != ELF_MAGIC:
        raise malformed("the first four bytes are not the ELF magic", 0)
    ident = bytes(view[:ELF_HEADER_FIELDS])
    if len(ident) < ELF_HEADER_FIELDS:
        raise malformed(f"ELF header ends after {len(ident)} bytes, expected at least 52", 0)
    bits = ELF_CLASSES.get(ident[EI_CLASS])
    order = ELF_BYTE_ORDERS.get(ident[EI_DATA])
    if bits is None:
        raise malformed(f"ELF class is {ident[EI_CLASS]}, expected 1 (32-bit) or 2 (64-bit)", EI_CLASS)
    if order is None:
        raise malformed(f"ELF data encoding is {ident[EI_DATA]}, expected 1 (little) or 2 (big)", EI_DATA)
    layout = ELF_HEADERS[bits, order]
    if len(view) < ELF_HEADER_FIELDS + layout.size:
        raise malformed(f"ELF header ends after {len(view)} bytes, expected {ELF_HEADER_FIELDS + layout.size}", 0)
    kind, machine, _, _, phoff, shoff, flags, _, _, phnum, shentsize, shnum, shstrndx = layout.unpack_from(
        view, ELF_HEADER_FIELDS
    )
    if shoff:
        shnum, shstrndx = _check_section_table(view, bits, order, shoff, shentsize, shnum, shstrndx)
    else:
        shnum = shstrndx = 0
    return ElfHeader(bits, order, kind, machine, flags, phoff, phnum, shoff, shnum, shstrndx)


def _check_section_table(  # noqa: PLR0913, PLR0917 (the fields of one header)
    view: memoryview, bits: int, order: str, shoff: int, shentsize: int, shnum: int, shstrndx: int
) -> tuple[int, int]:
    """Return the true number of sections and index of the names' section, both checked against what is there."""
    layout = ELF_SECTION_HEADERS[bits, order]
    if shentsize != layout.size:
        raise malformed(f"section headers are said to take {shentsize} bytes, expected {layout.size}", shoff)
    room = (len(view) - shoff) // layout.size
    if room < 1:
        raise malformed(f"section headers begin at {shoff:#x}, but the object ends at {len(view):#x}", shoff)
    if shnum == 0 or shstrndx == SHN_XINDEX:
        first = layout.unpack_from(view, shoff)
        shnum = shnum or first[5]
        shstrndx = first[6] if shstrndx == SHN_XINDEX else shstrndx
    if shnum > room:
        raise malformed(f"{shnum} section headers are announced, but there is room for {room}", shoff)
    if shstrndx >= max(shnum, 1):
        raise malformed(f"section names are said to be in section {shstrndx} of {shnum}", shoff)
    return shnum, shstrndx


def read_sections(view: memoryview, header: ElfHeader) -> tuple[Section, ...]:
    """Return the section headers in order, names resolved; the null section is the first.

    A name that lies outside the table of names is a `FormatError`; contents are not looked at (`section_bytes` does).
    """
    layout = header.section_layout
    end = header.section_offset + header.section_count * layout.size
    rows = list(layout.iter_unpack(view[header.section_offset : end])) if header.section_count else []
    claimed = sum(row[5] for row in rows if row[1] not in _WITHOUT_BYTES)
    if claimed > _MAX_OVERLAP * len(view):
        raise malformed(f"sections are said to take {claimed} bytes, the object has {len(view)}", header.section_offset)
    names = [""] * len(rows)
    if header.names_section:
        _, kind, _, _, offset, size, *_ = rows[header.names_section]
        table = bytes(_extent(view, kind, offset, size, "section names"))
        names = read_strings(table, [row[0] for row in rows], offset)
    new = tuple.__new__
    numbered = enumerate(zip(names, rows, strict=True))
    return tuple([new(Section, (number, name, *row[1:])) for number, (name, row) in numbered])


def section_bytes(view: memoryview, section: Section) -> memoryview:
    """Return the contents of `section`, as a view: empty for one that takes no space in the file.

    Raises `FormatError` when it does not lie within the object.
    """
    return _extent(view, section.type, section.offset, section.size, section.name or f"section {section.number}")


def _extent(view: memoryview, kind: int, offset: int, size: int, what: str) -> memoryview:
    """Return `size` bytes from `offset`, checked."""
    if kind == SHT_NOBITS:
        return view[:0]
    if offset + size > len(view):
        raise malformed(f"{what} should end at {offset + size:#x}, but the object ends at {len(view):#x}", offset)
    return view[offset : offset + size]


def locate_symbol_table(view: memoryview, kind: int = SHT_SYMTAB) -> SymbolTable | None:
    """Return where the symbol table is (`SHT_SYMTAB`, or another section type given as `kind`), or None without one.

    Section headers are looked at from the end: assemblers put the symbol table behind the sections of the program,
    and objects of C++ have thousands of those. Raises `FormatError` when the table or its strings do not lie within
    the object.
    """
    if kind != SHT_SYMTAB:
        return _find_symbol_table(view, kind)
    latest = _Latest.located
    if latest is not None and latest[0]() is view:
        return latest[1]
    table = usual_symbol_table(lambda at, size: view[at : at + size], len(view)) or _find_symbol_table(view, kind)
    if view.readonly:
        _Latest.located = ref(view), table
    return table


def usual_symbol_table(read: Callable[[int, int], bytes | memoryview], size: int) -> SymbolTable | None:
    """Return the symbol table where it is third from the end and its strings behind it; None where it is not.

    That is how GNU as orders sections, and looking there first takes a third of the time of reading the headers.

    Args:
        read: Returns the bytes at an offset; it is given offset and size.
        size: Of the object, in bytes.
    """
    head = read(0, 64)
    probe = ELF_USUAL_PLACES.get(bytes(head[:6]))
    if probe is None or size < 64:  # with four sections an object is longer
        return None
    machine, start, step, count = probe.header.unpack_from(head, 18)
    at = start + (count - 3) * step
    if not start or count < 4 or step != ELF_SECTION_HEADERS[probe.bits, probe.order].size or at + 3 * step > size:
        return None
    headers = read(at, 3 * step)
    kind, offset, table_size, link, info, link_kind, strings, strings_size = probe.tables.unpack_from(headers)
    if kind != SHT_SYMTAB or link_kind != SHT_STRTAB or link != count - 2:
        return None
    if offset + table_size > size or strings + strings_size > size:
        return None
    symbols = table_size // ELF_SYMBOLS[probe.bits, probe.order].size
    first = info if 0 < info <= symbols else 0
    return SymbolTable(probe.bits, probe.order, machine, count - 3, offset, symbols, first, strings, strings_size)


def _find_symbol_table(view: memoryview, kind: int) -> SymbolTable | None:
    header = read_header(view)
    layout = header.section_layout
    unpack = layout.unpack_from
    start, step = header.section_offset, layout.size
    for number in range(header.section_count - 1, 0, -1):
        _, found, _, _, offset, size, link, info, _, _ = unpack(view, start + number * step)
        if found == kind:
            break
    else:
        return None
    if not 0 < link < header.section_count:
        raise malformed(f"strings of the symbol table are said to be in section {link}", start + number * step)
    _, link_kind, _, _, strings_offset, strings_size, *_ = unpack(view, start + link * step)
    _extent(view, found, offset, size, "symbol table")
    _extent(view, link_kind, strings_offset, strings_size, "strings of the symbol table")
    if link_kind == SHT_NOBITS:
        raise malformed("strings of the symbol table take no space in the file", start + link * step)
    count = size // ELF_SYMBOLS[header.bits, header.order].size
    first = info if 0 < info <= count else 0
    return SymbolTable(
        header.bits, header.order, header.machine, number, offset, count, first, strings_offset, strings_size
    )


def machine_of(header: ElfHeader) -> Machine:
    """Return the machine an ELF header names; an unknown number is spelt `machine-N`."""
    name = ELF_MACHINES.get(header.machine, f"machine-{header.machine}")
    if name == "s390" and header.bits == _WIDE:
        name = "s390x"
    if name == "ppc64" and header.order == "<":
        name = "ppc64le"
    return Machine(name, header.bits, header.byteorder, header.machine)
