"""A weak reference stays null, though an archive on the line has the symbol.

## What it finds

With `--on-demand`: symbols that members in the link refer to weakly only, that nothing in the link defines, and that a
member of an archive on the line defines which does not enter. One finding per symbol and archive that has it: a warning
where another member of that archive is in the link, else information.

## Why it matters

A weak reference pulls no member in. Code that asks `if (&pthread_create)` and then calls `pthread_mutex_lock` takes
one member for a sign that the others are there. From an archive one of the two may be in and the other null: the
program calls address 0. That is how threads break in static programs.

## What linkers do

None says a word.

## How to repair

Link the archive whole (`-Wl,--whole-archive -lpthread -Wl,--no-whole-archive`), or ask for the symbol with `-u`.

## Example

    $ arfix check libapp.a libstdc++.a libpthread.a --on-demand -u main
    warning weak-reference: weak references to what is on the line and not in the link
      libpthread.a
        lock.o  pthread_mutex_lock  libstdc++.a(gthr.o) needs it weakly, which pulls nothing in
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.linkage.model import Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="weak-reference",
    title="weak references to what is on the line and not in the link",
    why="A weak reference pulls no member in: the address is null, and code that relies on a sister function calls it.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each null weak reference and each archive under test that defines the symbol."""
    inputs = context.result.link.inputs
    if not any(item.use is Use.ON_DEMAND and not item.provider for item in inputs):
        return
    weak = {name: one for name, one in context.result.undefined.items() if not one.is_error and one.weak_referrers}
    if not weak:
        return
    awake = {context.owners[number] for number in context.result.cause}
    told: set[tuple[int, str]] = set()
    for number in context.under_test:
        if number in context.result.cause:
            continue
        owner = context.owners[number]
        for name in weak.keys() & set(context.units[number].definitions):
            if (owner, name) not in told:
                told.add((owner, name))
                referrers = weak[name].weak_referrers
                yield TEXT.finding(
                    f"{context.short_place(referrers[0])} needs it weakly, which pulls nothing in",
                    archive=context.path(number),
                    member=context.member(number),
                    symbol=name,
                    related=tuple(context.place(one) for one in referrers),
                    severity=TEXT.severity if owner in awake else Severity.INFO,
                )


RULE = LinkRule(TEXT, check)
