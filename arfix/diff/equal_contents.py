"""Compare two functions or variables; distances that the assembler resolved are compared by their targets.

A call or an address within one section needs no relocation: the assembler writes the distance, which changes if code in
between changes its size. Two distances to the same symbol count as equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.formats.elf.constants import EM, SHF

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from arfix.diff.object_contents import Body, FixupTarget


class DistanceField(NamedTuple):
    """A field in which a machine stores a distance.

    Attributes:
        step: Fields begin at multiples of this.
        width: Bytes of a field.
        reached: Returns the distance in bytes from where a field of the body begins, and what else it says; None where
            it holds no distance.
    """

    step: int
    width: int
    reached: Callable[[Body, int], tuple[int, int] | None]


def same_body(old: Body, new: Body) -> bool:
    """Return whether two bodies are equal: bytes, relocations, and targets of resolved distances."""
    if len(old.data) != len(new.data) or old.fixups != new.fixups:
        return False
    if old.data == new.data:
        return True
    machine = old.image.header.machine
    ways = _WAYS.get(machine, ())
    if machine != new.image.header.machine or not _is_code(old):
        return False
    at = _next_difference(old.data, new.data, 0)
    while at < len(old.data):
        end = _end_of_distance(old, new, at, ways)
        if end is None:
            return False
        at = _next_difference(old.data, new.data, end)
    return True


def _is_code(body: Body) -> bool:
    return bool(body.image.sections[body.section].flags & SHF.EXECINSTR)


def _end_of_distance(old: Body, new: Body, at: int, ways: tuple[DistanceField, ...]) -> int | None:
    """Return the end of a field around `at` that leads to the same symbol in both; None if there is none."""
    for way in ways:
        for start in range(max(at - way.width + 1, 0), min(at, len(old.data) - way.width) + 1):
            target = _target(old, start, way)
            if target is not None and target == _target(new, start, way):
                return start + way.width
    return None


def _next_difference(one: bytes, other: bytes, start: int) -> int:
    """Return where the next bytes differ, from `start` on; the length where none do."""
    return next((at for at in range(start, len(one)) if one[at] != other[at]), len(one))


def _target(body: Body, start: int, way: DistanceField) -> tuple[FixupTarget, int] | None:
    """Return the symbol that the field at `start` leads to, and what else it says; None if it leads to none."""
    reached = None if (body.start + start) % way.step else way.reached(body, start)
    if reached is None:
        return None
    place = body.start + start + reached[0]
    if not 0 <= place <= body.image.sections[body.section].size:
        return None
    target = body.image.target_at(body.section, place)
    return None if target.anonymous else (target, reached[1])


def _word(body: Body, start: int, width: int = 4) -> int:
    return int.from_bytes(body.data[start : start + width], body.image.header.byteorder)


def _signed(value: int, bits: int) -> int:
    return (value & (1 << bits) - 1 ^ 1 << bits - 1) - (1 << bits - 1)


def _x86(body: Body, start: int) -> tuple[int, int]:
    """Any 32-bit displacement: it counts from behind its four bytes. Source: Intel SDM, volume 2, "CALL", "JMP"."""
    return 4 + _signed(_word(body, start), 32), 0


def _aarch64(body: Body, start: int) -> tuple[int, int] | None:
    """B and BL. Source: Arm ARM, C6.2."""
    word = _word(body, start)
    return (4 * _signed(word, 26), word >> 26) if word >> 26 & 0x1F == 5 else None


def _arm(body: Body, start: int) -> tuple[int, int] | None:
    """B and BL of A32: they count from two instructions on. Source: Arm ARM, A8.8.18 and A8.8.25."""
    word = _word(body, start)
    return (8 + 4 * _signed(word, 24), word >> 24) if word >> 25 & 7 == 5 and word >> 28 != 15 else None


def _thumb(body: Body, start: int) -> tuple[int, int] | None:
    """B.W (T4) and BL (T1) of T32: two halfwords. Source: Arm ARM, A8.8.18 and A8.8.25."""
    first, second = _word(body, start, 2), _word(body, start + 2, 2)
    if first >> 11 != 0b11110 or second & 0x9000 != 0x9000:
        return None
    sign = first >> 10 & 1
    high = sign << 2 | (1 ^ sign ^ second >> 13 & 1) << 1 | 1 ^ sign ^ second >> 11 & 1
    return 4 + 2 * _signed(high << 21 | (first & 0x3FF) << 11 | second & 0x7FF, 24), second >> 14


def _thumb_short(body: Body, start: int) -> tuple[int, int] | None:
    """B of T32 in one halfword (T2). Source: Arm ARM, A8.8.18."""
    word = _word(body, start, 2)
    return (4 + 2 * _signed(word, 11), 0) if word >> 11 == 0b11100 else None


def _power(body: Body, start: int) -> tuple[int, int] | None:
    """The I-form branches, relative ones. Source: Power ISA, section 2.4."""
    word = _word(body, start)
    return (_signed(word & 0x03FFFFFC, 26), word & 1) if word >> 26 == 18 and not word & 2 else None


def _s390(body: Body, start: int) -> tuple[int, int]:
    """The RIL formats: halfwords from the instruction, which begins two bytes before. Source: z/Architecture, 7."""
    return 2 * _signed(_word(body, start), 32) - 2, 0


_X86: Final = (DistanceField(1, 4, _x86),)
_POWER: Final = (DistanceField(4, 4, _power),)
_WAYS: Final[Mapping[int, tuple[DistanceField, ...]]] = {
    EM.I386: _X86,
    EM.PPC: _POWER,
    EM.PPC64: _POWER,
    EM.S390: (DistanceField(2, 4, _s390),),
    EM.ARM: (DistanceField(4, 4, _arm), DistanceField(2, 4, _thumb), DistanceField(2, 2, _thumb_short)),
    EM.X86_64: _X86,
    EM.AARCH64: (DistanceField(4, 4, _aarch64),),
}
