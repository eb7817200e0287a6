"""Code for s390x (z/Architecture, 64 bits).

Checked against gcc 12 -O2 -fPIC and GNU as 2.40; nothing here is younger than the z900.

Source: z/Architecture Principles of Operation; ELF Application Binary Interface s390x Supplement.
"""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING

from arfix.errors import UnsupportedError
from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_390_PLT32DBL = 20
R_390_TLS_IEENT = 49

RETURN = b"\x07\xfe"  # br %r14


def _accepts(target: StubTarget) -> None:
    if target.bits != 64:
        raise UnsupportedError(
            f"{target.origin} is for 31-bit s390, which stubs have no code for; they have it for s390x"
        )


def _load(value: int) -> bytes:
    if value > 0xFFFF:  # 32 bits, unsigned
        return b"\xa7\x29" + pack(">h", value - (1 << 32)) + b"\xb9\x16\x00\x22"  # lghi %r2, value; llgfr %r2, %r2
    return b"\xa7\x29" + pack(">h", value)  # lghi %r2, value


def _leave(_target: StubTarget, value: int | None) -> Code:
    return Code((b"" if value is None else _load(value)) + RETURN)


def _fail(_target: StubTarget, accessor: str, error: int, value: int) -> Code:
    text = (
        b"\xeb\xef\xf0\x70\x00\x24"  # stmg %r14, %r15, 112(%r15)
        b"\xa7\xfb\xff\x60"  # aghi %r15, -160
        b"\xc0\xe5\0\0\0\0"  # brasl %r14, accessor@PLT
        b"\xa7\x18"
        + pack(">h", error)  # lhi %r1, error
        + b"\x50\x10\x20\x00"  # st %r1, 0(%r2)
        + _load(value)  # lghi %r2, value
        + b"\xeb\xef\xf1\x10\x00\x04"  # lmg %r14, %r15, 272(%r15)
        + RETURN
    )
    return Code(text, (NewRelocation(12, R_390_PLT32DBL, accessor, 2),))


def _fail_tls(_target: StubTarget, symbol: str, error: int, value: int) -> Code:
    text = (
        b"\xb2\x4f\x00\x30"  # ear %r3, %a0
        b"\xc0\x10\0\0\0\0"  # larl %r1, symbol@INDNTPOFF
        b"\xeb\x33\x00\x20\x00\x0d"  # sllg %r3, %r3, 32
        b"\xe3\x10\x10\x00\x00\x04"  # lg %r1, 0(%r1)
        b"\xb2\x4f\x00\x31"  # ear %r3, %a1
        b"\x41\x11\x30\x00"  # la %r1, 0(%r1, %r3)
        b"\xa7\x08"
        + pack(">h", error)  # lhi %r0, error
        + b"\x50\x00\x10\x00"  # st %r0, 0(%r1)
        + _load(value)  # lghi %r2, value
        + RETURN
    )
    return Code(text, (NewRelocation(6, R_390_TLS_IEENT, symbol, 2),))


def _jump(_target: StubTarget, other: str) -> Code:
    return Code(b"\xc0\xf4\0\0\0\0", (NewRelocation(2, R_390_PLT32DBL, other, 2),))  # jg other@PLT


S390X = MachineCode(
    name="s390x",
    align=8,
    leave=_leave,
    fail=_fail,
    trap=lambda _target: Code(b"\xa7\xf4\x00\x01"),  # j .+2: the halfword there is no instruction
    fail_tls=_fail_tls,
    jump=_jump,
    zero_extends=True,
    accepts=_accepts,
)
