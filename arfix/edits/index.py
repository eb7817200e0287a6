"""Rebuilding the symbol index, and comparing it with the members' definitions.

No entry is lost silently. Common tools lose entries: GNU ranlib deletes the index of a library of wasm objects and
exits 0, and for LLVM bitcode keeps only what its plugin understands. Here the entries of a member whose symbols cannot
be read are kept as long as its bytes are unchanged; if there are none to keep, that is reported.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from arfix.archive.model import NO_MEMBER, Index, Kind
from arfix.archive.oddity import OddityKind
from arfix.edits.index_state import MISSING, container_trouble, foreign_kind, is_object
from arfix.edits.plan import Plan, Reindex, Rewrite
from arfix.errors import ArfixError, EditError
from arfix.formats.model import UNREAD_CONTENTS
from arfix.short_repr import short_repr
from arfix.symbols.member_label import labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arfix.archive.model import Archive, Member
    from arfix.edits.plan import Edit


@dataclass(frozen=True, slots=True)
class IndexDifference:
    """How a stored index differs from what the members define.

    Attributes:
        missing: There is none, and there should be one.
        superfluous: There is one, and no member is an object.
        absent: `(symbol, member)` that members define and the index lacks; the member as it is written (`x.o#2`).
        wrong: `(symbol, member)` in the index that the member does not define; `?` where no member stands at the
        offset.
        reordered: The entries are the right ones in another order than GNU ar writes.
        unread: Members whose symbols cannot be read; their entries are taken as they are.
        container: What is wrong with the archive around the index: linkers do not read this kind's index, or refuse
            the container. Empty where nothing is.
    """

    __repr__ = short_repr

    missing: bool = False
    superfluous: bool = False
    absent: tuple[tuple[str, str], ...] = ()
    wrong: tuple[tuple[str, str], ...] = ()
    reordered: bool = False
    unread: tuple[str, ...] = ()
    container: str = ""

    def __bool__(self) -> bool:
        """Whether there is a difference at all."""
        return self.is_index_wrong or bool(self.container)

    @property
    def is_index_wrong(self) -> bool:
        """Whether the index itself is missing or wrong."""
        return bool(self.missing or self.superfluous or self.absent or self.wrong or self.reordered)


def names_of(member: Member) -> tuple[str, ...] | None:
    """Return the entries a member gives rise to; None if it is an object whose symbols cannot be read.

    A thin member whose file is missing counts as one of these.
    """
    from arfix.formats.inspect import inspect_object  # noqa: PLC0415 (start-up: only a rebuild needs it)

    try:
        facts = inspect_object(member.data)
        names = facts.index_names
    except ArfixError:
        return None
    return None if facts.content in UNREAD_CONTENTS else names


def build_index(
    members: Sequence[Member],
    old: Index | None = None,
    origins: Sequence[int] | None = None,
    known: Mapping[int, tuple[str, ...]] | None = None,
    *,
    kind: Kind = Kind.GNU,
) -> Index | None:
    """Return the index of `members`: what each defines, in member order.

    In a COFF library a name stands once, for the first member that defines it, and names are in order where they were
    or where there was no index (Source: PE/COFF specification, "Second Linker Member"; llvm-ar sorts both).

    Args:
        members: The members to index.
        old: The index before the edit: its entries are kept for members that cannot be read.
        origins: For each member its position in the archive that `old` is of, -1 if it is new; None: unchanged.
        known: Position -> entries of a member that need not be read for them.
        kind: The variant of the archive.

    Returns:
        The index; None if no member is an object, as GNU ar has it.
    """
    kept = entries_by_member(old)
    known = known or {}
    names: list[str] = []
    positions: list[int] = []
    objects = False
    for position, member in enumerate(members):
        entries = known[position] if position in known else names_of(member)
        if entries is None:
            origin = position if origins is None else origins[position]
            entries = kept.get(origin, ())
            objects = True
        names += entries
        positions += [position] * len(entries)
    if not names and not objects and not any(is_object(member) for member in members):
        return None
    byte_order = old.byte_order if old is not None else "big"
    index = Index(tuple(names), tuple(positions), sorted_by_name=False, byte_order=byte_order)
    if kind is Kind.COFF:
        return _first_of_each(index, in_order=old is None or list(old.names) == sorted(old.names))
    return _sorted(index) if old is not None and old.sorted_by_name else index


def entries_by_member(index: Index | None) -> dict[int, tuple[str, ...]]:
    """Return the index entries of each member that has any, in index order."""
    found: dict[int, list[str]] = {}
    for name, position in index or ():
        found.setdefault(position, []).append(name)
    return {position: tuple(names) for position, names in found.items()}


def _first_of_each(index: Index, *, in_order: bool) -> Index:
    """Return the index with the first entry of each name, sorted by name if `in_order`."""
    first: dict[str, int] = {}
    for name, position in index:
        first.setdefault(name, position)
    entries = sorted(first.items()) if in_order else list(first.items())
    return replace(index, names=tuple(name for name, _ in entries), members=tuple(at for _, at in entries))


def _sorted(index: Index) -> Index:
    """Return the index sorted by name, as bytes; unchanged if a name is repeated, as on Darwin."""
    entries = sorted(index, key=lambda entry: entry[0].encode("utf-8", "surrogateescape"))
    unique = len(set(index.names)) == len(index.names)
    if not unique:
        return index
    return Index(tuple(name for name, _ in entries), tuple(at for _, at in entries), True, index.byte_order)


def compare_index(archive: Archive) -> IndexDifference:
    """Return how the archive's index differs from what its members define, and what else keeps linkers from it."""
    container = "; ".join(filter(None, (foreign_kind(archive), container_trouble(archive))))
    return replace(_compare(archive), container=container)


