"""Linkers make different things of one line.

## What it finds

Symbols that are undefined or defined twice for gold, lld or mold and not for GNU ld, by the rules of each. One finding
per symbol. What GNU ld refuses is reported by `undefined-symbol` and `duplicate-definition`.

## Why it matters

- GNU ld and gold read archives once, in order. lld remembers what earlier archives have, and mold takes whatever can be
  reached, wherever it is. With `--on-demand`, a line that depends on the order (two archives define one symbol, and the
  first is not asked for it in time) links with one and not with the other, or links another member.
- A definition of the default version, `f@@V`, answers a reference to `f@V` for GNU ld and gold, but not for mold and
  lld 19.
- GCC's plugin gives GNU ld, gold and mold what a slim LTO object defines; lld sees an empty object.
- Equal absolute symbols, and old `.gnu.linkonce` sections, may be there twice for some linkers only.

## What linkers do

lld and mold `duplicate symbol` where GNU ld never reads the earlier archive again; `undefined symbol` for a version or
an LTO member that they do not take.

## How to repair

Define each symbol in one archive, or name the archive that should give it first. Refer to `f` rather than to `f@V`.
Compile with `-ffat-lto-objects`, or without `-flto`.

## Example

    $ arfix check --on-demand -u a lib1.a lib2.a lib3.a
    error linkers-differ: lines that not every linker reads alike
      lib1.a
        l1_rem.o  rem  for lld and mold it is defined twice, in lib3.a(l3.o) too; GNU ld does not read this member
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.formats.model import Content
from arfix.linkage.model import Linker, Use
from arfix.linkage.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding
    from arfix.linkage.model import Link, LinkResult

TEXT = RuleText(
    id="linkers-differ",
    title="lines that not every linker reads alike",
    why="Linkers differ in the order of archives, symbol versions and LTO: a line can link with one and not another.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each symbol that another linker refuses and the one of this result does not."""
    link, own = context.result.link, context.result
    if own.linker is not Linker.LD or not _may_differ(link):
        return
    others = [resolve(link, linker) for linker in Linker if linker is not own.linker]
    twice: dict[str, list[LinkResult]] = {}
    missing: dict[str, list[LinkResult]] = {}
    for result in others:
        for name in result.clashes.keys() - own.clashes.keys():
            twice.setdefault(name, []).append(result)
        for name in result.errors.keys() - own.errors.keys():
            if _is_seen_alike(own, name):
                missing.setdefault(name, []).append(result)
    for name in sorted(twice):
        yield from _twice(context, name, twice[name])
    for name in sorted(missing):
        yield from _missing(context, name, missing[name])


def _may_differ(link: Link) -> bool:
    """Return whether anything in the link is read in different ways; saves resolving most links four times."""
    return any(
        item.use is Use.ON_DEMAND
        or any(
            unit.content is Content.LTO_SLIM
            or unit.table.absolute
            or unit.table.versions
            or any(group.linkonce for group, _ in unit.table.groups)
            for unit in item.units
        )
        for item in link.inputs
        if not item.provider
    )


def _is_seen_alike(own: LinkResult, name: str) -> bool:
    """Return whether archives are what makes the difference: names that linkers make themselves differ anyway."""
    return name in own.winners


#: What GNU ld does with a member that only others read.
_UNREAD = "does not read this member"


def _twice(context: Context, name: str, results: list[LinkResult]) -> Iterator[Finding]:
    definers = results[0].clashes[name].definers
    unread = next((number for number in definers if number not in context.result.cause), definers[0])
    other = next(number for number in definers if number != unread)
    is_tested = context.is_under_test(unread)
    place = "" if is_tested else f"{context.short_place(unread)}: "
    yield TEXT.finding(
        f"{place}{_names(results)} defined twice, in {context.short_place(other)} too; "
        f"{_SPELT[context.result.linker]} {'takes the first' if unread in context.result.cause else _UNREAD}",
        archive=context.path(unread) if is_tested else context.settings.archives[0],
        member=context.member(unread) if is_tested else None,
        symbol=name,
        related=tuple(context.place(number) for number in definers if number != unread),
    )


def _missing(context: Context, name: str, results: list[LinkResult]) -> Iterator[Finding]:
    number = results[0].errors[name].referrers[0]
    is_tested = context.is_under_test(number)
    winner = context.result.winners[name]
    yield TEXT.finding(
        f"{_names(results)} undefined; {_SPELT[context.result.linker]} takes it from {context.short_place(winner)}"
        + _way(context, name, winner),
        archive=context.path(number) if is_tested else context.settings.archives[0],
        member=context.member(number) if is_tested else None,
        symbol=name,
        related=(context.place(winner),),
    )


def _way(context: Context, name: str, winner: int) -> str:
    """Return how GNU ld comes to take what the others do not."""
    unit = context.units[winner]
    if unit.content is Content.LTO_SLIM:
        return " by GCC's LTO plugin"
    version = name.partition("@")[2]
    return f", whose default version is {version}" if version and name in unit.table.aliases else ""


_SPELT = {Linker.LD: "GNU ld", Linker.GOLD: "gold", Linker.LLD: "lld", Linker.MOLD: "mold"}


def _names(results: list[LinkResult]) -> str:
    """Return `for lld and mold it is`."""
    names = [_SPELT[result.linker] for result in results]
    return f"for {' and '.join((', '.join(names[:-1]), names[-1])) if len(names) > 1 else names[0]} it is"


RULE = LinkRule(TEXT, check)
