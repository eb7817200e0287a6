"""A program that is larger than its code can reach.

## What it finds

On x86-64, and on no other machine yet: links whose members take more than 2 GiB of memory together, most of it usually
one array. One finding per link, at the largest member.

## Why it matters

Code for the small code model, which compilers make unless told otherwise, refers to functions and variables by a
distance of 32 bits. Where the program is larger, some distance does not fit; which one depends on the order of the
objects. A library with a table of gigabytes links alone and fails beside others.

## What linkers do

GNU ld `relocation truncated to fit: R_X86_64_PC32 against ...`, gold `relocation overflow`, lld and mold `relocation
R_X86_64_PC32 out of range`. All fail, once one distance is too large.

## How to repair

Allocate the array at run time, or build all that refers to it with `-mcmodel=medium` (large data) or `-mcmodel=large`.

## Example

    $ arfix check libgrid.a
    warning out-of-range: programs larger than their code can reach
      libgrid.a
        grid.o  takes 3.0 GiB of the link's 3.1 GiB; code for the small code model reaches 2 GiB
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Confidence, Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.errors import ArfixError
from arfix.formats.constants import SHF_ALLOC
from arfix.formats.elf.file import read_header
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="out-of-range",
    title="programs larger than their code can reach",
    why="Code for the small code model reaches 2 GiB: in a larger program some distance does not fit.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
)

_X86_64 = 62
#: SHF_X86_64_LARGE: data that code refers to with 64 bits. Source: x86-64 psABI, "Large code model".
_LARGE = 0x10000000
_REACH = 1 << 31
_GIB = 1 << 30


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for a link whose members take more than their code reaches."""
    machine = context.result.machine
    if machine is None or machine.number != _X86_64:
        return
    sizes = {number: _size(context, number) for number in context.result.cause}
    total = sum(sizes.values())
    if total < _REACH:
        return
    largest = max(sizes, key=lambda number: sizes[number])
    is_tested = context.is_under_test(largest)
    place = "" if is_tested else f"{context.short_place(largest)} "
    yield TEXT.finding(
        f"{place}takes {sizes[largest] / _GIB:.1f} GiB of the link's {total / _GIB:.1f} GiB; "
        "code for the small code model reaches 2 GiB",
        archive=context.path(largest) if is_tested else context.settings.archives[0],
        member=context.member(largest) if is_tested else None,
    )


def _size(context: Context, number: int) -> int:
    """Return the bytes that a unit takes in memory, without large data; section headers alone are looked at."""
    unit = context.units[number]
    if unit.content is not Content.ELF_RELOCATABLE:
        return 0
    try:
        header = read_header(unit.view)
    except ArfixError:
        return 0
    layout, start = header.section_layout, header.section_offset
    rows = layout.iter_unpack(unit.view[start : start + header.section_count * layout.size])
    return sum(row[5] for row in rows if row[2] & SHF_ALLOC and not row[2] & _LARGE)


RULE = LinkRule(TEXT, check)
