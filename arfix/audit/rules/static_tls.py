"""Thread-local variables for which the loader may have no room when the module is loaded.

## What it finds

With `--target shared`: initial-exec TLS relocations (`R_X86_64_GOTTPOFF`). One finding for each symbol and archive,
or for each member if the variable is local to it.

## Why it matters

Initial-exec code accesses its variables at a fixed distance from the thread pointer. That works for modules that
are loaded together with the program. The variables of a module loaded later must fit into a small area that the C
library reserves; when it is full, dlopen fails with `cannot allocate memory in static TLS block`. Linked whole, the
thread-local variables of all members count.

## What linkers do

All accept it in a shared object and set `DF_STATIC_TLS`. They refuse local-exec code (`R_X86_64_TPOFF32`) there,
which `not-pic` reports.

## How to repair

Compile with `-ftls-model=global-dynamic` (the default of `-fPIC`), or link the library into the executable, where
initial-exec is correct.

## Example

    $ arfix check libx.a --target shared
    warning static-tls: thread-local variables with the initial-exec model
      libx.a
        x.o  counter  R_X86_64_GOTTPOFF in .text reads it at a fixed distance from the thread pointer
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.errors import ArfixError
from arfix.formats.model import Binding, Content
from arfix.linkage.model import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding
    from arfix.formats.inspect import ObjectFacts

TEXT = RuleText(
    id="static-tls",
    title="thread-local variables with the initial-exec model",
    why="The variables of a module loaded later must fit into a small reserved area; when it is full, dlopen fails.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each thread-local symbol that is read with the initial-exec model."""
    if library.settings.target is not Target.SHARED:
        return
    found: dict[tuple[str | None, int | None], list[tuple[int, str]]] = {}
    for position, facts in library.objects:
        if facts.content is Content.ELF_RELOCATABLE:
            try:
                for symbol, words in _uses(facts):
                    key = (symbol, position if symbol is None else None)
                    found.setdefault(key, []).append((position, words))
            except ArfixError:
                continue
    for (symbol, _), uses in found.items():
        first, words = uses[0]
        yield TEXT.finding(
            f"{words} reads it at a fixed distance from the thread pointer",
            archive=library.path,
            member=library.labels[first],
            symbol=symbol,
            related=tuple(f"{library.path}({library.labels[one]})" for one in dict.fromkeys(at for at, _ in uses[1:])),
        )


def _uses(facts: ObjectFacts) -> Iterator[tuple[str | None, str]]:
    """Yield each symbol (None for a local one) with initial-exec accesses, the relocation and its section."""
    from arfix.formats.elf.relocation_role import Role  # noqa: PLC0415 (start-up: this target alone)
    from arfix.formats.elf.relocations import type_name  # noqa: PLC0415

    header, sections = facts.elf.header, facts.elf.sections
    uses = [use for use in facts.elf.relocation_uses if use.role is Role.TLS_IE]
    names = {one.number: one for one in facts.symbols} if uses else {}
    for use in uses:
        symbol = names.get(use.symbol)
        name = None if symbol is None or symbol.binding is Binding.LOCAL else symbol.name
        yield name, f"{type_name(header.machine, header.bits, use.type)} in {sections[use.section].name}"


RULE = ArchiveRule(TEXT, check)
