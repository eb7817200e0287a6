"""Checking that members fit into one archive: object formats, machines, calling conventions, unread symbols."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import ArfixError, EditError
from arfix.formats.elf.abi import Abi, compare
from arfix.formats.inspect import inspect_object
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.edits.gathered_members import GatheredMember

#: Content -> its object format. LLVM bitcode is not here: it becomes whatever the link is of.
_FORMATS = {
    Content.ELF_RELOCATABLE: "ELF",
    Content.LTO_SLIM: "ELF",
    Content.MACHO: "Mach-O",
    Content.COFF: "COFF",
    Content.COFF_BIGOBJ: "COFF",
    Content.COFF_IMPORT: "COFF",
    Content.COFF_ANONYMOUS: "COFF",
    Content.XCOFF: "XCOFF",
    Content.WASM: "wasm",
}


def check_fit(members: Sequence[GatheredMember]) -> tuple[str, ...]:
    """Return warnings about members that do not fit together.

    Raises:
        EditError: An input brings objects of a format that the inputs before it do not hold: no linker takes both.
    """
    _check_formats(members)
    return (*_conflicts(members), *_unread(members))


def _check_formats(members: Sequence[GatheredMember]) -> None:
    first: dict[str, GatheredMember] = {}
    for gathered in members:
        format_ = _FORMATS.get(gathered.content)
        if format_ is None or format_ in first:
            continue
        other = next(((name, one) for name, one in first.items() if one.sources.isdisjoint(gathered.sources)), None)
        if other is not None:
            raise EditError(
                f"{gathered.origin} is a {format_} object and {other[1].origin} a {other[0]} object: "
                "no linker takes both",
                hint="Merge the libraries of each format by themselves.",
            )
        first[format_] = gathered


def _conflicts(members: Sequence[GatheredMember]) -> Iterator[str]:
    """Yield a warning for each ABI that linkers refuse to mix with one that came before it."""
    known: dict[Abi, GatheredMember] = {}
    for gathered in members:
        abi = _abi(gathered)
        if abi is None:
            continue
        if abi in known:
            continue
        for other, holder in known.items():
            conflict = compare(other, abi)
            if conflict is not None:
                yield f"{holder.origin} and {gathered.origin} differ in {conflict}; linkers refuse to mix them"
                break
        known[abi] = gathered


def _abi(gathered: GatheredMember) -> Abi | None:
    """Return the ABI of an object (formats other than ELF record the machine only); None if it is unknown."""
    facts = inspect_object(gathered.member.data, gathered.content)
    try:
        if _FORMATS.get(gathered.content) == "ELF":
            return facts.elf.abi
        machine = facts.machine if gathered.content in _FORMATS else None
    except ArfixError:
        return None
    return None if machine is None else Abi(machine)


def _unread(members: Sequence[GatheredMember]) -> Iterator[str]:
    """Yield a warning about objects that the index cannot list."""
    unread = [str(gathered.origin) for gathered in members if gathered.entries is None]
    if unread:
        listed = ", ".join(unread[:3]) + (", ..." if len(unread) > 3 else "")
        count = "1 object" if len(unread) == 1 else f"{len(unread)} objects"
        yield f"the symbols of {count} cannot be read ({listed}), and no index knows them; they get no entries"
