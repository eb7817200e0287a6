"""Checking the links that a recipe requires, on the planned archives, before anything is written."""

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
from arfix.linkage.sysroot import Sysroot
from arfix.recipe.conditions import holds, paths_exist
from arfix.recipe.model import Condition
from arfix.steps import steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arfix.archive.confined import Tree
    from arfix.archive.model import Archive
    from arfix.recipe.model import RequiredLink
    from arfix.recipe.plan import PlannedFile
    from arfix.recipe.sysroot import RecipeSysroot


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """One `[link-archive.NAME]` and whether it holds.

    Attributes:
        link: What was asked.
        outcome: What a check of the planned result finds.
        errors: Archives that could not be read.
    """

    link: RequiredLink
    outcome: Outcome
    errors: tuple[ArfixError, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the link has no finding that counts."""
        return not self.errors and not self.outcome.fails(self.link.fail_on)


def check_required_links(
    links: Iterable[RequiredLink],
    sysroot: RecipeSysroot,
    written: Tree,
    files: Mapping[str, PlannedFile],
    jobs: int = 1,
) -> tuple[LinkCheck, ...]:
    """Return the check of each link whose condition holds.

    Args:
        links: The links.
        sysroot: The sysroot.
        written: The folder that changed files are written to: the sysroot or an overlay.
        files: The planned files, by name.
        jobs: The number of processes that may work.

    Raises:
        ArfixError: An archive, provider or module is not there or cannot be read.
    """
    return tuple(
        _check(link, sysroot, written, files, jobs)
        for link in steps("checking links", links, lambda one: one.name)
        if paths_exist(link.when, sysroot) and _machine_fits(link, sysroot, files)
    )


def _check(
    link: RequiredLink, sysroot: RecipeSysroot, written: Tree, files: Mapping[str, PlannedFile], jobs: int
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
        enabled=link.enabled,
        rule_values=link.rule_values,
        jobs=jobs,
    )
    if link.sysroot:
        platform = Sysroot(str(sysroot.root))
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
    """Return the archives that differ from what is at their path in the sysroot, by path."""
    planned = {str(one.path): one.archive for one in files.values() if one.archive is not None}
    for one in files.values():
        if one.archive is None and one.in_overlay and one.wanted:
            planned[str(one.path)] = stack.enter_context(written.archive(one.name))
    return planned


def _paths(
    link: RequiredLink, names: Iterable[str], sysroot: RecipeSysroot, files: Mapping[str, PlannedFile]
) -> tuple[str, ...]:
    """Return the paths that match names and globs, each once; planned files count as present."""
    paths: dict[str, None] = {}
    for name in names:
        if name in files:
            paths[str(files[name].path)] = None
        elif any(one in name for one in "*?["):
            paths.update(dict.fromkeys(str(sysroot.path_of(one)) for one in sysroot.match(name, link.where)))
        else:
            paths[str(sysroot.path_of(sysroot.find(name, link.where)))] = None
    return tuple(paths)


def _machine_fits(link: RequiredLink, sysroot: RecipeSysroot, files: Mapping[str, PlannedFile]) -> bool:
    """Return whether the first archive is for one of the condition's machines."""
    if not link.when.machines:
        return True
    first = Path(_paths(link, link.archives[:1], sysroot, files)[0]).relative_to(sysroot.root).as_posix()
    condition = Condition(machines=link.when.machines)
    planned = files[first].archive if first in files else None
    if planned is not None:
        return holds(condition, sysroot, planned, "")
    with sysroot.tree.archive(first) as archive:
        return holds(condition, sysroot, archive, "")


def refusal_of(checks: Iterable[LinkCheck]) -> EditError | None:
    """Return the error for links that do not hold; None if all hold."""
    failing = [one for one in checks if not one.holds]
    if not failing:
        return None
    names = ", ".join(one.link.name for one in failing)
    return EditError(
        f"what must hold does not: {names}",
        where=failing[0].link.where,
        hint="Nothing was written. Correct the recipe: `arfix fix` finds repairs, and `ignore` accepts a finding.",
    )
