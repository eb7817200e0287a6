"""Findings about what a linker refuses, apart from undefined symbols and duplicates: one per symbol and archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.context import Anchor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding, Fix
    from arfix.audit.rule import RuleText
    from arfix.linkage.refusals import LinkerRefusal, RefusalKind


def refusal_findings(
    text: RuleText,
    context: Context,
    kind: RefusalKind,
    message: Callable[[LinkerRefusal], str],
    fix: Callable[[LinkerRefusal], Fix | None] = lambda _: None,
) -> Iterator[Finding]:
    """Yield a finding for each symbol and archive that has a refusal of one kind, in link order.

    One that no unit under test takes part in is reported at the first archive under test.
    """
    groups: dict[tuple[str | None, str], list[LinkerRefusal]] = {}
    for one in context.refusals:
        if one.kind is kind:
            path = None if one.unit is None else context.path(one.unit)
            groups.setdefault((path, one.symbol), []).append(one)
    for (_, symbol), found in groups.items():
        first = found[0]
        at = Anchor("", context.first_archive, None) if first.unit is None else context.anchor(first.unit)
        is_tested = first.unit is not None and context.is_under_test(first.unit)
        more = f"; {len(found)} members do so" if len(found) > 1 else ""
        related = [context.place(one.unit) for one in found[1:] if one.unit is not None]
        yield text.finding(
            f"{at.prefix}{message(first)}{more}",
            archive=at.archive,
            member=at.member,
            symbol=symbol,
            fix=fix(first) if is_tested else None,
            related=tuple(related),
        )
