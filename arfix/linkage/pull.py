"""Decides in which order inputs enter a link and which members are pulled in, with one function for each linker.

- GNU ld and gold read inputs once, in order. An archive is searched until it gives nothing more; symbols that a later
  input needs are not looked up in an earlier archive, unless both are in one group.
- lld reads in order too but remembers the symbols of archives, so a later reference pulls in an earlier member, depth
  first.
- lld-link reads all inputs before it opens a member, and members in the order in which they were asked for.
- ld64.lld reads like lld; a library and an archive that both have a name are asked in the order of the line.
- mold starts from all objects at once and takes every member that is reachable, regardless of the order.

Source: measured, `tests/oracle/test_linkers_pull.py`; BFD `_bfd_generic_link_add_archive_symbols`, gold
`Archive::add_symbols`, lld `Symbol::extract`, mold `resolve_symbols`.
"""

from __future__ import annotations

from collections import deque
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from arfix.formats.macho_commands import has_objective_c
from arfix.formats.model import Binding, Content, SymbolType
from arfix.linkage.dialects import Format, format_of
from arfix.linkage.model import InputMode, Linker
from arfix.linkage.releases import Habit
from arfix.linkage.scope import SLIM_NAME
from arfix.linkage.wrapping import REAL, WRAP
from arfix.symbols.name import base_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from arfix.linkage.model import Input, Link
    from arfix.linkage.scope import Scope


_FUNCTIONS: Final = (SymbolType.FUNCTION, SymbolType.IFUNC)


def pull(link: Link, scope: Scope) -> dict[str, int]:
    """Enter every unit that the linker takes; return which `NAMES` input provides which name."""
    match scope.linker:
        case Linker.LD | Linker.GOLD:
            return _in_order(link, scope)
        case Linker.LLD:
            return _LLD_ORDERS.get(format_of(link), _LldOrder)(link, scope).run()
        case Linker.MOLD:
            return _MoldOrder(link, scope).run()
        case _:
            assert_never(scope.linker)


def _in_order(link: Link, scope: Scope) -> dict[str, int]:
    """GNU ld and gold."""
    given = _Given(scope)
    numbered = list(enumerate(zip(link.inputs, link.starts, strict=True)))
    for group, run in groupby(numbered, key=lambda one: one[1][0].group):
        inputs = [(position, item, start) for position, (item, start) in run]
        again = True
        while again:
            before = len(scope.entered)
            for position, item, start in inputs:
                match item.use:
                    case InputMode.WHOLE:
                        if start not in scope.entered:
                            _enter_all(scope, item, start, given)
                    case InputMode.ON_DEMAND:
                        _search(scope, item, start, given)
                    case InputMode.NAMES:
                        if position not in given.seen:
                            given.offer(position, item)
                    case _:
                        assert_never(item.use)
            again = group is not None and len(scope.entered) > before
    return given.names.provided


class _ReadNames:
    """The names in the shared objects and lists that were read so far.

    Attributes:
        provided: For each name that is taken from one of them, its position.
    """

    def __init__(self, scope: Scope) -> None:
        self.provided: dict[str, int] = {}
        self._scope = scope
        self._first: dict[str, int] = {}
        self._in_lists: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        """Return whether an input has exactly this name."""
        return name in self._first

    def __bool__(self) -> bool:
        """Return whether there is any name."""
        return bool(self._first)

    def add(self, position: int, item: Input) -> None:
        """Add the names of an input, which provides those that are wanted so far."""
        for name in item.names:
            self._first.setdefault(name, position)
            if not item.image:
                self._in_lists.setdefault(name, position)
        for name in [name for name in self._scope.wanted if _provides(item, name)]:
            del self._scope.wanted[name]
            self.provided.setdefault(name, position)

    def position_of(self, name: str) -> int | None:
        """Return the position of the first input that has the symbol; a list has it in every version."""
        position = self._first.get(name)
        if position is None and "@" in name:
            position = self._in_lists.get(base_name(name))
        return position


