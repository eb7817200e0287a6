"""Resolves the undefined dynamic symbols of all modules of a program, as a loader does.

A *module* is an image as a loader sees it: the executable, a shared object that it loads, or either before it is
linked, as the link is predicted. Source of the order and of the rules for versions: ld.so(8); glibc `elf/dl-lookup.c`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from arfix.formats.model import Binding, Place, Visibility
from arfix.symbols.name import base_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arfix.formats.elf.linked_image import LinkedImage
    from arfix.linkage.model import LinkResult


class UnresolvedReason(Enum):
    """Why a module does not find a symbol. The value is the word shown to people and in JSON."""

    MISSING = "missing"
    """Nothing that the loader looks in has it."""
    HIDDEN = "hidden"
    """It is in something that the loader looks in, but is not exported there."""
    WRONG_VERSION = "wrong-version"
    """It is exported, with other versions than the one that is wanted."""
    WEAK = "weak"
    """Nothing has it, but the reference is weak: its address will be null."""
    UNKNOWN = "unknown"
    """It may be in a needed library that could not be found."""

    @property
    def is_error(self) -> bool:
        """Whether loading the module, or calling the function, will fail."""
        return self in {UnresolvedReason.MISSING, UnresolvedReason.HIDDEN, UnresolvedReason.WRONG_VERSION}


class DynamicReference(NamedTuple):
    """An undefined dynamic symbol.

    Attributes:
        name: Without version.
        version: The version that is wanted, or None.
        library: The shared object that the version was taken from at link time, or None.
        is_weak: The module can do without.
    """

    name: str
    version: str | None = None
    library: str | None = None
    is_weak: bool = False


@dataclass(frozen=True, eq=False)
class Module:
    """An image as a loader sees it.

    Attributes:
        path: Its file, or what a person calls it before it is linked.
        needs: Its undefined dynamic symbols.
        exports: Name -> the versions it is exported with; None among them where without.
        closed: Names that it defines and does not export.
        libraries: The shared objects it asks the loader for.
    """

    path: str
    needs: tuple[DynamicReference, ...]
    exports: Mapping[str, frozenset[str | None]]
    closed: frozenset[str] = frozenset()
    libraries: tuple[str, ...] = ()


class UnresolvedSymbol(NamedTuple):
    """A symbol that a module does not find.

    Attributes:
        need: What it needs.
        verdict: Why it does not find it.
        there: The module that has it without exporting it, or in other versions; None if none has.
        versions: The versions it has there.
    """

    need: DynamicReference
    verdict: UnresolvedReason
    there: str | None = None
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where a module's symbols come from.

    Attributes:
        module: The module.
        given: Path of a module that the loader looks in -> the symbols it gives, by name.
        gaps: What is not found, by name.
        unfound: Needed shared objects that could not be looked into.
    """

    module: Module
    given: Mapping[str, tuple[str, ...]]
    gaps: tuple[UnresolvedSymbol, ...]
    unfound: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[UnresolvedSymbol, ...]:
        """The unresolved symbols that make it fail."""
        return tuple(gap for gap in self.gaps if gap.verdict.is_error)


def module_of_image(path: str, image: LinkedImage) -> Module:
    """Return a linked image as a loader sees it."""
    needs: list[DynamicReference] = []
    exports: dict[str, set[str | None]] = {}
    for symbol, version, _, library in image.dynamic.symbols:
        if not symbol.is_defined:
            needs.append(DynamicReference(symbol.name, version, library, symbol.binding is Binding.WEAK))
        elif symbol.visibility in {Visibility.DEFAULT, Visibility.PROTECTED}:
            exports.setdefault(symbol.name, set()).add(version)
    closed = {symbol.name for symbol in image.symbols if symbol.place is not Place.UNDEFINED and symbol.name}
    return Module(
        path,
        tuple(needs),
        {name: frozenset(versions) for name, versions in exports.items()},
        frozenset(closed - exports.keys()),
        image.dynamic.needed,
    )


