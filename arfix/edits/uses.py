"""Who defines some symbols, and who needs them: the facts behind the proof of `strip` and the selectors by symbol.

The symbol index is not asked: it may be stale, and it never says who needs what. Every object is looked at instead,
and that is cheap because nearly all of them can be passed over: an object whose string table does not contain a name
cannot mention it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from arfix.errors import ArfixError, FormatError
from arfix.objects.elf import locate_symbol_table
from arfix.objects.elf_symbols import read_definitions, read_references, read_symbols
from arfix.objects.format import ELF_MAGIC
from arfix.objects.model import Binding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from arfix.archive.model import Archive
    from arfix.objects.inspect import ObjectFacts

#: Up to this many names a search for each in the string table is faster than reading every name out of it.
_FEW = 8


class Use(NamedTuple):
    """One member that defines or needs one symbol.

    Attributes:
        position: The member's position.
        name: The symbol, spelt as it was asked for.
        weak: Whether the reference is weak, so that no link fails without a definition; definitions are never marked.
        proven: False where the member's symbols cannot be read and its bytes merely contain the name.
    """

    position: int
    name: str
    weak: bool = False
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Uses:
    """Every use of some symbols among some members.

    Attributes:
        definers: Definitions, common and absolute symbols included, in member order.
        needers: References, weak ones included, in member order.
        unreachable: Members whose bytes cannot be had at all (a file beside a thin archive is missing).
    """

    definers: tuple[Use, ...]
    needers: tuple[Use, ...]
    unreachable: tuple[int, ...] = ()


def satisfied_names(definition: str) -> tuple[str, ...]:
    """Return the references that a definition of that name satisfies: `f@@V2` is also `f@V2` and plain `f`.

    Source: the `.symver` directive, GNU as manual: `@@` marks the default version.
    """
    name, at, version = definition.partition("@@")
    return (definition, f"{name}@{version}", name) if at and name else (definition,)


def definitions(archive: Archive, position: int) -> list[str]:
    """Return every name under which the member can satisfy a reference; empty for what is no object.

    Where the member's own symbols cannot be read, what the index says of it is taken.
    """
    member = archive.members[position]
    try:
        view = member.data
        names = read_definitions(view) if bytes(view[:4]) == ELF_MAGIC else _facts(view).definitions
    except ArfixError:
        names = []
    if not names and archive.index is not None:
        names = [name for name, defined_in in archive.index if defined_in == position]
    return list(dict.fromkeys(spelling for name in names for spelling in satisfied_names(name)))


def find_uses(archive: Archive, names: Collection[str], among: Iterable[int] | None = None) -> Uses:
    """Return who defines and who needs any of `names`, among the members at the positions `among` (all by default)."""
    search = _Search(frozenset(names))
    for position in range(len(archive.members)) if among is None else among:
        try:
            view = archive.members[position].data
        except ArfixError:
            search.unreachable.append(position)
        else:
            search.look_at(position, view)
    return Uses(tuple(search.definers), tuple(search.needers), tuple(search.unreachable))


class _Search:
    """One search: the names, ready to be compared, and what was found so far."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.raw = [name.encode("utf-8", "surrogateescape") for name in names]
        self.terminated = [name + b"\0" for name in self.raw] if len(names) <= _FEW else []
        self.definers: list[Use] = []
        self.needers: list[Use] = []
        self.unreachable: list[int] = []

    def look_at(self, position: int, view: memoryview) -> None:
        """Add the uses in one member."""
        try:
            if bytes(view[:4]) == ELF_MAGIC:
                if self._may_mention(view):
                    self._add_elf(position, view)
            elif self._contains_any(view):
                self._add_other(position, view)
        except FormatError:
            self._add_unproven(position, view)

    def _may_mention(self, view: memoryview) -> bool:
        """Tell whether an ELF object's string table contains one of few names, also as the tail of a longer one."""
        table = locate_symbol_table(view)
        if table is None:
            return False
        if not self.terminated:
            return True
        strings = bytes(view[table.strings_offset : table.strings_offset + table.strings_size])
        return any(name in strings for name in self.terminated)

    def _add_elf(self, position: int, view: memoryview) -> None:
        wanted = self.names
        if wanted.isdisjoint(read_references(view)):
            found = {spelling for name in read_definitions(view) for spelling in satisfied_names(name)} & wanted
            self.definers += [Use(position, name) for name in sorted(found)]
            return
        for symbol in read_symbols(view, only_globals=True):
            if symbol.is_defined:
                self.definers += [Use(position, name) for name in satisfied_names(symbol.name) if name in wanted]
            elif symbol.name in wanted:
                self.needers.append(Use(position, symbol.name, weak=symbol.binding is Binding.WEAK))

    def _add_other(self, position: int, view: memoryview) -> None:
        """Add the uses in a member that is no ELF object but contains one of the names."""
        from arfix.objects.model import OBJECT_CONTENTS  # noqa: PLC0415 (ELF alone does not need it)

        facts = _facts(view)
        if facts.content not in OBJECT_CONTENTS:
            return
        symbols = facts.global_symbols
        if not symbols:
            self._add_unproven(position, view)
        for symbol in symbols:
            if symbol.name in self.names:
                use = Use(position, symbol.name, weak=not symbol.is_defined and symbol.binding is Binding.WEAK)
                (self.definers if symbol.is_defined else self.needers).append(use)

    def _add_unproven(self, position: int, view: memoryview) -> None:
        """Add a need for each name that the bytes of an object contain, since its symbols cannot be read."""
        data = bytes(view)
        self.needers += [
            Use(position, name.decode("utf-8", "surrogateescape"), proven=False) for name in self.raw if name in data
        ]

    def _contains_any(self, view: memoryview) -> bool:
        data = bytes(view)
        return any(name in data for name in self.raw)


def _facts(view: memoryview) -> ObjectFacts:
    from arfix.objects.inspect import inspect_object  # noqa: PLC0415 (ELF alone does not need it)

    return inspect_object(view)
