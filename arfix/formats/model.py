"""What one member's bytes say, as plain values: what it is, for which machine, and its symbols.

Nothing here touches a disk or knows about archives: input is a `memoryview`, output is values.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from arfix.short_repr import short_repr


class Content(Enum):
    """What a run of bytes is, by its first bytes. The value is the word shown to people and in JSON."""

    #: By identity. Enum hashes the name, in Python, and every member is looked up by this.
    __hash__ = object.__hash__

    ELF_RELOCATABLE = "elf-relocatable"
    ELF_SHARED = "elf-shared"
    ELF_EXECUTABLE = "elf-executable"
    ELF_OTHER = "elf-other"
    MACHO = "macho"
    MACHO_UNIVERSAL = "macho-universal"
    COFF = "coff"
    COFF_BIGOBJ = "coff-bigobj"
    COFF_IMPORT = "coff-import"
    COFF_ANONYMOUS = "coff-anonymous"
    XCOFF = "xcoff"
    BITCODE = "llvm-bitcode"
    LTO_SLIM = "gcc-lto-slim"
    WASM = "wasm"
    ARCHIVE = "archive"
    THIN_ARCHIVE = "thin-archive"
    LIBTOOL_LA = "libtool-la"
    LINKER_SCRIPT = "linker-script"
    TEXT = "text"
    EMPTY = "empty"
    UNKNOWN = "unknown"


#: Contents that a linker takes as object code.
OBJECT_CONTENTS = frozenset(
    {
        Content.ELF_RELOCATABLE,
        Content.MACHO,
        Content.COFF,
        Content.COFF_BIGOBJ,
        Content.COFF_IMPORT,
        Content.COFF_ANONYMOUS,
        Content.XCOFF,
        Content.BITCODE,
        Content.LTO_SLIM,
        Content.WASM,
    }
)

#: Objects whose symbols arfix does not read: code of AIX, and MSVC's for whole-program optimisation.
UNREAD_CONTENTS = frozenset({Content.XCOFF, Content.COFF_ANONYMOUS})

#: Contents that are ELF files of any kind.
ELF_CONTENTS = frozenset(
    {
        Content.ELF_RELOCATABLE,
        Content.ELF_SHARED,
        Content.ELF_EXECUTABLE,
        Content.ELF_OTHER,
        Content.LTO_SLIM,
    }
)


class Binding(Enum):
    """Symbol binding, as ELF names it; other formats are mapped onto it."""

    __hash__ = object.__hash__  # by identity, as for `Content`

    LOCAL = "local"
    GLOBAL = "global"
    WEAK = "weak"
    UNIQUE = "unique"


class Visibility(Enum):
    """ELF symbol visibility."""

    __hash__ = object.__hash__  # by identity, as for `Content`

    DEFAULT = "default"
    INTERNAL = "internal"
    HIDDEN = "hidden"
    PROTECTED = "protected"


class SymbolType(Enum):
    """What a symbol names."""

    __hash__ = object.__hash__  # by identity, as for `Content`

    NONE = "none"
    OBJECT = "object"
    FUNCTION = "function"
    SECTION = "section"
    FILE = "file"
    COMMON = "common"
    TLS = "tls"
    IFUNC = "ifunc"
    OTHER = "other"


class Place(Enum):
    """Where a symbol is defined, if it is."""

    __hash__ = object.__hash__  # by identity, as for `Content`

    UNDEFINED = "undefined"
    DEFINED = "defined"
    COMMON = "common"
    ABSOLUTE = "absolute"


class Symbol(NamedTuple):
    """One symbol table entry.

    Attributes:
        name: Decoded as UTF-8 with surrogateescape.
        value: `st_value`: offset in the section for a relocatable object; alignment in bytes for a common symbol.
        size: In bytes; for a common symbol the space it asks for.
        section: Index in the section header table, extended numbers resolved; 0 when not in a section.
        number: Index in the symbol table it was read from.
    """

    name: str
    binding: Binding
    type: SymbolType
    visibility: Visibility
    place: Place
    section: int
    value: int
    size: int
    number: int

    def __repr__(self) -> str:
        """Return the name and what it is, on one line."""
        name = repr(self.name if len(self.name) <= 60 else f"{self.name[:57]}...")
        hidden = "" if self.visibility is Visibility.DEFAULT else f", {self.visibility.value}"
        words = f"{self.place.value} {self.binding.value} {self.type.value}{hidden}"
        return f"<Symbol {name}: {words}, value {self.value:#x}, size {self.size}>"

    @property
    def is_defined(self) -> bool:
        """Whether another object can take it from here (defined, common or absolute)."""
        return self.place is not Place.UNDEFINED


class Machine(NamedTuple):
    """The architecture of an object: `name` is the field's usual word (`x86-64`, `i386`, `aarch64`, `arm`, ...).

    Attributes:
        name: Shown to people and in JSON.
        bits: 32 or 64; 0 if the format does not say.
        byte_order: `little` or `big`.
        number: The format's own machine number (`e_machine`, COFF `Machine`, Mach-O `cputype`).
    """

    name: str
    bits: int
    byte_order: str
    number: int

    def __repr__(self) -> str:
        """Return the fields on one line."""
        return short_repr(self)

    def matches(self, other: Machine) -> bool:
        """Return whether objects for both can be in one link; bitcode names its machine, but has no number of it."""
        return self == other or (self[:3] == other[:3] and 0 in (self.number, other.number))
