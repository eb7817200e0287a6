"""Repairs that would no longer work once a nested archive is replaced by its members.

`check` prints one command for each repair, and people run them in the printed order. `arfix flatten` adds members: a
later `strip lib.a x.o` would also remove an `x.o` that came out of the nested archive, or is refused because such a
member needs it. So the commands of such an archive are tried in memory, and one that fails or edits other members than
those found is not printed. The next check offers what is then right.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from arfix.edits.apply import apply
from arfix.edits.plan import Add, Drop, Replace
from arfix.edits.requests import Flatten, FlattenChoice, plan
from arfix.errors import ArfixError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
        if path in archives and any(_splices(fix.request) for fix in sequence):
            lost.update(_failing_in_order(archives[path], list(sequence), plans))
    if not lost:
        return found
    without = {key for key, fix in shared.items() if fix in lost}
    return tuple(replace(one, fix=None) if id(one.fix) in without else one for one in found)


def _splices(request: Request) -> bool:
    return isinstance(request, Flatten) and request.choice is not FlattenChoice.DROP


def _failing_in_order(archive: Archive, sequence: Sequence[Fix], plans: TriedPlans) -> set[Fix]:
    """Return the repairs that do not work in this order.

    Where the platform decides whether nested archives are spliced or dropped, both are tried.
    """
    if all(_given_platform(fix.request) is fix.request for fix in sequence):
        return _failing(archive, sequence, FlattenChoice.SPLICE, plans)
    splicing, dropping = (_failing(archive, sequence, one, plans) for one in (FlattenChoice.SPLICE, FlattenChoice.DROP))
    return splicing | dropping


def _given_platform(request: Request, choice: FlattenChoice = FlattenChoice.SPLICE) -> Request:
    return Flatten(choice) if isinstance(request, Flatten) and request.platform else request


def _failing(archive: Archive, sequence: Sequence[Fix], choice: FlattenChoice, plans: TriedPlans) -> set[Fix]:
    failing: set[Fix] = set()
    now = archive
    has_spliced = False
    for fix in sequence:
        request = _given_platform(fix.request, choice)
        try:
            known = plans.find(now, request) if now is archive else None  # the findings for another target tried it
            planned = plan(now, request) if known is None else known
            if now is archive:
                plans.keep(archive, request, planned)
            if has_spliced and _effect(planned, now) != _effect(plan(archive, request), archive):
                failing.add(fix)
                continue
            now = apply(now, planned)
        except ArfixError:
            failing.add(fix)
            continue
        has_spliced = has_spliced or _splices(request)
    return failing


class _Effect(NamedTuple):
    """What a plan edits: the members by the offset of their header in the file, and the names of those it adds."""

    edited: frozenset[int | None]
    added: tuple[str, ...]


def _effect(planned: Plan, archive: Archive) -> _Effect:
    edited = (archive.members[edit.position] for edit in planned.edits if isinstance(edit, Drop | Replace))
    return _Effect(
        frozenset(member.header_offset for member in edited),
        tuple(edit.member.name for edit in planned.edits if isinstance(edit, Add)),
    )
