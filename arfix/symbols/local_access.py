"""Uses of an object's own data that do not name a global symbol, and so stay with it whatever a linker chooses.

GCC reaches variables of ARM, AArch64, PowerPC, MIPS and RISC-V from section anchors (`-fsection-anchors`): one local
symbol near the start of a section, and a constant distance in the code. Clang and GCC use local aliases of functions
and variables under `-fno-semantic-interposition`.
Source: GCC manual, `-fsection-anchors`; objects of GCC 12 for ARM and AArch64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.formats.elf.constants import EM, RELOCATION_SECTIONS, SHF
from arfix.formats.model import Binding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.relocations import Relocation
    from arfix.formats.model import Symbol

#: Machines without section anchors: the addend gives the place that code reaches, a few bytes before it at most.
_DIRECT = frozenset({EM.X86_64})
#: Bytes between a relocated field and the end of its x86 instruction, at most.
_SLACK = 12


def is_reached_locally(elf: Elf, variable: Symbol) -> bool:
    """Return whether the object may reach a variable that it defines through a local symbol.

    Such code keeps using this definition even if the link chooses another one of that name. Without addends, and on
    machines with section anchors, any local symbol of the section may be the way.
    """
    try:
        for relocation, target in _relocations(elf):
            if target.binding is not Binding.LOCAL or target.section != variable.section:
                continue
            if elf.header.machine not in _DIRECT or relocation.addend is None:
                return True
            place = target.value + relocation.addend
            if variable.value - _SLACK <= place < variable.value + variable.size:
                return True
    except (ArfixError, IndexError):
        return True
    return False


def keeps_state(elf: Elf, function: Symbol) -> bool:
    """Return whether a function may have data of its own that it changes: it refers to local symbols, or to its data.

    False if the object has no data that can be written.
    """
    try:
        sections = elf.sections
        written = {
            number
            for number, section in enumerate(sections)
            if section.size
            and section.flags & SHF.ALLOC
            and section.flags & SHF.WRITE
            and not section.name.startswith((".data.rel.ro", ".init_array", ".fini_array"))
        }
        if not written:
            return False
        start, end = function.value, function.value + function.size
        for relocation, target in _relocations(elf, function.section):
            if function.size and not start <= relocation.offset < end:
                continue
            if target.section in written or (target.binding is Binding.LOCAL and target.section):
                return True
    except (ArfixError, IndexError):
        return True
    return False


def _relocations(elf: Elf, filled: int | None = None) -> Iterator[tuple[Relocation, Symbol]]:
    """Yield the relocations of loaded sections, or of one section, with the symbols that they refer to."""
    sections = elf.sections
    symbols = {one.number: one for one in elf.symbols}
    for section in sections:
        if section.type not in RELOCATION_SECTIONS or not 0 < section.info < len(sections):
            continue
        target = sections[section.info]
        if not target.flags & SHF.ALLOC or target.name in _TABLES or (filled is not None and section.info != filled):
            continue
        for relocation in elf.relocations(section):
            symbol = symbols.get(relocation.symbol)
            if symbol is not None:
                yield relocation, symbol


#: Loaded sections that describe code to unwinders, and use no data.
_TABLES = frozenset({".eh_frame", ".ARM.exidx", ".ARM.extab"})
