"""Code cannot be linked into a position-independent executable.

## What it finds

With `--target pie`: relocations that need an address known at link time, such as `R_X86_64_32S`, or a base register
that only static programs set up. One finding for each symbol and archive, or for each member if the relocations
refer to the member's own code or data. Addresses in code or constants, which the loader would have to fill in, are
a warning.

## Why it matters

Distributions link programs as PIE by default. Hand-written assembly and code built with `-fno-pie` go unnoticed
while their members are not used; linked whole, a single such member makes the link fail.

## What linkers do

All refuse: GNU ld `relocation R_X86_64_32S against ... can not be used when making a PIE object; recompile with
-fPIE`, the others with similar messages. Text relocations: GNU ld warns (`DT_TEXTREL in a PIE`), gold and mold
create them silently, lld refuses.

## How to repair

Build the library with `-fPIE` or `-fPIC`, use its `_pic.a` build if there is one, or link the program with
`-no-pie`.

## Example

    $ arfix check libx.a --target pie
    error not-pie: code that cannot be linked into a position-independent executable
      libx.a
        x.o  table  R_X86_64_32S in .text needs an address that is known at link time
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.linkage.model import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="not-pie",
    title="code that cannot be linked into a position-independent executable",
    why="Programs are linked as PIE by default; whole, one member built for a fixed address makes the link fail.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each symbol and archive whose code refers to it as a PIE cannot."""
    if context.settings.target is Target.PIE:
        from arfix.audit.position_dependence import position_findings  # noqa: PLC0415 (start-up: this target alone)

        yield from position_findings(TEXT, context)


RULE = LinkRule(TEXT, check)
