"""A shared object on the link line needs symbols that nothing has.

## What it finds

For executables: undefined symbols of a shared object named with `--provider` that no archive, no other shared object
of the link and no library that it names itself defines. One finding per shared object.

## Why it matters

The link of the program fails for a fault of the library: it was linked without something that it uses, or the library
that it names is not where it should be. On another machine, with another linker, the same line is green and the
program does not start.

## What linkers do

GNU ld looks into the libraries that a shared object names and says `libx.so: undefined reference to f`. gold and lld
say so only where all of these are on the line themselves, and mold never does. `-Wl,--allow-shlib-undefined` turns
it off; for a shared output it is off.

## How to repair

Name the library that has the symbol, after the shared object, or link the shared object anew with that library.

## Example

    $ arfix check libmain.a --provider libzip.so
    error library-undefined: shared objects that lack symbols themselves
      libmain.a
        libzip.so needs 1 symbol that nothing has: at_load
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity, counted_names
from arfix.audit.rule import LinkRule, RuleText
from arfix.linkage.refusals import LinkerRefusal, RefusalKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="library-undefined",
    title="shared objects that lack symbols themselves",
    why="GNU ld refuses a program for what a shared object on its line lacks; elsewhere the program does not start.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each shared object that lacks something."""
    groups: dict[str, list[LinkerRefusal]] = {}
    for one in context.refusals:
        if one.kind is RefusalKind.LIBRARY_UNDEFINED and one.other is not None:
            groups.setdefault(one.other, []).append(one)
    for path, found in groups.items():
        names = [one.symbol for one in found]
        count = "1 symbol" if len(names) == 1 else f"{len(names)} symbols"
        unfound = found[0].unfound
        where = f"; {counted_names(unfound)}, which it names, was not found" if unfound else ""
        yield TEXT.finding(
            f"{path} needs {count} that nothing has: {counted_names(names)}{where}",
            archive=context.settings.archives[0],
            symbol=names[0] if len(names) == 1 else None,
            related=(path,),
            severity=Severity.INFO if unfound else None,
        )


RULE = LinkRule(TEXT, check)
