"""Facts about object formats other than ELF, without logic: magic bytes, header layouts, the names of machines.

Sources: Microsoft PE/COFF specification; `mach-o/loader.h` of Apple's cctools; the LLVM bitcode reference; the
WebAssembly core specification, section 5.5.16; AIX `xcoff.h`.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

# --- first bytes -----------------------------------------------------------------------------------
ELF_MAGIC: Final = b"\x7fELF"
ARCHIVE_MAGICS: Final = (b"!<arch>\n", b"<bigaf>\n", b"<aiaff>\n")
THIN_ARCHIVE_MAGIC: Final = b"!<thin>\n"
#: Raw bitcode, and the wrapper that Apple's tools put around it.
BITCODE_MAGICS: Final = (b"BC\xc0\xde", b"\xde\xc0\x17\x0b")
WASM_MAGIC: Final = b"\0asm"
#: `MH_MAGIC` and `MH_MAGIC_64` as stored in either byte order -> (bits, byte order).
MACHO_MAGICS: Final = {
    b"\xfe\xed\xfa\xce": (32, "big"),
    b"\xce\xfa\xed\xfe": (32, "little"),
    b"\xfe\xed\xfa\xcf": (64, "big"),
    b"\xcf\xfa\xed\xfe": (64, "little"),
}
#: `FAT_MAGIC` and `FAT_MAGIC_64`, always big-endian.
MACHO_UNIVERSAL_MAGICS: Final = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
#: Java class files begin with `FAT_MAGIC` too; their next word is a version of at least 45.
MACHO_UNIVERSAL_MAX_SLICES: Final = 44
#: `Sig1` 0 (IMAGE_FILE_MACHINE_UNKNOWN) and `Sig2` 0xffff, then a version: 0 import, 1 anonymous, 2 and up bigobj.
COFF_IMPORT_MAGIC: Final = b"\0\0\xff\xff"
#: `ClassID` of an ANON_OBJECT_HEADER_BIGOBJ, bytes 12 to 27 (winnt.h; LLVM `COFF::BigObjMagic`).
COFF_BIGOBJ_CLASS: Final = bytes.fromhex("c7a1bad1eebaa94baf20faf66aa4dcb8")
#: XCOFF32 and XCOFF64 magics, big-endian.
XCOFF_MAGICS: Final = (b"\x01\xdf", b"\x01\xf7")

# --- machines --------------------------------------------------------------------------------------
#: COFF `Machine` -> (word, bits). Source: PE/COFF specification, "Machine Types".
COFF_MACHINES: Final = {
    0x014C: ("i386", 32),
    0x0166: ("mips", 32),
    0x01C0: ("arm", 32),
    0x01C2: ("thumb", 32),
    0x01C4: ("arm", 32),
    0x01F0: ("ppc", 32),
    0x01F1: ("ppc", 32),
    0x0200: ("ia64", 64),
    0x0EBC: ("efi-bytecode", 0),
    0x5032: ("riscv", 32),
    0x5064: ("riscv", 64),
    0x6232: ("loongarch", 32),
    0x6264: ("loongarch", 64),
    0x8664: ("x86-64", 64),
    0xA641: ("arm64ec", 64),
    0xA64E: ("arm64x", 64),
    0xAA64: ("aarch64", 64),
}
#: Mach-O `cputype` -> word. Source: `mach/machine.h`.
MACHO_MACHINES: Final = {
    6: "m68k",
    7: "i386",
    0x01000007: "x86-64",
    12: "arm",
    0x0100000C: "aarch64",
    0x0200000C: "arm64_32",
    18: "ppc",
    0x01000012: "ppc64",
}

# --- COFF ------------------------------------------------------------------------------------------
#: Machine, number of sections, time, offset of the symbol table, number of symbols, size of the optional header, flags.
COFF_HEADER: Final = Struct("<HHIIIHH")
#: Sig1, Sig2, version, machine, time, class identifier, size of data, flags, metadata size and offset, number of
#: sections, offset of the symbol table, number of symbols (winnt.h, ANON_OBJECT_HEADER_BIGOBJ).
COFF_BIGOBJ_HEADER: Final = Struct("<HHHHI16sIIIIIII")
COFF_SECTION_HEADER_SIZE: Final = 40
COFF_SYMBOL_SIZE: Final = 18