class _Given:
    """What the shared objects and lists read so far have: a later reference to it pulls in no member.

    Attributes:
        seen: Positions of the inputs.
        names: Their names.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.seen: set[int] = set()
        self.names = _ReadNames(scope)
        self._needed: set[str] = set()
        self._by_libraries: set[str] = set()
        self._from_outside = set(scope.wanted)  # by roots and shared objects
        self._also_by_objects: set[str] = set()  # of those

    def offer(self, position: int, item: Input) -> None:
        """Read one, unless GNU ld passes it over."""
        if self._is_passed_over(item):
            self.scope.passed_over.add(position)
        else:
            self.scope.passed_over.discard(position)
            self._add(position, item)

    def _is_passed_over(self, item: Input) -> bool:
        """Return whether `--as-needed` holds for a shared object and nothing read so far needs it.

        An object needs it, or another shared object that does not ask the loader for it. Weak references and roots do
        not count. Source: measured with GNU ld 2.40; BFD `elf_link_add_object_symbols`, `on_needed_list`.
        """
        if not item.as_needed or self.scope.linker is not Linker.LD:
            return False
        wanted = self.scope.wanted
        is_loaded_anyway = item.loader_name in self._needed
        return not any(
            wanted[name] is not None
            or name in self._also_by_objects
            or (name in self._by_libraries and not is_loaded_anyway)
            for name in wanted.keys() & item.names
        )

    def _add(self, position: int, item: Input) -> None:
        """Read one: it provides what is wanted so far, and asks for what it needs itself."""
        self.seen.add(position)
        if item.shared is not None:
            self._needed.update(item.shared.needed)
        if _is_usable(item, self.scope):
            self.names.add(position, item)
        needs = _needs(item, self.scope)
        self._by_libraries.update(needs)
        self._from_outside.update(needs)
        self.want(needs, None)

    def want(self, names: Iterable[str], by: int | None) -> None:
        """Note the names that nothing read so far has."""
        if self.names:
            names = [name for name in names if not self._has(name)]
        self.scope.want(names, by)
        if by is not None and self._from_outside:
            self._also_by_objects |= self._from_outside.intersection(names)

    def _has(self, name: str) -> bool:
        position = self.names.position_of(name)
        if position is None:
            return False
        if not self.scope.is_defined(name):
            self.names.provided.setdefault(name, position)
        return True


def _enter_all(scope: Scope, item: Input, start: int, given: _Given) -> None:
    """Enter a whole input: all definitions first, since nothing is searched in between."""
    needs = [(number, scope.enter(number)) for number in range(start, start + len(item.units))]
    for number, names in needs:
        given.want(names, number)


def _search(scope: Scope, item: Input, start: int, given: _Given) -> None:
    """Go through an archive's index until it gives nothing more; gold takes nothing from an archive without one."""
    if item.index is None and scope.linker is Linker.GOLD:
        return
    index = item.index if item.index is not None else _definitions(item)
    wanted, common = scope.wanted, scope.common
    refused: set[int] = set()
    found = True
    while found and (wanted or common):
        found = False
        for name, position in index:
            number = start + position
            if number in scope.entered or position < 0 or number in refused:
                continue
            if name in wanted:
                by = wanted[name]
            elif name in common and _replaces_common(scope, name, number):
                by = common[name]
            else:
                continue
            given.want(scope.enter(number, name, by), number)
            if number in scope.entered:
                found = True
            else:
                refused.add(number)


def _replaces_common(scope: Scope, name: str, number: int) -> bool:
    """Return whether the member is pulled in to give a common symbol a real definition.

    GNU ld wants a variable: neither functions nor weak definitions count. Source: BFD `elflink.c`
    (`is_global_data_symbol_definition`).
    """
    if name in scope.strong or not scope.has(Habit.PULLS_FOR_COMMON):
        return False
    unit = scope.units[number]
    if name not in unit.table.strong:
        return False
    if unit.content is not Content.ELF_RELOCATABLE:
        return True
    own = (one for one in unit.facts.global_symbols if one.is_defined and base_name(one.name) == base_name(name))
    return not any(one.type in _FUNCTIONS for one in own)


