"""Members are made for different machines.

## What it finds

Objects whose machine, class (32 or 64 bits) or byte order differs from most objects in the archive. One finding per
member. Objects of different formats (Mach-O, COFF and ELF) count as different too, and so do Mach-O objects for
different Apple platforms (iOS and macOS, or a simulator and the device). LLVM bitcode may be mixed with objects for
the machine in its target triple, since lld and Apple's ld compile it during the link.

## Why it matters

`ar` stores and indexes such members without a warning. Linked on demand, a linker may skip them or never read them;
linked whole, the link fails at the first one.

## What linkers do

Linked whole, all fail: GNU ld `i386 architecture of input file ... is incompatible with i386:x86-64 output`, gold
`incompatible target`, lld `is incompatible with start.o`, mold `incompatible file type`. Linked on demand, the
first three do not read the member unless one of its symbols is needed; mold fails anyway.

For Mach-O platforms, ld64.lld reports `has platform iOS, which is different from target platform macOS`. It accepts
objects for a device together with objects for its simulator, which Apple's ld also refuses.

## How to repair

If there are only a few such members, remove them with `arfix strip libx.a MEMBER`. Otherwise the archive was
assembled from two builds; build it again.

## Example

    $ arfix check libx.a
    error mixed-machine: members for different machines
      libx.a
        x.o  made for i386 (32 bit, little endian), while 41 members are for x86-64 (64 bit, little endian)
        repair: arfix strip libx.a x.o
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from arfix.audit.finding import Fix, Safety, Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.edits.requests import Strip
from arfix.errors import ArfixError
from arfix.formats.macho_platform import read_macho_platform
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding
    from arfix.formats.model import Machine

TEXT = RuleText(
    id="mixed-machine",
    title="members for different machines",
    why="ar indexes them without a warning; whole, every linker fails at the first member for the wrong machine.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


#: The special member of a library for ARM64EC, where x86-64 and AArch64 objects belong together. Source: Microsoft,
#: "Overview of ARM64EC ABI conventions".
_EC_SYMBOLS = "/<ECSYMBOLS>/"


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each object whose machine is not the most common one."""
    if any(extra.name == _EC_SYMBOLS for extra in library.archive.extras):
        return
    machines: dict[int, Machine] = {}
    for position, facts in library.objects:
        try:
            machine = facts.machine
        except ArfixError:
            continue
        if machine is not None:
            machines[position] = machine
    _place_bitcode(library, machines)
    counts: dict[Machine, int] = {}
    for machine in machines.values():
        counts[machine] = counts.get(machine, 0) + 1
    if len(counts) < 2:
        yield from _platforms(library)
        return
    usual = max(counts, key=lambda machine: counts[machine])
    for position, machine in machines.items():
        if machine != usual:
            yield TEXT.finding(
                f"made for {_machine_text(machine)}, while {counts[usual]} members are for {_machine_text(usual)}",
                archive=library.path,
                member=library.labels[position],
                fix=Fix(library.path, Strip((library.selector(position),)), Safety.UNSAFE),
            )


def _platforms(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each Mach-O object that is not of the platform most are of."""
    found = {
        position: platform
        for position, content in enumerate(library.contents)
        if content is Content.MACHO
        and (platform := read_macho_platform(library.archive.members[position].data)) is not None
    }
    counts = Counter(platform.name for platform in found.values())
    if len(counts) < 2:
        return
    usual, number = counts.most_common(1)[0]
    device = usual.removesuffix(" Simulator")
    for position, platform in found.items():
        if platform.name != usual:
            near = platform.device == device
            yield TEXT.finding(
                f"built for {platform.name}, while {number} {'member is' if number == 1 else 'members are'} for {usual}"
                + ("; lld takes both, and Apple's ld does not" if near else ""),
                archive=library.path,
                member=library.labels[position],
                fix=Fix(library.path, Strip((library.selector(position),)), Safety.UNSAFE),
                severity=Severity.WARNING if near else None,
            )


def _place_bitcode(library: CheckedLibrary, machines: dict[int, Machine]) -> None:
    """Give bitcode members the machine of the other objects if their triples name the same one.

    Bitcode has no machine number of an object format, so its `Machine` never equals an object's.
    """
    native = {
        machine._replace(number=0): machine
        for position, machine in machines.items()
        if library.contents[position] is not Content.BITCODE
    }
    for position, machine in machines.items():
        if library.contents[position] is Content.BITCODE:
            machines[position] = native.get(machine, machine)


def _machine_text(machine: Machine) -> str:
    bits = f"{machine.bits} bit, " if machine.bits else ""
    return f"{machine.name} ({bits}{machine.byte_order} endian)"


RULE = ArchiveRule(TEXT, check)
