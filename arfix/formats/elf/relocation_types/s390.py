"""Relocation types of s390 and s390x, by what they do.

Source: ELF ABI s390x supplement, "Relocation Types". Names are those readelf prints.
"""

from __future__ import annotations

from typing import Final

from arfix.formats.elf.relocation_role import Role

TYPES: Final = {
    Role.HINT: {
        0: "R_390_NONE",
        37: "R_390_TLS_LOAD",
        250: "R_390_GNU_VTINHERIT",
        251: "R_390_GNU_VTENTRY",
    },
    Role.WORD: {
        22: "R_390_64",
    },
    Role.NARROW: {
        1: "R_390_8",
        2: "R_390_12",
        3: "R_390_16",
        4: "R_390_32",
        57: "R_390_20",
    },
    Role.PC_RELATIVE: {
        5: "R_390_PC32",
        16: "R_390_PC16",
        17: "R_390_PC16DBL",
        19: "R_390_PC32DBL",
        23: "R_390_PC64",
        62: "R_390_PC12DBL",
        64: "R_390_PC24DBL",
    },
    Role.BRANCH: {
        8: "R_390_PLT32",
        18: "R_390_PLT16DBL",
        20: "R_390_PLT32DBL",
        25: "R_390_PLT64",
        63: "R_390_PLT12DBL",
        65: "R_390_PLT24DBL",
    },
    Role.GOT: {
        6: "R_390_GOT12",
        7: "R_390_GOT32",
        15: "R_390_GOT16",
        24: "R_390_GOT64",
        26: "R_390_GOTENT",
        29: "R_390_GOTPLT12",
        30: "R_390_GOTPLT16",
        31: "R_390_GOTPLT32",
        32: "R_390_GOTPLT64",
        33: "R_390_GOTPLTENT",
        58: "R_390_GOT20",
        59: "R_390_GOTPLT20",
    },
    Role.GOT_RELATIVE: {
        13: "R_390_GOTOFF32",
        27: "R_390_GOTOFF16",
        28: "R_390_GOTOFF64",
        34: "R_390_PLTOFF16",
        35: "R_390_PLTOFF32",
        36: "R_390_PLTOFF64",
    },
    Role.GOT_BASE: {
        14: "R_390_GOTPC",
        21: "R_390_GOTPCDBL",
    },
    Role.TLS_GD: {
        38: "R_390_TLS_GDCALL",
        40: "R_390_TLS_GD32",
        41: "R_390_TLS_GD64",
    },
    Role.TLS_LD: {
        39: "R_390_TLS_LDCALL",
        45: "R_390_TLS_LDM32",
        46: "R_390_TLS_LDM64",
    },
    Role.TLS_OFFSET: {
        52: "R_390_TLS_LDO32",
        53: "R_390_TLS_LDO64",
    },
    Role.TLS_IE: {
        42: "R_390_TLS_GOTIE12",
        43: "R_390_TLS_GOTIE32",
        44: "R_390_TLS_GOTIE64",
        47: "R_390_TLS_IE32",
        48: "R_390_TLS_IE64",
        49: "R_390_TLS_IEENT",
        60: "R_390_TLS_GOTIE20",
    },
    Role.TLS_LE: {
        50: "R_390_TLS_LE32",
        51: "R_390_TLS_LE64",
    },
    Role.DYNAMIC: {
        9: "R_390_COPY",
        10: "R_390_GLOB_DAT",
        11: "R_390_JMP_SLOT",
        12: "R_390_RELATIVE",
        54: "R_390_TLS_DTPMOD",
        55: "R_390_TLS_DTPOFF",
        56: "R_390_TLS_TPOFF",
        61: "R_390_IRELATIVE",
    },
}
