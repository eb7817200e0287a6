"""The archive uses a function that its library warns about.

## What it finds

References to symbols for which the defining object contains a `.gnu.warning.NAME` section. One finding per symbol
and archive, with the text of the warning.

## Why it matters

The function may not work as expected. glibc marks functions that do not work in a static program without shared
libraries (`dlopen`, `getaddrinfo`, `getpwnam`: `requires at runtime the shared libraries from the glibc version
used for linking`), functions that are dangerous (`gets`, `mktemp`), and stubs that always fail (`lchmod`).

## What linkers do

GNU ld and gold print the text as a warning; with `--fatal-warnings` the link fails. lld and mold ignore these sections.

## How to repair

Decide whether the member that uses the function is needed. If not, remove it: `arfix strip libx.a MEMBER`.

## Example

    $ arfix check libcrypto.a --provider libc.a
    warning warning-symbol: use of functions that their library warns about
      libcrypto.a
        libcrypto-lib-dso_dlfcn.o  dlopen  Using 'dlopen' in statically linked applications requires at runtime ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.errors import ArfixError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="warning-symbol",
    title="use of functions that their library warns about",
    why="The function may not work as expected; GNU ld and gold print the library's warning, lld and mold do not.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)

_MARK = b".gnu.warning."


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each symbol with a warning and each archive under test that uses it."""
    warnings = dict(_warnings(context))
    users: dict[tuple[str, int], list[int]] = {}
    for number in context.entered if warnings else ():
        for name in context.units[number].table.references:
            if name in warnings:
                users.setdefault((name, context.owners[number]), []).append(number)
    for (name, _), numbers in sorted(users.items()):
        text, definer = warnings[name]
        yield TEXT.finding(
            " ".join(text.split()),
            archive=context.path(numbers[0]),
            member=context.member(numbers[0]),
            symbol=name,
            related=(context.place(definer), *(context.place(number) for number in numbers[1:])),
        )


def _warnings(context: Context) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield each symbol with a warning section in the link, with the warning and the unit.

    Few units carry warnings: a look at the bytes tells which.
    """
    for number in context.result.cause:
        unit = context.units[number]
        if _MARK not in bytes(unit.view):
            continue
        try:
            facts = unit.facts.section_facts
        except ArfixError:
            continue
        for name, text in facts.warnings.items() if facts is not None else ():
            yield name, (text, number)


RULE = LinkRule(TEXT, check)
