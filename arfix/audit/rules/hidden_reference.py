"""A shared object in the link needs a symbol that is hidden.

## What it finds

Symbols that a member in the link defines, that are hidden in the output, and that a shared object given with
`--provider` needs and no other shared object defines. One finding per symbol and archive.

## Why it matters

A hidden symbol is not visible outside the file that defines it, so the shared object does not find it when the
program starts. The usual case is a function of a static part of the runtime (`atexit` in libc_nonshared.a,
`__sfp_handle_exceptions` in libgcc.a) that should have been linked into the shared object.

## What linkers do

GNU ld `hidden symbol 'f' in x.o is referenced by DSO`, lld 17 and later `non-exported symbol 'f' is referenced by
DSO`; both refuse, for executables. gold, mold and older releases of lld accept the link, and the program does not
start or fails at the first call.

## How to repair

- The shared object was linked without a library that it needs: link it again, with that library.
- The symbol is meant to be public: build the library without `-fvisibility=hidden` for that symbol. (`arfix symbols
  libx.a --globalize f` does not change the visibility.)

## Example

    $ arfix check libmain.a libhelp.a --provider libdso.so
    error hidden-reference: hidden symbols that a shared object needs
      libhelp.a
        helper.o  helper  is hidden, and libdso.so needs it
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
    id="hidden-reference",
    title="hidden symbols that a shared object needs",
    why="A hidden symbol is not visible outside its file: the shared object does not find it when the program starts.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each hidden symbol that a shared object needs."""
    yield from refusal_findings(TEXT, context, RefusalKind.HIDDEN, _message)


def _message(one: LinkerRefusal) -> str:
    return f"is hidden, and {one.other} needs it"


RULE = LinkRule(TEXT, check)
