"""The links that must hold once a recipe is carried out, checked on the planned result before anything is written."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.audit.ignores import sift
from arfix.audit.outcome import Outcome
from arfix.audit.registry import load_rule
from arfix.audit.run import run_audit
from arfix.audit.settings import Settings
from arfix.errors import ArfixError, EditError
from arfix.linkage.sysroot import Sysroot as Platform
from arfix.recipe.model import When
from arfix.recipe.steps import holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arfix.archive.confined import Tree
    from arfix.archive.model import Archive
    from arfix.recipe.model import WholeArchive
    from arfix.recipe.planning import Planned
    from arfix.recipe.sysroot import Sysroot


@dataclass(frozen=True, slots=True)
class Held:
    """One `[whole-archive.NAME]` and whether it holds.

    Attributes:
        whole: What was asked.
        outcome: What a check of the planned result finds.
        errors: Archives that could not be looked at.
    """

    whole: WholeArchive
    outcome: Outcome
    errors: tuple[ArfixError, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing fails."""
        return not self.errors and not self.outcome.fails(self.whole.fail_on)


def check_wholes(
    wholes: Iterable[WholeArchive], sysroot: Sysroot, written: Tree, files: Mapping[str, Planned], jobs: int = 1
) -> tuple[Held, ...]:
    """Return how each link would fare; those whose condition does not hold are left out.

    Args:
        wholes: The links.
        sysroot: The sysroot.
        written: Where changed files are written: the sysroot or an overlay.
        files: What the recipe makes of each file.
        jobs: How many processes may work.

    Raises:
        ArfixError: An archive, provider or module is not there or cannot be read.
    """
    return tuple(
        _check(whole, sysroot, written, files, jobs)
        for whole in wholes
        if holds(When(exists=whole.when.exists), sysroot, None, "") and _machine_fits(whole, sysroot, files)
    )


def _check(whole: WholeArchive, sysroot: Sysroot, written: Tree, files: Mapping[str, Planned], jobs: int) -> Held:
    archives = _paths(whole, whole.archives, sysroot, files)
    modules = _paths(whole, whole.needed_by, sysroot, files)
    settings = Settings(
        archives=archives,
        providers=_paths(whole, whole.providers, sysroot, files),
        sysroot=str(sysroot.root) if whole.sysroot else None,
        target=whole.target,
        needed_by=modules,
        roots=whole.roots,
        jobs=jobs,
    )
    if whole.sysroot:
        platform = Platform(str(sysroot.root))
        libraries = (one.path for files in platform.candidates().values() for one in files)
        sysroot.looked_at.update(dict.fromkeys((*platform.folders(), *libraries)))
    with ExitStack() as stack:
        audit = run_audit(settings, _planned(files, written, stack))
    sifted = sift(audit.findings, whole.ignores, ())
    met = dict.fromkeys(one.rule for one in (*sifted.findings, *(aside.finding for aside in sifted.set_aside)))
    rules = {rule: load_rule(rule).text for rule in met}
    outcome = Outcome(
        archives, sifted.findings, rules, sifted.set_aside, (*audit.notes, *sifted.notes), audit.errors, audit.unchecked
    )
    return Held(whole, outcome, audit.errors)


def _planned(files: Mapping[str, Planned], written: Tree, stack: ExitStack) -> dict[str, Archive]:
    """Return path -> archive for whatever is not, or not in that place, as the recipe wants it."""
    planned = {str(one.path): one.archive for one in files.values() if one.archive is not None}
    for one in files.values():
        if one.archive is None and one.target != one.path and one.wanted:
            planned[str(one.path)] = stack.enter_context(written.archive(one.name))
    return planned


def _paths(
    whole: WholeArchive, names: Iterable[str], sysroot: Sysroot, files: Mapping[str, Planned]
) -> tuple[str, ...]:
    """Return the files that names and globs mean, each once; what the recipe is about to make counts as there."""
    paths: dict[str, None] = {}
    for name in names:
        if name in files:
            paths[str(files[name].path)] = None
        elif any(one in name for one in "*?["):
            paths.update(dict.fromkeys(str(one.path) for one in sysroot.match(name, whole.where)))
        else:
            paths[str(sysroot.find(name, whole.where).path)] = None
    return tuple(paths)


def _machine_fits(whole: WholeArchive, sysroot: Sysroot, files: Mapping[str, Planned]) -> bool:
    """Return whether the first archive is for one of the machines of the condition."""
    if not whole.when.machines:
        return True
    first = Path(_paths(whole, whole.archives[:1], sysroot, files)[0]).relative_to(sysroot.root).as_posix()
    condition = When(machines=whole.when.machines)
    planned = files[first].archive if first in files else None
    if planned is not None:
        return holds(condition, sysroot, planned, "")
    with sysroot.tree.archive(first) as archive:
        return holds(condition, sysroot, archive, "")


def refusal_of(held: Iterable[Held]) -> EditError | None:
    """Return why nothing is written, where something does not hold."""
    failing = [one for one in held if not one.holds]
    if not failing:
        return None
    names = ", ".join(one.whole.name for one in failing)
    return EditError(
        f"what must hold does not: {names}",
        where=failing[0].whole.where,
        hint="Nothing was written. Mend the recipe; `arfix fix` finds repairs, and `ignore` accepts a finding.",
    )
