"""Numbers and table layouts of ELF, without logic.

Enumerations bear the prefix of the standard names: `SHT.REL` is SHT_REL, `EM.X86_64` is EM_X86_64. All are `IntEnum`,
flags too: `&` of a number with an `IntFlag` runs Python code, which loops over sections cannot afford. Loops that run
for each section or symbol of a library bind the members they use to names of their module.

Sources: System V gABI, chapters 4 and 5 (https://gabi.xinuos.com); binutils `include/elf/common.h`; the processor
supplements named beside the facts.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class EI(IntEnum):
    """Indices in `e_ident`."""

    CLASS = 4
    DATA = 5
    OSABI = 7


#: `e_ident[EI_DATA]` -> prefix for `struct`.
BYTE_ORDERS: Final = {1: "<", 2: ">"}
#: `e_ident[EI_CLASS]` -> bits.
CLASSES: Final = {1: 32, 2: 64}


class ET(IntEnum):
    """Values of `e_type`."""

    REL = 1
    EXEC = 2
    DYN = 3


class EM(IntEnum):
    """Values of `e_machine`; a name that begins with a digit has a letter in front (EM_386 is `I386`)."""

    NONE = 0
    SPARC = 2
    I386 = 3
    M68K = 4
    IAMCU = 6
    MIPS = 8
    MIPS_RS3_LE = 10
    PARISC = 15
    SPARC32PLUS = 18
    PPC = 20
    PPC64 = 21
    S390 = 22
    ARM = 40
    SH = 42
    SPARCV9 = 43
    ARC = 45
    H8_300 = 46
    IA_64 = 50
    COLDFIRE = 52
    M68HC12 = 53
    X86_64 = 62
    VAX = 75
    CRIS = 76
    AVR = 83
    M32R = 88
    MN10300 = 89
    OPENRISC = 92
    ARC_COMPACT = 93
    XTENSA = 94
    ST100 = 100
    MSP430 = 105
    BLACKFIN = 106
    ALTERA_NIOS2 = 113
    TI_C6000 = 140
    QDSP6 = 164
    NDS32 = 167
    RX = 173
    AARCH64 = 183
    MICROBLAZE = 189
    CUDA = 190
    ARC_COMPACT2 = 195
    RL78 = 197
    Z80 = 220
    FT32 = 222
    AMDGPU = 224
    RISCV = 243
    TI_PRU = 244
    BPF = 247
    VE = 251
    CSKY = 252
    ARC_COMPACT3_64 = 253
    ARC_COMPACT3 = 255
    LOONGARCH = 258
    ALPHA = 0x9026
    S390_OLD = 0xA390
    XTENSA_OLD = 0xABC7
    MICROBLAZE_OLD = 0xBAAB


#: The field's usual word for a machine.
MACHINE_WORDS: Final[Mapping[int, str]] = {
    EM.NONE: "none",
    EM.SPARC: "sparc",
    EM.I386: "i386",
    EM.M68K: "m68k",
    EM.IAMCU: "iamcu",
    EM.MIPS: "mips",
    EM.MIPS_RS3_LE: "mips",
    EM.PARISC: "parisc",
    EM.SPARC32PLUS: "sparc32plus",
    EM.PPC: "ppc",
    EM.PPC64: "ppc64",
    EM.S390: "s390",
    EM.ARM: "arm",
    EM.SH: "sh",
    EM.SPARCV9: "sparc64",
    EM.ARC: "arc",
    EM.H8_300: "h8/300",
    EM.IA_64: "ia64",
    EM.COLDFIRE: "coldfire",
    EM.M68HC12: "68hc12",
    EM.X86_64: "x86-64",
    EM.VAX: "vax",
    EM.CRIS: "cris",
    EM.AVR: "avr",
    EM.M32R: "m32r",
    EM.MN10300: "mn10300",
    EM.OPENRISC: "or1k",
    EM.ARC_COMPACT: "arc-compact",
    EM.XTENSA: "xtensa",
    EM.ST100: "st100",
    EM.MSP430: "msp430",
    EM.BLACKFIN: "blackfin",
    EM.ALTERA_NIOS2: "nios2",
    EM.TI_C6000: "c6x",
    EM.QDSP6: "hexagon",
    EM.NDS32: "nds32",
    EM.RX: "rx",
    EM.AARCH64: "aarch64",
    EM.MICROBLAZE: "microblaze",
    EM.CUDA: "cuda",
    EM.ARC_COMPACT2: "arc-compact2",
    EM.RL78: "rl78",
    EM.Z80: "z80",
    EM.FT32: "ft32",
    EM.AMDGPU: "amdgpu",
    EM.RISCV: "riscv",
    EM.TI_PRU: "pru",
    EM.BPF: "bpf",
    EM.VE: "ve",
    EM.CSKY: "csky",
    EM.ARC_COMPACT3_64: "arc-compact3-64",
    EM.ARC_COMPACT3: "arc-compact3",
    EM.LOONGARCH: "loongarch",
    EM.ALPHA: "alpha",
    EM.S390_OLD: "s390",
    EM.XTENSA_OLD: "xtensa",
    EM.MICROBLAZE_OLD: "microblaze",
}


class SHT(IntEnum):
    """Values of `sh_type`. Sources: gABI; the Arm, RISC-V, ARC and MIPS supplements; LLVM, "Extensions"."""

    NULL = 0
    PROGBITS = 1
    SYMTAB = 2
    STRTAB = 3
    RELA = 4
    HASH = 5
    DYNAMIC = 6
    NOTE = 7
    NOBITS = 8
    REL = 9
    DYNSYM = 11
    INIT_ARRAY = 14
    FINI_ARRAY = 15
    PREINIT_ARRAY = 16
    GROUP = 17
    SYMTAB_SHNDX = 18
    LLVM_ADDRSIG = 0x6FFF4C03
    """Symbols whose address is significant, as ULEB128 numbers."""
    LLVM_CALL_GRAPH_PROFILE = 0x6FFF4C09
    """Its symbols are in a relocation section of its own; only `sh_link` points at the symbol table."""
    GNU_ATTRIBUTES = 0x6FFFFFF5
    GNU_HASH = 0x6FFFFFF6
    GNU_VERDEF = 0x6FFFFFFD
    GNU_VERNEED = 0x6FFFFFFE
    GNU_VERSYM = 0x6FFFFFFF
    ARC_ATTRIBUTES = 0x70000001
    ARM_ATTRIBUTES = 0x70000003
    RISCV_ATTRIBUTES = 0x70000003
    MIPS_ABIFLAGS = 0x7000002A


#: Types of the sections that hold relocations.
RELOCATION_SECTIONS: Final = frozenset({SHT.REL, SHT.RELA})


class SHF(IntEnum):
    """Bits of `sh_flags`."""

    WRITE = 0x1
    ALLOC = 0x2
    EXECINSTR = 0x4
    MERGE = 0x10
    STRINGS = 0x20
    INFO_LINK = 0x40
    GROUP = 0x200
    TLS = 0x400
    COMPRESSED = 0x800
    X86_64_LARGE = 0x10000000
    """Data that code refers to with 64 bits. Source: x86-64 psABI, "Large code model"."""
    EXCLUDE = 0x80000000


class SHN(IntEnum):
    """Section numbers with a meaning of their own."""

    UNDEF = 0
    LORESERVE = 0xFF00
    ABS = 0xFFF1
    COMMON = 0xFFF2
    XINDEX = 0xFFFF


class STB(IntEnum):
    """Symbol bindings, the upper four bits of `st_info`."""

    LOCAL = 0
    GLOBAL = 1
    WEAK = 2
    GNU_UNIQUE = 10


class STT(IntEnum):
    """Symbol types, the lower four bits of `st_info`."""

    NOTYPE = 0
    OBJECT = 1
    FUNC = 2
    SECTION = 3
    FILE = 4
    COMMON = 5
    TLS = 6
    GNU_IFUNC = 10


class STV(IntEnum):
    """Symbol visibilities, the lowest two bits of `st_other`."""

    DEFAULT = 0
    INTERNAL = 1
    HIDDEN = 2
    PROTECTED = 3


class PT(IntEnum):
    """Segment types (`p_type`)."""

    LOAD = 1
    DYNAMIC = 2


class DT(IntEnum):
    """Tags of the dynamic section. Sources: gABI, "Dynamic Section"; Linux gABI extensions for the GNU ones."""

    NULL = 0
    NEEDED = 1
    HASH = 4
    STRTAB = 5
    SYMTAB = 6
    STRSZ = 10
    SONAME = 14
    RPATH = 15
    RUNPATH = 29
    GNU_HASH = 0x6FFFFEF5
    VERSYM = 0x6FFFFFF0
    VERDEF = 0x6FFFFFFC
    VERNEED = 0x6FFFFFFE


#: Flag in the first word of a section group: of several groups with one signature keep one.
GRP_COMDAT: Final = 1
#: Prefix of the sections that GCC, before there were COMDAT groups, made for what may be in several objects.
LINKONCE_PREFIX: Final = b".gnu.linkonce."
#: The marker symbol of an object that holds GCC's bytecode and no machine code (GCC `lto-streamer-out.cc`).
LTO_SLIM_SYMBOL: Final = b"__gnu_lto_slim\0"
#: Beside its marker it has a file symbol, and perhaps section symbols; with more symbols it is machine code.
SLIM_SYMBOLS: Final = 256
#: Prefix of the sections of GCC's bytecode (GCC `lto-section-names.h`).
LTO_SECTION_PREFIX: Final = b".gnu.lto_"

# --- layouts, by (bits, byte order) -----------------------------------------------------------------
#: The size of `e_ident`, which is in front of the fields that `HEADERS` lays out.
IDENT_SIZE: Final = 16
#: The fields behind `e_ident`: type, machine, version, entry, phoff, shoff, flags, ehsize, phentsize, phnum,
#: shentsize, shnum, shstrndx.
HEADERS: Final = {
    (bits, order): Struct(f"{order}HHI{word}{word}{word}IHHHHHH")
    for bits, word in ((32, "I"), (64, "Q"))
    for order in "<>"
}
#: Section header: name, type, flags, addr, offset, size, link, info, addralign, entsize.
SECTION_HEADERS: Final = {
    (bits, order): Struct(f"{order}II{word}{word}{word}{word}II{word}{word}")
    for bits, word in ((32, "I"), (64, "Q"))
    for order in "<>"
}
#: Program header. 32 bits: type, offset, vaddr, paddr, filesz, memsz, flags, align.
#: 64 bits: type, flags, offset, vaddr, paddr, filesz, memsz, align.
PROGRAM_HEADERS: Final = {
    (bits, order): Struct(order + fields) for bits, fields in ((32, "8I"), (64, "2I6Q")) for order in "<>"
}
#: Symbol. 32 bits: name, value, size, info, other, shndx. 64 bits: name, info, other, shndx, value, size.
SYMBOLS: Final = {
    (bits, order): Struct(order + fields) for bits, fields in ((32, "IIIBBH"), (64, "IBBHQQ")) for order in "<>"
}
#: Relocation, by (bits, byte order, whether it is SHT_RELA): offset, info, and for SHT_RELA the addend.
RELOCATIONS: Final = {
    (bits, order, is_rela): Struct(order + word * 2 + (word.lower() if is_rela else ""))
    for bits, word in ((32, "I"), (64, "Q"))
    for order in "<>"
    for is_rela in (False, True)
}
#: Entry of the dynamic section: tag, value.
DYNAMIC_ENTRIES: Final = {
    (bits, order): Struct(order + word * 2) for bits, word in ((32, "I"), (64, "Q")) for order in "<>"
}


class UsualPlace(NamedTuple):
    """Where GNU as puts the symbol table: its header is third from the end, that of its strings second.

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
USUAL_PLACES: Final = {
    b"\x7fELF%c%c" % (1 if bits == 32 else 2, 1 if order == "<" else 2): UsualPlace(
        bits,
        order,
        Struct(f"{order}H4x{2 * skip}x{word}10xHH"),
        Struct(f"{order}4xI{2 * skip}x{word}{word}II{2 * skip}x4xI{2 * skip}x{word}{word}"),
    )
    for bits, word, skip in ((32, "I", 4), (64, "Q", 8))
    for order in "<>"
}
