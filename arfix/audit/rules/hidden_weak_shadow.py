"""A hidden weak copy of a symbol removes the real one from the export table.

## What it finds

Symbols that one member in the link defines as weak and hidden, and another archive with default visibility, strong
or weak (glibc's libm.a defines `fmod` and `floor` as weak aliases). One finding for each symbol and each archive
with a hidden copy. Copies in COMDAT groups are not reported: they are C++ inline functions, of which every module
has its own.

## Why it matters

A linker merges the visibilities of a symbol and uses the most restrictive one, so the symbol stays in the program
but is not in `.dynsym`. A module that is loaded later does not find it. Rust's compiler_builtins has such copies of
libm functions (`fmod`, `sqrt`, `floor` and others; seen in Rust 1.95 and 1.96, not in 1.63 and 1.85): once any Rust
library is linked into the host program, its extension modules no longer find `floor`.

## What linkers do

GNU ld, gold, lld and mold all do this, with and without `--whole-archive`, and none of them warns.

## How to repair

Make the weak copies local: `arfix symbols libx.a --localize NAME...`. Add `--force` if other members of the archive
refer to them; these then use the real definition, as intended. The other hidden weak symbols of compiler_builtins
(`__udivdi3` and others) are hidden on purpose. They are not reported, since no library exports them.

## Example

    $ arfix check libpython.a librust.a --provider libm.a
    warning hidden-weak-shadow: hidden weak copies of exported symbols
      librust.a
        compiler_builtins-f3b5.o  fmod  hides the definition in libm.a(w_fmod.o) from .dynsym
        repair: arfix symbols librust.a --localize fmod
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.formats.model import Visibility

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="hidden-weak-shadow",
    title="hidden weak copies of exported symbols",
    why="The most restrictive visibility wins: the real symbol is not in .dynsym, and modules do not find it.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)

HIDING = frozenset({Visibility.HIDDEN, Visibility.INTERNAL})


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each symbol and archive whose hidden weak copy shadows an exported definition."""
    hidden = _hidden_weak(context)
    visible = _visible(context, frozenset(name for _, name in hidden))
    found: list[tuple[int, str, int]] = []
    names: dict[int, list[str]] = {}
    for (owner, name), number in hidden.items():
        definer = next((one for one in visible.get(name, ()) if context.owners[one] != owner), None)
        if definer is not None and not _is_inline(context, name, number, definer):
            found.append((number, name, definer))
            names.setdefault(owner, []).append(name)
    wanted = {name for item in context.result.link.inputs for name in item.needs}
    for number, name, definer in found:
        path = context.path(number)
        yield TEXT.finding(
            f"hides the definition in {context.place(definer)} from .dynsym",
            archive=path,
            member=context.member(number),
            symbol=name,
            fix=context.localizing(number, sorted(names[context.owners[number]])),
            related=(context.place(definer),),
            severity=Severity.ERROR if name in wanted else TEXT.severity,
        )


def _hidden_weak(context: Context) -> dict[tuple[int, str], int]:
    """Return, for each (input, symbol), the first unit under test in the link with a weak hidden definition."""
    found: dict[tuple[int, str], int] = {}
    for number in context.entered:
        unit = context.units[number]
        if not unit.table.weak or not unit.table.visibility:
            continue
        for name in unit.table.weak:
            if unit.table.visibility.get(name) in HIDING:
                found.setdefault((context.owners[number], name), number)
    return found


def _visible(context: Context, names: frozenset[str]) -> dict[str, list[int]]:
    """Return, for each of the names, the units with a visible definition, in the link or not, in link order."""
    found: dict[str, list[int]] = {}
    if names:
        for number, unit in enumerate(context.units):
            for name in names.intersection((*unit.table.strong, *unit.table.weak)):
                if name not in unit.table.visibility:
                    found.setdefault(name, []).append(number)
    return found


def _is_inline(context: Context, name: str, *numbers: int) -> bool:
    """Return whether each unit defines the name in a COMDAT group, as for C++ inline functions."""
    return all(any(name in group.names for group in context.units[number].table.groups) for number in numbers)


RULE = LinkRule(TEXT, check)
