"""An object has code or data but no symbol table.

## What it finds

Relocatable ELF objects that contain code, data or `.bss` and have no symbol table. One finding per member.

## Why it matters

The cause is usually `strip --strip-all` on an archive, where `strip -g` or `--strip-unneeded` was meant. The object
defines no symbols, so a link on demand never uses it, and its former symbols are undefined. Linked whole, it only
adds size, since nothing can refer to its contents.

## What linkers do

All accept it without a warning. The symbols that it used to define are undefined.

## How to repair

Use a copy that was not stripped, or build the library again; no edit can restore the symbols.

## Example

    $ arfix check libx.a
    error stripped-symbols: object without a symbol table
      libx.a
        x.o  1,024 bytes of code and data, but no symbol table: nothing in it can be found
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.errors import ArfixError
from arfix.formats.elf.constants import SHF, SHT
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding
    from arfix.formats.inspect import ObjectFacts

TEXT = RuleText(
    id="stripped-symbols",
    title="object without a symbol table",
    why="strip --strip-all removed its symbols: nothing can refer to its contents, on demand or whole.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)

#: Types of sections with program contents. Notes and what a processor's ABI adds
#: (MIPS's `.reginfo` and `.MIPS.abiflags`) are loaded too and need no name. Source: gABI, "Sections".
_PROGRAM = frozenset({SHT.PROGBITS, SHT.NOBITS, SHT.INIT_ARRAY, SHT.FINI_ARRAY})


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each object with contents but no symbol table."""
    for position, facts in library.objects:
        if facts.content is not Content.ELF_RELOCATABLE:
            continue
        table = library.units[position].table
        size = 0 if table.strong or table.weak or table.undefined else _nameless_size(facts)
        if size:
            yield TEXT.finding(
                f"{size:,} bytes of code and data, but no symbol table: nothing in it can be found",
                archive=library.path,
                member=library.labels[position],
            )


def _nameless_size(facts: ObjectFacts) -> int:
    """Return the bytes of program in an object without a symbol table; 0 if it has one or cannot be read."""
    try:
        if facts.elf.symbol_table is not None:
            return 0
        sections = facts.elf.sections
    except ArfixError:
        return 0
    return sum(one.size for one in sections if one.flags & SHF.ALLOC and one.type in _PROGRAM)


RULE = ArchiveRule(TEXT, check)
