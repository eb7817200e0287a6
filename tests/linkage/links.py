"""Links made of literal objects, for tests of what a linker would do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.archive.read import read
from arfix.errors import Where
from arfix.linkage.inputs import archive_input
from arfix.linkage.model import InputMode, Link, Linker, Target
from arfix.linkage.resolve import resolve
from tests.ar_builder import ar
from tests.elf_builder import ALLOC, EXEC, GLOBAL, STACK_NOTE, UNDEF, WEAK, Rel, Sec, Sym, elf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.linkage.model import Input, LinkResult

#: R_X86_64_PLT32: a call.
CALL = 4


def uses(*names: str, defines: Iterable[str | Sym] = (), weak: Iterable[str] = (), section: str = ".text") -> bytes:
    """Return an object that calls `names` (and `weak` ones weakly), and defines some of its own in the same section."""
    own = [Sym(one, section) if isinstance(one, str) else one for one in defines]
    wanted = [Sym(name, UNDEF) for name in names] + [Sym(name, UNDEF, binding=WEAK) for name in weak]
    calls = tuple(Rel(8 * at, CALL, one.name, -4) for at, one in enumerate(wanted))
    flags = ALLOC | EXEC if not section.startswith(".debug") else 0
    text = Sec(section, bytes(8 * len(wanted) + 8), flags=flags, align=8, relocations=calls)
    return elf(*own, *wanted, sections=(text, STACK_NOTE))


def archive(
    name: str, *members: tuple[str, bytes], use: InputMode = InputMode.WHOLE, group: int | None = None
) -> Input:
    """Return an input of literal members."""
    return archive_input(read(ar(*members)), Where(name), use, group=group)


def lazy(name: str, *members: tuple[str, bytes], group: int | None = None) -> Input:
    """Return an archive read on demand, with the index that belongs to it."""
    made = archive(name, *members, use=InputMode.ON_DEMAND, group=group)
    index = [(symbol, unit.position) for unit in made.units for symbol in unit.definitions]
    return replace(made, index=index)


def resolved(
    *inputs: Input, linker: Linker = Linker.LD, target: Target = Target.EXECUTABLE, roots: tuple[str, ...] = ()
) -> LinkResult:
    """Return what a link of these inputs comes to."""
    return resolve(Link(inputs, target, roots), linker)


def names_of(result: LinkResult, numbers: Iterable[int]) -> list[str]:
    """Return the members with these numbers, in their order."""
    return [result.units[number].name for number in numbers]


def entered(result: LinkResult) -> list[str]:
    """Return the members in the link, in the order they entered."""
    return names_of(result, (entry.unit for entry in result.entered))


__all__ = ["GLOBAL", "archive", "entered", "lazy", "names_of", "resolved", "uses"]
