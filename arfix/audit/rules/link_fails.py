"""An installed linker refuses the link.

## What it finds

Each linker run by `arfix verify` that produced no output, with a summary of its errors. One finding per linker. If
there are no providers and the only errors are undefined symbols, the severity is info, since the rest of the link
is not known. The same holds for symbols that only objects of the platform need, such as `_init` of the start files,
which are not part of this link.

## Why it matters

Whatever `check` reports, this link does not work with this linker. `arfix check` with the same options lists each
symbol and member, and the command that repairs it.

## What linkers do

GNU ld stops at the first member that is not an object and does not report anything after it. `arfix verify` then
removes such members and links again, so that one run reports all errors.

## How to repair

Repair what `arfix check` finds with the same options, then verify again.

## Example

    $ arfix verify libcrypto.a --provider libc.a --linker ld
    error link-fails: linker refuses the link
      libcrypto.a
        ld refuses: 3 undefined symbols (__syslog_chk, closelog, openlog)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import RuleText, VerifyRule
from arfix.linkage.compiler_runtime import is_always_there, part_outside
from arfix.linkage.dialects import Format

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.audit.finding import Finding
    from arfix.audit.verification import Verification
    from arfix.linkage.trial import Trial

TEXT = RuleText(
    id="link-fails",
    title="linker refuses the link",
    why="This link does not work with this linker; arfix check lists the symbols, the members and the repairs.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)

_EXAMPLES = 3


def check(verification: Verification) -> Iterator[Finding]:
    """Yield a finding if the linker made no output."""
    trial = verification.trial
    if trial.status == 0:
        return
    settings = verification.context.settings
    only_needs = trial.undefined and not (trial.duplicates or trial.rejected or trial.refused or trial.others)
    of_platform = only_needs and all(_is_of_platform(verification, name) for name in trial.undefined)
    said = "; ".join(_complaints(trial)) or f"exit status {trial.status}"
    if of_platform:
        said += "; start files (crt1.o, crtbegin.o) or the compiler's runtime, no part of this link, define that"
    yield TEXT.finding(
        f"{trial.program.word} refuses: {said}",
        archive=settings.archives[0] if len(settings.archives) == 1 else None,
        severity=Severity.INFO if of_platform or (only_needs and not settings.has_providers) else TEXT.severity,
    )


def _is_of_platform(verification: Verification, name: str) -> bool:
    """Return whether the platform's own objects alone want a symbol that start files or the compiler's runtime have.

    What they lack besides is an error of `provider-members`.
    """
    context = verification.context
    undefined = context.result.errors.get(name)
    if undefined is not None and is_always_there(name):
        return True
    return (
        undefined is not None
        and bool(part_outside(name, is_coff=verification.trial.program.format is Format.COFF))
        and not any(context.is_under_test(number) for number in undefined.referrers)
    )


def _complaints(trial: Trial) -> Iterator[str]:
    yield from _counted_examples(sorted(trial.undefined), "undefined symbol")
    yield from _counted_examples(
        sorted(trial.duplicates), "symbol defined more than once", "symbols defined more than once"
    )
    yield from _counted_examples(trial.rejected, "member that it does not take", "members that it does not take")
    yield from trial.refused[:1]
    if not (trial.undefined or trial.duplicates or trial.rejected or trial.refused):
        yield from trial.others[:_EXAMPLES]


def _counted_examples(names: Sequence[str], one: str, several: str | None = None) -> Iterator[str]:
    if names:
        shown = ", ".join(names[:_EXAMPLES]) + (", ..." if len(names) > _EXAMPLES else "")
        yield f"{len(names)} {one if len(names) == 1 else several or one + 's'} ({shown})"


RULE = VerifyRule(TEXT, check)