def _definitions(item: Input) -> list[tuple[str, int]]:
    """Return the entries that an index of the archive would have."""
    return [(name, position) for position, unit in enumerate(item.units) for name in unit.definitions]


def _is_usable(item: Input, scope: Scope) -> bool:
    """Return whether the linker takes symbols from a `NAMES` input: not from a shared object for another machine."""
    return item.shared is None or scope.machine is None or item.shared.machine.matches(scope.machine)


def _needs(item: Input, scope: Scope) -> tuple[str, ...]:
    """Return the needs for which members are pulled in: those of shared objects on the command line, as they have them.

    mold takes any version of a name.
    """
    is_module = item.image and not item.provider
    if is_module or not _is_usable(item, scope):
        return ()
    names = item.needs
    if scope.linker is Linker.MOLD:
        names = frozenset(map(base_name, names))
        if scope.has(Habit.PULLS_FOR_WEAK_NEEDS):
            names |= item.weak_needs
    dynamic = None if item.shared is None else item.shared.dynamic
    order = {} if dynamic is None else {one.symbol.name: at for at, one in enumerate(dynamic.symbols)}
    return tuple(sorted(names, key=lambda name: (order.get(base_name(name), len(order)), name)))


def _provides(item: Input, name: str) -> bool:
    """Return whether a `NAMES` input has the symbol; for a shared object, the version must match."""
    return name in item.names or (not item.image and base_name(name) in item.names)


