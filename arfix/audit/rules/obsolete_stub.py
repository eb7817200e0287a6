"""A stub replaces a function that the platform now has.

## What it finds

Members made by `arfix stub` (`arfix-stub-NAME.o`) for symbols that another library of the link defines, whether or
not that member is linked. One finding per symbol and archive.

## Why it matters

A stub makes a function that the platform lacks fail properly. Once the platform has the function, the stub is
wrong: if the real library is linked on demand, the stub satisfies the reference first, the real member is never
linked, and the function keeps failing. If both are linked whole, the real definition takes precedence and the weak
stub only adds size.

## What linkers do

In a link on demand, all four use the first definition that they find, weak or not. If both are in the link, the
strong definition takes precedence.

## How to repair

`arfix strip libx.a arfix-stub-NAME.o`.

## Example

    $ arfix check libcrypto.a --provider libc.a
    warning obsolete-stub: stubs for functions that the platform has
      libcrypto.a
        arfix-stub-openlog.o  openlog  libc.a(syslog.o) defines it, and the stub keeps it out
        repair: arfix strip libcrypto.a arfix-stub-openlog.o
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Fix, Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.edits.requests import Strip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="obsolete-stub",
    title="stubs for functions that the platform has",
    why="The stub satisfies the reference first: the real function is not linked, and calls keep failing.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)

#: What the members that `arfix stub` makes are called.
STUB_PREFIX = "arfix-stub-"


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each symbol of a stub that something else defines too."""
    stubs = [number for number in context.under_test if context.units[number].name.startswith(STUB_PREFIX)]
    if not stubs:
        return
    wanted = {name for number in stubs for name in context.units[number].definitions}
    real = _definers(context, wanted)
    for number in stubs:
        for name in context.units[number].definitions:
            if name in real:
                asleep = "keeps it out" if number in context.result.cause else "would keep it out"
                yield TEXT.finding(
                    f"{real[name]} defines it, and the stub {asleep}",
                    archive=context.path(number),
                    member=context.member(number),
                    symbol=name,
                    fix=Fix(context.path(number), Strip((context.selector(number),))),
                    related=(real[name],),
                )


def _definers(context: Context, wanted: set[str]) -> dict[str, str]:
    """Return, for each of the names, a place other than a stub that defines it."""
    found: dict[str, str] = {}
    for number, unit in enumerate(context.units):
        if not unit.name.startswith(STUB_PREFIX):
            for name in wanted.intersection(unit.definitions):
                found.setdefault(name, context.place(number))
    for item in context.result.link.inputs:
        if item.provider:
            for name in wanted & item.names:
                found.setdefault(name, str(item.where))
    return found


RULE = LinkRule(TEXT, check)
