"""Finds members that are in a link only because their archive is linked whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.linkage.model import InputMode, Link
from arfix.linkage.resolve import resolve

if TYPE_CHECKING:
    from arfix.linkage.model import Input, LinkResult


def dead_weight(result: LinkResult) -> tuple[int, ...]:
    """Return the units that would stay out if every whole archive were read on demand, in link order.

    What wants symbols then are the roots, the objects named by themselves and the shared objects of the link, wherever
    they stand. Without any of these nothing can be called dead weight, and the result is empty.
    """
    link = result.link
    wanted = wanted_names(link)
    if not wanted:
        return ()
    lazy = tuple(
        replace(item, use=InputMode.ON_DEMAND, group=0) if _is_whole_archive(item) else item for item in link.inputs
    )
    asked = Link(lazy, link.target, wanted, link.machine, link.export_dynamic)
    needed = resolve(asked, result.linker).cause
    return tuple(number for number in sorted(result.cause) if number not in needed)


def wanted_names(link: Link) -> tuple[str, ...]:
    """Return the symbols needed from outside archives: by roots, objects on the command line and shared objects."""
    names = dict.fromkeys(link.roots)
    for item in link.inputs:
        if item.use is InputMode.NAMES:
            names |= dict.fromkeys(sorted(item.needs))
        elif item.use is InputMode.WHOLE and not _is_whole_archive(item):
            names |= dict.fromkeys(name for unit in item.units for name in sorted(unit.table.undefined))
    return tuple(names)


def _is_whole_archive(item: Input) -> bool:
    return item.use is InputMode.WHOLE and any(unit.where.members for unit in item.units)
