"""Repairs of one archive tried in memory, one after the other, as a reader of the report would run them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.edits.apply import apply
from arfix.edits.plan import Add, Drop, Replace
from arfix.edits.requests import Flatten, FlattenChoice, is_splicing, plan
from arfix.errors import ArfixError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Archive
    from arfix.audit.finding import Fix
    from arfix.audit.printed_order import TriedPlans
    from arfix.edits.plan import Plan
    from arfix.edits.requests import Request


def failing_in_order(archive: Archive, sequence: Sequence[Fix], plans: TriedPlans) -> set[Fix]:
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
        has_spliced = has_spliced or is_splicing(request)
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
