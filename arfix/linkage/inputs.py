"""Makes an input of a link from an archive, an object, a shared object or a list of names.

The caller opens files; `arfix/linkage/providers.py` opens those in linker scripts and library folders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.formats.elf.abi import SINGLE_ABI
from arfix.formats.elf.file import Elf
from arfix.linkage.model import Input, InputMode, SharedFacts, Unit
from arfix.symbols.member_label import label_names
from arfix.symbols.name import base_name, satisfied_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from arfix.archive.model import Archive
    from arfix.errors import Where
    from arfix.formats.elf.abi import Abi
    from arfix.formats.inspect import ObjectFacts


def archive_input(
    archive: Archive,
    where: Where,
    use: InputMode = InputMode.WHOLE,
    *,
    group: int | None = None,
    provider: bool = False,
) -> Input:
    """Return an input of all members of an archive; a member that shares its name is called `x.o#2`.

    The archive must stay open as long as the input is used.
    """
    units = tuple(_units(archive, where))
    return Input(where, use, units, group=group, index=_index(archive), provider=provider)


def object_input(where: Where, view: Callable[[], memoryview], *, provider: bool = False) -> Input:
    """Return an input of one object on the command line."""
    return Input(where, InputMode.WHOLE, (Unit(where, 0, view),), provider=provider)


def inspected_input(where: Where, facts: ObjectFacts, *, group: int | None = None, provider: bool = False) -> Input:
    """Return an input of one object on the command line that has been looked at, so that nothing is read twice."""
    unit = Unit(where, 0, lambda: facts.view)
    unit.remember_facts(facts)
    return Input(where, InputMode.WHOLE, (unit,), group=group, provider=provider)


def image_input(where: Where, view: memoryview, *, provider: bool = True) -> Input:
    """Return an input with the exported and the undefined symbols of a shared object or executable.

    Raises `FormatError` when its dynamic symbols cannot be read.
    """
    elf = Elf(view)
    facts, machine = elf.dynamic, elf.machine
    return Input(
        where,
        InputMode.NAMES,
        names=facts.provides,
        # A loader takes a definition without version for any; a linker does not.
        needs=(facts.versioned_needs if provider else facts.needs) - facts.provides,
        provider=provider,
        image=True,
        shared=SharedFacts(
            machine,
            facts.soname,
            facts.needed,
            facts.thread_local,
            facts.folders,
            _abi(elf),
            facts.uncopied,
            facts.protected,
            facts,
        ),
    )


def _abi(elf: Elf) -> Abi | None:
    """Return the calling convention of a shared object whose machine has several."""
    if elf.machine.name in SINGLE_ABI:
        return None
    try:
        return elf.abi
    except ArfixError:
        return None


def names_input(where: Where, names: Iterable[str], *, provider: bool = True) -> Input:
    """Return an input that provides a list of symbols."""
    return Input(where, InputMode.NAMES, names=frozenset(names), provider=provider)


def decode_names(data: bytes) -> frozenset[str]:
    """Return the symbols in a text: the last word of each line, as in the output of `nm`; `#` starts a comment."""
    lines = data.decode("utf-8", "surrogateescape").splitlines()
    words = (line.partition("#")[0].split() for line in lines)
    return frozenset(base_name(line[-1]) for line in words if line)


def _units(archive: Archive, where: Where) -> Iterator[Unit]:
    for position, label in enumerate(label_names(member.name for member in archive.members)):
        yield Unit(
            where.inside(str(label)), position, _opener(archive, position), _date_reader(archive, position), label
        )


def _opener(archive: Archive, position: int) -> Callable[[], memoryview]:
    return lambda: archive.members[position].data


def _date_reader(archive: Archive, position: int) -> Callable[[], int]:
    return lambda: archive.members[position].date


def _index(archive: Archive) -> Sequence[tuple[str, int]] | None:
    """Return the index with each default version under both names: `f@@V` satisfies `f` and `f@V`."""
    index = archive.index
    if index is None:
        return None
    if not any("@@" in name for name in index.names):
        return list(index)
    return [(name, position) for spelling, position in index for name in satisfied_by(spelling)]
