"""Relocation types of x86-64, by what they do.

Source: x86-64 psABI, table "Relocation Types". Names are those readelf prints.
"""

from __future__ import annotations

from typing import Final

from arfix.formats.elf.relocation_role import Role

TYPES: Final = {
    Role.HINT: {
        0: "R_X86_64_NONE",
        250: "R_X86_64_GNU_VTINHERIT",
        251: "R_X86_64_GNU_VTENTRY",
    },
    Role.WORD: {
        1: "R_X86_64_64",
    },
    Role.NARROW: {
        10: "R_X86_64_32",
        11: "R_X86_64_32S",
        12: "R_X86_64_16",
        14: "R_X86_64_8",
    },
    Role.PC_RELATIVE: {
        2: "R_X86_64_PC32",
        13: "R_X86_64_PC16",
        15: "R_X86_64_PC8",
        24: "R_X86_64_PC64",
        39: "R_X86_64_PC32_BND",
    },
    Role.BRANCH: {
        4: "R_X86_64_PLT32",
        40: "R_X86_64_PLT32_BND",
    },
    Role.GOT: {
        3: "R_X86_64_GOT32",
        9: "R_X86_64_GOTPCREL",
        27: "R_X86_64_GOT64",
        28: "R_X86_64_GOTPCREL64",
        30: "R_X86_64_GOTPLT64",
        41: "R_X86_64_GOTPCRELX",
        42: "R_X86_64_REX_GOTPCRELX",
        43: "R_X86_64_CODE_4_GOTPCRELX",
        46: "R_X86_64_CODE_5_GOTPCRELX",
        49: "R_X86_64_CODE_6_GOTPCRELX",
    },
    Role.GOT_RELATIVE: {
        25: "R_X86_64_GOTOFF64",
        31: "R_X86_64_PLTOFF64",
    },
    Role.GOT_BASE: {
        26: "R_X86_64_GOTPC32",
        29: "R_X86_64_GOTPC64",
    },
    Role.TLS_GD: {
        19: "R_X86_64_TLSGD",
    },
    Role.TLS_LD: {
        20: "R_X86_64_TLSLD",
    },
    Role.TLS_OFFSET: {
        17: "R_X86_64_DTPOFF64",
        21: "R_X86_64_DTPOFF32",
    },
    Role.TLS_IE: {
        22: "R_X86_64_GOTTPOFF",
        44: "R_X86_64_CODE_4_GOTTPOFF",
        47: "R_X86_64_CODE_5_GOTTPOFF",
        50: "R_X86_64_CODE_6_GOTTPOFF",
    },
    Role.TLS_LE: {
        18: "R_X86_64_TPOFF64",
        23: "R_X86_64_TPOFF32",
    },
    Role.TLS_DESC: {
        34: "R_X86_64_GOTPC32_TLSDESC",
        35: "R_X86_64_TLSDESC_CALL",
        45: "R_X86_64_CODE_4_GOTPC32_TLSDESC",
        48: "R_X86_64_CODE_5_GOTPC32_TLSDESC",
        51: "R_X86_64_CODE_6_GOTPC32_TLSDESC",
    },
    Role.SIZE: {
        32: "R_X86_64_SIZE32",
        33: "R_X86_64_SIZE64",
    },
    Role.DYNAMIC: {
        5: "R_X86_64_COPY",
        6: "R_X86_64_GLOB_DAT",
        7: "R_X86_64_JUMP_SLOT",
        8: "R_X86_64_RELATIVE",
        16: "R_X86_64_DTPMOD64",
        36: "R_X86_64_TLSDESC",
        37: "R_X86_64_IRELATIVE",
        38: "R_X86_64_RELATIVE64",
    },
}
