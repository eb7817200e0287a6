"""Code that refers to a section which is not in the link, since another copy of its group is.

## What it finds

Relocations of a section that stays against a local symbol in a COMDAT group that goes. One finding per symbol and
archive.

## Why it matters

Of two groups with one name a linker keeps the first. Only the group's own sections may refer to its local symbols, so
that nothing is left behind when it goes. Older compilers did not keep to that (thunks of destructors in GCC before
4.6), and two builds with different options may name a group alike and fill it differently. On demand the second
member often stays out; whole, both enter.

## What linkers do

GNU ld `X referenced in section .text of b.o: defined in discarded section`, gold `relocation refers to local symbol,
which is defined in a discarded section` and lld `relocation refers to a discarded section` refuse. mold fills in a
zero without a word: the program crashes there.

## How to repair

Build both libraries with one compiler and one set of options. The order of the libraries decides which copy is kept:
where the one that refers to itself comes first, the link succeeds.

## Example

    $ arfix check libnew.a libboost_thread.a
    error discarded-reference: references into sections that are not in the link
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
    title="references into sections that are not in the link",
    why="Of two groups with one name the first is kept; what refers to the inside of the other is left without it.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each discarded local symbol that the rest of the link refers to."""
    yield from refusal_findings(TEXT, context, RefusalKind.DISCARDED, _message)


def _message(one: LinkerRefusal) -> str:
    return f"{one.other} refers to it, and another copy of its group is kept"


RULE = LinkRule(TEXT, check)
