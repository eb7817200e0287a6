"""Compares a predicted link with a real one: undefined, duplicate and exported symbols, rejected members, refusals."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.linkage.linker_defined import linker_defined, section_of_bound
from arfix.linkage.model import InputMode, Linker, Target
from arfix.linkage.position import find_misplaced
from arfix.linkage.refusals import RefusalKind, find_refusals
from arfix.symbols.name import base_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from arfix.linkage.model import LinkResult
    from arfix.linkage.trial import Trial


class Aspect(Enum):
    """The subject of a disagreement. The value is the word shown to people and in JSON."""

    UNDEFINED = "undefined"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    VERDICT = "verdict"
    EXPORTED = "exported"
    POSITION = "position"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Something that only the prediction or only the linker reports.

    Attributes:
        aspect: What it is about.
        name: The symbol, the rejected member as `lib.a(x.o)`, or the kind of what is refused.
        predicted: True if only the prediction says so, False if only the linker does.
        silent: The linker is known to pass over this in silence, and what it makes lacks it: mold and members that are
            no objects.
    """

    aspect: Aspect
    name: str
    predicted: bool
    silent: bool = False


def compare(result: LinkResult, trial: Trial) -> tuple[Disagreement, ...]:
    """Return the disagreements between a prediction and the result of the linker; empty if they agree."""
    return tuple(_differences(result, trial))


def _differences(result: LinkResult, trial: Trial) -> Iterator[Disagreement]:
    yield from _rejections(result, trial)
    refusals = tuple(find_refusals(result))
    # lld says the same of a local symbol in a discarded section as of a global one that is undefined for that reason.
    discarded = {one.symbol for one in refusals if one.kind is RefusalKind.DISCARDED} - result.errors.keys()
    # What a shared object lacks is reported in the same words as what an object lacks.
    lacking = {one.symbol for one in refusals if one.kind is RefusalKind.LIBRARY_UNDEFINED}
    allowed = result.link.rules.shared_may_lack
    if allowed:  # it is a warning, or nothing is said
        lacking = {name for item in result.link.inputs if item.is_linked_against for name in item.needs}
    libraries = lacking - result.errors.keys()
    expected, found = expected_undefined(result), trial.undefined - discarded - libraries
    if trial.status == 0:  # these were warnings
        found = frozenset()
    elif result.link.rules.tolerates_undefined:
        found -= result.undefined.keys() - result.errors.keys()
    if result.linker is Linker.GOLD and any(_NO_INDEX in one for one in trial.others):
        found -= {name for name in found if _is_from_archive(result, name)}
    if result.linker is Linker.MOLD:  # which names no versions
        expected, found = _unversioned(expected), _unversioned(found)
    yield from _sets(Aspect.UNDEFINED, expected if trial.complete else expected & found, found)
    duplicates, twice = _unversioned(expected_duplicates(result)), _unversioned(trial.duplicates)
    stops = RefusalKind.NO_SECTION in trial.refusals or (
        result.linker is Linker.LD and RefusalKind.THREAD_LOCAL in trial.refusals
    )
    yield from _sets(Aspect.DUPLICATE, duplicates & twice if stops else duplicates, twice)
    yield from _positions(result, trial)
    seen = trial.refusals | ({RefusalKind.DISCARDED} if trial.undefined & discarded else frozenset())
    seen |= {RefusalKind.LIBRARY_UNDEFINED} if trial.undefined & libraries else frozenset()
    predicted = {one.kind for one in refusals}
    if allowed or not trial.checks_libraries or not libraries:
        predicted.discard(RefusalKind.LIBRARY_UNDEFINED)
        seen -= {RefusalKind.LIBRARY_UNDEFINED} if lacking else frozenset()
    if result.linker is Linker.LLD and (trial.duplicates or not trial.checks_libraries):
        predicted, seen = predicted - {RefusalKind.HIDDEN}, seen - {RefusalKind.HIDDEN}
    yield from _refusals(predicted, seen, complete=trial.complete)
    if trial.exported is not None:
        own = linker_defined(result.linker, result.machine, result.link.target, dynamic=True, tls=True)
        aside = own | frozenset(result.provided)
        found = frozenset(name for name in trial.exported if section_of_bound(name) is None)
        yield from _sets(Aspect.EXPORTED, result.exported - aside, found - aside)


