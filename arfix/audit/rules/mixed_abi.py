"""Objects for the same machine use different calling conventions.

## What it finds

Objects whose ABI is not compatible with that of most objects in the link: ARM soft-float and hard-float, or
different EABI versions; MIPS o32 and n32, or legacy and 2008 NaN encodings; RISC-V soft and double float, or RVE
and RVI; PowerPC ELFv1 and ELFv2; LoongArch float ABIs. One finding per member.

## Why it matters

The caller would put arguments where the function does not look for them, and the same for results. Objects that do
not record an ABI are compatible with all. Linked on demand, such a member may never be used; linked whole, it
always is.

## What linkers do

They refuse: GNU ld `uses VFP register arguments, x.o does not`, `can't link soft-float modules with double-float
modules`, `ABI version 1 is not compatible with ABI version 2 output`; lld reports similar errors. If only one of
the two refuses, the finding says which.

## How to repair

Build the library with the same `-mabi`, `-mfloat-abi` and `-march` as the rest, or use the matching multilib
variant. If nothing needs the member, it can be removed: `arfix strip libx.a MEMBER`.

## Example

    $ arfix check libx.a --provider libc.a
    error mixed-abi: objects that disagree on the calling convention
      libx.a
        x.o  floating-point ABI: soft here, hard in most objects
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from arfix.audit.finding import Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.errors import ArfixError
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding
    from arfix.formats.elf.abi import Abi, AbiConflict

TEXT = RuleText(
    id="mixed-abi",
    title="objects that disagree on the calling convention",
    why="Caller and function disagree on where arguments are; linkers refuse to combine such objects.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each unit under test whose ABI conflicts with the most common one of the link."""
    machine = context.result.machine
    from arfix.formats.elf.abi import SINGLE_ABI, compare  # noqa: PLC0415 (start-up: most machines have one ABI)

    if machine is None or machine.name in SINGLE_ABI:
        return

    abis: dict[int, Abi] = {}
    for number in sorted(context.result.cause):
        unit = context.units[number]
        if unit.content is Content.ELF_RELOCATABLE and unit.machine == machine:
            try:
                abis[number] = unit.facts.elf.abi
            except ArfixError:
                continue
    usual = _most_common(abis)
    for number in context.entered:
        if usual is None or number not in abis:
            continue
        conflict = compare(abis[number], usual)
        if conflict is not None:
            yield TEXT.finding(
                f"{conflict.what}: {conflict.first} here, {conflict.second} in most objects"
                f"{_refusing_linkers(conflict)}",
                archive=context.path(number),
                member=context.member(number),
            )
    if usual is not None:
        yield from _providers(context, usual, abis)


def _providers(context: Context, usual: Abi, abis: dict[int, Abi]) -> Iterator[Finding]:
    """Yield a finding for each provider that conflicts with the archives under test."""
    from arfix.formats.elf.abi import compare  # noqa: PLC0415 (see above)

    for at, item in enumerate(context.result.link.inputs):
        if not item.provider:
            continue
        theirs = [abi for number, abi in abis.items() if context.owners[number] == at]
        if item.shared is not None and item.shared.abi is not None:
            theirs = [item.shared.abi]
        conflict = next((one for abi in theirs if (one := compare(abi, usual)) is not None), None)
        if conflict is not None and conflict.what != "machine":
            where = "" if item.units else " (gold refuses; elsewhere calls pass values in the wrong place)"
            yield TEXT.finding(
                f"{item.where.path}: {conflict.what}: {conflict.first} there, {conflict.second} here"
                f"{_refusing_linkers(conflict) if item.units else where}",
                archive=context.first_archive,
                related=(item.where.path,),
            )


def _refusing_linkers(conflict: AbiConflict) -> str:
    """Return which linkers refuse the pair, if not all do."""
    from arfix.formats.elf.abi import RefusedBy  # noqa: PLC0415 (see above)

    match conflict.refusal:
        case RefusedBy.EVERY_LINKER:
            return ""
        case RefusedBy.LLD:
            return " (lld refuses, GNU ld warns)"
        case RefusedBy.GNU_LD:
            return " (GNU ld refuses, lld does not)"
        case _:
            assert_never(conflict.refusal)


def _most_common(abis: dict[int, Abi]) -> Abi | None:
    """Return the most common ABI of the units that record one; of equally common ones, the first."""
    counts: dict[tuple[str | None, ...], int] = {}
    firsts: dict[tuple[str | None, ...], Abi] = {}
    for abi in abis.values():
        key = (abi.version, abi.float_abi, abi.registers, abi.nan)
        counts[key] = counts.get(key, 0) + sum(part is not None for part in key)
        firsts.setdefault(key, abi)
    return firsts[max(counts, key=lambda key: counts[key])] if counts else None


RULE = LinkRule(TEXT, check)
