"""Relocation types that the code refers to by name; `relocation_types/` has the complete tables, with roles.

Enumerations bear the prefix of the standard names: `R_ARM.THM_JUMP19` is R_ARM_THM_JUMP19. A name that begins with a
digit has an R in front: R_386_32 is `R_386.R32`. All are `IntEnum`, so a member compares equal to the number in a file.

Sources: the processor supplements of the System V ABI, and the names that readelf prints.
"""

from __future__ import annotations

from enum import IntEnum


class R_386(IntEnum):  # noqa: N801 (the prefix of the standard)
    """Types of i386."""

    PC32 = 2
    PLT32 = 4
    TLS_GD = 18
    TLS_LDM = 19
    R16 = 20
    PC16 = 21
    R8 = 22
    PC8 = 23
    GOT32X = 43


class R_MIPS(IntEnum):  # noqa: N801
    """Types of MIPS."""

    R32 = 2
    REL32 = 3
    R26 = 4
    PC16 = 10
    CALL16 = 11
    GPREL32 = 12
    CALL_HI16 = 30
    CALL_LO16 = 31
    PC26_S2 = 61


class R_MIPS16(IntEnum):  # noqa: N801
    """Types of MIPS16 code."""

    R26 = 100
    CALL16 = 103


class R_MICROMIPS(IntEnum):  # noqa: N801
    """Types of microMIPS code."""

    R26_S1 = 133
    CALL16 = 142
    CALL_HI16 = 153
    CALL_LO16 = 154


class R_SPARC(IntEnum):  # noqa: N801
    """Types of SPARC, 32 and 64 bits."""

    WDISP30 = 7
    WDISP22 = 8
    WPLT30 = 18
    WDISP16 = 40
    WDISP19 = 41


class R_PPC(IntEnum):  # noqa: N801
    """Types of 32-bit PowerPC."""

    REL24 = 10
    REL14 = 11
    REL14_BRTAKEN = 12
    REL14_BRNTAKEN = 13
    PLTREL24 = 18


class R_PPC64(IntEnum):  # noqa: N801
    """Types of 64-bit PowerPC."""

    PLT16_LO = 29
    PLT16_HI = 30
    PLT16_HA = 31
    PLT16_LO_DS = 60
    PLTSEQ = 119
    PLTCALL = 120
    PLTSEQ_NOTOC = 121
    PLTCALL_NOTOC = 122
    PLT_PCREL34 = 134
    PLT_PCREL34_NOTOC = 135


class R_390(IntEnum):  # noqa: N801
    """Types of s390 and s390x."""

    R32 = 4
    PC16DBL = 17
    PC32DBL = 19
    PLT32DBL = 20


class R_ARM(IntEnum):  # noqa: N801
    """Types of 32-bit Arm."""

    ABS32 = 2
    REL32 = 3
    GOTOFF32 = 24
    BASE_PREL = 25
    GOT_BREL = 26
    TARGET1 = 38
    PREL31 = 42
    THM_JUMP19 = 51
    GOT_PREL = 96
    THM_JUMP11 = 102
    THM_JUMP8 = 103


class R_X86_64(IntEnum):  # noqa: N801
    """Types of x86-64, x32 included."""

    PC32 = 2
    PLT32 = 4
    GOTPCREL = 9
    R32 = 10
    R32S = 11
    TLSGD = 19
    TLSLD = 20
    GOTPCRELX = 41
    REX_GOTPCRELX = 42


class R_AARCH64(IntEnum):  # noqa: N801
    """Types of 64-bit Arm."""

    LD_PREL_LO19 = 273
    ADR_PREL_LO21 = 274
    ADR_PREL_PG_HI21 = 275
    TSTBR14 = 279
    CONDBR19 = 280


class R_RISCV(IntEnum):  # noqa: N801
    """Types of RISC-V."""

    R32 = 1
    BRANCH = 16
    JAL = 17
    CALL = 18
    CALL_PLT = 19
    PCREL_HI20 = 23
    HI20 = 26
    RVC_BRANCH = 44
    RVC_JUMP = 45


class R_LARCH(IntEnum):  # noqa: N801
    """Types of LoongArch."""

    R32 = 1
