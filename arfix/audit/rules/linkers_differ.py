"""Linkers disagree about a link.

## What it finds

Symbols that are undefined or defined twice for gold, lld or mold, but not for GNU ld. If releases of one linker
differ, the finding names the ones that refuse the link. One finding per symbol. What GNU ld refuses is reported by
`undefined-symbol` and `duplicate-definition`.

## Why it matters

- GNU ld and gold read archives once, in order. lld remembers the symbols of earlier archives, and mold takes every
  member that is reachable, regardless of the order. With `--on-demand`, a link that depends on the order (two
  archives define one symbol, and the first comes before the reference) works with one linker and fails with
  another, or links another member.
- A definition of the default version, `f@@V`, satisfies a reference to `f@V` in GNU ld, gold and lld before 16, but
  not in mold and in lld from 16 on.
- mold before 2.33 reads an archive only once even if the command line contains it twice, and gold from 2.44 on does
  not treat `f@V` and `f@@V` as two definitions of one symbol.
- lld before 15 looks symbols up in the index of an archive, as GNU ld does; later releases read the members.
- GNU ld, gold and mold get the symbols of a slim LTO object from GCC's plugin; lld sees an empty object.
- lld makes no copy of a variable of a shared object that has no size or no type, is thread-local or protected, for code
  that refers to it without `-fPIC`; GNU ld, gold and mold copy some of these. No linker copies a protected variable,
  and GNU ld and lld do not let such code take the address of a protected function; gold and mold do.
- Some linkers accept two equal absolute symbols, or two copies of an old `.gnu.linkonce` section; others do not.
- lld-link refuses the import descriptor of an import library as LLVM and MSVC make it (`.idata$4 should not refer to
  special section 0`); GNU ld and MSVC's linker take it. On demand nothing needs it.

## What linkers do

lld and mold report `duplicate symbol` where GNU ld never reads the earlier archive again, and `undefined symbol`
for a version or an LTO member that they do not accept.

## How to repair

Do not name an import library in `/wholearchive`: it is meant to be read on demand.

Define each symbol in one archive only, or put the archive whose definition should be used first. Refer to `f`
instead of `f@V`. Compile with `-ffat-lto-objects`, or without `-flto`.

## Example

    $ arfix check --on-demand -u a lib1.a lib2.a lib3.a
    error linkers-differ: links on which linkers disagree
      lib1.a
        l1_rem.o  rem  for lld and mold it is defined twice, in lib3.a(l3.o) too; GNU ld does not read this member
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from arfix.audit.finding import Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.formats.model import Content
from arfix.linkage.model import InputMode, Linker, Target
from arfix.linkage.position import Misplaced, PositionFault, find_misplaced
from arfix.linkage.refusals import RefusalKind, find_refusals
from arfix.linkage.releases import generations
from arfix.linkage.resolve import resolve
from arfix.symbols.name import SymbolName, base_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding
    from arfix.linkage.model import Link, LinkResult
    from arfix.linkage.releases import Generation, Release

TEXT = RuleText(
    id="linkers-differ",
    title="links on which linkers disagree",
    why="Linkers treat archive order, symbol versions and LTO differently: one accepts a link and another does not.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each symbol that another linker refuses and this one accepts."""
    link, own = context.result.link, context.result
    yield from _import_descriptors(context)
    yield from _copies(context)
    if own.linker is not Linker.LD or not _may_differ(link):
        return
    others = tuple(_others(context))
    twice = sorted({name for one in others for name in one.result.clashes.keys() - own.clashes.keys()})
    missing = sorted(
        {name for one in others for name, error in one.result.errors.items() if error.referrers} - own.errors.keys()
    )
    for name in twice:
        yield _duplicate_finding(
            context, name, _Refusing(others, tuple(one for one in others if name in one.result.clashes))
        )
    for name in missing:
        if _is_seen_alike(own, name):
            yield _missing(context, name, _Refusing(others, tuple(one for one in others if name in one.result.errors)))


