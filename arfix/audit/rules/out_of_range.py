"""An instruction cannot reach the symbol that it refers to.

## What it finds

- References that are too far from their target in any layout: a conditional branch, a literal load or a jump across
  other members, or the address of data that follows gigabytes of other data. Calls for which the linker inserts a
  veneer or stub (on ARM, AArch64 and PowerPC) are not reported. One error per symbol and archive.
- On x86-64, links whose members together take more than 2 GiB of memory, usually because of one array. One warning
  per link, at the largest member: whether a distance is too large depends on the order of the objects.

## Why it matters

The distance field of an instruction has a limited number of bits, and compilers use the short form by default. A
library with a table of gigabytes links alone and fails together with others; hand-written branches between files
fail once a library is linked whole.

## What linkers do

GNU ld `relocation truncated to fit: R_X86_64_PC32 against ...`, gold `relocation overflow`, lld and mold
`relocation R_X86_64_PC32 out of range`. Measured with distances just above the limit:

| machine | refused | bridged |
|---|---|---|
| x86-64 | 2 GiB: PC32, PLT32; addresses from 2 GiB (32S) and 4 GiB (32) | |
| ARM | 1 MiB: conditional branch in Thumb code (lld makes a thunk) | B, BL in ARM and Thumb code |
| AArch64 | 32 KiB: TBZ; 1 MiB: B.cond, CBZ, ADR, LDR of a literal; 4 GiB: ADRP (not mold) | B, BL |
| PowerPC | 32 KiB: conditional branch (32-bit code) | BL |
| RISC-V | 1 MiB: JAL; 2 GiB: AUIPC, LUI (mold does not look at the former) | |
| MIPS | 128 KiB: branches; 256 MiB: J, JAL (GNU ld only) | |
| s390x, SPARC | 64 KiB: BRC; 8 MiB: WDISP22, 1 MiB: WDISP19, 128 KiB: WDISP16 | |

## How to repair

Allocate the array at run time, or build all code that refers to it with `-mcmodel=medium` (large data) or
`-mcmodel=large`. For hand-written branches, use the long form (`tail f` for `j f` on RISC-V, a branch over `b f`
for `b.eq f` on AArch64), or place the members next to each other.

## Example

    $ arfix check libgrid.a
    warning out-of-range: references that are out of range
      libgrid.a
        grid.o  takes 3.0 GiB of the link's 3.1 GiB; code for the small code model reaches 2 GiB
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.audit.finding import Confidence, Severity
from arfix.audit.refusals import refusal_findings
from arfix.audit.rule import LinkRule, RuleText
from arfix.errors import ArfixError
from arfix.formats.elf.constants import EM, SHF
from arfix.formats.elf.sections import section_rows
from arfix.formats.model import Content
from arfix.linkage.refusals import RefusalKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="out-of-range",
    title="references that are out of range",
    why="An instruction has a limited number of bits for a distance; in a large program some distances do not fit.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
)

_REACH = 1 << 31
_GIB = 1 << 30


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each reference that is out of range, or else for a link larger than its code model."""
    found = list(refusal_findings(TEXT, context, RefusalKind.OUT_OF_RANGE, lambda one: one.other or ""))
    yield from (replace(one, severity=Severity.ERROR) for one in found)
    machine = context.result.machine
    if found or machine is None or machine.number != EM.X86_64:
        return
    sizes = {number: _size(context, number) for number in context.result.cause}
    total = sum(sizes.values())
    if total < _REACH:
        return
    largest = max(sizes, key=lambda number: sizes[number])
    at = context.anchor(largest)
    yield TEXT.finding(
        f"{at.prefix}takes {sizes[largest] / _GIB:.1f} GiB of the link's {total / _GIB:.1f} GiB; "
        "code for the small code model reaches 2 GiB",
        archive=at.archive,
        member=at.member,
    )


def _size(context: Context, number: int) -> int:
    """Return a unit's size in memory in bytes, without large data, from its section headers."""
    unit = context.units[number]
    if unit.content is not Content.ELF_RELOCATABLE:
        return 0
    alloc, large = SHF.ALLOC.value, SHF.X86_64_LARGE.value
    try:
        rows = section_rows(unit.view, unit.facts.elf.header)
    except ArfixError:
        return 0
    return sum(size for _, _, flags, _, _, size, *_ in rows if flags & alloc and not flags & large)


RULE = LinkRule(TEXT, check)
