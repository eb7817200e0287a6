"""Removing members, with the proof that no remaining member needs them.

This removes members as `ar d` does; it does not strip symbols.

The proof does not trust the index. It reads the definitions of the removed objects and searches every remaining object
for references and other definitions. A symbol that a remaining member also defines (a weak or COMDAT copy, a common
symbol) breaks no link, but a weak default that takes over is reported; so is a weak reference, which becomes null.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.model import NO_MEMBER
from arfix.edits.index_state import index_trouble
from arfix.edits.plan import DanglingReference, Drop, Plan, Reindex
from arfix.edits.select import MatchKind, select
from arfix.errors import ArfixError, EditError
from arfix.formats.elf.file import Elf
from arfix.symbols.archive_search import all_definitions, find_definers, find_references
from arfix.symbols.definitions import read_member_symbols
from arfix.symbols.effects import describe_effects, self_acting_sections
from arfix.symbols.member_label import labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from arfix.archive.model import Archive
    from arfix.edits.select import Match, Selection
    from arfix.errors import Where

#: MatchKind many needs an error message lists before it only counts.
_LISTED = 12


class Proof(NamedTuple):
    """The consequences of removing some members.

    Attributes:
        needs: References that would dangle; empty if the removal is proven.
        weak: Weak references that would become null; they break no link.
        unreachable: Remaining members whose bytes cannot be read, so that their references are unknown.
    """

    needs: tuple[DanglingReference, ...] = ()
    weak: tuple[DanglingReference, ...] = ()
    unreachable: tuple[str, ...] = ()


class StillNeededError(EditError):
    """Remaining members need symbols that only removed members define.

    Attributes:
        needs: The references that would dangle.
    """

    def __init__(self, needs: tuple[DanglingReference, ...], *, where: Where | None) -> None:
        """Describe the references and name the options that help."""
        members = len({need.member for need in needs})
        lines = [f"{_needers(members)} symbols that only removed members define:", *describe_needs(needs)]
        super().__init__(
            "\n".join(lines),
            where=where,
            hint="`cascade=True` removes the members that need it too; `force=True` removes it anyway.",
        )
        self.needs = needs


def _needers(count: int) -> str:
    return "1 remaining member needs" if count == 1 else f"{count} remaining members need"


def describe_needs(needs: Sequence[DanglingReference], limit: int = _LISTED) -> list[str]:
    """Return a line for each need, `a.o needs f, defined in f.o`, and one that counts those past `limit`."""
    lines = [
        f"{need.member} {'needs' if need.proven else 'may need'} {need.symbol}, defined in {', '.join(need.providers)}"
        for need in needs[:limit]
    ]
    return [*lines, f"and {len(needs) - limit} more"] if len(needs) > limit else lines


def plan_strip(
    archive: Archive,
    selectors: Sequence[str],
    *,
    cascade: bool = False,
    force: bool = False,
    if_present: bool = False,
) -> Plan:
    """Return the plan that removes the selected members (`arfix/edits/select.py`).

    Args:
        archive: The archive to edit.
        selectors: The members; a name selects all members of that name.
        cascade: Also remove members that need a removed symbol, repeatedly.
        force: Remove members even if they are needed; the plan's `dangling` lists the references.
        if_present: Accept selectors that match nothing.

    Raises:
        StillNeededError: A member that stays needs a symbol that only removed members define.
        EditError: A selector matches nothing, or too much.
    """
    selection = select(archive, selectors, if_present=if_present)
    reasons = {position: _reason(match) for position, match in selection.by_position().items()}
    return plan_removal(archive, reasons, cascade=cascade, force=force, notes=_absent_messages(selection))


def plan_removal(
    archive: Archive,
    reasons: Mapping[int, str],
    *,
    cascade: bool = False,
    force: bool = False,
    notes: Iterable[str] = (),
) -> Plan:
    """Return the plan that removes the members at the positions in `reasons`, with those reasons.

    Raises:
        StillNeededError: A member that stays needs a symbol that only removed members define.
    """
    path = archive.where.path if archive.where else ""
    if not reasons:
        return Plan(path, notes=tuple(notes))
    reasons = dict(reasons)
    proof = prove_removal(archive, frozenset(reasons))
    while cascade and proof.needs:
        for need in proof.needs:
            reasons.setdefault(need.position, _needs_removed(need.symbol, need.providers))
        for position, reason in _dependents(archive, frozenset(reasons)).items():
            reasons.setdefault(position, reason)
        proof = prove_removal(archive, frozenset(reasons))
    if proof.needs and not force:
        raise StillNeededError(proof.needs, where=archive.where)
    drops = [Drop(position, archive.members[position].name, reason) for position, reason in sorted(reasons.items())]
    trouble = index_trouble(archive)
    return Plan(
        path,
        edits=(*drops, Reindex(trouble)) if trouble else tuple(drops),
        notes=(*notes, *(_becomes_null(need) for need in proof.weak)),
        warnings=(
            *(f"{member} cannot be opened; whether it needs what goes is not known" for member in proof.unreachable),
            *_lost_effects(archive, reasons),
            *_weak_defaults(archive, frozenset(reasons)),
        ),
        dangling=proof.needs,
        proven=not proof.needs and not proof.unreachable,
    )


def _needs_removed(symbol: str, providers: Iterable[str]) -> str:
    return f"needs {symbol}, defined in {', '.join(providers)}"


def _dependents(archive: Archive, removed: frozenset[int]) -> dict[int, str]:
    """Return the members that need a removed one, those that need these, and so on, each with the reason.

    Every member is read once, however long the chain is: a proof for each link of it would take the square.
    """
    provided = all_definitions(archive, range(len(archive.members)))
    names = {name for spelt in provided.values() for name in spelt}
    left = {name: set(positions) for name, positions in find_definers(archive, names).items()}
    needers: dict[str, list[int]] = {}
    for one in find_references(archive, names).found:
        if not one.is_weak:
            needers.setdefault(one.name, []).append(one.position)
    written = labels(archive)
    definers = {name: [written[position] for position in sorted(positions)] for name, positions in left.items()}
    reasons: dict[int, str] = {}
    todo = sorted(removed)
    while todo:
        lost = []
        for position in todo:
            for name in provided[position]:
                staying = left.get(name)
                if staying:
                    staying.discard(position)
                    lost += [] if staying else [name]
        todo = []
        for name in lost:
            for position in needers.get(name, ()):
                if position not in removed and position not in reasons:
                    reasons[position] = _needs_removed(name, definers[name])
                    todo.append(position)
    return reasons


def _lost_effects(archive: Archive, removed: Iterable[int]) -> Iterator[str]:
    """Yield the effects on a whole link that are lost with the members, such as constructors."""
    written: list[str] = []
    for position in sorted(removed):
        with suppress(ArfixError):
            elf = Elf(archive.members[position].data)
            sections = self_acting_sections(elf) if elf.has_magic else ()
            if sections:
                written = written or labels(archive)
                yield describe_effects(written[position], sections)


def _weak_defaults(archive: Archive, removed: frozenset[int]) -> Iterator[str]:
    """Yield the remaining members whose weak definitions take the place of removed ones."""
    if archive.index is None:
        return
    strong: set[str] = set()
    for position in removed:
        table = read_member_symbols(archive.members[position])
        strong.update(set(table.strong).difference(*(group.names for group in table.groups)))
    others = {position for _, position in archive.index.entries_of(strong)} - removed - {NO_MEMBER}
    written: list[str] = []
    for position in sorted(others):
        table = read_member_symbols(archive.members[position])
        names = sorted(strong.intersection((*table.weak, *table.common)).difference(table.aliases))
        if names:
            written = written or labels(archive)
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            yield f"{written[position]} defines {names[0]}{more} weakly: programs get that definition"


def prove_removal(archive: Archive, removed: frozenset[int]) -> Proof:
    """Return the consequences of removing the members at the positions in `removed`."""
    providers: dict[str, list[int]] = {}
    for position, names in all_definitions(archive, sorted(removed)).items():
        for name in names:
            providers.setdefault(name, []).append(position)
    unique = providers.keys() - _defined_elsewhere(archive, providers.keys(), removed)
    if not unique:
        return Proof()
    staying = [position for position in range(len(archive.members)) if position not in removed]
    references = find_references(archive, unique, staying)
    missing = {reference.name for reference in references.found}
    missing -= find_definers(archive, missing, staying).keys() if missing else set()
    written = labels(archive) if missing or references.unreachable else []
    needs: list[DanglingReference] = []
    weak: list[DanglingReference] = []
    for one in references.found:
        if one.name in missing:
            defined_in = tuple(written[position] for position in providers[one.name])
            need = DanglingReference(one.position, written[one.position], one.name, defined_in, proven=one.is_proven)
            (weak if one.is_weak else needs).append(need)
    return Proof(tuple(needs), tuple(weak), tuple(written[position] for position in references.unreachable))


def _defined_elsewhere(archive: Archive, names: AbstractSet[str], removed: frozenset[int]) -> set[str]:
    """Return the names that a remaining member also defines, as far as the index lists them.

    C++ objects define hundreds of names that many others also define. The index only says where to look; the object
    that it points at is read.
    """
    if archive.index is None:
        return set()
    hints: dict[str, int] = {}
    for name, position in archive.index.entries_of(names):
        if position != NO_MEMBER and position not in removed:
            hints.setdefault(name, position)
    return set(find_definers(archive, names, sorted(set(hints.values()))))


def _reason(match: Match) -> str:
    return "" if match.how is MatchKind.NAME else f'matched by "{match.selector}"'


def _absent_messages(selection: Selection) -> list[str]:
    return [f'nothing matches "{selector}"; it is gone already' for selector in selection.absent]


def _becomes_null(need: DanglingReference) -> str:
    return f"{need.member} refers to {need.symbol} weakly; with {', '.join(need.providers)} gone it is null"
