"""A symbol is thread-local in one object and not in another.

## What it finds

Symbols that one member in the link defines or refers to as thread-local, and another member, or a shared object, as
an ordinary variable. One finding for each symbol and archive, at the member where it is not thread-local.

## Why it matters

The typical case is `errno`: old code declares `extern int errno`, but in current C libraries it is thread-local.
Builds of one library with and without threads differ in the same way. If a linker accepts the mixture, the program
accesses unrelated memory.

## What linkers do

GNU ld `TLS definition in a.o mismatches non-TLS reference in b.o` and gold `used as both __thread and non-__thread`
refuse every such mixture. lld refuses some (`TLS attribute mismatch`); mold refuses none, and the program is wrong.

## How to repair

Include the header that declares the variable (`errno.h`) instead of declaring it by hand, and build the library
again. No arfix command can repair this, since the machine code differs.

## Example

    $ arfix check libold.a --provider libc.a
    error thread-local-mismatch: symbols that are thread-local in one object only
      libold.a
        io.o  errno  is not thread-local here, but is in libc.a(errno.o)
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
    id="thread-local-mismatch",
    title="symbols that are thread-local in one object only",
    why="GNU ld and gold refuse the link; if lld or mold accepts it, the program accesses the wrong memory.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each thread-local symbol and each archive that treats it as an ordinary variable."""

    def message(one: LinkerRefusal) -> str:
        table = None if one.unit is None else context.units[one.unit].table
        if table is not None and one.symbol in table.tls:
            return f"is thread-local here, but not in {one.other}"
        return f"is not thread-local here, but is in {one.other}"

    yield from refusal_findings(TEXT, context, RefusalKind.THREAD_LOCAL, message)


RULE = LinkRule(TEXT, check)