#: What gold says of an archive whose index it does not find. It then lacks what the archive would have defined.
_NO_INDEX = "no archive symbol table"


def _is_from_archive(result: LinkResult, name: str) -> bool:
    """Return whether the definition that counts was predicted to be pulled out of an archive."""
    winner = result.winners.get(name)
    return winner is not None and result.link.input_of(winner).use is InputMode.ON_DEMAND


def _refusals(predicted: set[RefusalKind], found: frozenset[RefusalKind], *, complete: bool) -> Iterator[Disagreement]:
    """Compare kinds: a linker names one symbol or all of them."""
    for kind in RefusalKind:
        if kind in found and kind not in predicted:
            yield Disagreement(Aspect.REFUSED, kind.value, predicted=False)
        if kind in predicted and kind not in found and complete:
            yield Disagreement(Aspect.REFUSED, kind.value, predicted=True)


def _positions(result: LinkResult, trial: Trial) -> Iterator[Disagreement]:
    """Compare only whether something is refused, since linkers differ in how many symbols they name."""
    misplaced = [one for one in find_misplaced(result) if one.refused]
    first = next((one for one in misplaced if one.symbol not in result.errors), None)
    if first is not None and not trial.refused and not trial.refused_missing and trial.complete:
        where = result.units[first.unit].where
        yield Disagreement(
            Aspect.POSITION, f"{where}: {first.relocation} {first.symbol or first.section}", predicted=True
        )
    if not misplaced and trial.refused:
        yield Disagreement(Aspect.POSITION, trial.refused[0], predicted=False)


def _unversioned(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(base_name, names))


def expected_undefined(result: LinkResult) -> frozenset[str]:
    """Return the symbols that a linker calls undefined; of a relocatable output, those of `--defsym` alone."""
    if result.link.target is Target.RELOCATABLE:
        evaluated = frozenset[str]() if result.linker is Linker.MOLD else result.link.rules.evaluated
        return evaluated & result.errors.keys()
    return frozenset(result.errors)


def expected_duplicates(result: LinkResult) -> frozenset[str]:
    """Return the symbols that a linker calls multiply defined; mold says nothing of them in a relocatable output."""
    return frozenset(result.clashes)


def _sets(aspect: Aspect, predicted: frozenset[str], found: frozenset[str]) -> Iterator[Disagreement]:
    for name in sorted(predicted - found):
        yield Disagreement(aspect, name, predicted=True)
    for name in sorted(found - predicted):
        yield Disagreement(aspect, name, predicted=False)


#: How GNU linkers name the index of a BSD archive, and gold any member whose name follows its header. That they
#: do not read this kind of archive is found by the rule `foreign-kind`, whatever the link.
_FOREIGN_NAMES = ("(__.SYMDEF)", "(__.SYMDEF SORTED)", "(#1)")


def _rejections(result: LinkResult, trial: Trial) -> Iterator[Disagreement]:
    """Compare member by member; a linker names members in several spellings, all with the archive's file name."""
    named = " ".join(trial.rejected)
    for rejection in result.rejected:
        unit = result.units[rejection.unit]
        item = result.link.input_of(rejection.unit)
        if item.use is not InputMode.WHOLE:
            continue
        name = unit.member_name
        label = f"{Path(unit.where.path).name}({name})" if unit.where.members else unit.where.path
        spoken = Path(name).name in named
        if not spoken:
            # Whatever was predicted: a linker that exits 0 and silently skips a member has lost it.
            silent = rejection.silent or trial.status == 0
            yield Disagreement(Aspect.REJECTED, label, predicted=True, silent=silent)
    predicted = {result.units[one.unit].member_name for one in result.rejected}
    for place in trial.rejected:
        if place.endswith(_FOREIGN_NAMES):
            continue
        if not any(Path(name).name in place for name in predicted):
            yield Disagreement(Aspect.REJECTED, place, predicted=False)