class _LldOrder:
    """lld: the names of all archives are remembered; the first archive with a name provides it."""

    def __init__(self, link: Link, scope: Scope) -> None:
        self.link = link
        self.scope = scope
        self.lazy: dict[str, int] = {}
        self.names = _ReadNames(scope)
        self.weakly_first: dict[str, int] = {}

    def run(self) -> dict[str, int]:
        """Read the inputs in order, and do what comes after them."""
        self._read()
        for name in sorted(self.link.rules.wrapped):
            self._wake_for_wrapped(name)
        return self.names.provided

    def _read(self) -> None:
        for position, (item, start) in enumerate(zip(self.link.inputs, self.link.starts, strict=True)):
            match item.use:
                case InputMode.WHOLE:
                    for number in range(start, start + len(item.units)):
                        if number not in self.scope.entered:
                            self._enter(number, None, None)
                case InputMode.ON_DEMAND:
                    self._remember(item, start)
                case InputMode.NAMES:
                    self._provide(item, position)
                case _:
                    assert_never(item.use)

    def _wake_for_wrapped(self, name: str) -> None:
        """Take the members for `--wrap` that define `__wrap_f`, and `f` where anything knows `__real_f`.

        Source: lld `ELF/Driver.cpp` (`addWrappedSymbols`); a weak `f` takes no member.
        """
        scope = self.scope
        is_strong = name in scope.strong or name in scope.common or name in scope.wanted
        is_weak = not is_strong and (name in scope.weak or name in scope.weakly_wanted)
        if not self._is_known(name):
            return
        scope.wrapped.add(name)
        if is_weak:
            return
        for wanted, is_wanted in ((WRAP + name, True), (name, self._is_known(REAL + name))):
            woken = self._need(wanted, None) if is_wanted else None
            if woken is not None:
                self._enter(*woken, None)

    def _is_known(self, name: str) -> bool:
        """Return whether anything read so far defines the name or refers to it."""
        scope = self.scope
        if scope.is_defined(name) or name in scope.wanted or name in scope.weakly_wanted:
            return True
        return name in self.lazy or name in self.names or any(name in item.needs for item in self.link.inputs)

    def _remember(self, item: Input, start: int) -> None:
        wanted, lazy, scope = self.scope.wanted, self.lazy, self.scope
        for name, number in self._listed(item, start):
            if number in scope.entered:
                continue
            if name in wanted:
                self._enter(number, name, wanted[name])
            elif name in scope.common and name not in scope.strong and self._replaces_common(name, number):
                self._enter(number, name, scope.common[name])
            elif name not in self.names and not scope.is_defined(name):
                lazy.setdefault(name, number)

    def _listed(self, item: Input, start: int) -> Iterator[tuple[str, int]]:
        """Return each name with the unit that defines it: by the index if the linker uses it, else by the members."""
        if self.scope.has(Habit.BELIEVES_INDEX) and item.index is not None:
            pairs: Iterable[tuple[str, int]] = item.index
        else:
            slim = {at for at, unit in enumerate(item.units) if unit.content is Content.LTO_SLIM}
            pairs = [pair for pair in _definitions(item) if pair[1] not in slim]
            pairs += [(SLIM_NAME, at) for at in sorted(slim)]  # all that lld sees of them
        return (
            (name, start + position)
            for name, position in pairs
            if position >= 0 and ("@" not in name or name not in item.units[position].table.aliases)
        )

    def _replaces_common(self, name: str, number: int) -> bool:
        """Return whether a member is taken to give a common symbol a real definition, which is not weak.

        Source: lld `ELF/InputFiles.cpp` (`isNonCommonDef`).
        """
        return self.scope.has(Habit.PULLS_FOR_COMMON) and name in self.scope.units[number].table.strong

    def _provide(self, item: Input, position: int) -> None:
        if not _is_usable(item, self.scope):
            return
        self.names.add(position, item)
        for name in item.names:
            self.lazy.pop(name, None)
        for name in _needs(item, self.scope):
            woken = self._need(name, None)
            if woken is not None:
                self._enter(*woken, None)

    def _need(self, name: str, by: int | None) -> tuple[int, str] | None:
        """Note a strong reference; return the member that it pulls in, with the name."""
        scope = self.scope
        if scope.is_defined(name):
            return None
        number = self.lazy.get(name)
        if number is not None and number not in scope.entered:
            return number, name
        position = self.names.position_of(name)
        if position is not None:
            self.names.provided.setdefault(name, position)
        else:
            scope.wanted.setdefault(name, self.weakly_first.get(name, by))
        return None

    def _take(self, number: int, symbol: str | None, by: int | None) -> Iterator[str]:
        """Enter one unit; return the names that it refers to strongly.

        A symbol that a weak reference made stays that file's when a strong reference follows, and a member that then
        enters does so for that file. Source: lld `ELF/Symbols.cpp` (`resolveUndefined`, `recordWhyExtract`).
        """
        names = self.scope.enter(number, symbol, by)
        return self._with_weak(number, names) if self.scope.units[number].table.strong_before else iter(names)

    def _with_weak(self, number: int, names: Iterable[str]) -> Iterator[str]:
        """Yield the names, and note each weak reference of the unit when its turn in the symbol table comes."""
        table = self.scope.units[number].table
        weak = list(zip(reversed(table.undefined_weak), reversed(table.strong_before), strict=False))
        for at, name in enumerate(names):
            while weak and weak[-1][1] <= at:
                self._note_weak(weak.pop()[0], number)
            yield name
        while weak:
            self._note_weak(weak.pop()[0], number)

    def _note_weak(self, name: str, number: int) -> None:
        if name not in self.lazy and name not in self.scope.wanted and not self.scope.is_defined(name):
            self.weakly_first.setdefault(name, number)

    def _enter(self, number: int, symbol: str | None, by: int | None) -> None:
        """Enter a unit and, depth first, the members that it pulls in; with a stack, since chains can be long."""
        stack: list[tuple[int, Iterator[str]]] = [(number, self._take(number, symbol, by))]
        while stack:
            current, names = stack[-1]
            for name in names:
                woken = self._need(name, current)
                if woken is not None:
                    stack.append((woken[0], self._take(woken[0], name, current)))
                    if not self.scope.is_defined(name):  # the linker took nothing of it
                        self.scope.wanted.setdefault(name, current)
                    break
            else:
                stack.pop()


class _IndexedLldOrder(_LldOrder):
    """What lld's linkers for COFF and Mach-O share: archives have an index, and common symbols pull no member in."""

    def _listed(self, item: Input, start: int) -> Iterator[tuple[str, int]]:
        pairs = _definitions(item) if item.index is None else item.index
        return ((name, start + position) for name, position in pairs if position >= 0)

    def _replaces_common(self, name: str, number: int) -> bool:
        del name, number
        return False


