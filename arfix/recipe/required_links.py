"""The links that must hold once a recipe is carried out, checked on the planned result before anything is written."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.audit.ignores import filter_findings
from arfix.audit.outcome import Outcome
from arfix.audit.registry import load_rule
from arfix.audit.run import run_audit
from arfix.audit.settings import Settings
from arfix.errors import ArfixError, EditError
from arfix.linkage.sysroot import Sysroot as Platform
from arfix.recipe.model import Condition
from arfix.recipe.steps import holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arfix.archive.confined import Tree
    from arfix.archive.model import Archive
    from arfix.recipe.model import RequiredLink
    from arfix.recipe.planning import PlannedFile
    from arfix.recipe.sysroot import Sysroot


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """One `[link-archive.NAME]` and whether it holds.

    Attributes:
        link: What was asked.
        outcome: What a check of the planned result finds.
        errors: Archives that could not be looked at.
    """

    link: RequiredLink
    outcome: Outcome
    errors: tuple[ArfixError, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing fails."""
        return not self.errors and not self.outcome.fails(self.link.fail_on)


def check_required_links(
    links: Iterable[RequiredLink], sysroot: Sysroot, written: Tree, files: Mapping[str, PlannedFile], jobs: int = 1
) -> tuple[LinkCheck, ...]:
    """Return how each link would fare; those whose condition does not hold are left out.

    Args:
        links: The links.
        sysroot: The sysroot.
        written: Where changed files are written: the sysroot or an overlay.
        files: What the recipe makes of each file.
        jobs: How many processes may work.

    Raises:
        ArfixError: An archive, provider or module is not there or cannot be read.
    """
    return tuple(
        _check(link, sysroot, written, files, jobs)
        for link in links
        if holds(Condition(exists=link.when.exists), sysroot, None, "") and _machine_fits(link, sysroot, files)
    )


def _check(
    link: RequiredLink, sysroot: Sysroot, written: Tree, files: Mapping[str, PlannedFile], jobs: int
) -> LinkCheck:
    archives = _paths(link, link.archives, sysroot, files)
    modules = _paths(link, link.needed_by, sysroot, files)
    settings = Settings(
        archives=archives,
        providers=_paths(link, link.providers, sysroot, files),
        sysroot=str(sysroot.root) if link.sysroot else None,
        target=link.target,
        needed_by=modules,
        roots=link.roots,
        rule_values=link.rule_values,
        jobs=jobs,
    )
    if link.sysroot:
        platform = Platform(str(sysroot.root))
        libraries = (one.path for files in platform.candidates().values() for one in files)
        sysroot.looked_at.update(dict.fromkeys((*platform.folders(), *libraries)))
    with ExitStack() as stack:
        audit = run_audit(settings, _planned(files, written, stack))
    filtered = filter_findings(audit.findings, link.ignores, ())
    met = dict.fromkeys(one.rule for one in (*filtered.findings, *(aside.finding for aside in filtered.set_aside)))
    rules = {rule: load_rule(rule).text for rule in met}
    outcome = Outcome(
        archives,
        filtered.findings,
        rules,
        filtered.set_aside,
        (*audit.notes, *filtered.notes),
        audit.errors,
        audit.unchecked,
    )
    return LinkCheck(link, outcome, audit.errors)


def _planned(files: Mapping[str, PlannedFile], written: Tree, stack: ExitStack) -> dict[str, Archive]:
    """Return path -> archive for whatever is not, or not in that place, as the recipe wants it."""
    planned = {str(one.path): one.archive for one in files.values() if one.archive is not None}
    for one in files.values():
        if one.archive is None and one.target != one.path and one.wanted:
            planned[str(one.path)] = stack.enter_context(written.archive(one.name))
    return planned


def _paths(
    link: RequiredLink, names: Iterable[str], sysroot: Sysroot, files: Mapping[str, PlannedFile]
) -> tuple[str, ...]:
    """Return the files that names and globs mean, each once; what the recipe is about to make counts as there."""
    paths: dict[str, None] = {}
    for name in names:
        if name in files:
            paths[str(files[name].path)] = None
        elif any(one in name for one in "*?["):
            paths.update(dict.fromkeys(str(one.path) for one in sysroot.match(name, link.where)))
        else:
            paths[str(sysroot.find(name, link.where).path)] = None
    return tuple(paths)


def _machine_fits(link: RequiredLink, sysroot: Sysroot, files: Mapping[str, PlannedFile]) -> bool:
    """Return whether the first archive is for one of the machines of the condition."""
    if not link.when.machines:
        return True
    first = Path(_paths(link, link.archives[:1], sysroot, files)[0]).relative_to(sysroot.root).as_posix()
    condition = Condition(machines=link.when.machines)
    planned = files[first].archive if first in files else None
    if planned is not None:
        return holds(condition, sysroot, planned, "")
    with sysroot.tree.archive(first) as archive:
        return holds(condition, sysroot, archive, "")


def refusal_of(held: Iterable[LinkCheck]) -> EditError | None:
    """Return why nothing is written, where something does not hold."""
    failing = [one for one in held if not one.holds]
    if not failing:
        return None
    names = ", ".join(one.link.name for one in failing)
    return EditError(
        f"what must hold does not: {names}",
        where=failing[0].link.where,
        hint="Nothing was written. Mend the recipe; `arfix fix` finds repairs, and `ignore` accepts a finding.",
    )
