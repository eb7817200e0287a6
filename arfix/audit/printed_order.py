"""Repairs that would no longer work once a nested archive is replaced by its members.

`check` prints one command for each repair, and people run them in the printed order. `arfix flatten` adds members: a
later `strip lib.a x.o` would also remove an `x.o` that came out of the nested archive, or is refused because such a
member needs it. So the commands of such an archive are tried in memory, and one that fails or edits other members than
those found is not printed. The next check offers what is then right.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.edits.requests import is_splicing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arfix.archive.model import Archive
    from arfix.audit.finding import Finding, Fix
    from arfix.edits.plan import Plan
    from arfix.edits.requests import Request


class TriedPlans:
    """The plans of first repairs that were tried in memory, so that making the repair need not plan it again."""

    def __init__(self) -> None:
        """Know none yet."""
        self._found: dict[tuple[int, Request], tuple[Archive, Plan]] = {}

    def find(self, archive: Archive, request: Request) -> Plan | None:
        """Return the plan of a request for this very archive; None if it was not tried."""
        known = self._found.get((id(archive), request))
        return None if known is None else known[1]

    def keep(self, archive: Archive, request: Request, made: Plan) -> None:
        """Keep a plan, and the archive, so that its identity means it as long as this lives."""
        self._found[id(archive), request] = (archive, made)


def without_overtaken(
    findings: Iterable[Finding], archives: Mapping[str, Archive], plans: TriedPlans | None = None
) -> tuple[Finding, ...]:
    """Return the findings in report order, without repairs that fail after those printed before them.

    Args:
        findings: Findings in report order, with combined repairs (`combine`).
        archives: Path -> the archive as it is now.
        plans: Keeps the plans of the first repairs that are tried.
    """
    plans = TriedPlans() if plans is None else plans
    found = tuple(findings)
    # Findings share a repair that may name thousands of members; hashing it for each would take the square.
    shared = {id(one.fix): one.fix for one in found if one.fix is not None}
    fixes: dict[str, dict[Fix, None]] = {}
    for fix in shared.values():
        fixes.setdefault(fix.archive, {})[fix] = None
    lost: set[Fix] = set()
    for path, sequence in fixes.items():
        if path in archives and any(is_splicing(fix.request) for fix in sequence):
            from arfix.audit.tried_repairs import failing_in_order  # noqa: PLC0415 (few archives contain archives)

            lost.update(failing_in_order(archives[path], list(sequence), plans))
    if not lost:
        return found
    without = {key for key, fix in shared.items() if fix in lost}
    return tuple(replace(one, fix=None) if id(one.fix) in without else one for one in found)
