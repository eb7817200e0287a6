"""What the sections of an ELF object are for: code, data, constructors, notes to the linker, bytecode, ..."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from arfix.formats.elf.constants import SHF, SHT

if TYPE_CHECKING:
    from collections.abc import Mapping

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
