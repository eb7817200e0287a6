"""What a run of bytes is, by its first bytes; for ELF also by its header and symbol strings.

Nothing is taken on a magic alone where plain text could carry it: a COFF object has no magic, so its header's numbers
must point at things that are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.formats.constants import (
    ARCHIVE_MAGICS,
    BITCODE_MAGICS,
    COFF_BIGOBJ_CLASS,
    COFF_HEADER,
    COFF_IMPORT_MAGIC,
    COFF_MACHINES,
    COFF_SECTION_HEADER_SIZE,
    COFF_SYMBOL_SIZE,
    ELF_MAGIC,
    MACHO_MAGICS,
    MACHO_UNIVERSAL_MAGICS,
    MACHO_UNIVERSAL_MAX_SLICES,
    THIN_ARCHIVE_MAGIC,
    WASM_MAGIC,
    XCOFF_MAGICS,
)
from arfix.formats.elf.constants import BYTE_ORDERS, EI, ET, LTO_SLIM_SYMBOL, SLIM_SYMBOLS
from arfix.formats.elf.file import Elf
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

#: How much of a text is looked at, in bytes: more than the longest licence in front of a linker script.
_TEXT_SAMPLE: Final = 65536
#: First bytes that settle the matter; eight of them or four.
_MAGICS: Final = {
    b"": Content.EMPTY,
    **dict.fromkeys(ARCHIVE_MAGICS, Content.ARCHIVE),
    THIN_ARCHIVE_MAGIC: Content.THIN_ARCHIVE,
    **dict.fromkeys(BITCODE_MAGICS, Content.BITCODE),
    WASM_MAGIC: Content.WASM,
    **dict.fromkeys(MACHO_MAGICS, Content.MACHO),
}
_REL: Final = ET.REL.value
_ELF_TYPES: Final[Mapping[int, Content]] = {ET.EXEC: Content.ELF_EXECUTABLE, ET.DYN: Content.ELF_SHARED}
#: Bytes that plain text does not hold: C0 controls except tab, newline, vertical tab, form feed, return and escape.
_CONTROLS: Final = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r\x1b") + b"\x7f"
#: Commands that a linker script used as a library begins with. Source: ld manual, "File Commands".
_SCRIPT_COMMANDS: Final = (b"GROUP", b"INPUT", b"OUTPUT_FORMAT", b"AS_NEEDED", b"SEARCH_DIR", b"EXTERN", b"ENTRY")


def identify(view: memoryview) -> Content:
    """Return what `view` holds. Never fails: the result is `TEXT` or `UNKNOWN` where no format is recognized."""
    head = bytes(view[:8])
    if head.startswith(ELF_MAGIC):
        return identify_elf(Elf(view))
    if known := _MAGICS.get(head) or _MAGICS.get(head[:4]):
        return known
    if head[:4] in MACHO_UNIVERSAL_MAGICS:
        slices = int.from_bytes(head[4:8], "big")
        return Content.MACHO_UNIVERSAL if slices <= MACHO_UNIVERSAL_MAX_SLICES else Content.UNKNOWN
    return _identify_coff(view) or _identify_text(view)


def is_elf_object(start: bytes) -> bool:
    """Return whether a file that begins with these 18 bytes is an ELF object, damaged or not."""
    order = BYTE_ORDERS.get(start[EI.DATA]) if len(start) > EI.DATA else None
    is_elf = order is not None and start.startswith(ELF_MAGIC)
    return is_elf and int.from_bytes(start[16:18], "little" if order == "<" else "big") == _REL


def identify_elf(elf: Elf) -> Content:
    """Return what an ELF file is; one with an unreadable header is `ELF_OTHER`."""
    try:
        type_ = elf.header.type
    except ArfixError:
        return Content.ELF_OTHER
    if type_ == _REL:
        return Content.LTO_SLIM if _is_slim(elf) else Content.ELF_RELOCATABLE
    return _ELF_TYPES.get(type_, Content.ELF_OTHER)


def _is_slim(elf: Elf) -> bool:
    """Whether the object is GCC bytecode alone.

    Such an object defines the common symbol `__gnu_lto_slim` and hardly any other; a fat object does not have it.
    Source: GCC `lto-streamer-out.cc` (`lto_output`), and collect2 and nm, which distinguish the two in this way.
    """
    try:
        table = elf.symbol_table
    except ArfixError:
        return False
    if table is None or table.symbol_count > SLIM_SYMBOLS:
        return False
    return LTO_SLIM_SYMBOL in table.strings(elf.view)


def _identify_coff(view: memoryview) -> Content | None:
    """Return the COFF or XCOFF content, or None when the numbers in the header do not hold."""
    if len(view) < COFF_HEADER.size:
        return None
    if bytes(view[:4]) == COFF_IMPORT_MAGIC:
        return _identify_anonymous(view)
    machine, sections, _, symbols_offset, symbols, optional_size, _ = COFF_HEADER.unpack_from(view)
    if machine in COFF_MACHINES and optional_size == 0:
        headers_end = COFF_HEADER.size + sections * COFF_SECTION_HEADER_SIZE
        symbols_end = symbols_offset + symbols * COFF_SYMBOL_SIZE
        inside = headers_end <= len(view) and symbols_end <= len(view)
        if inside and (symbols == 0 or symbols_offset >= headers_end) and (sections or symbols):
            return Content.COFF
    return Content.XCOFF if _is_xcoff(view) else None


def _identify_anonymous(view: memoryview) -> Content:
    """Return what an object with an anonymous header is: by its version, then by its class identifier."""
    version = int.from_bytes(view[4:6], "little")
    if version == 0:
        return Content.COFF_IMPORT
    if version >= 2 and bytes(view[12:28]) == COFF_BIGOBJ_CLASS:
        return Content.COFF_BIGOBJ
    return Content.COFF_ANONYMOUS


def _is_xcoff(view: memoryview) -> bool:
    """Return whether the bytes begin with an XCOFF header: its magic, and section headers that fit.

    Source: AIX `xcoff.h`: 20-byte header and 40-byte sections in XCOFF32, 24 and 72 in XCOFF64.
    """
    magic = bytes(view[:2])
    if magic not in XCOFF_MAGICS:
        return False
    header, section = (20, 40) if magic == XCOFF_MAGICS[0] else (24, 72)
    sections = int.from_bytes(view[2:4], "big")
    return sections > 0 and header + sections * section <= len(view)


def _identify_text(view: memoryview) -> Content:
    """Return which text it is, or `UNKNOWN` when control characters show that it is none."""
    sample = bytes(view[:_TEXT_SAMPLE]).removesuffix(b"\0")  # `ar --record-libdeps` ends its text with a NUL
    if not sample or sample.translate(None, _CONTROLS) != sample:
        return Content.UNKNOWN
    if sample.startswith(b"# ") and b" - a libtool library file" in sample.partition(b"\n")[0]:
        return Content.LIBTOOL_LA
    start = _without_comments(sample)
    for command in _SCRIPT_COMMANDS:
        if start.startswith(command) and start[len(command) :].lstrip().startswith(b"("):
            return Content.LINKER_SCRIPT
    return Content.TEXT


def _without_comments(text: bytes) -> bytes:
    """Return a linker script from its first command on: blanks, `/* */` comments and `#` lines skipped."""
    while True:
        text = text.lstrip()
        if text.startswith(b"/*"):
            text = text.partition(b"*/")[2]
        elif text.startswith(b"#"):
            text = text.partition(b"\n")[2]
        else:
            return text
