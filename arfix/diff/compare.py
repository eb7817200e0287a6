"""Compares two archives as programs that link them see them: members, symbols, and symbols needed from elsewhere.

Dates, the order of members and sections that are not loaded are compared only on request: two builds of the same
sources differ in them but in nothing that matters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from arfix.archive.files import opener_beside
from arfix.arguments import archive_given
from arfix.diff.difference import ChangeKind, Difference, MemberChange, Side, SymbolChange
from arfix.diff.pairing import moved_pairs, pair_members, path_of
from arfix.diff.shape import Definition, DiffAspect, ObjectShape, compare_definitions, read_shape
from arfix.edits.gathered_members import GatheredMember, gather
from arfix.edits.nested_archives import outermost
from arfix.errors import ArfixError, Where
from arfix.formats.inspect import inspect_object
from arfix.formats.model import OBJECT_CONTENTS
from arfix.steps import steps
from arfix.symbols.name import spellings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from arfix.archive.model import Archive
    from arfix.edits.nested_archives import OpenArchive


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """Additional comparisons, of what does not matter to a link: order of members, headers, debug sections."""

    order: bool = False
    dates: bool = False
    debug: bool = False


def diff_archives(old: OpenArchive, new: OpenArchive, options: DiffOptions | None = None) -> Difference:
    """Return how `new` differs from `old`; members of nested archives are compared one by one.

    Raises:
        ArfixError: The bytes of a member cannot be read, or a nested archive cannot be opened.
    """
    return _Comparison(old, new, options or DiffOptions()).run()


def diff(old: Archive, new: Archive, *, order: bool = False, dates: bool = False, debug: bool = False) -> Difference:
    """Return the differences between two archives that matter to programs that link them; falsy if there are none.

    A symbol counts as changed if its code or data differs (relocations are compared by their targets), or its binding,
    visibility, type or size. Members of nested archives are compared one by one.

    Args:
        old: The archive as it was.
        new: The archive as it is now.
        order: Also report members in a different order.
        dates: Compare dates, owners and modes of members.
        debug: Compare what no program loads: debug sections, compilers' remarks.

    Raises:
        ArfixError: The bytes of a member cannot be read, or a nested archive cannot be opened.
    """
    archive_given(old, "old")
    archive_given(new, "new")
    before, after = (outermost(one, opener_beside(one.where.path if one.where else "")) for one in (old, new))
    return diff_archives(before, after, DiffOptions(order=order, dates=dates, debug=debug))


class _Comparison:
    """One comparison: both archives, and the differences found so far."""

    def __init__(self, old: OpenArchive, new: OpenArchive, options: DiffOptions) -> None:
        self.options = options
        self.archives = old.archive, new.archive
        self.olds = gather(old, old.archive.kind).members
        self.news = gather(new, new.archive.kind).members
        self.members: list[MemberChange] = []
        self.symbols: list[SymbolChange] = []
        self.gone: dict[str, list[Side]] = {}
        self.come: dict[str, list[Side]] = {}

    def run(self) -> Difference:
        """Compare everything."""
        pairing = pair_members(self.olds, self.news)
        moved = moved_pairs(pairing.pairs) if self.options.order else frozenset()
        for old, new in steps("comparing", pairing.pairs, lambda pair: self.olds[pair[0]].member.name):
            self._compare_pair(self.olds[old], self.news[new], moved=(old, new) in moved)
        for number in pairing.removed:
            self._miss(self.olds[number], ChangeKind.REMOVED)
        for number in pairing.added:
            self._miss(self.news[number], ChangeKind.ADDED)
        self._match_symbols()
        old_needs, new_needs = _needs(self.olds), _needs(self.news)
        kinds = tuple(archive.kind.value for archive in self.archives)
        return Difference(
            tuple(self.members),
            tuple(sorted(self.symbols, key=lambda one: (one.name, one.old is None))),
            tuple(sorted(new_needs - old_needs)),
            tuple(sorted(old_needs - new_needs)),
            (kinds[0], kinds[1]) if kinds[0] != kinds[1] else None,
        )

    def _compare_pair(self, old: GatheredMember, new: GatheredMember, *, moved: bool) -> None:
        names = _written(old), _written(new)
        header = _header_changes(old, new) if self.options.dates else ()
        is_renamed = path_of(old) != path_of(new)
        found = MemberChange(
            ChangeKind.RENAMED if is_renamed else ChangeKind.CHANGED, *names, header=header, moved=moved
        )
        if bytes(old.member.data) != bytes(new.member.data):
            found = self._compare_contents(found, old, new)
        if is_renamed or header or moved or found.aspects or found.sections:
            self.members.append(found)

    def _compare_contents(self, found: MemberChange, old: GatheredMember, new: GatheredMember) -> MemberChange:
        one, other = self._shape(old), self._shape(new)
        if one is None or other is None:
            return replace(found, aspects=(DiffAspect.CONTENTS,))
        aspects: set[DiffAspect] = set()
        for name in one.definitions.keys() | other.definitions.keys():
            before, after = one.definitions.get(name), other.definitions.get(name)
            if before is None or after is None:
                aspects.add(DiffAspect.SYMBOLS)
                self._note(name, before, after, found)
                continue
            differing = compare_definitions(before, after)
            if differing:
                aspects.update(differing)
                sides = Side(str(found.old), before), Side(str(found.new), after)
                self.symbols.append(SymbolChange(ChangeKind.CHANGED, name, *sides, differing))
        statics = tuple(_static_changes(one, other, found))
        for change in statics:
            aspects.update(change.aspects)
        sections = _changed_sections(one, other)
        abi = tuple(_abi_changes(one.abi, other.abi))
        if abi:
            aspects.add(DiffAspect.ABI)
        if one.references != other.references:
            aspects.add(DiffAspect.SYMBOLS)
        if not aspects and (sections or one.opaque or other.opaque):
            aspects.add(DiffAspect.CONTENTS)
        ordered = tuple(aspect for aspect in DiffAspect if aspect in aspects)
        return replace(found, aspects=ordered, sections=sections, abi=abi, statics=statics)

    def _shape(self, gathered: GatheredMember) -> ObjectShape | None:
        """Return the shape of an object; None for a member that is not an object or cannot be read."""
        if gathered.content not in OBJECT_CONTENTS:
            return None
        try:
            return read_shape(gathered.member.data, debug=self.options.debug)
        except ArfixError:
            return None

    def _note(self, name: str, before: Definition | None, after: Definition | None, found: MemberChange) -> None:
        """Note a symbol that only one side of a pair has; it may have moved from or to another member."""
        if before is not None:
            self.gone.setdefault(name, []).append(Side(str(found.old), before))
        elif after is not None:
            self.come.setdefault(name, []).append(Side(str(found.new), after))

    def _miss(self, gathered: GatheredMember, change: ChangeKind) -> None:
        """Note a member that only one archive has, with its symbols."""
        written = _written(gathered)
        is_old = change is ChangeKind.REMOVED
        self.members.append(MemberChange(change, written if is_old else None, None if is_old else written))
        shape = self._shape(gathered)
        for name, definition in shape.definitions.items() if shape is not None else ():
            (self.gone if is_old else self.come).setdefault(name, []).append(Side(written, definition))

    def _match_symbols(self) -> None:
        """Separate symbols that moved to another member from those that were added or removed.

        A symbol that some member still defines (a copy of an inline function) is neither.
        """
        in_old = {name for gathered in self.olds for name in gathered.entries or ()}
        in_new = {name for gathered in self.news for name in gathered.entries or ()}
        in_order_of_old, in_order_of_new = _places(self.olds), _places(self.news)
        for name in self.gone.keys() | self.come.keys():
            # each side in the order of its own archive, so that the comparison the other way round pairs the same two
            gone = sorted(self.gone.get(name, ()), key=lambda side: in_order_of_old[side.member])
            come = sorted(self.come.get(name, ()), key=lambda side: in_order_of_new[side.member])
            for old, new in zip(gone, come, strict=False):
                if old.member != new.member:
                    differing = (*compare_definitions(old.definition, new.definition), DiffAspect.MEMBER)
                    self.symbols.append(SymbolChange(ChangeKind.CHANGED, name, old, new, differing))
            if not come and name not in in_new:
                self.symbols.append(SymbolChange(ChangeKind.REMOVED, name, gone[0], None))
            if not gone and name not in in_old:
                self.symbols.append(SymbolChange(ChangeKind.ADDED, name, None, come[0]))


def _written(gathered: GatheredMember) -> str:
    """Return the member as it is written inside its archive: `x.o#2`, `n.a(x.o)`."""
    first, *rest = gathered.origin.members
    return str(Where(first, tuple(rest)))


def _places(members: Sequence[GatheredMember]) -> dict[str, int]:
    """Return the place of each member in its archive, by the member as it is written."""
    return {_written(gathered): place for place, gathered in enumerate(members)}


def _header_changes(old: GatheredMember, new: GatheredMember) -> tuple[tuple[str, int, int], ...]:
    one, other = old.member, new.member
    fields = (
        ("date", one.date, other.date),
        ("uid", one.uid, other.uid),
        ("gid", one.gid, other.gid),
        ("mode", one.mode, other.mode),
    )
    return tuple(field for field in fields if field[1] != field[2])


def _static_changes(old: ObjectShape, new: ObjectShape, found: MemberChange) -> Iterator[SymbolChange]:
    """Yield the changes of local functions and data, by name."""
    for name in sorted(old.statics.keys() | new.statics.keys()):
        before, after = old.statics.get(name), new.statics.get(name)
        one = None if before is None else Side(str(found.old), before)
        other = None if after is None else Side(str(found.new), after)
        if before is None or after is None:
            yield SymbolChange(ChangeKind.ADDED if before is None else ChangeKind.REMOVED, name, one, other)
        elif differing := compare_definitions(before, after):
            yield SymbolChange(ChangeKind.CHANGED, name, one, other, differing)


def _changed_sections(old: ObjectShape, new: ObjectShape) -> tuple[str, ...]:
    keys = [*old.sections, *(key for key in new.sections if key not in old.sections)]
    return tuple(dict.fromkeys(key[0] for key in keys if old.sections.get(key) != new.sections.get(key)))


def _abi_changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name, "none"), new.get(name, "none")
        if before != after:
            yield name, before, after


def _needs(members: Sequence[GatheredMember]) -> frozenset[str]:
    """Return the symbols that objects refer to but do not define."""
    needed: set[str] = set()
    for gathered in members:
        needed.update(_references(gathered))
    defined = {spelling for gathered in members for name in gathered.entries or () for spelling in spellings_of(name)}
    return frozenset(needed - defined)


def _references(gathered: GatheredMember) -> Iterable[str]:
    if gathered.content not in OBJECT_CONTENTS:
        return ()
    try:
        return inspect_object(gathered.member.data, gathered.content).references
    except ArfixError:
        return ()
