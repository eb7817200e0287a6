"""What a DLL exports, from its export table; GNU ld links with a DLL itself where there is no import library.

Source: PE/COFF, "Optional Header", "Section Table" and "The .edata Section".
"""

from __future__ import annotations

from struct import Struct, error
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.archive.names import decode_name
from arfix.formats.coff import coff_machine
from arfix.formats.constants import COFF_HEADER, COFF_SECTION_HEADER_SIZE
from arfix.formats.errors import malformed

if TYPE_CHECKING:
    from arfix.formats.model import Machine

_WORD: Final = Struct("<I")
#: Where the DOS header has the offset of the signature.
_SIGNATURE_AT: Final = 0x3C
_SIGNATURE: Final = b"PE\0\0"
#: Magic of the optional header -> where its data directories begin; the first is that of exports.
_DIRECTORIES: Final = {0x10B: 96, 0x20B: 112}
#: Number of name pointers, and address of their table, in the export directory.
_NAMES: Final = Struct("<24xI4xI")
#: Virtual size, address, size and offset of a section.
_SECTION: Final = Struct("<8x4I")
#: The longest name that is read, in bytes; decorated names of C++ are shorter.
_LONGEST: Final = 4096


class Dll(NamedTuple):
    """What a DLL says to a linker: its machine, and the names that it exports."""

    machine: Machine
    names: frozenset[str]

    @property
    def symbols(self) -> frozenset[str]:
        """The symbols that stand for them: `f` and the pointer `__imp_f`; C names have an underscore on i386."""
        spelt = {f"_{name}" for name in self.names} if self.machine.name == "i386" else self.names
        return frozenset(spelt) | {f"__imp_{name}" for name in spelt}


def is_pe_image(view: memoryview) -> bool:
    """Return whether bytes are a program or DLL for Windows."""
    if bytes(view[:2]) != b"MZ" or len(view) < _SIGNATURE_AT + 4:
        return False
    (at,) = _WORD.unpack_from(view, _SIGNATURE_AT)
    return bytes(view[at : at + 4]) == _SIGNATURE


def read_dll(view: memoryview) -> Dll:
    """Return what a DLL exports by name; nothing for one without exports.

    Raises:
        FormatError: Its headers or its export table are not all there.
    """
    try:
        (at,) = _WORD.unpack_from(view, _SIGNATURE_AT)
        number, count, _, _, _, optional, _ = COFF_HEADER.unpack_from(view, at + 4)
        start = at + 4 + COFF_HEADER.size
        (magic,) = Struct("<H").unpack_from(view, start)
        directory = _DIRECTORIES.get(magic, 0)
        (address,) = _WORD.unpack_from(view, start + directory) if directory and directory < optional else (0,)
        rows = (start + optional + index * COFF_SECTION_HEADER_SIZE for index in range(count))
        sections = [_SECTION.unpack_from(view, row) for row in rows]
        return Dll(coff_machine(number), _names(view, sections, address) if address else frozenset())
    except error as cause:
        raise malformed("the headers or the export table of the DLL are not all there", 0) from cause


def _names(view: memoryview, sections: list[tuple[int, ...]], address: int) -> frozenset[str]:
    count, table = _NAMES.unpack_from(view, _offset(sections, address))
    pointers = view[_offset(sections, table) :][: count * 4] if count else view[:0]
    if len(pointers) < count * 4:
        raise malformed(f"{count} exported names are not all there", _offset(sections, address))
    found = set()
    for (pointer,) in _WORD.iter_unpack(pointers):
        offset = _offset(sections, pointer)
        found.add(decode_name(bytes(view[offset : offset + _LONGEST]).partition(b"\0")[0]))
    return frozenset(found)


def _offset(sections: list[tuple[int, ...]], address: int) -> int:
    """Return where in the file an address of the loaded image is."""
    for size, start, stored, offset in sections:
        if start <= address < start + max(size, stored):
            return offset + address - start
    raise malformed(f"no section holds the address {address:#x}", 0)
