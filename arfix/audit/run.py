"""Running a check: archive rules over each archive, then link rules over the link."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from arfix.audit.combine import combine
from arfix.audit.context import Context
from arfix.audit.finding import ordered
from arfix.audit.open_link import open_link
from arfix.audit.parallel import check_libraries
from arfix.audit.printed_order import TriedPlans, without_overtaken
from arfix.audit.registry import link_rules
from arfix.linkage.resolve import resolve_for
from arfix.steps import doing, steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from arfix.archive.model import Archive
    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding
    from arfix.audit.settings import Settings
    from arfix.errors import ArfixError
    from arfix.linkage.model import Target


@dataclass(frozen=True, slots=True)
class Audit:
    """The result of a check before ignores and the baseline are applied.

    Attributes:
        findings: The findings of all rules, in report order.
        errors: Why archives could not be read.
        notes: Remarks on the run.
        unchecked: Paths that were not checked because they are not archives.
        others: The findings for each of the other targets asked for.
        context: The link as the rules saw it; its files are open in the block of `open_audit`.
    """

    findings: tuple[Finding, ...]
    errors: tuple[ArfixError, ...] = ()
    notes: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    others: Mapping[Target, tuple[Finding, ...]] = field(default_factory=dict)
    context: Context | None = field(default=None, repr=False, compare=False)


def run_audit(
    settings: Settings,
    planned: Mapping[str, Archive] | None = None,
    others: Sequence[Target] = (),
    known: dict[int, CheckedLibrary] | None = None,
    plans: TriedPlans | None = None,
) -> Audit:
    """Return what all rules find; the arguments are those of `open_audit`."""
    with open_audit(settings, planned, others, known, plans) as audit:
        return replace(audit, context=None)


@contextmanager
def open_audit(
    settings: Settings,
    planned: Mapping[str, Archive] | None = None,
    others: Sequence[Target] = (),
    known: dict[int, CheckedLibrary] | None = None,
    plans: TriedPlans | None = None,
) -> Iterator[Audit]:
    """Give what all rules find, with the files of the link open.

    Args:
        settings: What is asked.
        planned: Path -> an archive to look at in place of the file, so that an edit can be judged before it is written.
        others: Targets that the link is judged for too, besides that of the settings.
        known: Keeps what was read of planned archives, for the next check in a series.
        plans: Keeps the plans of repairs that were tried.

    Raises:
        ArfixError: A provider or module cannot be read.
    """
    with open_link(settings, planned, known) as opened:
        checked = check_libraries(settings, opened.libraries, in_memory=bool(planned))
        always = [*opened.damaged, *checked]
        archives = {library.path: library.archive for library in opened.libraries}
        plans = TriedPlans() if plans is None else plans
        with doing("resolving symbols"):
            results = resolve_for(
                (settings.target, *others), opened.link, settings.linker, plugins=settings.has_plugins
            )
        contexts = {target: Context(replace(settings, target=target), result) for target, result in results.items()}
        found: dict[Target, tuple[Finding, ...]] = {}
        seen: tuple[Finding, ...] | None = None
        for target, context in steps("checking", contexts.items()):
            every = ordered([*always, *_link_findings(context)])
            if every != seen:  # most links are alike for all targets, and combining repairs takes long
                seen, shown = every, without_overtaken(combine(every), archives, plans)
            found[target] = shown
        first = found.pop(settings.target)
        yield Audit(first, opened.errors, opened.notes, opened.unchecked, found, contexts[settings.target])


def _link_findings(context: Context) -> list[Finding]:
    rules = steps(f"checking as {context.settings.target.value}", link_rules(), lambda rule: rule.text.id)
    return list(dict.fromkeys(finding for rule in rules for finding in rule.check(context)))
