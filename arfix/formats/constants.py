"""Facts about object formats, without logic: magic bytes, the layout of ELF tables, the names of machines.

Sources: System V gABI, chapters 4 and 5 (https://gabi.xinuos.com); the processor supplements named beside the facts;
Microsoft PE/COFF specification; `mach-o/loader.h` of Apple's cctools; the LLVM bitcode reference; the WebAssembly
core specification, section 5.5.16; AIX `xcoff.h`.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

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

# --- ELF header ------------------------------------------------------------------------------------
EI_CLASS: Final = 4
EI_DATA: Final = 5
#: `e_ident[EI_DATA]` -> prefix for `struct`.
ELF_BYTE_ORDERS: Final = {1: "<", 2: ">"}
#: `e_ident[EI_CLASS]` -> bits.
ELF_CLASSES: Final = {1: 32, 2: 64}
ET_REL: Final = 1
ET_EXEC: Final = 2
ET_DYN: Final = 3
#: (bits, byte order) -> the fields from `e_type` (byte 16) to the end of the header.
#: Order: type, machine, version, entry, phoff, shoff, flags, ehsize, phentsize, phnum, shentsize, shnum, shstrndx.
ELF_HEADERS: Final = {
    (bits, order): Struct(f"{order}HHI{word}{word}{word}IHHHHHH")
    for bits, word in ((32, "I"), (64, "Q"))
    for order in "<>"
}
ELF_HEADER_FIELDS: Final = 16
#: (bits, byte order) -> section header: name, type, flags, addr, offset, size, link, info, addralign, entsize.
ELF_SECTION_HEADERS: Final = {
    (bits, order): Struct(f"{order}II{word}{word}{word}{word}II{word}{word}")
    for bits, word in ((32, "I"), (64, "Q"))
    for order in "<>"
}


class UsualPlace(NamedTuple):
    """What to read of an object whose symbol table and strings stand third and second from the end of its sections.

    Attributes:
        bits: 32 or 64.
        order: `<` or `>`.
        header: From byte 18 of the ELF header: machine, offset, size and number of section headers.
        tables: From the symbol table's header: its type, offset, size, link and info; type, offset, size of the next.
    """

    bits: int
    order: str
    header: Struct
    tables: Struct


#: Magic, class and byte order -> how to read the usual places.
ELF_USUAL_PLACES: Final = {
    b"\x7fELF%c%c" % (1 if bits == 32 else 2, 1 if order == "<" else 2): UsualPlace(
        bits,
        order,
        Struct(f"{order}H4x{2 * skip}x{word}10xHH"),
        Struct(f"{order}4xI{2 * skip}x{word}{word}II{2 * skip}x4xI{2 * skip}x{word}{word}"),
    )
    for bits, word, skip in ((32, "I", 4), (64, "Q", 8))
    for order in "<>"
}
#: (bits, byte order) -> program header of the fields needed here, in the class's own order.
#: 32: type, offset, vaddr, paddr, filesz, memsz, flags, align.
#: 64: type, flags, offset, vaddr, paddr, filesz, memsz, align.
ELF_PROGRAM_HEADERS: Final = {
    (bits, order): Struct(order + fields) for bits, fields in ((32, "8I"), (64, "2I6Q")) for order in "<>"
}
#: (bits, byte order) -> symbol. 32: name, value, size, info, other, shndx. 64: name, info, other, shndx, value, size.
ELF_SYMBOLS: Final = {
    (bits, order): Struct(order + fields) for bits, fields in ((32, "IIIBBH"), (64, "IBBHQQ")) for order in "<>"
}

# --- ELF section types, flags and special indices --------------------------------------------------
SHT_NULL: Final = 0
SHT_PROGBITS: Final = 1
SHT_SYMTAB: Final = 2
SHT_STRTAB: Final = 3
SHT_RELA: Final = 4
SHT_HASH: Final = 5
SHT_DYNAMIC: Final = 6
SHT_NOTE: Final = 7
SHT_NOBITS: Final = 8
SHT_REL: Final = 9
SHT_DYNSYM: Final = 11
SHT_INIT_ARRAY: Final = 14
SHT_FINI_ARRAY: Final = 15
SHT_PREINIT_ARRAY: Final = 16
SHT_GROUP: Final = 17
SHT_SYMTAB_SHNDX: Final = 18
SHT_GNU_VERDEF: Final = 0x6FFFFFFD
SHT_GNU_VERNEED: Final = 0x6FFFFFFE
SHT_GNU_VERSYM: Final = 0x6FFFFFFF
SHF_WRITE: Final = 1
SHF_ALLOC: Final = 2
SHF_EXECINSTR: Final = 4
SHF_MERGE: Final = 0x10
SHF_STRINGS: Final = 0x20
SHF_GROUP: Final = 0x200
SHF_TLS: Final = 0x400
SHF_COMPRESSED: Final = 0x800
SHF_EXCLUDE: Final = 0x80000000
SHN_UNDEF: Final = 0
SHN_LORESERVE: Final = 0xFF00
SHN_ABS: Final = 0xFFF1
SHN_COMMON: Final = 0xFFF2
SHN_XINDEX: Final = 0xFFFF
#: The marker symbol of an object that holds GCC's bytecode and no machine code (GCC `lto-streamer-out.cc`).
LTO_SLIM_SYMBOL: Final = b"__gnu_lto_slim\0"
#: Beside its marker it has a file symbol, and perhaps section symbols; with more symbols it is machine code.
SLIM_SYMBOLS: Final = 256
#: Sections of GCC's bytecode begin so (GCC `lto-section-names.h`).
LTO_SECTION_PREFIX: Final = b".gnu.lto_"

# --- machines --------------------------------------------------------------------------------------
#: `e_machine` -> the field's usual word. Sources: gABI registry; binutils `include/elf/common.h`.
ELF_MACHINES: Final = {
    0: "none",
    2: "sparc",
    3: "i386",
    4: "m68k",
    6: "iamcu",
    8: "mips",
    10: "mips",
    15: "parisc",
    18: "sparc32plus",
    20: "ppc",
    21: "ppc64",
    22: "s390",
    40: "arm",
    42: "sh",
    43: "sparc64",
    45: "arc",
    46: "h8/300",
    50: "ia64",
    52: "coldfire",
    53: "68hc12",
    62: "x86-64",
    75: "vax",
    76: "cris",
    83: "avr",
    88: "m32r",
    89: "mn10300",
    92: "or1k",
    93: "arc-compact",
    94: "xtensa",
    100: "st100",
    105: "msp430",
    106: "blackfin",
    113: "nios2",
    140: "c6x",
    164: "hexagon",
    167: "nds32",
    173: "rx",
    183: "aarch64",
    189: "microblaze",
    190: "cuda",
    195: "arc-compact2",
    197: "rl78",
    220: "z80",
    222: "ft32",
    224: "amdgpu",
    243: "riscv",
    244: "pru",
    247: "bpf",
    251: "ve",
    252: "csky",
    253: "arc-compact3-64",
    255: "arc-compact3",
    258: "loongarch",
    0x9026: "alpha",
    0xA390: "s390",
    0xABC7: "xtensa",
    0xBAAB: "microblaze",
}
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

# --- ELF details -------------------------------------------------------------------------------------
STT_SECTION: Final = 3
#: Flag in the first word of a section group: of several groups with one signature keep one.
GRP_COMDAT: Final = 1
#: Sections that GCC before COMDAT groups made for what may stand in several objects.
LINKONCE_PREFIX: Final = b".gnu.linkonce."
