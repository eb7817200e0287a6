"""A linker behaves differently from what `arfix check` predicts.

## What it finds

`arfix verify` runs each linker and compares the result with the prediction: undefined symbols, symbols defined more
than once, refused members, and exported symbols. One finding for each difference, with the linker's name.

## Why it matters

`check` is meant to predict what the linker reports. If they differ, either the prediction is wrong or the linker
does something undocumented. In both cases the result of `check` cannot be relied on for this link.

## What linkers do

Known differences between GNU ld, gold, lld and mold are part of the prediction for each and are not reported.
`docs/agreement.md` lists how often they agree on real libraries.

## How to repair

Trust the linker, and please report the case: the archive (or how to get it), the linker's version, and the command
that `arfix verify --json` shows.

## Example

    $ arfix verify libx.a --linker ld
    error prediction-differs: linker behaves differently from the prediction
      libx.a
        x.o  strange  only ld calls it undefined, not the prediction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from arfix.audit.finding import Severity
from arfix.audit.rule import RuleText, VerifyRule
from arfix.linkage.compare import Aspect, Disagreement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.finding import Finding
    from arfix.audit.verification import Verification

TEXT = RuleText(
    id="prediction-differs",
    title="linker behaves differently from the prediction",
    why="The linker and the prediction differ, so the result of check cannot be relied on for this link.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(verification: Verification) -> Iterator[Finding]:
    """Yield a finding for each difference that is not a silent loss."""
    linker = verification.trial.program.word
    for difference in verification.differences:
        if difference.silent:
            continue
        if difference.aspect is Aspect.VERDICT:
            yield TEXT.finding(
                f"{linker} refuses the link, which was not predicted: {difference.name}",
                archive=verification.context.first_archive,
            )
            continue
        what = _verb(difference.aspect)
        message = (
            f"only the prediction {what}, not {linker}"
            if difference.predicted
            else f"only {linker} {what}, not the prediction"
        )
        unit = _unit(verification, difference)
        symbol = None if difference.aspect in {Aspect.REJECTED, Aspect.POSITION, Aspect.REFUSED} else difference.name
        context = verification.context
        yield TEXT.finding(
            message if unit is not None or symbol is not None else f"{difference.name}: {message}",
            archive=context.first_archive if unit is None else context.path(unit),
            member=None if unit is None else context.member(unit),
            symbol=symbol,
        )


def _verb(aspect: Aspect) -> str:
    match aspect:
        case Aspect.UNDEFINED:
            return "calls it undefined"
        case Aspect.DUPLICATE:
            return "calls it defined more than once"
        case Aspect.REJECTED:
            return "refuses it"
        case Aspect.EXPORTED:
            return "exports it"
        case Aspect.POSITION | Aspect.VERDICT:
            return "refuses code that cannot stand in such an output"
        case Aspect.REFUSED:
            return "refuses it"
        case _:
            assert_never(aspect)


def _unit(verification: Verification, difference: Disagreement) -> int | None:
    """Return the first unit under test that the difference concerns, or None."""
    context = verification.context
    for number in context.under_test:
        if difference.aspect is Aspect.REJECTED:
            if context.place(number).endswith(difference.name):
                return number
        else:
            symbols = context.units[number].table
            if symbols.defines(difference.name) or symbols.refers_to(difference.name):
                return number
    return None


RULE = VerifyRule(TEXT, check)
