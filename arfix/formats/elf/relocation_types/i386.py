"""Relocation types of i386, by what they do.

Source: System V ABI, Intel386 supplement; "ELF Handling For Thread-Local Storage". Names are those readelf prints.
"""

from __future__ import annotations

from typing import Final

from arfix.formats.elf.relocation_role import Role

TYPES: Final = {
    Role.HINT: {
        0: "R_386_NONE",
        250: "R_386_GNU_VTINHERIT",
        251: "R_386_GNU_VTENTRY",
    },
    Role.WORD: {
        1: "R_386_32",
    },
    Role.NARROW: {
        20: "R_386_16",
        22: "R_386_8",
    },
    Role.PC_RELATIVE: {
        2: "R_386_PC32",
        21: "R_386_PC16",
        23: "R_386_PC8",
    },
    Role.BRANCH: {
        4: "R_386_PLT32",
        11: "R_386_32PLT",
    },
    Role.GOT: {
        3: "R_386_GOT32",
        43: "R_386_GOT32X",
    },
    Role.GOT_RELATIVE: {
        9: "R_386_GOTOFF",
    },
    Role.GOT_BASE: {
        10: "R_386_GOTPC",
    },
    Role.TLS_GD: {
        18: "R_386_TLS_GD",
        24: "R_386_TLS_GD_32",
        25: "R_386_TLS_GD_PUSH",
        26: "R_386_TLS_GD_CALL",
        27: "R_386_TLS_GD_POP",
    },
    Role.TLS_LD: {
        19: "R_386_TLS_LDM",
        28: "R_386_TLS_LDM_32",
        29: "R_386_TLS_LDM_PUSH",
        30: "R_386_TLS_LDM_CALL",
        31: "R_386_TLS_LDM_POP",
    },
    Role.TLS_OFFSET: {
        32: "R_386_TLS_LDO_32",
    },
    Role.TLS_IE: {
        15: "R_386_TLS_IE",
        16: "R_386_TLS_GOTIE",
        33: "R_386_TLS_IE_32",
    },
    Role.TLS_LE: {
        17: "R_386_TLS_LE",
        34: "R_386_TLS_LE_32",
    },
    Role.TLS_DESC: {
        39: "R_386_TLS_GOTDESC",
        40: "R_386_TLS_DESC_CALL",
    },
    Role.SIZE: {
        38: "R_386_SIZE32",
    },
    Role.DYNAMIC: {
        5: "R_386_COPY",
        6: "R_386_GLOB_DAT",
        7: "R_386_JUMP_SLOT",
        8: "R_386_RELATIVE",
        14: "R_386_TLS_TPOFF",
        35: "R_386_TLS_DTPMOD32",
        36: "R_386_TLS_DTPOFF32",
        37: "R_386_TLS_TPOFF32",
        41: "R_386_TLS_DESC",
        42: "R_386_IRELATIVE",
    },
    Role.OTHER: {
        200: "R_386_USED_BY_INTEL_200",
    },
}
