"""Code that cannot stand in a shared object.

## What it finds

With `--target shared`: relocations that no shared object can have. One finding per symbol and archive they refer
to; one per member where they refer to the member's own code or data.

- The distance to a symbol that another module may preempt (`R_X86_64_PC32 against z_errmsg`): code compiled with
  `-fPIE`, which trusts that its symbols stay its own.
- An address that is known at link time (`R_X86_64_32S`): code compiled without either.
- Thread-local offsets that only an executable knows (local-exec TLS).
- A warning, not an error: addresses in code or constants, which the loader has to write there (text relocations).

## Why it matters

Readiness depends on the target. Debian's libz, libbz2, libffi and libsqlite3 go whole into a position-independent
executable and fail with `-shared`, since distributions build static libraries as PIE code. On demand only the
members that are used matter; whole, one bad member spoils the link.

## What linkers do

GNU ld `relocation R_X86_64_PC32 against symbol ... can not be used when making a shared object; recompile with
-fPIC`, gold `requires dynamic R_X86_64_PC32 reloc`, lld `cannot be used against symbol`, mold `recompile with
-fPIC`. Text relocations: GNU ld warns (`DT_TEXTREL`), gold and mold make them in silence, lld refuses.

## How to repair

- Use the build for shared objects where the distribution has one: a `libffi_pic.a` beside `libffi.a` is named in
  the finding.
- Build the library with `-fPIC`.
- Symbols that need not be preempted: `-Wl,-Bsymbolic` rescues libz, libffi and libsqlite3, not libbz2 (it refers to
  `stderr` of the C library).

## Example

    $ arfix check libz.a --target shared
    error not-pic: code that cannot stand in a shared object
      libz.a
        deflate.o  z_errmsg  R_X86_64_PC32 in .text needs the distance to a symbol that another module may preempt
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
    id="not-pic",
    title="code that cannot stand in a shared object",
    why="On demand only members in use matter; whole, one member built without -fPIC spoils the shared object.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each symbol and archive whose code refers to it as a shared object cannot."""
    if context.settings.target is Target.SHARED:
        from arfix.audit.position_dependence import position_findings  # noqa: PLC0415 (start-up: this target alone)

        yield from position_findings(TEXT, context)


RULE = LinkRule(TEXT, check)
