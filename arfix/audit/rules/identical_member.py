"""A member has the same bytes as an earlier one.

## What it finds

Objects that the archive contains more than once, byte for byte, under any name. One finding per copy. Copies that
define no symbol do no harm and are not reported.

## Why it matters

Linked on demand, the second copy is never used. With `--whole-archive` both copies are linked, and each of their
strong symbols is defined twice. If all their symbols are weak or in COMDAT groups, they are merged, and the copy
only adds size.

## What linkers do

All four report `multiple definition` or `duplicate symbol` for each strong symbol; `--allow-multiple-definition`
hides the error and keeps the code of both copies.

## How to repair

Remove the later copy: `arfix strip libx.a 'x.o#2'`. Nothing is lost, since the first copy defines the same symbols.

## Example

    $ arfix check libx.a
    warning identical-member: member stored twice
      libx.a
        x.o#2  the same 1,024 bytes as x.o
        repair: arfix strip libx.a 'x.o#2'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Fix, Safety, Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.edits.requests import Strip
from arfix.errors import ArfixError
from arfix.formats.model import ELF_CONTENTS
from arfix.symbols.effects import self_acting_sections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding
    from arfix.formats.inspect import ObjectFacts

TEXT = RuleText(
    id="identical-member",
    title="member stored twice",
    why="On demand the copy is not used; whole, both are linked, and each of their strong symbols is defined twice.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each object with the same bytes as an earlier member."""
    by_size: dict[int, list[tuple[int, ObjectFacts]]] = {}
    for position, facts in library.objects:
        by_size.setdefault(facts.view.nbytes, []).append((position, facts))
    copies = [pair for group in by_size.values() if len(group) > 1 for pair in _copies(group)]
    for position, original, facts in sorted(copies, key=lambda copy: copy[0]):
        if _defines_nothing(facts):
            continue
        yield TEXT.finding(
            f"the same {facts.view.nbytes:,} bytes as {library.labels[original]}",
            archive=library.path,
            member=library.labels[position],
            fix=_removal(library, position, facts),
            related=(f"{library.path}({library.labels[original]})",),
        )


def _removal(library: CheckedLibrary, position: int, facts: ObjectFacts) -> Fix:
    """Return the removal of a copy; if it acts by being linked, it acts once less afterwards."""
    selector = library.selector(position)
    acting = self_acting_sections(facts.elf) if facts.content in ELF_CONTENTS else ()
    costs = (f"{', '.join(acting)} of {selector} is linked once, not twice",) if acting else ()
    return Fix(library.path, Strip((selector,)), Safety.UNSAFE if acting else Safety.SAFE, costs)


def _copies(group: list[tuple[int, ObjectFacts]]) -> Iterator[tuple[int, int, ObjectFacts]]:
    """Yield (position of a copy, position of the first with those bytes, facts) among members of one size."""
    first: dict[bytes, int] = {}
    for position, facts in group:
        original = first.setdefault(bytes(facts.view), position)
        if original != position:
            yield position, original, facts


def _defines_nothing(facts: ObjectFacts) -> bool:
    try:
        return not facts.definitions
    except ArfixError:
        return True


RULE = ArchiveRule(TEXT, check)