class _MachoOrder(_IndexedLldOrder):
    """ld64.lld. Source: lld `MachO/SymbolTable.cpp`; measured with 14 and 19."""

    def _provide(self, item: Input, position: int) -> None:
        """Read a library: an archive that comes before it keeps its names."""
        if _is_usable(item, self.scope):
            self.names.add(position, item)

    def _remember(self, item: Input, start: int) -> None:
        super()._remember(item, start)
        if self.link.rules.takes_objc:
            for number, unit in enumerate(item.units, start):
                if number not in self.scope.entered and has_objective_c(unit.view):
                    self._enter(number, None, None)


class _CoffOrder(_IndexedLldOrder):
    """lld-link. Source: lld `COFF/Driver.cpp` (`enqueueArchiveMember`, `linkerMain`); measured with 14 and 19."""

    def __init__(self, link: Link, scope: Scope) -> None:
        super().__init__(link, scope)
        self.queue: deque[tuple[int, str | None, int | None]] = deque()
        self.pending: set[str] = set()  # symbols for which a member was asked

    def run(self) -> dict[str, int]:
        """Read the inputs, then the members that they ask for, then what the end of the line asks for."""
        self._read()
        self._drain()
        rules = self.link.rules
        for name in rules.late:
            woken = self._need(name, None)
            if woken is not None:
                self._enter(*woken, None)
        for name in rules.optional:
            if name in self.lazy and not self.scope.is_defined(name):
                self._enter(self.lazy[name], name, None)
        self._drain()
        todo = True
        while todo:
            todo = False
            for name, other in rules.alternates.items():
                if name in self.scope.wanted and other in self.lazy and other not in self.pending:
                    self._enter(self.lazy[other], other, self.scope.wanted[name])
                    todo = True
            self._drain()
        return self.names.provided

    def _enter(self, number: int, symbol: str | None, by: int | None) -> None:
        """Enter an object or the member of a whole archive at once; any other member waits for its turn."""
        if symbol is not None:
            if symbol not in self.pending:
                self.pending.add(symbol)
                self.queue.append((number, symbol, by))
            return
        self._open(number, None, None)

    def _open(self, number: int, symbol: str | None, by: int | None) -> None:
        for name in self.scope.enter(number, symbol, by):
            woken = self._need(name, number)
            if woken is not None:
                self.scope.wanted.setdefault(name, number)  # until the member is read, or another input defines it
                self._enter(*woken, number)

    def _drain(self) -> None:
        while self.queue:
            number, symbol, by = self.queue.popleft()
            if number not in self.scope.entered:
                self._open(number, symbol, by)


_LLD_ORDERS: Final[dict[Format, type[_LldOrder]]] = {Format.COFF: _CoffOrder, Format.MACHO: _MachoOrder}


#: How mold ranks the definitions of one name in files that are not in the link yet; the lowest counts, and the first of
#: equal ones. Strong and weak definitions of objects come before these, and their common symbols before the last.
_STRONG_RANK, _WEAK_RANK, _COMMON_RANK = 3, 4, 6