def _may_differ(link: Link) -> bool:
    """Return whether linkers may differ on this link; this avoids resolving most links four times."""
    return any(
        item.use is InputMode.ON_DEMAND
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


def _import_descriptors(context: Context) -> Iterator[Finding]:
    """Yield a finding for each member that lld-link refuses and other linkers for Windows take."""
    link = context.result.link
    if not any(link.units[number].content in _COFF for number in context.result.cause):
        return
    refused: dict[int, str] = {}
    for one in find_refusals(resolve(link, Linker.LLD)):
        if one.kind is RefusalKind.NO_SECTION and one.unit is not None:
            refused.setdefault(one.unit, one.symbol)
    for number, name in refused.items():
        at = context.anchor(number)
        yield TEXT.finding(
            f"{at.prefix}lld-link refuses an import descriptor, whose {name} names no section; "
            "read import libraries on demand, not whole",
            archive=at.archive,
            member=at.member,
            symbol=name,
        )


def _copies(context: Context) -> Iterator[Finding]:
    """Yield a finding for each symbol of a shared object that lld or GNU ld does not give a copy in an executable."""
    own = context.result
    inputs = own.link.inputs
    if own.link.target not in (Target.EXECUTABLE, Target.PIE) or not any(
        (shared := inputs[at].shared) is not None and base_name(name) in shared.uncopied
        for name, at in own.provided.items()
    ):
        return
    passed: set[str | None] = {one.symbol for one in context.refusals}
    refused = {own.linker: _refused_copies(context, own)}
    if own.link.target is Target.PIE:
        passed |= {one.symbol for one in find_misplaced(own, context.is_under_test) if one.refused}  # for `not-pie`
    refused[Linker.LLD] = _refused_copies(context, resolve(own.link, Linker.LLD))
    for name, one in refused[Linker.LLD].items():
        if name in passed:
            continue
        provider = inputs[own.provided[name]] if name in own.provided else None
        place = "a shared object" if provider is None else str(provider.where)
        shared = None if provider is None else provider.shared
        cure = ", or give it a type and a size there"
        if shared is not None and base_name(name) in shared.protected:
            cure = f"; it is protected in {place}"
            for linker in Linker:
                if linker not in refused:
                    refused[linker] = _refused_copies(context, resolve(own.link, linker))
        *some, last = (linker.title for linker in Linker if name in refused.get(linker, ()))
        who = "every linker" if len(some) == len(Linker) - 1 else " and ".join([", ".join(some), last][not some :])
        verbs = ("refuse", "they make") if some and who != "every linker" else ("refuses", "it makes")
        yield TEXT.finding(
            f"{who} {verbs[0]} {one.relocation} in {one.section}, since {verbs[1]} no copy of this symbol of {place}: "
            f"compile with -fPIC{cure}",
            archive=context.path(one.unit),
            member=context.member(one.unit),
            symbol=name,
        )


def _refused_copies(context: Context, result: LinkResult) -> dict[str, Misplaced]:
    """Return the symbols that code under test refers to and that the linker does not copy, each with a reference."""
    found: dict[str, Misplaced] = {}
    for one in find_misplaced(result, context.is_under_test):
        if one.symbol is not None and one.fault is PositionFault.NO_COPY:
            found.setdefault(one.symbol, one)
    return found


class _OtherResult(NamedTuple):
    """The result of a link for some releases of another linker."""

    generation: Generation
    result: LinkResult


class _Refusing(NamedTuple):
    """The other linkers that were tried, and those of them that refuse a symbol."""

    tried: tuple[_OtherResult, ...]
    who: tuple[_OtherResult, ...]

    def __str__(self) -> str:
        """Return `for lld and mold it is`, or `for lld before 15 it is` where not all releases refuse it."""
        names = [name for linker in Linker for name in self._names(linker)]
        return f"for {' and '.join((', '.join(names[:-1]), names[-1])) if len(names) > 1 else names[0]} it is"

    def _names(self, linker: Linker) -> Iterator[str]:
        """Yield the linker's name, or the name with each run of its releases."""
        tried = [one for one in self.tried if one.generation.linker is linker]
        for refuses, run in groupby(tried, key=self.who.__contains__):
            if refuses:
                run_of = [one.generation for one in run]
                bounds = run_of[0].first, run_of[-1].end
                yield linker.title if len(run_of) == len(tried) else _release_range_text(linker, *bounds)


def _release_range_text(linker: Linker, first: Release | None, end: Release | None) -> str:
    """Return `lld before 15`, `lld from 15 to before 16`, or `lld from 16 on`."""
    start, stop = (bound and ".".join(map(str, bound)).removesuffix(".0") for bound in (first, end))
    name = linker.title
    if start and stop:
        return f"{name} from {start} to before {stop}"
    return f"{name} before {stop}" if stop else f"{name} from {start} on"


def _others(context: Context) -> Iterator[_OtherResult]:
    """Yield the link as the other linkers read it: older releases too, where they may read it differently."""
    link = context.result.link
    for linker in Linker:
        if linker is not context.result.linker:
            *older, newest = generations(linker)
            if older and _releases_may_differ(link):
                yield from (_OtherResult(one, resolve(link, linker, one.release)) for one in older)
            yield _OtherResult(newest, resolve(link, linker))


def _releases_may_differ(link: Link) -> bool:
    """Return whether the link has versioned symbols, an archive twice, or an index that is not that of its members."""
    archives = [item.where.path for item in link.inputs if item.use is not InputMode.NAMES]
    if len(archives) != len(set(archives)):
        return True
    return any(unit.table.versions or any("@" in name for name in unit.table.undefined) for unit in link.units) or any(
        item.index is not None
        and item.use is InputMode.ON_DEMAND
        and set(item.index)
        != {(name, position) for position, unit in enumerate(item.units) for name in unit.definitions}
        for item in link.inputs
    )


def _is_seen_alike(own: LinkResult, name: str) -> bool:
    """Return whether archives are what makes the difference: names that linkers make themselves differ anyway."""
    return name in own.winners


#: What GNU ld does with a member that only others read.
_UNREAD = "does not read this member"


def _duplicate_finding(context: Context, name: str, refusing: _Refusing) -> Finding:
    definers = refusing.who[0].result.clashes[name].definers
    unread = next((number for number in definers if number not in context.result.cause), definers[0])
    other = next(number for number in definers if number != unread)
    at = context.anchor(unread)
    return TEXT.finding(
        f"{at.prefix}{refusing} defined twice, in {context.short_place(other)} too; "
        f"{context.result.linker.title} {'takes the first' if unread in context.result.cause else _UNREAD}",
        archive=at.archive,
        member=at.member,
        symbol=name,
        related=tuple(context.place(number) for number in definers if number != unread),
    )


def _missing(context: Context, name: str, refusing: _Refusing) -> Finding:
    at = context.anchor(refusing.who[0].result.errors[name].referrers[0])
    winner = context.result.winners[name]
    return TEXT.finding(
        f"{refusing} undefined; {context.result.linker.title} takes it from {context.short_place(winner)}"
        + _acceptance_reason(context, name, winner),
        archive=at.archive,
        member=at.member,
        symbol=name,
        related=(context.place(winner),),
    )


def _acceptance_reason(context: Context, name: str, winner: int) -> str:
    """Return why GNU ld accepts what the others refuse."""
    unit = context.units[winner]
    if unit.content is Content.LTO_SLIM:
        return " by GCC's LTO plugin"
    version = SymbolName.parse(name).version
    return f", whose default version is {version}" if version and name in unit.table.aliases else ""


_COFF = (Content.COFF, Content.COFF_BIGOBJ)

RULE = LinkRule(TEXT, check)