def _compare(archive: Archive) -> IndexDifference:
    stored = archive.index
    built = build_index(archive.members, stored, kind=archive.kind)
    written = labels(archive)
    unread = tuple(written[position] for position, member in enumerate(archive.members) if names_of(member) is None)
    if stored is None or built is None:
        return IndexDifference(missing=built is not None, superfluous=stored is not None, unread=unread)
    stored_entries, built_entries = Counter(stored), Counter(built)
    if stored == built or (archive.kind is Kind.COFF and stored_entries == built_entries):
        return IndexDifference(unread=unread)  # COFF writers differ in the order of the first linker member
    lacking = built_entries - stored_entries
    optional = {(name, at) for at in {at for _, at in lacking} for name in _optional_names(archive.members[at])}
    if optional:
        lacking = Counter({entry: count for entry, count in lacking.items() if entry not in optional})
        if not lacking and list(stored) == [entry for entry in built if entry not in optional]:
            return IndexDifference(unread=unread)
    absent = tuple((name, written[at]) for name, at in lacking.elements())
    wrong = tuple(
        (name, written[at] if at != NO_MEMBER else "?") for name, at in (stored_entries - built_entries).elements()
    )
    return IndexDifference(absent=absent, wrong=wrong, reordered=not absent and not wrong, unread=unread)


def _optional_names(member: Member) -> frozenset[str]:
    """Return the entries of a member that an index may lack."""
    from arfix.formats.inspect import inspect_object  # noqa: PLC0415 (start-up: only a rebuild needs it)

    return inspect_object(member.data).optional_index_names


def plan_index(archive: Archive) -> tuple[Plan, IndexDifference]:
    """Return the plan that rebuilds the index (empty if it is correct) and the difference it repairs.

    A BSD or Darwin archive of ELF objects becomes a GNU archive, as with GNU ranlib, because GNU ld reads no other
    index of ELF objects. A container that linkers refuse is rewritten.

    Raises:
        EditError: The index cannot be read, and neither can the symbols of some members.
    """
    difference = compare_index(archive)
    if difference.unread and any(oddity.kind is OddityKind.BAD_INDEX for oddity in archive.oddities):
        raise EditError(
            f"the index is damaged and the symbols of {difference.unread[0]} cannot be read, so its entries would "
            "be lost",
            where=archive.where,
            hint="Build the index with the tools that made this archive.",
        )
    path = archive.where.path if archive.where else ""
    warnings = _warnings(archive, difference)
    edits: list[Edit] = []
    if difference.container:
        kind = Kind.GNU if foreign_kind(archive) else archive.kind
        edits.append(Rewrite(kind, archive.thin, difference.container))
    if difference.is_index_wrong:
        edits.append(Reindex("; ".join(describe_difference(difference))))
    return Plan(path, edits=tuple(edits), warnings=warnings), difference


def describe_difference(difference: IndexDifference) -> list[str]:
    """Return what is wrong with an index, one clause each; empty when nothing is."""
    said = []
    if difference.missing:
        said.append(MISSING)
    if difference.superfluous:
        said.append("there is an index, but no member is an object")
    if difference.absent:
        said.append(f"{_entries(len(difference.absent))} missing ({_shortened_list(difference.absent)})")
    if difference.wrong:
        said.append(f"{_entries(len(difference.wrong))} wrong ({_shortened_list(difference.wrong)})")
    if difference.reordered:
        said.append("the entries are right, but not in the order of the members")
    return said


def _entries(count: int) -> str:
    return "1 entry is" if count == 1 else f"{count} entries are"


def _shortened_list(entries: tuple[tuple[str, str], ...], limit: int = 3) -> str:
    listed = ", ".join(f"{name} in {member}" for name, member in entries[:limit])
    return f"{listed}, ..." if len(entries) > limit else listed


def _warnings(archive: Archive, difference: IndexDifference) -> tuple[str, ...]:
    if not difference.unread:
        return ()
    listed = ", ".join(difference.unread[:3]) + (", ..." if len(difference.unread) > 3 else "")
    count = len(difference.unread)
    what = "1 member" if count == 1 else f"{count} members"
    kept = "their entries are kept as they are" if archive.index is not None else "they get no entries"
    return (f"the symbols of {what} cannot be read ({listed}); {kept}",)
