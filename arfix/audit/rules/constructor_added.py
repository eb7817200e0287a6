"""Linked whole, the archive adds code that runs before `main`.

## What it finds

Objects with constructors: `.init_array`, `.preinit_array`, `.ctors` or `.init` sections that are not empty. One
finding per member, and none if the archive is linked on demand.

## Why it matters

Linked on demand, the member's code runs only in programs that use one of its symbols. With `--whole-archive` it
runs in every program that contains the library, before `main`, in an order that depends on the link.

## What linkers do

All linkers keep the constructors of every object in the link, even with `--gc-sections`.

## How to repair

Nothing is broken. Check that the code may run early and in every program. If not, remove the member (`arfix strip
libx.a MEMBER`) or link the archive on demand.

## Example

    $ arfix check --all libx.a
    info constructor-added: code that runs at start
      libx.a
        x.o  .init_array runs code before main in every program that carries it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.errors import ArfixError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="constructor-added",
    title="code that runs at start",
    why="On demand it runs only where the member is used; whole, it runs before main in every program.",
    explanation=__doc__ or "",
    severity=Severity.INFO,
)


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each object that runs code at start."""
    if library.settings.on_demand:
        return
    for position, facts in library.objects:
        try:
            sections = facts.section_facts
        except ArfixError:
            continue
        if sections is not None and sections.constructors:
            names = ", ".join(dict.fromkeys(sections.constructors))
            yield TEXT.finding(
                f"{names} runs code before main in every program that carries it",
                archive=library.path,
                member=library.labels[position],
            )


RULE = ArchiveRule(TEXT, check)
