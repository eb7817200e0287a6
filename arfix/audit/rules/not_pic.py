"""Code cannot be linked into a shared object.

## What it finds

With `--target shared`: relocations that a shared object cannot contain. One finding for each symbol and archive, or
for each member if the relocations refer to the member's own code or data.

- The distance to a symbol that another module may preempt (`R_X86_64_PC32 against z_errmsg`): the code was compiled
  with `-fPIE`, which assumes that its symbols are not preempted.
- An address that must be known at link time (`R_X86_64_32S`): the code was compiled without `-fPIC` and `-fPIE`.
- Thread-local offsets that only an executable knows (local-exec TLS).
- As a warning: addresses in code or constants, which the loader has to fill in (text relocations).

## Why it matters

Distributions build static libraries as PIE code. So Debian's libz, libbz2, libffi and libsqlite3 can be linked
whole into a position-independent executable, but not into a shared object. Linked on demand, only the members in
use matter; linked whole, a single such member makes the link fail.

## What linkers do

GNU ld `relocation R_X86_64_PC32 against symbol ... can not be used when making a shared object; recompile with
-fPIC`, gold `requires dynamic R_X86_64_PC32 reloc`, lld `cannot be used against symbol`, mold `recompile with
-fPIC`. Text relocations: GNU ld warns (`DT_TEXTREL`), gold and mold create them silently, lld refuses.

## How to repair

- Use the distribution's build for shared objects if there is one: the finding names a `libffi_pic.a` in the same
  directory as `libffi.a`.
- Build the library with `-fPIC`.
- If the symbols need not be preemptible, link with `-Wl,-Bsymbolic`. This is enough for libz, libffi and
  libsqlite3, but not for libbz2, which refers to `stderr` of the C library.

## Example

    $ arfix check libz.a --target shared
    error not-pic: code that cannot be linked into a shared object
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
    title="code that cannot be linked into a shared object",
    why="On demand only members in use matter; whole, one member built without -fPIC makes the link fail.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each symbol and archive whose code refers to it as a shared object cannot."""
    if context.settings.target is Target.SHARED:
        from arfix.audit.position_dependence import position_findings  # noqa: PLC0415 (start-up: this target alone)

        yield from position_findings(TEXT, context)


RULE = LinkRule(TEXT, check)
