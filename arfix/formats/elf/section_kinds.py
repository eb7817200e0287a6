"""What the sections of an ELF object are for: code, data, constructors, notes to the linker, bytecode, ..."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from arfix.archive.names import decode_name
from arfix.formats.elf.constants import SHF, SHT
from arfix.formats.elf.properties import Property, decode_properties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.sections import Section


class SectionKind(Enum):
    """What a section is for. The value is the word shown to people and in JSON."""

    #: By identity. Enum hashes the name, in Python, and every section is looked up by this.
    __hash__ = object.__hash__

    CODE = "code"
    READ_ONLY = "read-only"
    DATA = "data"
    BSS = "bss"
    TLS = "tls"
    CONSTRUCTORS = "constructors"
    DESTRUCTORS = "destructors"
    DEBUG = "debug"
    NOTE = "note"
    STACK_NOTE = "stack-note"
    PROPERTY_NOTE = "property-note"
    WARNING = "warning"
    BYTECODE = "bytecode"
    GROUP = "group"
    TABLE = "table"
    OTHER = "other"


class StackNote(Enum):
    """What an object says about the stack it needs.

    Without the note GNU ld takes the platform's default, which is an executable stack on most machines.
    Source: ld manual, `-z noexecstack`; binutils `ld/emultempl/elf.em`.
    """

    MISSING = "missing"
    NOT_EXECUTABLE = "not-executable"
    EXECUTABLE = "executable"


#: Section types that are tables for linkers and loaders.
_TABLES: Final = frozenset(
    {
        SHT.NULL,
        SHT.SYMTAB,
        SHT.STRTAB,
        SHT.RELA,
        SHT.REL,
        SHT.SYMTAB_SHNDX,
        SHT.HASH,
        SHT.DYNAMIC,
        SHT.DYNSYM,
    }
)
_TYPES: Final[Mapping[int, SectionKind]] = {
    SHT.GROUP: SectionKind.GROUP,
    SHT.INIT_ARRAY: SectionKind.CONSTRUCTORS,
    SHT.PREINIT_ARRAY: SectionKind.CONSTRUCTORS,
    SHT.FINI_ARRAY: SectionKind.DESTRUCTORS,
    **dict.fromkeys(_TABLES, SectionKind.TABLE),
}
#: Name of a section, or its first part before a `.` and a priority or symbol -> kind.
#: Sources: GCC manual, `init_priority`; binutils `bfd/elf.c` (`special_sections`) and `bfd/linker.c` (`.gnu.warning`).
_NAMES: Final = {
    ".ctors": SectionKind.CONSTRUCTORS,
    ".init_array": SectionKind.CONSTRUCTORS,
    ".preinit_array": SectionKind.CONSTRUCTORS,
    ".init": SectionKind.CONSTRUCTORS,
    ".dtors": SectionKind.DESTRUCTORS,
    ".fini_array": SectionKind.DESTRUCTORS,
    ".fini": SectionKind.DESTRUCTORS,
    ".llvmbc": SectionKind.BYTECODE,
    ".llvmcmd": SectionKind.BYTECODE,
    ".llvm": SectionKind.OTHER,
    ".stab": SectionKind.DEBUG,
    ".stabstr": SectionKind.DEBUG,
}
_PREFIXES: Final = (
    (".note.GNU-stack", SectionKind.STACK_NOTE),
    (".note.gnu.property", SectionKind.PROPERTY_NOTE),
    (".gnu.warning", SectionKind.WARNING),
    (".gnu.lto_", SectionKind.BYTECODE),
    (".llvm.lto", SectionKind.BYTECODE),
    (".gnu.debuglto_", SectionKind.DEBUG),
    (".debug", SectionKind.DEBUG),
    (".zdebug", SectionKind.DEBUG),
    (".gnu.linkonce.wi.", SectionKind.DEBUG),
)
_NOTE: Final = SHT.NOTE.value
_NOBITS: Final = SHT.NOBITS.value
_ALLOC: Final = SHF.ALLOC.value
_EXECINSTR: Final = SHF.EXECINSTR.value
_TLS: Final = SHF.TLS.value
_WRITE: Final = SHF.WRITE.value
_WARNING: Final = ".gnu.warning."
_PLAIN_PREFIXES: Final = (".text", ".rodata", ".data", ".bss")
_PREFIX_INITIALS: Final = tuple(prefix for prefix, _ in _PREFIXES)


def kind_of(section: Section) -> SectionKind:
    """Return what `section` is for, by its type, then its name, then its flags."""
    kind = _TYPES.get(section.type)
    if kind is not None:
        return kind
    if section.name.startswith(_PLAIN_PREFIXES):  # most sections of C++ and Rust, each with a name of its own
        return _kind_by_flags(section.type, section.flags)
    return _kind_by_name(section.type, section.flags, section.name)


@lru_cache(maxsize=4096)
def _kind_by_name(type_: int, flags: int, name: str) -> SectionKind:
    if name.startswith(_PREFIX_INITIALS):
        return next(kind for prefix, kind in _PREFIXES if name.startswith(prefix))
    if (kind := _NAMES.get(name) or _NAMES.get("." + name[1:].partition(".")[0])) is not None:
        return kind
    if type_ == _NOTE:
        return SectionKind.NOTE
    return _kind_by_flags(type_, flags)


def _kind_by_flags(type_: int, flags: int) -> SectionKind:
    if not flags & _ALLOC:
        return SectionKind.OTHER
    if flags & _TLS:
        return SectionKind.TLS
    if flags & _EXECINSTR:
        return SectionKind.CODE
    if type_ == _NOBITS:
        return SectionKind.BSS
    return SectionKind.DATA if flags & _WRITE else SectionKind.READ_ONLY


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
