"""Which relocation types are there for LoongArch, by what they do.

Source: ELF for the LoongArch Architecture, "Relocations". Names are those readelf prints.
"""

from __future__ import annotations

from typing import Final

from arfix.objects.relocation_role import Role

TYPES: Final = {
    Role.HINT: {
        0: "R_LARCH_NONE",
        20: "R_LARCH_MARK_LA",
        21: "R_LARCH_MARK_PCREL",
        57: "R_LARCH_GNU_VTINHERIT",
        58: "R_LARCH_GNU_VTENTRY",
        100: "R_LARCH_RELAX",
        102: "R_LARCH_ALIGN",
    },
    Role.WORD: {
        1: "R_LARCH_32",
        2: "R_LARCH_64",
    },
    Role.NARROW: {
        23: "R_LARCH_SOP_PUSH_ABSOLUTE",
        67: "R_LARCH_ABS_HI20",
        68: "R_LARCH_ABS_LO12",
        69: "R_LARCH_ABS64_LO20",
        70: "R_LARCH_ABS64_HI12",
    },
    Role.PC_RELATIVE: {
        22: "R_LARCH_SOP_PUSH_PCREL",
        71: "R_LARCH_PCALA_HI20",
        99: "R_LARCH_32_PCREL",
        103: "R_LARCH_PCREL20_S2",
        109: "R_LARCH_64_PCREL",
    },
    Role.PAGE_OFFSET: {
        72: "R_LARCH_PCALA_LO12",
        73: "R_LARCH_PCALA64_LO20",
        74: "R_LARCH_PCALA64_HI12",
    },
    Role.BRANCH: {
        29: "R_LARCH_SOP_PUSH_PLT_PCREL",
        64: "R_LARCH_B16",
        65: "R_LARCH_B21",
        66: "R_LARCH_B26",
        110: "R_LARCH_CALL36",
    },
    Role.GOT: {
        75: "R_LARCH_GOT_PC_HI20",
        76: "R_LARCH_GOT_PC_LO12",
        77: "R_LARCH_GOT64_PC_LO20",
        78: "R_LARCH_GOT64_PC_HI12",
        79: "R_LARCH_GOT_HI20",
        80: "R_LARCH_GOT_LO12",
        81: "R_LARCH_GOT64_LO20",
        82: "R_LARCH_GOT64_HI12",
    },
    Role.STATIC_BASE: {
        25: "R_LARCH_SOP_PUSH_GPREL",
    },
    Role.TLS_GD: {
        28: "R_LARCH_SOP_PUSH_TLS_GD",
        97: "R_LARCH_TLS_GD_PC_HI20",
        98: "R_LARCH_TLS_GD_HI20",
    },
    Role.TLS_LD: {
        95: "R_LARCH_TLS_LD_PC_HI20",
        96: "R_LARCH_TLS_LD_HI20",
    },
    Role.TLS_IE: {
        27: "R_LARCH_SOP_PUSH_TLS_GOT",
        87: "R_LARCH_TLS_IE_PC_HI20",
        88: "R_LARCH_TLS_IE_PC_LO12",
        89: "R_LARCH_TLS_IE64_PC_LO20",
        90: "R_LARCH_TLS_IE64_PC_HI12",
        91: "R_LARCH_TLS_IE_HI20",
        92: "R_LARCH_TLS_IE_LO12",
        93: "R_LARCH_TLS_IE64_LO20",
        94: "R_LARCH_TLS_IE64_HI12",
    },
    Role.TLS_LE: {
        26: "R_LARCH_SOP_PUSH_TLS_TPREL",
        83: "R_LARCH_TLS_LE_HI20",
        84: "R_LARCH_TLS_LE_LO12",
        85: "R_LARCH_TLS_LE64_LO20",
        86: "R_LARCH_TLS_LE64_HI12",
    },
    Role.LOCAL: {
        24: "R_LARCH_SOP_PUSH_DUP",
        30: "R_LARCH_SOP_ASSERT",
        31: "R_LARCH_SOP_NOT",
        32: "R_LARCH_SOP_SUB",
        33: "R_LARCH_SOP_SL",
        34: "R_LARCH_SOP_SR",
        35: "R_LARCH_SOP_ADD",
        36: "R_LARCH_SOP_AND",
        37: "R_LARCH_SOP_IF_ELSE",
        38: "R_LARCH_SOP_POP_32_S_10_5",
        39: "R_LARCH_SOP_POP_32_U_10_12",
        40: "R_LARCH_SOP_POP_32_S_10_12",
        41: "R_LARCH_SOP_POP_32_S_10_16",
        42: "R_LARCH_SOP_POP_32_S_10_16_S2",
        43: "R_LARCH_SOP_POP_32_S_5_20",
        44: "R_LARCH_SOP_POP_32_S_0_5_10_16_S2",
        45: "R_LARCH_SOP_POP_32_S_0_10_10_16_S2",
        46: "R_LARCH_SOP_POP_32_U",
        47: "R_LARCH_ADD8",
        48: "R_LARCH_ADD16",
        49: "R_LARCH_ADD24",
        50: "R_LARCH_ADD32",
        51: "R_LARCH_ADD64",
        52: "R_LARCH_SUB8",
        53: "R_LARCH_SUB16",
        54: "R_LARCH_SUB24",
        55: "R_LARCH_SUB32",
        56: "R_LARCH_SUB64",
        105: "R_LARCH_ADD6",
        106: "R_LARCH_SUB6",
        107: "R_LARCH_ADD_ULEB128",
        108: "R_LARCH_SUB_ULEB128",
    },
    Role.DYNAMIC: {
        3: "R_LARCH_RELATIVE",
        4: "R_LARCH_COPY",
        5: "R_LARCH_JUMP_SLOT",
        6: "R_LARCH_TLS_DTPMOD32",
        7: "R_LARCH_TLS_DTPMOD64",
        8: "R_LARCH_TLS_DTPREL32",
        9: "R_LARCH_TLS_DTPREL64",
        10: "R_LARCH_TLS_TPREL32",
        11: "R_LARCH_TLS_TPREL64",
        12: "R_LARCH_IRELATIVE",
    },
}
