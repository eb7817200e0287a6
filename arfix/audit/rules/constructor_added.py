"""Linked whole, the archive brings code that runs before `main`.

## What it finds

Objects with constructors: `.init_array`, `.preinit_array`, `.ctors` or `.init` sections that are not empty. One
finding per member; none when the archive is read on demand.

## Why it matters

On demand such a member runs its code only in programs that use what it defines. Under `--whole-archive` it runs in
every program that carries the library, in an order that the link decides, before `main` and before anybody asked.

## What linkers do

All keep constructors of every object that enters, `--gc-sections` or not.

## How to repair

Nothing is broken. Look whether the code may run early and everywhere; if not, leave the member out (`arfix strip
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
    why="On demand it runs where the member is used; whole, it runs before main in every program that carries it.",
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
