"""A symbol has more than one strong definition.

## What it finds

Strong definitions of one symbol in two members that are both in the link, in the same archive or in different ones.
Weak definitions, common symbols, COMDAT groups and linkonce sections do not conflict and are not reported. One
finding for each symbol and each definition after the first; definitions in another archive share one finding.

Two archives of the same library get one finding instead of one per symbol: archives with the same objects, or
variants such as `libform.a` and `libformw.a`, or `libffi.a` and `libffi_pic.a`. A link needs only one of them.

## Why it matters

Linked on demand, the member with the second definition is not taken, since the symbol is already defined. With
`--whole-archive` both members are.

## What linkers do

All fail: GNU ld and gold with `multiple definition of`, lld and mold with `duplicate symbol`. With
`--allow-multiple-definition` (`-z muldefs`) they use the first definition and keep the code of both.

## How to repair

- The archive contains the member twice, byte for byte: `arfix strip libx.a 'MEMBER#2'` (safe).
- Two archives contain the same member, byte for byte: `arfix symbols libx.a --weaken '*' --member MEMBER` (safe).
  Each archive stays complete, and a link with both uses the other definition.
- Two members contain the same function, with the same bytes and references: `arfix symbols libx.a --weaken NAME
  --member MEMBER` (safe).
- Two members are builds of the same source, as `ar q` leaves them: keep the newer one. The finding says which one
  that is, but arfix does not choose.
- One variable is defined in two members (`int score;` in a header): declare it `extern` in the header, or build
  with `-fcommon`. `arfix symbols libx.a --weaken score --member MEMBER` merges the two variables (unsafe: they may
  be separate on purpose). No repair is offered if the code reaches the variable without its name, as GCC's section
  anchors do on ARM and AArch64: the variables would stay two.
- Two functions have the same name by accident: rename one, or make it local to its member (unsafe: programs that
  call it no longer find it; if it has static variables, there are two of each).
- Two versions of one library, or two libraries that each contain a copy of a third: keep both, with `arfix symbols
  libx.a --hide-all-but API...` or `--prefix P`. If only single symbols were made local, one version would call into
  the other.
- Two variants of one library: link only one of them.

## Example

    $ arfix check libssl.a libcrypto.a
    error duplicate-definition: symbols defined more than once
      libcrypto.a
        libcrypto-lib-sparse_array.o  ossl_sa_new  already defined by libssl.a(libssl-lib-sparse_array.o)
        repair: arfix symbols libcrypto.a --weaken '*' --member libcrypto-lib-sparse_array.o
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.audit.finding import Fix, Safety, Severity
from arfix.audit.related_archives import LibraryRelation, relation_of
from arfix.audit.rule import LinkRule, RuleText
from arfix.counted import counted
from arfix.edits.requests import Strip, SymbolEdit, Symbols, hinted
from arfix.errors import ArfixError
from arfix.formats.elf.constants import SHF, SHT
from arfix.formats.model import ELF_CONTENTS, SymbolType
from arfix.symbols.effects import self_acting_sections
from arfix.symbols.equal_code import equal_code
from arfix.symbols.local_access import is_reached_locally, keeps_state
from arfix.symbols.name import base_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding
    from arfix.formats.model import Symbol
    from arfix.linkage.model import DuplicateSymbol

TEXT = RuleText(
    id="duplicate-definition",
    title="symbols defined more than once",
    why="On demand only the first definition is linked; whole, both are, and every linker refuses the link.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each pair of related archives, then for each symbol and archive."""
    aliases = _aliases(context)
    inputs = context.result.link.inputs
    told: set[int] = set()
    for (first, later), (how, shared) in aliases.items():
        if later in told or inputs[first].where == inputs[later].where:  # `named-twice` reports the latter
            continue
        told.add(later)
        apart = hinted("symbols", (inputs[later].where.path,), ("--prefix", "P_", "-o", "NEW.a"))
        advice = _ADVICE[how].format(apart=apart)
        clashing = f"{counted(shared, 'symbol')} {'clashes' if shared == 1 else 'clash'}"
        yield TEXT.finding(
            f"{how.value} {inputs[first].where.path}: {clashing}, {advice}",
            archive=inputs[later].where.path,
            related=(inputs[first].where.path,),
        )
    repairs = _Repairs(context)
    for clash in context.result.clashes.values():
        yield from _clash_findings(context, clash, aliases, repairs)


