"""Everything one member's bytes say, read when asked for.

`inspect_object` looks at the first bytes only; each fact is read the first time it is used and then kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.formats.elf.section_kinds import read_section_facts
from arfix.formats.elf.symbols import read_definitions, read_references, read_symbols
from arfix.formats.identify import identify
from arfix.formats.index_entries import index_names
from arfix.formats.model import ELF_CONTENTS, Binding, Content
from arfix.formats.symbols import machine_in, symbols_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.formats.elf.abi import Abi
    from arfix.formats.elf.section_kinds import SectionFacts
    from arfix.formats.model import Machine, Symbol


@dataclass(frozen=True)
class ObjectFacts:
    """What a member is, and lazily what it holds. Every property may raise `FormatError`, with offsets from `view[0]`.

    Attributes:
        view: The member's bytes.
        content: What they are.
    """

    view: memoryview
    content: Content

    @cached_property
    def machine(self) -> Machine | None:
        """The architecture; None where the content has none or does not say."""
        return machine_in(self.view, self.content)

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """Every symbol table entry, local ones included; empty for what holds no symbols."""
        return symbols_of(self.view, self.content)

    @cached_property
    def global_symbols(self) -> tuple[Symbol, ...]:
        """The entries that are not local: what a linker resolves."""
        if self._has_machine_code:
            return read_symbols(self.view, only_globals=True)
        return tuple(symbol for symbol in self.symbols if symbol.binding is not Binding.LOCAL)

    @cached_property
    def definitions(self) -> Sequence[str]:
        """Names of non-local symbols that are defined, common or absolute, in table order."""
        if self._has_machine_code:
            return read_definitions(self.view)
        return [symbol.name for symbol in self.global_symbols if symbol.is_defined]

    @cached_property
    def references(self) -> Sequence[str]:
        """Names of non-local undefined symbols, weak ones included, in table order."""
        if self._has_machine_code:
            return read_references(self.view)
        return [symbol.name for symbol in self.global_symbols if not symbol.is_defined]

    @cached_property
    def section_facts(self) -> SectionFacts | None:
        """What its sections say together; None for what is not ELF."""
        return read_section_facts(self.view) if self.content in ELF_CONTENTS else None

    @cached_property
    def abi(self) -> Abi | None:
        """The calling convention it was compiled for; None for what is not ELF."""
        if self.content not in ELF_CONTENTS:
            return None
        from arfix.formats.elf.abi import read_abi  # noqa: PLC0415 (few commands ask)

        return read_abi(self.view)

    @property
    def _has_machine_code(self) -> bool:
        """Whether these are ELF's own symbols, which have short ways of their own."""
        return self.content in ELF_CONTENTS and self.content is not Content.LTO_SLIM

    @cached_property
    def index_names(self) -> tuple[str, ...]:
        """The entries of the archive's symbol index that this member gives rise to."""
        return index_names(self.view, self.content)

    @cached_property
    def problem(self) -> ArfixError | None:
        """What is wrong with the symbols or the machine; None when they can be read."""
        try:
            _ = self.machine, self.global_symbols
        except ArfixError as error:
            return error
        return None


def inspect_object(view: memoryview, content: Content | None = None) -> ObjectFacts:
    """Return the facts of one member's bytes; `content` saves telling what they are when that is known already."""
    return ObjectFacts(view, identify(view) if content is None else content)
