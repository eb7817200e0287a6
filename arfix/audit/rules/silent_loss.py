"""A linker leaves something out of the output and says nothing.

## What it finds

Members that `arfix verify` sees a linker pass over although the archive is linked whole: nested archives, text,
`__.LIBDEP`, and thin members whose file is gone. One finding per member and linker.

## Why it matters

The linker exits 0 and the output lacks what the member holds. Nothing shows before a symbol is missed at run time,
so "it linked" proves nothing.

## What linkers do

mold returns 0 and leaves members out that are no objects; GNU ld, gold and lld refuse the link. GNU ld returns 0 and
leaves thin members out whose file is gone; gold, lld and mold refuse.

## How to repair

As for `nested-archive` and `non-object-member`: `arfix flatten libx.a` or `arfix strip libx.a MEMBER`; then verify
again. The file of a thin member is put back, or the archive made again.

## Example

    $ arfix verify libffi.a --linker mold
    error silent-loss: members that a linker leaves out without a word
      libffi.a
        libdep.a  mold leaves it out and exits 0
        repair: arfix flatten libffi.a
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Fix, Severity
from arfix.audit.rule import RuleText, VerifyRule
from arfix.edits.platform import is_platform_library
from arfix.edits.requests import Flatten, Strip
from arfix.errors import AccessError
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.finding import Finding
    from arfix.audit.verification import Verification

TEXT = RuleText(
    id="silent-loss",
    title="members that a linker leaves out without a word",
    why="The linker exits 0, the output lacks what the member holds, and nothing shows before run time.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(verification: Verification) -> Iterator[Finding]:
    """Yield a finding for each member that the linker left out."""
    context, trial = verification.context, verification.trial
    silent = {difference.name for difference in verification.differences if difference.silent}
    for rejection in context.result.rejected:
        number = rejection.unit
        if not context.is_under_test(number) or not any(context.place(number).endswith(name) for name in silent):
            continue
        yield TEXT.finding(
            f"{trial.program.word} leaves it out " + ("and exits 0" if trial.status == 0 else "without a word"),
            archive=context.path(number),
            member=context.member(number),
            fix=_fix(verification, number),
        )


def _fix(verification: Verification, number: int) -> Fix | None:
    context = verification.context
    unit = context.units[number]
    if isinstance(unit.fault, AccessError):
        return None
    nested = unit.content in (Content.ARCHIVE, Content.THIN_ARCHIVE)
    if nested and not is_platform_library(unit.name):
        return Fix(context.path(number), Flatten())
    return Fix(context.path(number), Strip((context.selector(number),)))


RULE = VerifyRule(TEXT, check)