#: What to do about two archives that are one library.
_ADVICE = {
    LibraryRelation.SAME: "and a link takes one of the two",
    LibraryRelation.VARIANT: "and a link takes one of the two",
    LibraryRelation.VERSION: "keep both apart with {apart}, or with --hide-all-but",
}


def _aliases(context: Context) -> dict[tuple[int, int], tuple[LibraryRelation, int]]:
    """Return the pairs of related inputs (positions, ascending), with the number of definitions they share."""
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
        if (how := relation_of(inputs[pair[0]], inputs[pair[1]], shared_definitions=count)) is not None
    }
    return dict(sorted(found.items()))


def _clash_findings(
    context: Context,
    clash: DuplicateSymbol,
    aliases: dict[tuple[int, int], tuple[LibraryRelation, int]],
    repairs: _Repairs,
) -> Iterator[Finding]:
    """Yield a finding for each definition that loses, or for the one under test if a provider's loses.

    The first one of an archive loses against the one that counts, and the others of that archive against its first.
    """
    winner, *losers = clash.definers
    firsts = {context.owners[winner]: winner}
    tested = [number for number in losers if context.is_under_test(number)]
    for number in tested or [winner]:
        item = context.owners[number]
        other = firsts.get(item, winner) if number != winner else losers[0]
        pair = (min(item, context.owners[other]), max(item, context.owners[other]))
        if pair in aliases or not context.is_under_test(number):
            continue
        firsts.setdefault(item, number)
        advice = repairs.of(number, other, clash.name)
        said = f"{'already' if number != winner else 'also'} defined by {context.place(other)}"
        yield TEXT.finding(
            f"{said}; {advice.remark}" if advice.remark else said,
            archive=context.path(number),
            member=context.member(number),
            symbol=clash.name,
            fix=advice.fix,
            # With all of them in each finding, a thousand definers would make a report of a million places.
            related=tuple(context.place(one) for one in clash.definers[:_RELATED] if one != number),
        )


#: How many other definers a finding names.
_RELATED = 50


class _Advice(NamedTuple):
    """The repair of one clash, or why there is none."""

    fix: Fix | None = None
    remark: str = ""


