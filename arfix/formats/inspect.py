"""Everything one member's bytes say, read when asked for.

`inspect_object` looks at the first bytes only; each fact is read the first time it is used and then kept.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.formats.elf.file import Elf
from arfix.formats.identify import identify, identify_elf
from arfix.formats.index_entries import index_names, optional_names
from arfix.formats.model import ELF_CONTENTS, Binding, Content
from arfix.formats.non_elf import read_global_symbols, read_machine, read_symbols

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.formats.elf.abi import Abi
    from arfix.formats.elf.section_facts import SectionFacts
    from arfix.formats.model import Machine, Symbol


class ObjectFacts:
    """What a member is, and lazily what it holds. Every property may raise `FormatError`, with offsets from `view[0]`.

    Attributes:
        view: The member's bytes.
        content: What they are.
        elf: Its tables, where `content` is one of `ELF_CONTENTS`; of anything else even the header is a `FormatError`.
    """

    def __init__(self, view: memoryview, content: Content | None = None) -> None:
        self.view = view
        self.elf = Elf(view)
        if content is None:
            content = identify_elf(self.elf) if self.elf.has_magic else identify(view)
        self.content = content

    @property
    def is_elf(self) -> bool:
        """Whether it is an ELF file of any kind, so that `elf` has its tables."""
        return self.content in ELF_CONTENTS

    @property
    def has_native_symbols(self) -> bool:
        """Whether its symbols are those of its ELF symbol table: it is ELF, and not GCC's bytecode alone."""
        return self.content in ELF_CONTENTS and self.content is not Content.LTO_SLIM

    @cached_property
    def machine(self) -> Machine | None:
        """The architecture; None if the content has none or does not say."""
        return self.elf.machine if self.is_elf else read_machine(self.view, self.content)

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """Every symbol table entry, local ones included; empty for what holds no symbols."""
        if self.has_native_symbols:
            return self.elf.symbols
        return self.elf.lto_symbols if self.is_elf else read_symbols(self.view, self.content)

    @cached_property
    def global_symbols(self) -> tuple[Symbol, ...]:
        """The entries that are not local: what a linker resolves."""
        if self.has_native_symbols:
            return self.elf.global_symbols
        if self.is_elf:
            return tuple(symbol for symbol in self.symbols if symbol.binding is not Binding.LOCAL)
        return read_global_symbols(self.view, self.content)

    @cached_property
    def definitions(self) -> Sequence[str]:
        """Names of non-local symbols that are defined, common or absolute, in table order."""
        if self.has_native_symbols:
            return self.elf.definitions
        return [symbol.name for symbol in self.global_symbols if symbol.is_defined]

    @cached_property
    def references(self) -> Sequence[str]:
        """Names of non-local undefined symbols, weak ones included, in table order."""
        if self.has_native_symbols:
            return self.elf.references
        return [symbol.name for symbol in self.global_symbols if not symbol.is_defined]

    @property
    def section_facts(self) -> SectionFacts | None:
        """What its sections say together; None for what is not ELF."""
        return self.elf.section_facts if self.is_elf else None

    @property
    def abi(self) -> Abi | None:
        """The calling convention it was compiled for; None for what is not ELF."""
        return self.elf.abi if self.is_elf else None

    @cached_property
    def index_names(self) -> tuple[str, ...]:
        """The entries of the archive's symbol index that this member gives rise to."""
        return index_names(self)

    @cached_property
    def optional_index_names(self) -> frozenset[str]:
        """Those of `index_names` that an index may lack."""
        return optional_names(self)

    @cached_property
    def problem(self) -> ArfixError | None:
        """What is wrong with the symbols or the machine; None when they can be read."""
        try:
            _ = self.machine, self.global_symbols
        except ArfixError as error:
            return error
        return None


def inspect_object(view: memoryview, content: Content | None = None) -> ObjectFacts:
    """Return the facts of one member's bytes; `content` saves identifying them when that was done already."""
    return ObjectFacts(view, content)
