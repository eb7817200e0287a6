"""What the sections of an ELF object say together: sizes by kind, constructors, the stack, protections, warnings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from arfix.archive.names import decode_name
from arfix.formats.elf.constants import SHF
from arfix.formats.elf.properties import Property, decode_properties
from arfix.formats.elf.section_kinds import SectionKind, kind_of

if TYPE_CHECKING:
    from arfix.formats.elf.file import Elf

_EXECINSTR: Final = SHF.EXECINSTR.value
_WARNING: Final = ".gnu.warning."


class StackNote(Enum):
    """What an object says about the stack it needs.

    Without the note GNU ld takes the platform's default, which is an executable stack on most machines.
    Source: ld manual, `-z noexecstack`; binutils `ld/emultempl/elf.em`.
    """

    MISSING = "missing"
    NOT_EXECUTABLE = "not-executable"
    EXECUTABLE = "executable"


@dataclass(frozen=True, slots=True)
class SectionFacts:
    """What the sections of one object say together.

    Attributes:
        sizes: Bytes of each kind of section that is there, empty sections left out; BSS counts what it will take.
        constructors: Names of the non-empty sections that make code run before `main`, in order.
        destructors: The same for code that runs at exit.
        stack: What the object says about an executable stack.
        properties: What its property note promises (IBT, SHSTK, BTI, ...).
        warnings: Symbol -> the text GNU ld and gold print when it is used; `""` is the object itself.
        has_bytecode: Whether it contains compiler bytecode (GCC or LLVM), with or without machine code.
    """

    sizes: dict[SectionKind, int]
    constructors: tuple[str, ...]
    destructors: tuple[str, ...]
    stack: StackNote
    properties: frozenset[Property]
    warnings: dict[str, str]
    has_bytecode: bool


def read_section_facts(elf: Elf) -> SectionFacts:
    """Return what the sections of an ELF object say together; raises `FormatError` when headers or notes are wrong."""
    sizes: dict[SectionKind, int] = {}
    run: dict[SectionKind, list[str]] = {SectionKind.CONSTRUCTORS: [], SectionKind.DESTRUCTORS: []}
    warnings: dict[str, str] = {}
    properties: frozenset[Property] = frozenset()
    stack = StackNote.MISSING
    bytecode = False
    for section in elf.sections:
        kind = kind_of(section)
        if kind is SectionKind.TABLE:
            continue
        if section.size:
            sizes[kind] = sizes.get(kind, 0) + section.size
        if section.size and kind in run:
            run[kind].append(section.name)
        elif kind is SectionKind.STACK_NOTE:
            stack = StackNote.EXECUTABLE if section.flags & _EXECINSTR else StackNote.NOT_EXECUTABLE
        elif kind is SectionKind.PROPERTY_NOTE:
            properties |= decode_properties(elf.contents(section), elf.header)
        elif kind is SectionKind.WARNING:
            text = bytes(elf.contents(section)).rstrip(b"\0")
            warnings[section.name[len(_WARNING) :]] = decode_name(text)
        bytecode = bytecode or kind is SectionKind.BYTECODE
    starts, ends = run[SectionKind.CONSTRUCTORS], run[SectionKind.DESTRUCTORS]
    return SectionFacts(sizes, tuple(starts), tuple(ends), stack, properties, warnings, bytecode)
