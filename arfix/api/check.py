"""`arfix.check`: what would break a link, without linking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.api.link_settings import link_settings
from arfix.api.policy import Policy
from arfix.audit.ignores import filter_findings
from arfix.audit.outcome import Outcome, TargetFindings
from arfix.audit.registry import load_rule
from arfix.audit.run import open_audit
from arfix.linkage.model import Target

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding, FindingKey
    from arfix.audit.ignores import FilteredFindings
    from arfix.audit.rule import RuleText
    from arfix.audit.settings import Settings

    AnyPath = str | os.PathLike[str]

#: Targets that are checked as well where none is given.
_OTHER_TARGETS = (Target.PIE, Target.SHARED)
_DEFAULT_POLICY = Policy()


def check(  # noqa: PLR0913 (what describes a link)
    archives: AnyPath | Iterable[AnyPath] = (),
    *,
    providers: AnyPath | Iterable[AnyPath] = (),
    sysroot: AnyPath | None = None,
    target: Target | None = None,
    on_demand: bool = False,
    static: bool = False,
    needed_by: AnyPath | Iterable[AnyPath] = (),
    roots: str | Iterable[str] = (),
    command: Sequence[str] = (),
    policy: Policy = _DEFAULT_POLICY,
    baseline: Iterable[FindingKey] = (),
    jobs: int = 1,
    visit: Callable[[Context, Outcome], object] | None = None,
) -> Outcome:
    """Return what would break linking these archives, without linking.

    Args:
        archives: Paths of the archives to link, in command-line order.
        providers: Parts of the platform: archives, shared objects, executables, linker scripts, lists of symbols.
        sysroot: The platform: every library below this folder is a provider. `auto` is this machine's own.
        target: The kind of output; None: an executable, and `Outcome.verdicts` has the findings for the others too.
        on_demand: Link only the members that are needed, instead of all (`--whole-archive`).
        static: Take only archives from the sysroot; else prefer shared objects as gcc does.
        needed_by: Modules that get symbols from the output.
        roots: Symbols that the link must contain.
        command: The words of a link command, such as `["gcc", "-o", "app", "main.o", "-lz"]`, instead of archives.
            Only its driver is run, to find out what it adds (`-###`).
        policy: Which findings count.
        baseline: Keys of findings that do not count (`Finding.key`).
        jobs: How many processes may work; 0 for one per processor.
        visit: Called with the resolved link and the result while the files are open, such as to draw the link.

    Raises:
        UsageError: Neither archives nor a command are given, or both.
        ArfixError: A provider or module cannot be read. An archive that cannot be read is one of `Outcome.errors`.
    """
    settings = link_settings(
        archives,
        providers=providers,
        sysroot=sysroot,
        target=target,
        on_demand=on_demand,
        static=static,
        needed_by=needed_by,
        roots=roots,
        command=command,
        policy=policy,
        jobs=jobs,
    )
    is_given = target is not None or settings.command is not None
    known = tuple(baseline)
    with open_audit(settings, others=() if is_given else _OTHER_TARGETS) as audit:
        filtered = filter_findings(audit.findings, policy.ignores, known)
        others = {one: filter_findings(found, policy.ignores, known) for one, found in audit.others.items()}
        verdicts = [
            TargetFindings(settings.target, filtered.findings),
            *(TargetFindings(one, found.findings) for one, found in others.items()),
        ]
        # An ignore or baseline entry is stale only if it matches nothing for any target.
        in_vain = [note for note in filtered.notes if all(note in found.notes for found in others.values())]
        outcome = Outcome(
            settings.archives,
            filtered.findings,
            rules_of(filtered),
            filtered.set_aside,
            (*audit.notes, *in_vain, *_unjudged(settings, filtered.findings)),
            audit.errors,
            audit.unchecked,
            tuple(verdicts) if others else (),
            settings,
        )
        if visit is not None and audit.context is not None:
            visit(audit.context, outcome)
    return outcome


def rules_of(filtered: FilteredFindings) -> dict[str, RuleText]:
    """Return the texts of the rules that found something, set aside or not."""
    met = dict.fromkeys([one.rule for one in (*filtered.findings, *(aside.finding for aside in filtered.set_aside))])
    return {rule: load_rule(rule).text for rule in met}


def _unjudged(settings: Settings, findings: Sequence[Finding]) -> list[str]:
    """Return a note if symbols are missing and no platform was given that could have them."""
    missing = {one.symbol for one in findings if one.rule == "undefined-symbol"}
    if settings.has_providers or not missing:
        return []
    symbols = "1 symbol comes" if len(missing) == 1 else f"{len(missing):,} symbols come"
    how = "`sysroot='auto'` is this machine's own toolchain"
    return [f"{symbols} from elsewhere, which cannot be judged without `sysroot=...` or `providers=...`; {how}"]