class _Repairs:
    """Repairs for members that define the same symbols; facts of a member are computed once."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.copies: dict[tuple[int, int], bool] = {}
        self.of_copies: dict[tuple[int, bool], _Advice] = {}
        self.symbols: dict[int, Mapping[str, Symbol]] = {}
        self.wanted_here: dict[int, frozenset[str]] = {}

    def of(self, number: int, other: int, name: str) -> _Advice:
        """Return the repair for a symbol that two units define, at the first of them."""
        context = self.context
        if context.member(number) is None:
            return _Advice(remark="name one of the two objects")
        if context.units[number].content not in ELF_CONTENTS:
            return _Advice()
        within = context.owners[number] == context.owners[other]
        if self._is_copy(number, other):
            key = number, within
            if key not in self.of_copies:
                self.of_copies[key] = _Advice(self._of_copy(number, within=within))
            return self.of_copies[key]
        if within and context.units[number].member_name == context.units[other].member_name:
            return _Advice(remark=self._builds(number, other))
        return self._of_others(number, other, name, within=within)

    def _of_others(self, number: int, other: int, name: str, *, within: bool) -> _Advice:
        """Return the repair if two different members define a symbol."""
        units = self.context.units
        path, selector = self.context.path(number), self.context.selector(number)
        mine, theirs = self._symbol(number, name), self._symbol(other, name)
        if mine is None or theirs is None:
            return _Advice()
        if not (self._is_function(number, mine) and self._is_function(other, theirs)):
            return self._of_data(number, other, name, mine, theirs)
        if not within and equal_code(units[number].facts.elf, mine, units[other].facts.elf, theirs):
            return _Advice(Fix(path, Symbols(SymbolEdit.WEAKEN, (name,), members=(selector,))))
        if not within and name in self._wanted_in(self.context.owners[number]):
            return _Advice(remark=f"members of {path} need their own: see `arfix symbols --hide-all-but` or --prefix")
        request = Symbols(SymbolEdit.LOCALIZE, (name,), members=(selector,))
        costs = [f"programs that call {name} of {path} no longer find it there"]
        if keeps_state(units[number].facts.elf, mine):
            costs.append(f"both definitions of {name} stay in use, each with its own data")
        return _Advice(Fix(path, request, Safety.UNSAFE, tuple(costs)))

    def _of_copy(self, number: int, *, within: bool) -> Fix:
        """Return the repair for a member that is present twice, byte for byte."""
        context = self.context
        path, selector = context.path(number), context.selector(number)
        acting = self_acting_sections(context.units[number].facts.elf)
        safety = Safety.UNSAFE if acting else Safety.SAFE
        if within:
            costs = (f"{', '.join(acting)} of {selector} is linked once, not twice",) if acting else ()
            return Fix(path, Strip((selector,)), safety, costs)
        costs = (f"{', '.join(acting)} is linked twice, once from each archive",) if acting else ()
        return Fix(path, Symbols(SymbolEdit.WEAKEN, ("*",), members=(selector,)), safety, costs)

    def _of_data(self, number: int, other: int, name: str, mine: Symbol, theirs: Symbol) -> _Advice:
        """Return the repair for a variable that is defined twice; equal definitions can be merged."""
        context = self.context
        equal = mine.size == theirs.size and _initial(context, number, mine) == _initial(context, other, theirs)
        if not equal or self._is_function(number, mine) or self._is_function(other, theirs):
            return _Advice(remark="the two are not the same variable: rename one where it is defined")
        remark = "declare it extern in all but one source, or build with -fcommon"
        if is_reached_locally(context.units[number].facts.elf, mine):
            return _Advice(remark=remark)  # weakened, they would stay two
        request = Symbols(SymbolEdit.WEAKEN, (name,), members=(context.selector(number),))
        costs = (f"the two variables {name} become one, as with -fcommon",)
        return _Advice(Fix(context.path(number), request, Safety.UNSAFE, costs), remark)

    def _builds(self, number: int, other: int) -> str:
        """Return which of two builds of one member is the newer one."""
        dates = [self._date(one) for one in (number, other)]
        here, there = self.context.selector(number), self.context.selector(other)
        if dates[0] == dates[1]:
            newer, older, how = (here, there, "comes later") if number > other else (there, here, "comes later")
        else:
            newer, older, how = (here, there, "is newer") if dates[0] > dates[1] else (there, here, "is newer")
        return f"two builds of one member: {newer} {how}, and {older} is probably left over from an earlier build"

    def _date(self, number: int) -> int:
        return self.context.units[number].date()

    def _is_copy(self, number: int, other: int) -> bool:
        key = number, other
        if key not in self.copies:
            one, two = self.context.units[number].view, self.context.units[other].view
            self.copies[key] = len(one) == len(two) and one == two
        return self.copies[key]

    def _symbol(self, number: int, name: str) -> Symbol | None:
        if number not in self.symbols:
            try:
                defined = self.context.units[number].facts.global_symbols
            except ArfixError:
                defined = ()
            self.symbols[number] = {base_name(one.name): one for one in defined if one.is_defined}
        return self.symbols[number].get(base_name(name))

    def _is_function(self, number: int, symbol: Symbol) -> bool:
        """Return whether a definition is code; assembly sources often leave out the type."""
        if symbol.type is not SymbolType.NONE:
            return symbol.type in {SymbolType.FUNCTION, SymbolType.IFUNC}
        elf = self.context.units[number].facts.elf
        try:
            return bool(elf.sections[symbol.section].flags & SHF.EXECINSTR)
        except (ArfixError, IndexError):
            return False

    def _wanted_in(self, owner: int) -> frozenset[str]:
        """Return the names that the archive's members refer to."""
        if owner not in self.wanted_here:
            units = (one for one in self.context.under_test if self.context.owners[one] == owner)
            tables = (self.context.units[one].table for one in units)
            self.wanted_here[owner] = frozenset(base_name(name) for table in tables for name in table.references)
        return self.wanted_here[owner]


def _initial(context: Context, number: int, symbol: Symbol) -> bytes | None:
    """Return a variable's initial bytes, zeros in `.bss`; None if they are not in the file."""
    elf = context.units[number].facts.elf
    try:
        section = elf.sections[symbol.section]
        if section.type == SHT.NOBITS:
            return bytes(min(symbol.size, _MOST_COMPARED))
        data = elf.contents(section)
    except (ArfixError, IndexError):
        return None
    return bytes(data[symbol.value : symbol.value + min(symbol.size, _MOST_COMPARED)])


#: Bytes of a variable that are compared at most.
_MOST_COMPARED = 1 << 20


RULE = LinkRule(TEXT, check)