def module_of_link(path: str, result: LinkResult) -> Module:
    """Return the output of a planned link as a loader sees it; its versions and needed libraries are not known yet."""
    needs = [DynamicReference(name, is_weak=not undefined.is_error) for name, undefined in result.undefined.items()]
    exports = dict.fromkeys(result.exported, frozenset[str | None]({None}))
    closed = {base_name(name) for name in result.winners} - exports.keys()
    return Module(path, tuple(needs), exports, frozenset(closed))


def resolve_module(module: Module, executable: Module, libraries: Mapping[str, Module | None]) -> Resolved:
    """Return where `module`, loaded into `executable`, finds what it needs.

    Args:
        module: The executable itself, or something it loads.
        executable: The program.
        libraries: Name of a needed shared object -> what it is, or None if it could not be found.
    """
    scope, unfound = _scope(module, executable, libraries)
    given: dict[str, list[str]] = {}
    gaps: list[UnresolvedSymbol] = []
    for need in sorted(module.needs, key=lambda need: need.name):
        giver = next((one for one in scope if _satisfies(one, need)), None)
        if giver is not None:
            given.setdefault(giver.path, []).append(need.name)
        else:
            gaps.append(_gap(need, scope, unfound))
    return Resolved(module, {path: tuple(names) for path, names in given.items()}, tuple(gaps), unfound)


def _scope(
    module: Module, executable: Module, libraries: Mapping[str, Module | None]
) -> tuple[list[Module], tuple[str, ...]]:
    """Return the modules that the loader searches, in order: the program, its libraries, the module, its libraries."""
    scope: list[Module] = []
    unfound: dict[str, None] = {}
    for start in (executable, module):
        todo = [start]
        while todo:
            one = todo.pop(0)
            if one in scope:
                continue
            scope.append(one)
            for name in one.libraries:
                found = libraries.get(name)
                if found is None:
                    unfound[name] = None
                else:
                    todo.append(found)
    return scope, tuple(unfound)


def _satisfies(module: Module, need: DynamicReference) -> bool:
    """Return whether a module's export satisfies a need: by version where both have one, else by name."""
    versions = module.exports.get(need.name)
    if versions is None:
        return False
    return need.version is None or need.version in versions or None in versions


def _gap(need: DynamicReference, scope: Sequence[Module], unfound: tuple[str, ...]) -> UnresolvedSymbol:
    """Return why nothing in `scope` provides the symbol; the most certain reason if there are several."""
    if need.library in unfound:
        return UnresolvedSymbol(need, UnresolvedReason.UNKNOWN)
    for module in scope:
        versions = module.exports.get(need.name)
        if versions:
            return UnresolvedSymbol(
                need, UnresolvedReason.WRONG_VERSION, module.path, tuple(sorted(filter(None, versions)))
            )
    if need.is_weak:
        return UnresolvedSymbol(need, UnresolvedReason.WEAK)
    there = next((module.path for module in scope if need.name in module.closed), None)
    if there is not None:
        return UnresolvedSymbol(need, UnresolvedReason.HIDDEN, there)
    return UnresolvedSymbol(need, UnresolvedReason.UNKNOWN if unfound else UnresolvedReason.MISSING)


class Preempted(NamedTuple):
    """A shared object whose own functions and variables are replaced by those of the program.

    Attributes:
        path: Its path.
        symbols: The names, without those that a program shares with a library on purpose (copied variables).
    """

    path: str
    symbols: tuple[str, ...]


def find_preempted(program: Module, libraries: Sequence[Module | None]) -> tuple[Preempted, ...]:
    """Return the libraries that have symbols which the program defines without a version, as one of its own would be.

    A loader takes the first definition of a name, and the program comes first: such a library then calls what it was
    not built with. Copies of a library's variables carry that library's version, so they do not count.
    """
    own = {name for name, versions in program.exports.items() if None in versions}
    found = [Preempted(one.path, tuple(sorted(own & one.exports.keys()))) for one in libraries if one is not None]
    return tuple(one for one in found if one.symbols)
