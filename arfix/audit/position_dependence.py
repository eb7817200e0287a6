"""Findings about position-dependent code, shared by the rules `not-pic` and `not-pie`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.paths import is_file
from arfix.audit.finding import Severity
from arfix.audit.related_archives import pic_sibling_name
from arfix.linkage.position import Misplaced, PositionFault, find_misplaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding
    from arfix.audit.rule import RuleText


def position_findings(text: RuleText, context: Context) -> Iterator[Finding]:
    """Yield a finding for each symbol and archive, or for each member that refers to its own sections; errors first.

    Undefined symbols are left to `undefined-symbol`.
    """
    groups: dict[tuple[int, str | None, int | None, bool], list[Misplaced]] = {}
    for one in find_misplaced(context.result, context.is_under_test):
        if one.symbol not in context.result.errors:
            member = one.unit if one.symbol is None else None
            milder = one.fault is PositionFault.TEXT_RELOCATION
            groups.setdefault((context.owners[one.unit], one.symbol, member, milder), []).append(one)
    siblings: dict[str, str] = {}
    for (_, symbol, _, milder), uses in groups.items():
        first = uses[0]
        path = context.path(first.unit)
        if path not in siblings:
            siblings[path] = _sibling_advice(path)
        units = list(dict.fromkeys(one.unit for one in uses))
        more = f"; {len(units)} members do so" if len(units) > 1 else ""
        yield text.finding(
            f"{first.relocation} in {first.section} {first.fault.value}{more}{siblings[path]}",
            archive=path,
            member=context.member(first.unit),
            symbol=symbol,
            related=tuple(context.place(unit) for unit in units[1:]),
            severity=Severity.WARNING if milder else None,
        )


def _sibling_advice(path: str) -> str:
    """Return the advice to use the archive's position-independent build, if it is in the same folder."""
    sibling = pic_sibling_name(path)
    if sibling is None or not is_file(sibling):
        return ""
    return f"; {sibling} is the build for that"
