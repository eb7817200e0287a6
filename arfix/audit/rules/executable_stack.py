"""A member makes the whole program's stack executable.

## What it finds

Objects whose `.note.GNU-stack` section asks for an executable stack, and objects without that section on machines
where its absence means the same (x86, ARM, s390, 32-bit PowerPC, SPARC, m68k, SH, Alpha, MIPS). One finding per
member.

## Why it matters

One such object is enough: the output needs an executable stack if any input does. The usual cause is hand-written
assembly without the note. Linked on demand, the object may never be used; linked whole, it always is, and every
program that contains the library loses the protection. Kernels and loaders with a strict policy refuse such a
program or module.

## What linkers do

GNU ld makes the stack executable and warns: `missing .note.GNU-stack section implies executable stack`, `requires
executable stack`. gold does so silently. lld ignores the note; mold ignores it too, but warns if the note asks for
an executable stack.

## How to repair

Add `.section .note.GNU-stack,"",%progbits` to the assembly, or assemble with `-Wa,--noexecstack`. If you know that
the code does not need an executable stack, link with `-z noexecstack`.

## Example

    $ arfix check libx.a
    warning executable-stack: objects that make the stack executable
      libx.a
        x.o  has no .note.GNU-stack section, which means an executable stack on x86-64
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.errors import ArfixError
from arfix.formats.elf.section_facts import StackNote
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding
    from arfix.formats.inspect import ObjectFacts

TEXT = RuleText(
    id="executable-stack",
    title="objects that make the stack executable",
    why="One such object is enough for GNU ld and gold to make the program's stack executable.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)

#: Machines on which GNU ld takes an object without the note for one that needs an executable stack.
#: Source: binutils, `elf_backend_default_execstack` (1 unless a target says 0: AArch64, RISC-V, LoongArch, ppc64, ...).
_DEFAULT_EXECUTABLE = frozenset(
    {"i386", "x86-64", "arm", "s390", "s390x", "ppc", "sparc", "sparc32plus", "sparc64", "m68k", "sh", "alpha", "mips"}
)


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each object that makes the stack executable."""
    for position, facts in library.objects:
        if facts.content is not Content.ELF_RELOCATABLE:
            continue
        complaint = _complaint(facts)
        if complaint:
            yield TEXT.finding(complaint, archive=library.path, member=library.labels[position])


def _complaint(facts: ObjectFacts) -> str:
    try:
        sections, machine = facts.section_facts, facts.machine
    except ArfixError:
        return ""
    if sections is None or machine is None:
        return ""
    if sections.stack is StackNote.EXECUTABLE:
        return "its .note.GNU-stack section asks for an executable stack"
    if sections.stack is StackNote.MISSING and machine.name in _DEFAULT_EXECUTABLE:
        return f"has no .note.GNU-stack section, which means an executable stack on {machine.name}"
    return ""


RULE = ArchiveRule(TEXT, check)
