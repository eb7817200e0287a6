"""Which members are in a link only because their archive is taken whole?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.linkage.model import Link, Use
from arfix.linkage.resolve import resolve

if TYPE_CHECKING:
    from arfix.linkage.model import LinkResult


def dead_weight(result: LinkResult) -> tuple[int, ...]:
    """Return the units that would stay out if every whole archive were read on demand, in link order.

    What wants symbols then are the roots, the objects named by themselves and the shared objects of the link. Without
    any of these nothing would be wanted and nothing can be called dead weight: the result is empty.
    """
    link = result.link
    lazy = tuple(
        replace(item, use=Use.ON_DEMAND, group=0)
        if item.use is Use.WHOLE and any(unit.where.members for unit in item.units)
        else item
        for item in link.inputs
    )
    wants = link.roots or any(item.needs or item.use is Use.WHOLE for item in lazy)
    if not wants:
        return ()
    asked = Link(lazy, link.target, link.roots, link.machine, link.export_dynamic)
    needed = resolve(asked, result.linker).cause
    return tuple(number for number in sorted(result.cause) if number not in needed)
