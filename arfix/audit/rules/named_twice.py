"""One archive is named twice and taken whole both times.

## What it finds

Archives under test that are on the line more than once, where each time every member enters. One finding per archive.

## Why it matters

Build systems that pass on the libraries of their libraries name one archive several times. That is right and often
needed while archives are read on demand; with `--whole-archive` around the list every symbol is defined twice.

## What linkers do

GNU ld and gold `multiple definition`, lld `duplicate symbol`; mold reads an archive once, however often it is named.
On demand none minds.

## How to repair

Name the archive once, or put `--whole-archive` around one of the two only, the first.

## Example

    $ arfix check libt.a libt.a
    error named-twice: archives that are taken whole twice
      libt.a
        is named 2 times: each of its 12 symbols is defined again
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import LinkRule, RuleText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="named-twice",
    title="archives that are taken whole twice",
    why="On demand an archive may be named as often as one likes; whole, each of its symbols is defined again.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each archive whose definitions clash with themselves."""
    inputs = context.result.link.inputs
    clashing: dict[str, int] = {}
    for clash in context.result.clashes.values():
        positions = sorted({context.owners[number] for number in clash.definers})
        paths = [inputs[at].where.path for at in positions]
        for path in {path for path in paths if paths.count(path) > 1}:
            clashing[path] = clashing.get(path, 0) + 1
    for path, count in clashing.items():
        times = sum(item.where.path == path for item in inputs)
        what = "its symbol is" if count == 1 else f"each of its {count} symbols is"
        yield TEXT.finding(f"is named {times} times: {what} defined again", archive=path)


RULE = LinkRule(TEXT, check)
