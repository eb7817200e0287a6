"""Code refers to a section that the linker discards because it keeps another copy of the same group.

## What it finds

Relocations in a section that is kept, against a local symbol in a COMDAT group that is discarded. One finding per
symbol and archive.

## Why it matters

If two COMDAT groups have the same name, a linker keeps the first. Only sections of the group may refer to its local
symbols, so that the group can be discarded. Older compilers broke this rule (destructor thunks in GCC before 4.6),
and two builds with different options can give a group the same name but different contents. Linked on demand, the
second member often stays out; linked whole, both are in the link.

## What linkers do

GNU ld `X referenced in section .text of b.o: defined in discarded section`, gold `relocation refers to local
symbol, which is defined in a discarded section` and lld `relocation refers to a discarded section` refuse the link.
mold silently uses zero as the address, and the program crashes there.

## How to repair

Build both libraries with one compiler and one set of options. The order of the libraries decides which copy is
kept: if the member with the reference comes first, the link succeeds.

## Example

    $ arfix check libnew.a libboost_thread.a
    error discarded-reference: references into discarded sections
      libboost_thread.a
        old.o  .text._ZN1XD2Ev  .text._ZN1XD1Ev refers to it, and another copy of its group is kept
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.refusals import refusal_findings
from arfix.audit.rule import LinkRule, RuleText
from arfix.linkage.refusals import RefusalKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding
    from arfix.linkage.refusals import LinkerRefusal

TEXT = RuleText(
    id="discarded-reference",
    title="references into discarded sections",
    why="Of two groups with one name, only the first is kept; references into the other have no target.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each discarded local symbol that the rest of the link refers to."""
    yield from refusal_findings(TEXT, context, RefusalKind.DISCARDED, _message)


def _message(one: LinkerRefusal) -> str:
    return f"{one.other} refers to it, and another copy of its group is kept"


RULE = LinkRule(TEXT, check)
