"""Zeroing dates and owners of all members, as `ar D` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.model import Kind
from arfix.edits.index_state import container_trouble
from arfix.edits.member_conversion import is_zeroed
from arfix.edits.plan import Plan, Rewrite
from arfix.errors import UnsupportedError

if TYPE_CHECKING:
    from arfix.archive.model import Archive


def plan_normalize(archive: Archive) -> Plan:
    """Return the plan that zeroes date, owner, group and mode of every member and repairs the container.

    The result is what `ar D` writes of the same members. Empty where nothing of it is to be done.

    Raises:
        UnsupportedError: The archive is of a kind that arfix does not write.
    """
    path = archive.where.path if archive.where else ""
    if archive.kind in {Kind.AIX_BIG, Kind.AIX_SMALL}:
        raise UnsupportedError("arfix reads AIX archives but does not write them", where=archive.where)
    telling = sum(1 for member in archive.members if not is_zeroed(member))
    trouble = container_trouble(archive)
    reasons = [f"dates, owners or modes of {telling} of {len(archive)} members zeroed"] if telling else []
    reasons += [trouble] if trouble else []
    if not reasons:
        return Plan(path)
    return Plan(path, (Rewrite(archive.kind, archive.thin, "; ".join(reasons), zero_headers=True),))