class _MoldOrder:
    """mold: all names are decided before anything is pulled in.

    A name belongs to the objects that are in the link from the start, if they define it; else to a strong definition
    in an archive or shared object, else to a weak one there. What a member defines that was pulled in for another
    name changes nothing about that. Source: mold `input-files.cc` (`get_rank`, `mark_live_objects`).
    """

    def __init__(self, link: Link, scope: Scope) -> None:
        self.link = link
        self.scope = scope
        self.lazy: dict[str, _NamedDefinition] = {}
        self.lists: dict[str, _NamedDefinition] = {}
        self.provided: dict[str, int] = {}
        self.needs: list[tuple[int | None, Iterable[str]]] = [(None, link.roots)]
        self.asleep = scope.asleep
        self.from_start: frozenset[str] = frozenset()  # defined by what is in the link from the start
        self.common_from_start: frozenset[str] = frozenset()

    def run(self) -> dict[str, int]:
        """Gather everything, then walk from the roots."""
        archives: set[str] = set()
        for position, (item, start) in enumerate(zip(self.link.inputs, self.link.starts, strict=True)):
            if item.where.path in archives and self.scope.has(Habit.READS_ARCHIVES_ONCE):
                continue
            if item.use is not InputMode.NAMES and any(unit.where.members for unit in item.units):
                archives.add(item.where.path)
            self._gather(position, item, start)
        self.from_start = self.scope.given.union(self.scope.strong, self.scope.weak)
        self.common_from_start = frozenset(self.scope.common)
        self._walk()
        self.scope.settle_in_order()
        return self.provided

    def _gather(self, position: int, item: Input, start: int) -> None:
        match item.use:
            case InputMode.WHOLE:
                for number in range(start, start + len(item.units)):
                    self._enter(number, None, None)
            case InputMode.ON_DEMAND:
                for number, unit in enumerate(item.units, start):
                    if self.scope.reject_bytecode(number):
                        continue
                    table = unit.table
                    self._offer(table.strong, _NamedDefinition(_STRONG_RANK, number))
                    weak = (name for name in table.weak if name not in table.aliases)
                    self._offer(weak, _NamedDefinition(_WEAK_RANK, number))
                    self._offer(table.common, _NamedDefinition(_COMMON_RANK, number))
            case InputMode.NAMES if not _is_usable(item, self.scope):
                pass
            case InputMode.NAMES:
                weak_names = _weak_names(item)
                offer = _NamedDefinition(_STRONG_RANK, position, is_input=True)
                self._offer(item.names - weak_names, offer)
                self._offer(weak_names, _NamedDefinition(_WEAK_RANK, position, is_input=True))
                if not item.image:
                    self.lists |= dict.fromkeys(item.names, offer)
                if item.as_needed:
                    self.asleep.add(position)
                else:
                    self.needs.append((None, _needs(item, self.scope)))
            case _:
                assert_never(item.use)

    def _enter(self, number: int, name: str | None, by: int | None) -> None:
        """Enter a unit; a real definition elsewhere is taken for its common symbols."""
        names = self.scope.enter(number, name, by)
        common = self.scope.units[number].table.common if number in self.scope.entered else {}
        self.needs.append((number, (*names, *common) if common else names))

    def _offer(self, names: Iterable[str], offer: _NamedDefinition) -> None:
        lazy = self.lazy
        for name in names:
            known = lazy.get(name)
            if known is None or known.rank > offer.rank:
                lazy[name] = offer

    def _walk(self) -> None:
        for by, names in self.needs:  # grows while it is walked
            for name in names:
                if name not in self.from_start:
                    self._need(name, by)
        self.needs = []

    def _need(self, name: str, by: int | None) -> None:
        offer = self.lazy.get(name)
        if offer is None and "@" in name:
            offer = self.lists.get(base_name(name))
        if offer is None or (offer.rank == _COMMON_RANK and name in self.common_from_start):
            self.scope.want((name,), by)
        elif offer.is_input:
            self.provided.setdefault(name, offer.number)
            self.scope.wanted.pop(name, None)  # a root
            if offer.number in self.asleep and (by is not None or name in self.link.roots):
                self.asleep.discard(offer.number)
                self.needs.append((None, _needs(self.link.inputs[offer.number], self.scope)))
        elif offer.number not in self.scope.entered:
            self._enter(offer.number, name, by)


def _weak_names(item: Input) -> frozenset[str]:
    """Return those of the names of a shared object whose definitions there are weak."""
    dynamic = None if item.shared is None else item.shared.dynamic
    if dynamic is None:
        return frozenset()
    weak = (name for name, one in dynamic.definitions.items() if one.binding is Binding.WEAK)
    return item.names.intersection(weak)


class _NamedDefinition(NamedTuple):
    """A definition of a name in a unit, or with `is_input` in a `NAMES` input; the lowest rank is used."""

    rank: int
    number: int
    is_input: bool = False
