"""`Elf`, the one way to the tables of an ELF file: header, sections, symbols, relocations, groups, and what they mean.

Each table has a module of its own beside this one, which decodes it and is loaded when the table is first asked for;
`Elf` keeps what was decoded. Whoever looks at one
object holds one `Elf` and passes it on. Both classes and both byte orders; every offset and size is checked against the
bytes that are there.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from arfix.formats.constants import ELF_MAGIC
from arfix.formats.elf import symbols
from arfix.formats.elf.constants import SHT
from arfix.formats.elf.header import decode_header, machine_of
from arfix.formats.elf.sections import decode_sections, section_bytes
from arfix.formats.elf.symbol_table import find_symbol_table, usual_symbol_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from arfix.formats.elf.abi import Abi
    from arfix.formats.elf.dynamic import DynamicFacts
    from arfix.formats.elf.groups import Group
    from arfix.formats.elf.header import ElfHeader
    from arfix.formats.elf.relocations import Relocation, RelocationUse
    from arfix.formats.elf.section_facts import SectionFacts
    from arfix.formats.elf.sections import Section
    from arfix.formats.elf.symbol_table import SymbolTable
    from arfix.formats.elf.symbols import GlobalColumns, GlobalRow
    from arfix.formats.model import Machine, Symbol


class Elf:
    """An ELF file. Nothing is read before it is asked for, and what was read is kept.

    Every attribute and method raises `FormatError`, with the offset from the start of the file, where a table that it
    reads is not all there.

    Args:
        view: The bytes of the file, which must not change.
    """

    def __init__(self, view: memoryview) -> None:
        self.view = view
        #: Of relocation sections of loaded ones, the distinct (type, symbol) as `types_and_symbols` has decoded them.
        self.relocation_pairs: dict[int, tuple[tuple[int, int], ...]] = {}

    @property
    def has_magic(self) -> bool:
        """Whether the file begins with the ELF magic; without it every other attribute is a `FormatError`."""
        return bytes(self.view[:4]) == ELF_MAGIC

    @cached_property
    def header(self) -> ElfHeader:
        """The ELF header."""
        return decode_header(self.view)

    @cached_property
    def machine(self) -> Machine:
        """The machine that the header names."""
        return machine_of(self.header)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The section headers in order, names resolved; the null section is the first."""
        return decode_sections(self.view, self.header)

    def contents(self, section: Section) -> memoryview:
        """Return the bytes of a section; empty for one that takes no space in the file."""
        return section_bytes(self.view, section)

    @cached_property
    def symbol_table(self) -> SymbolTable | None:
        """Where the symbol table (SHT_SYMTAB) is; None without one."""
        view = self.view
        table = usual_symbol_table(lambda at, size: view[at : at + size], len(view))
        return table or find_symbol_table(view, self.header, SHT.SYMTAB)

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """The entries of the symbol table in its order, without the null entry; empty without a table."""
        return symbols.decode_symbols(self, self.symbol_table)

    @cached_property
    def global_symbols(self) -> tuple[Symbol, ...]:
        """The entries that are not local; several times faster than `symbols` where many are."""
        return symbols.decode_symbols(self, self.symbol_table, only_globals=True)

    @cached_property
    def dynamic_symbols(self) -> tuple[Symbol, ...]:
        """The entries of the dynamic symbol table (SHT_DYNSYM) ; names have no versions."""
        return symbols.decode_symbols(self, find_symbol_table(self.view, self.header, SHT.DYNSYM))

    def iter_globals(self) -> Iterator[GlobalRow]:
        """Yield the entries that are not local, as rows that are not kept; at half the price of `global_symbols`.

        Raises `FormatError` before the first one.
        """
        return symbols.iter_globals(self)

    def global_columns(self) -> GlobalColumns:
        """Return the entries that are not local, as columns, which are not kept; raises as `global_symbols` does."""
        return symbols.global_columns(self)

    @cached_property
    def definitions(self) -> list[str]:
        """Names of the entries that are not local and are defined, common or absolute; table order, duplicates kept.

        These are the index entries that GNU ar makes of an ELF object.
        """
        return symbols.names_where(self, defined=True)

    @cached_property
    def references(self) -> list[str]:
        """Names of the entries that are not local and are undefined, weak ones included, in table order."""
        return symbols.names_where(self, defined=False)

    def count_symbols(self) -> tuple[int, int]:
        """Return how many entries that are not local are defined (common and absolute ones too), and how many are not.

        No name is read, so that a list of thousands of members costs little.
        """
        return symbols.count_symbols(self)

    def global_names(self, numbers: Iterable[int]) -> list[str]:
        """Return the names of those of the symbols, by their numbers in the table, that are not local.

        Numbers of symbols that are not there are passed over.
        """
        return symbols.global_names(self, numbers)

    @cached_property
    def lto_symbols(self) -> tuple[Symbol, ...]:
        """The symbols of GCC's bytecode, in its own order; empty without bytecode."""
        from arfix.formats.elf.gcc_lto import read_lto_symbols  # noqa: PLC0415 (start-up)

        return read_lto_symbols(self)

    def relocations(self, section: Section) -> list[Relocation]:
        """Return the entries of one SHT_REL or SHT_RELA section, in order; they are not kept."""
        from arfix.formats.elf.relocations import decode_relocations  # noqa: PLC0415 (start-up)

        return decode_relocations(self, section)

    @cached_property
    def relocation_uses(self) -> list[RelocationUse]:
        """Each manner in which a section that is loaded refers to a symbol, once, in section order."""
        from arfix.formats.elf.relocations import decode_uses  # noqa: PLC0415 (start-up)

        return decode_uses(self)

    @cached_property
    def position_uses(self) -> list[RelocationUse]:
        """Those of `relocation_uses` that an output which is loaded at any address may not be able to have."""
        from arfix.formats.elf.relocations import decode_position_uses  # noqa: PLC0415 (start-up)

        return decode_position_uses(self)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Section groups and `.gnu.linkonce` sections, in section order."""
        from arfix.formats.elf.groups import decode_groups  # noqa: PLC0415 (start-up)

        return decode_groups(self)

    @cached_property
    def section_facts(self) -> SectionFacts:
        """What its sections say together: sizes by kind, constructors, notes, warnings."""
        from arfix.formats.elf.section_facts import read_section_facts  # noqa: PLC0415 (start-up)

        return read_section_facts(self)

    @cached_property
    def abi(self) -> Abi:
        """The calling convention it was compiled for, from `e_flags` and attribute sections."""
        from arfix.formats.elf.abi import read_abi  # noqa: PLC0415 (start-up)

        return read_abi(self)

    @cached_property
    def dynamic(self) -> DynamicFacts:
        """What a linked image exports and needs, with versions; empty facts for one without dynamic tables."""
        from arfix.formats.elf.dynamic import read_dynamic  # noqa: PLC0415 (start-up)

        return read_dynamic(self)
