"""Relocation types of RISC-V, by what they do.

Source: RISC-V ELF psABI, "Relocations". Names are those readelf prints.
"""

from __future__ import annotations

from typing import Final

from arfix.formats.elf.relocation_role import Role

TYPES: Final = {
    Role.HINT: {
        0: "R_RISCV_NONE",
        32: "R_RISCV_TPREL_ADD",
        43: "R_RISCV_ALIGN",
        51: "R_RISCV_RELAX",
    },
    Role.WORD: {
        1: "R_RISCV_32",
        2: "R_RISCV_64",
    },
    Role.NARROW: {
        26: "R_RISCV_HI20",
        46: "R_RISCV_RVC_LUI",
    },
    Role.PC_RELATIVE: {
        23: "R_RISCV_PCREL_HI20",
        57: "R_RISCV_32_PCREL",
    },
    Role.PAGE_OFFSET: {
        27: "R_RISCV_LO12_I",
        28: "R_RISCV_LO12_S",
    },
    Role.BRANCH: {
        16: "R_RISCV_BRANCH",
        17: "R_RISCV_JAL",
        18: "R_RISCV_CALL",
        19: "R_RISCV_CALL_PLT",
        44: "R_RISCV_RVC_BRANCH",
        45: "R_RISCV_RVC_JUMP",
        59: "R_RISCV_PLT32",
    },
    Role.GOT: {
        20: "R_RISCV_GOT_HI20",
        41: "R_RISCV_GOT32_PCREL",
    },
    Role.STATIC_BASE: {
        47: "R_RISCV_GPREL_I",
        48: "R_RISCV_GPREL_S",
    },
    Role.TLS_GD: {
        22: "R_RISCV_TLS_GD_HI20",
    },
    Role.TLS_OFFSET: {
        8: "R_RISCV_TLS_DTPREL32",
        9: "R_RISCV_TLS_DTPREL64",
    },
    Role.TLS_IE: {
        21: "R_RISCV_TLS_GOT_HI20",
    },
    Role.TLS_LE: {
        29: "R_RISCV_TPREL_HI20",
        30: "R_RISCV_TPREL_LO12_I",
        31: "R_RISCV_TPREL_LO12_S",
        49: "R_RISCV_TPREL_I",
        50: "R_RISCV_TPREL_S",
    },
    Role.TLS_DESC: {
        62: "R_RISCV_TLSDESC_HI20",
        63: "R_RISCV_TLSDESC_LOAD_LO12",
        64: "R_RISCV_TLSDESC_ADD_LO12",
        65: "R_RISCV_TLSDESC_CALL",
    },
    Role.LOCAL: {
        24: "R_RISCV_PCREL_LO12_I",
        25: "R_RISCV_PCREL_LO12_S",
        33: "R_RISCV_ADD8",
        34: "R_RISCV_ADD16",
        35: "R_RISCV_ADD32",
        36: "R_RISCV_ADD64",
        37: "R_RISCV_SUB8",
        38: "R_RISCV_SUB16",
        39: "R_RISCV_SUB32",
        40: "R_RISCV_SUB64",
        52: "R_RISCV_SUB6",
        53: "R_RISCV_SET6",
        54: "R_RISCV_SET8",
        55: "R_RISCV_SET16",
        56: "R_RISCV_SET32",
        60: "R_RISCV_SET_ULEB128",
        61: "R_RISCV_SUB_ULEB128",
    },
    Role.DYNAMIC: {
        3: "R_RISCV_RELATIVE",
        4: "R_RISCV_COPY",
        5: "R_RISCV_JUMP_SLOT",
        6: "R_RISCV_TLS_DTPMOD32",
        7: "R_RISCV_TLS_DTPMOD64",
        10: "R_RISCV_TLS_TPREL32",
        11: "R_RISCV_TLS_TPREL64",
        12: "R_RISCV_TLSDESC",
        58: "R_RISCV_IRELATIVE",
    },
}
