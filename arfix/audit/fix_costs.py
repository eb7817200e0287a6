"""Side effects of a repair step, listed before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.edits.plan import Add, Replace
from arfix.edits.requests import Stub

if TYPE_CHECKING:
    from arfix.archive.model import Archive
    from arfix.edits.plan import Plan
    from arfix.edits.requests import Request

_LISTED = 4


def costs_of(before: Archive, after: Archive, plan: Plan, request: Request) -> tuple[str, ...]:
    """Return what the plan costs, as sentences; empty when nothing is lost."""
    costs = []
    lost = _defined(before) - _defined(after)
    if lost:
        costs.append(f"the archive no longer defines {_shortened_list(sorted(lost))}")
    if any(isinstance(edit, Add) and edit.origin == STUB_ORIGIN for edit in plan.edits):
        forwarded = _forwarded(request)
        new = sorted(_defined(after) - _defined(before) - forwarded)
        if new:
            do = "does" if len(new) == 1 else "do"
            costs.append(f"programs find {_shortened_list(new)}, which {do} not work")
    if any(isinstance(edit, Replace) for edit in plan.edits):
        changed = sum(isinstance(edit, Replace) for edit in plan.edits)
        costs.append(
            f"{changed} member{'' if changed == 1 else 's'} no longer equal{'s' if changed == 1 else ''} "
            "what the build made"
        )
    return (*costs, *plan.warnings)


#: `Add.origin` of members that `arfix stub` makes.
STUB_ORIGIN = "arfix stub"


def _defined(archive: Archive) -> frozenset[str]:
    return frozenset() if archive.index is None else frozenset(archive.index.names)


def _forwarded(request: Request) -> frozenset[str]:
    """Return the symbols whose stubs jump to another function, which works."""
    if not isinstance(request, Stub):
        return frozenset()
    named = (symbol.partition("=") for symbol in request.symbols)
    return frozenset(name for name, _, behaviour in named if behaviour.startswith("alias:"))


def _shortened_list(names: list[str]) -> str:
    shown = ", ".join(names[:_LISTED])
    return shown if len(names) <= _LISTED else f"{shown} and {len(names) - _LISTED} more"
