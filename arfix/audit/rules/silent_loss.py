"""A linker leaves a member out of the output without reporting it.

## What it finds

Members that a linker run by `arfix verify` skips although the archive is linked whole: nested archives, text,
`__.LIBDEP`, and thin members whose file is missing. One finding per member and linker.

## Why it matters

The linker exits 0, but the output does not contain the member. Nothing shows this until a symbol is missing at run
time, so a successful link proves nothing.

## What linkers do

mold skips members that are not objects and exits 0; GNU ld, gold and lld refuse the link. GNU ld skips thin members
whose file is missing and exits 0; gold, lld and mold refuse.

## How to repair

As for `nested-archive` and `non-object-member`: `arfix flatten libx.a` or `arfix strip libx.a MEMBER`; then verify
again. For a thin member, restore its file or build the archive again.

## Example

    $ arfix verify libffi.a --linker mold
    error silent-loss: members that a linker silently leaves out
      libffi.a
        libdep.a  mold leaves it out and exits 0
        repair: arfix flatten libffi.a
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Fix, Severity
from arfix.audit.rule import RuleText, VerifyRule
from arfix.edits.platform import is_platform_copy
from arfix.edits.requests import Flatten, Strip
from arfix.errors import AccessError
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.finding import Finding
    from arfix.audit.verification import Verification

TEXT = RuleText(
    id="silent-loss",
    title="members that a linker silently leaves out",
    why="The linker exits 0, but the member is not in the output, which nothing shows before run time.",
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
    if nested and not is_platform_copy(unit.member_name, unit.view):
        return Fix(context.path(number), Flatten())
    return Fix(context.path(number), Strip((context.selector(number),)))


RULE = VerifyRule(TEXT, check)
