"""A shared object on the link line needs symbols that nothing in the link defines.

## What it finds

For executables: undefined symbols of a shared object given with `--provider` that are not defined by any archive,
by another shared object in the link, or by the libraries that the shared object itself depends on. One finding per
shared object.

## Why it matters

The link of the program fails because of a fault in the library: the library was linked without one that it uses, or
a library that it depends on is not where it should be. With another linker the same link may succeed, and the
program does not start.

## What linkers do

GNU ld searches the libraries that a shared object depends on and reports `libx.so: undefined reference to f`. gold
and lld report it only if all of these libraries are on the link line. mold does so in programs from 2.38 on, and
before, from 2.33 on, if `--no-allow-shlib-undefined` asks for it.
`-Wl,--allow-shlib-undefined` turns the check off; it is off by default for a shared output.

## How to repair

Add the library that defines the symbol after the shared object, or link the shared object again with that library.
If the library that defines it is only in a folder that GNU ld does not search, name the folder with
`-Wl,-rpath-link,DIR`; `-L` does not do it.

## Example

    $ arfix check libmain.a --provider libzip.so
    error library-undefined: shared objects with undefined symbols
      libmain.a
        libzip.so needs 1 symbol that nothing has: at_load
"""

from __future__ import annotations

import shlex
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
    title="shared objects with undefined symbols",
    why="GNU ld refuses a link if a shared object lacks symbols; with others the program does not start.",
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
        if unsearched := found[0].unsearched:
            options = " ".join(shlex.quote(f"-Wl,-rpath-link,{folder}") for folder in unsearched)
            where += f"; the linker does not look for what it names in its folder: {options} says where"
        yield TEXT.finding(
            f"{path} needs {count} that nothing has: {counted_names(names)}{where}",
            archive=context.first_archive,
            symbol=names[0] if len(names) == 1 else None,
            related=(path,),
            severity=Severity.INFO if unfound and not unsearched else None,
        )


RULE = LinkRule(TEXT, check)
