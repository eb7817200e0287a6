"""Strong definitions that cannot stand in one link, told before any linker does.

A symbol may be defined once strongly. Weak and common definitions give way, a link keeps the first copy of a COMDAT
group, and equal absolute symbols meet without harm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.formats.inspect import inspect_object
from arfix.linkage.table import Table, read_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from arfix.archive.model import Member


def strong_definers(
    members: Iterable[tuple[int, Member]], names: Collection[str] | None = None
) -> Mapping[str, Sequence[int]]:
    """Return the symbols with more than one strong definition: name -> the numbers of the members, in order.

    Args:
        members: Each with the number it is called by, in the order of a link that takes them all.
        names: The only symbols that matter; None for all.
    """
    definers: dict[str, list[int]] = {}
    values: dict[str, int | None] = {}
    groups: set[str] = set()
    for number, member in members:
        table = symbols_of(member)
        discarded = frozenset().union(*(lost for group, lost in table.groups if group.signature in groups))
        groups.update(group.signature for group, _ in table.groups)
        for name in table.strong:
            if name in discarded or (names is not None and name not in names):
                continue
            value = table.absolute.get(name)
            held = values.setdefault(name, value)
            known = definers.setdefault(name, [])
            if not known or (known[-1] != number and (value is None or value != held)):
                known.append(number)
    return {name: numbers for name, numbers in definers.items() if len(numbers) > 1}


def symbols_of(member: Member) -> Table:
    """Return what an object brings to a link; nothing for what is no object or cannot be read."""
    try:
        return read_table(inspect_object(member.data))
    except ArfixError:
        return Table()
