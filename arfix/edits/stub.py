"""Adding stubs for missing symbols: as an object, as an archive with one object for each, or in an existing archive."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.header import new_header
from arfix.archive.model import NO_MEMBER, Archive, Index, Kind, Member
from arfix.archive.source import extent_of
from arfix.errors import ArfixError, EditError, FormatError, UnsupportedError, Where
from arfix.formats.constants import ELF_MAGIC
from arfix.stubs.behaviour import Alias, parse_behaviour
from arfix.stubs.build import Options, StubSymbol, aliases_last, make_object, make_one
from arfix.stubs.knowledge import UNKNOWN, VARIABLES, KnownFunction, look_up
from arfix.stubs.platform import SIGNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.edits.plan import Plan
    from arfix.stubs.platform import CLibrary
    from arfix.stubs.target import StubTarget

#: The most members of an archive whose build attributes are read; the first few are enough.
_ASKED = 16


class StubRequest(NamedTuple):
    """One symbol on the command line: the stub, and what is known of the function.

    Attributes:
        stub: The name and what it will do.
        known: The knowledge base's entry, None if it has none.
        asked: The behaviour was given (`NAME=WHAT`), and not the knowledge base's.
    """

    stub: StubSymbol
    known: KnownFunction | None
    asked: bool


def parse_request(text: str) -> StubRequest:
    """Return the stub for `NAME` or `NAME=WHAT`; an unknown function fails with -1 and ENOSYS.

    Raises:
        EditError: There is no name, it is known to be a variable, or WHAT is none of the behaviours.
    """
    name, equals, what = text.partition("=")
    if not name or "\0" in name:
        raise EditError(f'"{text}" names no symbol', hint="Write NAME or NAME=WHAT.")
    known = look_up(name)
    if equals:
        return StubRequest(StubSymbol(name, parse_behaviour(what)), known, asked=True)
    if name in VARIABLES:
        raise EditError(
            f"{name} is a variable: a program would read the code of a function of that name as data",
            hint=f"Write {name}=data:SIZE for SIZE zero bytes, if the program can work with those.",
        )
    return StubRequest(StubSymbol(name, known.behaviour if known else UNKNOWN), known, asked=False)


def target_of_archive(archive: Archive) -> StubTarget:
    """Return the target of an archive: that of its most specific object, with every hardening any object has.

    Raises:
        EditError: No member is an ELF object.
        UnsupportedError: There is no stub code for the machine.
    """
    from arfix.stubs.like import target_of_object  # noqa: PLC0415 (start-up)

    where = archive.where or Where("archive")
    target: StubTarget | None = None
    for member in _elf_members(archive):
        try:
            found = target_of_object(member.data, str(where.inside(member.name)))
        except FormatError:
            continue
        if target is None or (found.copied and not target.copied):
            hardening = target.hardening if target else 0
            target = replace(found, hardening=found.hardening | hardening)
        elif found.machine == target.machine:
            noted = found.stack_note or target.stack_note
            target = replace(target, hardening=target.hardening | found.hardening, stack_note=noted)
    if target is None:
        raise EditError(
            "no member is an ELF object, so the machine is not known", where=where, hint="Use `target=...`."
        )
    return target if target.libc else replace(target, libc=_library_in(archive))


def _library_in(archive: Archive) -> CLibrary | None:
    """Return the C library that some object uses, or that the archive itself is."""
    from arfix.stubs.like import library_of  # noqa: PLC0415 (start-up)

    used = library_of(member.data for member in archive if _is_elf(member))
    if used is None and archive.index is not None:
        defined = SIGNS.keys() & set(archive.index.names)
        return SIGNS[min(defined)] if defined else None
    return used


def _elf_members(archive: Archive) -> Iterator[Member]:
    """Yield the first ELF objects of the archive."""
    left = _ASKED
    for member in archive:
        if left and _is_elf(member):
            left -= 1
            yield member


def _is_elf(member: Member) -> bool:
    try:
        return bytes(member.data[:4]) == ELF_MAGIC
    except ArfixError:
        return False


def make_stub_archive(target: StubTarget, stubs: Sequence[StubSymbol], options: Options, path: str) -> Archive:
    """Return a new indexed archive with one object per stub, so that a link takes only what it needs.

    An alias of another stub stands in that one's object. `path` is where the archive will be, for messages.
    """
    where = Where(path)
    members: list[Member] = []
    names: list[str] = []
    positions: list[int] = []
    for group in _groups(stubs):
        positions += [len(members)] * len(group)
        names += [stub.name for stub in group]
        members.append(_member(target, group, options, where))
    return Archive(Kind.GNU, tuple(members), Index(tuple(names), tuple(positions)), where=where)


def _groups(stubs: Sequence[StubSymbol]) -> list[list[StubSymbol]]:
    """Return the stubs in order, each with the aliases of it behind it; raises `EditError` for aliases in a circle."""
    aliases_last(stubs)
    leaders = {stub.name: stub.behaviour for stub in stubs}
    groups: dict[str, list[StubSymbol]] = {}
    for stub in stubs:
        name = stub.name
        while isinstance(behaviour := leaders[name], Alias) and behaviour.other in leaders:
            name = behaviour.other
        groups.setdefault(name, []).append(stub)
    return list(groups.values())


def _member(target: StubTarget, stubs: Sequence[StubSymbol], options: Options, where: Where) -> Member:
    name = member_name(stubs[0].name)
    data = make_one(target, stubs[0], options) if len(stubs) == 1 else make_object(target, stubs, options)
    return Member(name, new_header(), extent_of(data, where.inside(name)))


def member_name(symbol: str) -> str:
    """Return what the member with a symbol's stub is called."""
    return f"arfix-stub-{symbol.replace('/', '_')}.o"


def plan_stub(archive: Archive, target: StubTarget, stubs: Sequence[StubSymbol], options: Options) -> Plan:
    """Return the plan that adds one object for each stub at the archive's end; a stub that is there already is left.

    Raises:
        EditError: The archive defines one of the symbols, so that a stub would hide it or clash with it.
        UnsupportedError: There is no code for the machine, or the archive is thin.
    """
    from arfix.edits.plan import Add, Plan  # noqa: PLC0415 (start-up)

    path = archive.where.path if archive.where else "archive"
    if archive.thin:
        raise UnsupportedError(
            "a thin archive holds paths, and a stub would need a file beside it",
            where=archive.where,
            hint="Make the stubs an archive of their own with -o FILE.a.",
        )
    made = make_stub_archive(target, stubs, options, path)
    present = {member.name: member for member in archive if member.name.startswith("arfix-stub-")}
    kept = [member for member in made if member.name in present and present[member.name].data == member.data]
    adds = [member for member in made if member not in kept]
    _refuse_defined(archive, {name for name, position in made.index or () if made.members[position] in adds})
    end = len(archive.members)
    edits = tuple(Add(end, member, "arfix stub", "") for member in adds)
    notes = (f"{len(kept)} of {len(made)} stubs are there already",) if kept else ()
    return Plan(path, edits, notes)


def _refuse_defined(archive: Archive, names: set[str]) -> None:
    from arfix.edits.index import build_index  # noqa: PLC0415 (start-up)

    index = archive.index or build_index(archive.members)
    for name, position in index or ():
        if name in names and position != NO_MEMBER:
            place = (archive.where or Where("archive")).inside(archive.members[position].name)
            raise EditError(
                f"{name} is defined here: a stub beside it would hide it or clash with it",
                where=place,
                hint="Stub only what is missing; arfix check lists that.",
            )
