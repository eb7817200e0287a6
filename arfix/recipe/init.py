"""A first recipe for a sysroot, from what `check` and `fix` find in it."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from arfix.archive.files import open_archive
from arfix.audit.finding import Severity
from arfix.audit.fix import find_repair
from arfix.audit.settings import Settings
from arfix.edits.plan import Add, Drop
from arfix.edits.platform import Platform
from arfix.edits.requests import Flatten, FlattenChoice, Request, Strip
from arfix.errors import ArfixError, RecipeError
from arfix.recipe.encode import encode_recipe
from arfix.recipe.model import ArchiveEntry, Recipe, RecipeStep, RequiredLink
from arfix.recipe.sysroot import Sysroot
from arfix.symbols.member_label import MemberLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from arfix.audit import repair
    from arfix.audit.finding import Finding
    from arfix.recipe.sysroot import Found


#: Rules whose findings are warnings where an archive is read on demand, and break a link that takes it whole.
_SLEEPING = frozenset({"nested-archive", "non-object-member"})


@dataclass(frozen=True, slots=True)
class DraftRecipe:
    """A first recipe, and what it does not mend.

    Attributes:
        recipe: The recipe.
        archives: How many archives were looked at.
        left: Findings for which no repair is known.
        errors: Archives that could not be looked at.
    """

    recipe: Recipe
    archives: int
    left: tuple[Finding, ...]
    errors: tuple[ArfixError, ...]


def make_recipe(folder: str, wholes: Sequence[str], begin: Callable[[int], Callable[[str], object]]) -> DraftRecipe:
    """Return a first recipe: each archive repaired for itself, and those taken whole as one link.

    Args:
        folder: The sysroot.
        wholes: Paths and globs of the archives taken whole, from the sysroot on.
        begin: Is told how many archives there are, and gives what is told each of them.

    Raises:
        ArfixError: The sysroot has no archives, or one that is to be taken whole cannot be read.
    """
    sysroot = Sysroot(folder)
    every = sysroot.match("**/*.a", None)
    step = begin(len(every))
    together = [one for name in wholes for one in _named(sysroot, name)]
    names = {one.name for one in together}
    repairs: list[repair.Repair] = []
    errors: list[ArfixError] = []
    paths = tuple(str(one.path) for one in every)
    with ExitStack() as stack:
        if together:
            settings = Settings(tuple(str(one.path) for one in together), sysroot=str(sysroot.root))
            repairs.append(_repair(settings, paths, stack))
        for one in every:
            step(one.name)
            if one.name in names:
                continue
            with ExitStack() as own:
                try:
                    settings = Settings((str(one.path),), on_demand=True)
                    found = _repair(settings, paths, own)
                except ArfixError as error:
                    errors.append(error)
                    continue
                if found.steps or found.left:
                    stack.push(own.pop_all())
                    repairs.append(found)
        entries = _writable([entry for found in repairs for entry in entries_of(found, str(sysroot.root))], errors)
        left = tuple(finding for found in repairs for finding in found.left)
    main = RequiredLink("main", tuple(dict.fromkeys(_pattern(one.name)[0] for one in together)), sysroot=True)
    recipe = Recipe("", (), tuple(entries), (), (main,) if together else ())
    return DraftRecipe(recipe, len(every), left, tuple(errors))


def _writable(entries: Iterable[ArchiveEntry], errors: list[ArfixError]) -> list[ArchiveEntry]:
    """Return the entries that can be written as text; why the others cannot goes to `errors`."""
    writable = []
    for entry in entries:
        try:
            encode_recipe(Recipe("", archives=(entry,)))
        except RecipeError as error:
            errors.append(error)
        else:
            writable.append(entry)
    return writable


def _named(sysroot: Sysroot, name: str) -> list[Found]:
    return sysroot.match(name, None) if any(one in name for one in "*?[") else [sysroot.find(name, None)]


def _repair(settings: Settings, platform: Sequence[str], stack: ExitStack) -> repair.Repair:
    opened = {path: stack.enter_context(open_archive(path)) for path in settings.archives}
    others = tuple(path for path in platform if path not in opened)
    provided = stack.enter_context(closing(Platform(others, open_archive)))
    return find_repair(settings, opened, _faults, provided)


def _faults(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return what a recipe is to mend: errors, and what is one as soon as somebody links the archive whole."""
    return tuple(one for one in findings if one.severity is Severity.ERROR or one.rule in _SLEEPING)


def entries_of(found: repair.Repair, sysroot: str | None = None) -> tuple[ArchiveEntry, ...]:
    """Return a repair as entries of a recipe, each step with the reason that called for it."""
    entries = []
    for path in dict.fromkeys(step.archive for step in found.steps):
        pattern, is_glob = _pattern(_relative(path, sysroot))
        steps = tuple(RecipeStep(_action(step), _reason(step)) for step in found.steps if step.archive == path)
        entries.append(ArchiveEntry(pattern, is_glob, steps))
    return tuple(entries)


def _relative(path: str, sysroot: str | None) -> str:
    pure = PurePath(path)
    if sysroot is not None and not pure.is_relative_to(sysroot):
        pure, sysroot = Path(path).resolve(), str(Path(sysroot).resolve())
    if sysroot is not None and pure.is_relative_to(sysroot):
        pure = pure.relative_to(sysroot)
    return pure.as_posix()


def _pattern(name: str) -> tuple[str, bool]:
    """Return a path as a recipe can name it: text alone can stand there, so other bytes become `?` of a glob."""
    if not any("\udc80" <= one <= "\udcff" for one in name):
        return name, False
    from glob import escape  # noqa: PLC0415 (such names are rare)

    return "".join("?" if "\udc80" <= one <= "\udcff" else one for one in escape(name)), True


def _action(step: repair.RepairStep) -> Request:
    """Return the request of a step as it holds for a library that is built anew: names instead of short names."""
    match step.request:
        case Strip(members) if not any(MemberLabel.parse(member) for member in members):
            drops = (edit.name for edit in step.plan.edits if isinstance(edit, Drop))
            return replace(step.request, members=tuple(dict.fromkeys(drops)))
        case Flatten():
            return _flatten(step)
        case _:
            return step.request


def _flatten(step: repair.RepairStep) -> Flatten:
    """Return the choice that was made for all nested archives; where it was not one, what the sysroot has decides."""
    spliced = {edit.position for edit in step.plan.edits if isinstance(edit, Add)}
    dropped = {edit.position for edit in step.plan.edits if isinstance(edit, Drop)}
    if not spliced:
        return Flatten(FlattenChoice.DROP)
    return Flatten(FlattenChoice.SPLICE) if dropped <= spliced else Flatten(None, (".",))


def _reason(step: repair.RepairStep) -> str:
    symbols = [finding.symbol for finding in step.findings if finding.symbol is not None]
    first = step.findings[0]
    return f"{first.rule}: {', '.join(symbols) if symbols else first.message}"
