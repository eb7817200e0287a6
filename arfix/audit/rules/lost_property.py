"""A member disables a hardware protection for the whole program.

## What it finds

Objects whose `.note.gnu.property` lacks a protection that at least half of the archive's objects have: IBT and
SHSTK on x86 (`-fcf-protection`), BTI, PAC and GCS on AArch64 (`-mbranch-protection`), Zicfilp and Zicfiss on
RISC-V. One finding per member.

## Why it matters

A linker keeps such a property only if *every* input has it. A single object assembled without the note silently
removes it from the output. Linked whole, every object of the archive is an input.

## What linkers do

All four drop the property silently. `-z ibt`, `-z shstk` and `-z force-bti` set it regardless of the inputs. With
`-z cet-report=warning` and `-z bti-report=warning`, lld and GNU ld name the objects that lack it.

## How to repair

Compile the member with the same flags as the others, or add the note to the assembly source (on x86, include
`<cet.h>`).

## Example

    $ arfix check libx.a
    warning lost-property: objects that lack a protection the others have
      libx.a
        x.o  lacks ibt, shstk, which 41 of 42 objects have: the output loses it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.errors import ArfixError
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding
    from arfix.formats.elf.properties import Property

TEXT = RuleText(
    id="lost-property",
    title="objects that lack a protection the others have",
    why="A linker keeps IBT, SHSTK or BTI only if every input has it; one object without it disables it for all.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each object that lacks what at least half of the objects have."""
    promises = dict(_promises(library))
    counts: dict[Property, int] = {}
    for one in promises.values():
        for promise in one:
            counts[promise] = counts.get(promise, 0) + 1
    usual = {promise: count for promise, count in counts.items() if count * 2 >= len(promises)}
    for position, one in promises.items() if usual else ():
        lacking = sorted((promise for promise in usual if promise not in one), key=lambda promise: promise.value)
        if lacking:
            names = ", ".join(promise.value for promise in lacking)
            most = max(usual[promise] for promise in lacking)
            yield TEXT.finding(
                f"lacks {names}, which {most} of {len(promises)} objects have: the output loses it",
                archive=library.path,
                member=library.labels[position],
            )


def _promises(library: CheckedLibrary) -> Iterator[tuple[int, frozenset[Property]]]:
    for position, facts in library.objects:
        if facts.content is Content.ELF_RELOCATABLE:
            try:
                sections = facts.section_facts
            except ArfixError:
                continue
            if sections is not None:
                yield position, sections.properties


RULE = ArchiveRule(TEXT, check)
