"""What a relocation asks of the linker, named alike for all machines."""

from __future__ import annotations

from enum import Enum


class Role(Enum):
    """What a relocation type does, named alike for all machines. The value is the word shown in JSON."""

    #: By identity. Enum hashes the name, in Python, and every relocation is looked up by this.
    __hash__ = object.__hash__

    HINT = "hint"
    """Nothing is stored: a mark for relaxation, alignment, garbage collection."""
    WORD = "word"
    """The address, as wide as a pointer: a loader can fill it in, in a section it may write to."""
    NARROW = "narrow"
    """The address or its upper part, where no loader can fill it in: needs a fixed load address."""
    PC_RELATIVE = "pc-relative"
    """The distance to a symbol: it must be in the same output and must not be preempted."""
    PAGE_OFFSET = "page-offset"
    """The lower bits of an address, which do not change with the load address; another relocation gives the rest."""
    BRANCH = "branch"
    """A call or jump, which can go through the procedure linkage table."""
    GOT = "got"
    """An entry of the global offset table (or of the PLT's own part of it)."""
    GOT_RELATIVE = "got-relative"
    """The distance from the global offset table, TOC or global pointer to a symbol of the same output."""
    GOT_BASE = "got-base"
    """Where the global offset table or TOC is; the symbol only names it."""
    STATIC_BASE = "static-base"
    """The distance from a base register that only static or bare-metal links set up."""
    TLS_GD = "tls-gd"
    """Thread-local, general dynamic: works anywhere."""
    TLS_LD = "tls-ld"
    """Thread-local, local dynamic: the module's block."""
    TLS_OFFSET = "tls-offset"
    """Offset of a thread-local symbol in its module's block."""
    TLS_IE = "tls-ie"
    """Thread-local, initial exec: in a shared object it sets DF_STATIC_TLS, and dlopen may fail."""
    TLS_LE = "tls-le"
    """Thread-local, local exec: executables only."""
    TLS_DESC = "tls-desc"
    """Thread-local, by descriptor: works anywhere."""
    SIZE = "size"
    """The size of a symbol."""
    LOCAL = "local"
    """Arithmetic that ends within one section: sums and differences of labels."""
    DYNAMIC = "dynamic"
    """Only linkers make it, for loaders."""
    OTHER = "other"
    """Unknown, or too rare to have a role."""
