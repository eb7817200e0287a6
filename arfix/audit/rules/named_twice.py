"""An archive is on the command line twice and linked whole both times.

## What it finds

Archives under test that are given more than once and linked whole each time. One finding per archive.

## Why it matters

Build systems that pass on the dependencies of libraries often list an archive several times. That is correct, and
often necessary, while archives are linked on demand. With `--whole-archive` around the list, every symbol is
defined twice.

## What linkers do

GNU ld and gold `multiple definition`, lld `duplicate symbol`; mold reads an archive only once, however often it is
listed. On demand, all accept it.

## How to repair

List the archive once, or put `--whole-archive` around its first occurrence only.

## Example

    $ arfix check libt.a libt.a
    error named-twice: archives that are linked whole twice
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
    title="archives that are linked whole twice",
    why="On demand an archive may be listed more than once; whole, each of its symbols is then defined twice.",
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
