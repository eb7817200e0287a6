"""A weak reference stays null although an archive on the command line defines the symbol.

## What it finds

With `--on-demand`: symbols to which the link has only weak references, that nothing in the link defines, and that a
member which is not linked defines. One finding for each symbol and each archive that defines it: a warning if
another member of that archive is in the link, otherwise info.

## Why it matters

A weak reference does not pull a member in. Code that tests `if (&pthread_create)` and then calls
`pthread_mutex_lock` assumes that both are linked or neither. From an archive one may be linked and the other not,
and the program calls address 0. This is how threads break in static programs.

## What linkers do

No linker reports it.

## How to repair

Link the archive whole (`-Wl,--whole-archive -lpthread -Wl,--no-whole-archive`), or request the symbol with `-u`.

## Example

    $ arfix check libapp.a libstdc++.a libpthread.a --on-demand -u main
    warning weak-reference: weak references to members that are not linked
      libpthread.a
        lock.o  pthread_mutex_lock  libstdc++.a(gthr.o) has only a weak reference, which pulls nothing in
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.linkage.model import InputMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="weak-reference",
    title="weak references to members that are not linked",
    why="A weak reference does not pull a member in: its address is null, and code that assumes otherwise calls it.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each null weak reference and each archive under test that defines the symbol."""
    inputs = context.result.link.inputs
    if not any(item.use is InputMode.ON_DEMAND and not item.provider for item in inputs):
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
                    f"{context.short_place(referrers[0])} has only a weak reference, which pulls nothing in",
                    archive=context.path(number),
                    member=context.member(number),
                    symbol=name,
                    related=tuple(context.place(one) for one in referrers),
                    severity=TEXT.severity if owner in awake else Severity.INFO,
                )


RULE = LinkRule(TEXT, check)
