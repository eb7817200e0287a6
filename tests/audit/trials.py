"""What a linker did, as literal values, for the rules of `arfix verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.registry import load_rule
from arfix.audit.rule import VerifyRule
from arfix.audit.verification import Verification
from arfix.linkage.compare import compare
from arfix.linkage.linkers import Program
from arfix.linkage.model import Linker
from arfix.linkage.trial import Trial

if TYPE_CHECKING:
    from arfix.audit.finding import Finding
    from tests.audit.links import Linked


def trial(
    linker: Linker = Linker.LD,
    *,
    status: int = 1,
    undefined: frozenset[str] = frozenset(),
    duplicates: frozenset[str] = frozenset(),
    rejected: tuple[str, ...] = (),
    refused: tuple[str, ...] = (),
    others: tuple[str, ...] = (),
) -> Trial:
    """Return a trial that made no output to compare exports with."""
    return Trial(
        program=Program(linker, f"/usr/bin/{linker.value}", linker.value),
        status=status,
        undefined=undefined,
        duplicates=dict.fromkeys(duplicates, ()),
        rejected=rejected,
        refused=refused,
        others=others,
        exported=None,
        complete=True,
        command=(linker.value,),
    )


def verify_findings(rule: str, linked: Linked, made: Trial) -> list[Finding]:
    """Return what a verify rule makes of a prediction and a trial."""
    loaded = load_rule(rule)
    assert isinstance(loaded, VerifyRule)
    context = linked.context()
    return list(loaded.check(Verification(context, made, compare(context.result, made))))
