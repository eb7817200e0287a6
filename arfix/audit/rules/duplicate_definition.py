"""A symbol is defined strongly more than once.

## What it finds

Strong definitions of one symbol in two members that are both in the link, within one archive or in two. Weak
definitions, common symbols, COMDAT groups and linkonce sections meet without harm and are not told. One finding per
symbol and archive, at the definition that loses.

Two archives that are one library under two names are told once and not symbol by symbol: the same objects again, or
variants such as `libform.a` and `libformw.a`, `libffi.a` and `libffi_pic.a`. A link takes one of them.

## Why it matters

On demand the second definition's member is not read once the symbol is defined. Under `--whole-archive` both are read.

## What linkers do

GNU ld and gold `multiple definition of`, lld and mold `duplicate symbol`; all fail. `--allow-multiple-definition`
(`-z muldefs`) makes them take the first and keep the code of both.

## How to repair

- The member that loses is a copy, or everything it defines is defined elsewhere: `arfix strip libx.a MEMBER`.
- Only some of its symbols clash: make those local to it, with `arfix symbols libx.a --localize SYMBOL --member MEMBER`.
- Two variants of one library: name one of them.

## Example

    $ arfix check libssl.a libcrypto.a
    error duplicate-definition: symbols defined more than once
      libcrypto.a
        libcrypto-lib-sparse_array.o  ossl_sa_new  already defined by libssl.a(libssl-lib-sparse_array.o)
        repair: arfix strip libcrypto.a libcrypto-lib-sparse_array.o
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.aliases import Likeness, likeness
from arfix.audit.finding import Fix, Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.edits.requests import Strip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding
    from arfix.linkage.model import Clash

TEXT = RuleText(
    id="duplicate-definition",
    title="symbols defined more than once",
    why="On demand only the first definition is read; whole, both are, and every linker refuses the link.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each pair of archives that are one library, then for each symbol and archive."""
    aliases = _aliases(context)
    inputs = context.result.link.inputs
    told: set[int] = set()
    for (first, later), (how, shared) in aliases.items():
        if later in told:
            continue
        told.add(later)
        yield TEXT.finding(
            f"{how.value} {inputs[first].where.path}: {shared} symbols clash, and a link takes one of the two",
            archive=inputs[later].where.path,
            related=(inputs[first].where.path,),
            severity=Severity.WARNING,
        )
    for clash in context.result.clashes.values():
        yield from _clash_findings(context, clash, aliases)


def _aliases(context: Context) -> dict[tuple[int, int], tuple[Likeness, int]]:
    """Return the pairs of inputs (by position, ascending) that are one library, and how many definitions they share."""
    shared: dict[tuple[int, int], int] = {}
    for clash in context.result.clashes.values():
        items = sorted({context.owners[number] for number in clash.definers})
        for at, first in enumerate(items):
            for later in items[at + 1 :]:
                shared[first, later] = shared.get((first, later), 0) + 1
    inputs = context.result.link.inputs
    found = {
        pair: (how, count)
        for pair, count in shared.items()
        if (how := likeness(inputs[pair[0]], inputs[pair[1]], shared_definitions=count)) is not None
    }
    return dict(sorted(found.items()))


def _clash_findings(
    context: Context, clash: Clash, aliases: dict[tuple[int, int], tuple[Likeness, int]]
) -> Iterator[Finding]:
    """Yield a finding for each archive whose definition loses; where that is a provider's, for the one under test."""
    winner, *losers = clash.definers
    told: set[int] = set()
    tested = [number for number in losers if context.is_under_test(number)]
    for number in tested or [winner]:
        item = context.owners[number]
        other = winner if number != winner else losers[0]
        pair = (min(item, context.owners[other]), max(item, context.owners[other]))
        if item in told or pair in aliases or not context.is_under_test(number):
            continue
        told.add(item)
        yield TEXT.finding(
            f"{'already' if number != winner else 'also'} defined by {context.place(other)}",
            archive=context.path(number),
            member=context.member(number),
            symbol=clash.name,
            fix=_fix(context, number, other, clash.name),
            related=tuple(context.place(one) for one in clash.definers if one != number),
        )


def _fix(context: Context, number: int, other: int, name: str) -> Fix | None:
    """Return the removal of the member when others define all that it does, else the hiding of this one symbol."""
    if context.member(number) is None:
        return None
    path, selector = context.path(number), context.selector(number)
    if _is_copy(context, number, other) or _is_covered(context, number):
        return Fix(path, Strip((selector,)))
    return context.localizing(number, [name], selector)


def _is_copy(context: Context, number: int, other: int) -> bool:
    one, two = context.units[number].view, context.units[other].view
    return len(one) == len(two) and one == two


def _is_covered(context: Context, number: int) -> bool:
    """Tell whether every symbol the unit defines is defined by another unit under test in the link too."""
    table = context.units[number].table
    return all(len(context.definers.get(name, ())) > 1 for name in (*table.strong, *table.weak, *table.common))


RULE = LinkRule(TEXT, check)
