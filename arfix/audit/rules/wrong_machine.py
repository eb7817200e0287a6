"""An input of the link is for another machine, so the link cannot use it.

## What it finds

Archives under test, and archives and shared objects named with `--provider`, whose objects are for another machine,
word size or byte order than the first object of the link. One finding per file. Single members that differ from
their own archive are reported by `mixed-machine`. Mach-O archives for another platform (a macOS library in an iOS
link) are reported too.

## Why it matters

A sysroot with libraries for two machines, or a path to the libraries of the host, is a common mistake in cross
builds. The symbols of such a library are then undefined, and the cause is not obvious.

## What linkers do

GNU ld `file in wrong format` or `architecture of input file is incompatible`, gold `incompatible target`, lld `is
incompatible with`, mold `incompatible file type`: all refuse such a file on the command line. For `-lx`, GNU ld,
gold and mold skip the file and continue to search; lld uses it and fails.

ld64.lld reports `has platform macOS, which is different from target platform iOS`. It accepts objects for a
simulator together with those for the device, which Apple's ld refuses.

## How to repair

Use the library for the machine of the link.

## Example

    $ arfix check libapp.a --provider /usr/lib/libc.so.6
    error wrong-machine: inputs for another machine
      libapp.a
        /usr/lib/libc.so.6 is for x86-64, and the link is for aarch64: the link cannot use it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.formats.macho_platform import read_macho_platform
from arfix.formats.model import Content
from arfix.linkage.model import RejectionReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding
    from arfix.formats.macho_platform import MachoPlatform
    from arfix.formats.model import Machine

TEXT = RuleText(
    id="wrong-machine",
    title="inputs for another machine",
    why="Every linker refuses an object for another machine, and its symbols are not used.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each input that the link cannot use."""
    machine = context.result.machine
    if machine is None:
        return
    rejected = {one.unit for one in context.result.rejected if one.reason is RejectionReason.WRONG_MACHINE}
    owners = {context.owners[number] for number in rejected}
    for at, item in enumerate(context.result.link.inputs):
        other = None
        if item.shared is not None:
            other = item.shared.machine
        elif at in owners and not any(context.owners[number] == at for number in context.result.cause):
            other = next(context.units[number].machine for number in rejected if context.owners[number] == at)
        if other is None or other == machine:
            continue
        is_tested = not item.provider and bool(item.units)
        name, both = item.where.path, (spell(other), spell(machine))
        yield TEXT.finding(
            f"{'' if is_tested else name + ' '}is for {both[0]}, and the link is for {both[1]}: the link cannot use it",
            archive=name if is_tested else context.first_archive,
            related=() if is_tested else (name,),
        )
    yield from _platforms(context)


def _platforms(context: Context) -> Iterator[Finding]:
    """Yield a finding for each input with a Mach-O object that is for another platform than the first one is for."""
    first: MachoPlatform | None = None
    told: set[int] = set()  # inputs, and that of the first object: its own members are for `mixed-machine`
    rejected = {one.unit for one in context.result.rejected if one.reason is RejectionReason.WRONG_MACHINE}
    for number in sorted(rejected.union(context.result.cause)):
        unit = context.units[number]
        platform = read_macho_platform(unit.view) if unit.content is Content.MACHO else None
        owner = context.owners[number]
        if first is None and platform is not None:
            first = platform
            told.add(owner)
        if platform is None or first is None or platform.name == first.name or owner in told:
            continue
        told.add(owner)
        item = context.result.link.inputs[owner]
        near = platform.device == first.device
        is_tested = not item.provider
        name = item.where.path
        yield TEXT.finding(
            f"{'' if is_tested else name + ' '}is built for {platform.name}, and the link is for {first.name}"
            + ("; lld takes both, and Apple's ld does not" if near else ""),
            archive=name if is_tested else context.first_archive,
            member=context.member(number) if is_tested else None,
            related=() if is_tested else (context.place(number),),
            severity=Severity.WARNING if near else None,
        )


def spell(machine: Machine) -> str:
    """Return a machine's name, with its word size if the name does not include it."""
    return machine.name if str(machine.bits) in machine.name else f"{machine.name} ({machine.bits} bits)"


RULE = LinkRule(TEXT, check)
