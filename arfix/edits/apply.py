"""Applying a plan to an archive, completely or not at all.

Nothing is written here. The result is a new value that shares its untouched members with the old one, so the writer
copies their bytes unchanged. Index entries of untouched members are carried over, entries of new and replaced members
are read from the object, and only a `Reindex` rebuilds the index. An archive with objects and without an index gets one
with its first edit, because GNU ld and gold refuse it on demand otherwise.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, assert_never

from arfix.archive.model import NO_MEMBER, Index, Kind
from arfix.archive.stored_names import without
from arfix.edits.plan import Add, Drop, Reindex, Replace, Rewrite
from arfix.errors import EditError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arfix.archive.model import Archive, Member
    from arfix.edits.plan import Plan

#: In a list of origins: the member is new, or its bytes are.
_NEW = -1

#: Where a first index is little-endian, as llvm-ar writes it; where there was one its byte order stays.
_LITTLE = frozenset({Kind.BSD, Kind.DARWIN, Kind.DARWIN64})


def apply(archive: Archive, plan: Plan) -> Archive:
    """Return the archive after every edit of `plan`; the same archive if the plan is empty.

    Raises:
        EditError: The plan was made for another archive: a member is not at the position in the plan.
        UnsupportedError: The archive is thin, and a member would have bytes of its own.
    """
    if not plan:
        return archive
    edited = _edited_members(archive, plan)
    if archive.thin:
        _expect_files(archive, edited)
    kind = archive.kind if edited.rewrite is None else edited.rewrite.kind
    # In a COFF library, a name has one entry, which is removed with its first definer.
    if edited.reindex or kind is not archive.kind or kind is Kind.COFF or archive.index is None:
        from arfix.edits.index import build_index  # noqa: PLC0415 (reads every object; only a rebuild pays for it)

        index = build_index(edited.members, archive.index, edited.origins, edited.entries, kind=kind)
    else:
        index = carry_index(archive.index, edited.members, edited.origins, edited.entries)
    if index is not None and archive.index is None and archive.kind in _LITTLE:
        index = replace(index, byte_order="little")
    oddities = tuple(oddity for oddity in archive.oddities if not oddity.kind.traits.mended_by_edit)
    result = replace(archive, members=tuple(edited.members), index=index, oddities=oddities, source=None)
    if edited.rewrite is None:
        return result
    from arfix.edits.member_conversion import recast  # noqa: PLC0415 (few edits change the container)

    return recast(result, edited.rewrite)


class _Edited(NamedTuple):
    """The members and index entries after the edits.

    Attributes:
        members: The members after them.
        origins: For each its position before them, `_NEW` where its bytes are new.
        entries: Position after them -> index entries, for new members of which the plan knows them.
        reindex: Whether to rebuild the index.
        replaced: Position before them -> the member that has new bytes.
        rewrite: How the container is rewritten; None if it does not change.
    """

    members: list[Member]
    origins: list[int]
    entries: dict[int, tuple[str, ...]]
    reindex: bool
    replaced: Mapping[int, Member]
    rewrite: Rewrite | None


def _edited_members(archive: Archive, plan: Plan) -> _Edited:  # noqa: C901 (one case for each edit)
    """Return the members after the plan's edits; check first that the plan fits this archive."""
    dropped: set[int] = set()
    replaced: dict[int, Member] = {}
    added: dict[int, list[Add]] = {}
    reindex = False
    rewrite: Rewrite | None = None
    for edit in plan.edits:
        match edit:
            case Drop(position, name):
                _expect(archive, position, name)
                dropped.add(position)
            case Replace(position, name, member):
                _expect(archive, position, name)
                replaced[position] = member
            case Add(position, member):
                if not 0 <= position <= len(archive.members):
                    raise _stale(archive, f"it adds {member.name} at {position} of {len(archive.members)}")
                added.setdefault(position, []).append(edit)
            case Reindex():
                reindex = True
            case Rewrite():
                rewrite = edit
            case _:
                assert_never(edit)
    result = _Edited([], [], {}, reindex, replaced, rewrite)
    for position, member in enumerate(archive.members):
        _append(result, added.get(position, ()))
        if position in replaced:
            result.members.append(replaced[position])
            result.origins.append(_NEW)
        elif position not in dropped:
            result.members.append(member)
            result.origins.append(position)
    _append(result, added.get(len(archive.members), ()))
    return result


def _expect_files(archive: Archive, edited: _Edited) -> None:
    """Check that every new member of a thin archive refers to a file."""
    for member, origin in zip(edited.members, edited.origins, strict=True):
        if origin == _NEW and member.thin_path is None:
            raise _no_file(archive, member)
    for position, member in edited.replaced.items():
        if archive.members[position].thin_path is not None:
            raise _no_file(archive, member)


def _no_file(archive: Archive, member: Member) -> UnsupportedError:
    return UnsupportedError(
        f"a thin archive holds no bytes of its members, so {member.name} cannot have new ones here",
        where=archive.where,
        hint="Make a regular archive of it first: `arfix convert THIN.a --kind gnu -o REGULAR.a`.",
    )


def _append(result: _Edited, additions: Sequence[Add]) -> None:
    for addition in additions:
        if addition.entries is not None:
            result.entries[len(result.members)] = addition.entries
        result.members.append(addition.member)
        result.origins.append(_NEW)


def _expect(archive: Archive, position: int, name: str) -> None:
    if not 0 <= position < len(archive.members):
        raise _stale(archive, f"it names member {position} ({name}) of {len(archive.members)}")
    if (found := archive.members[position].name) != name:
        raise _stale(archive, f"member {position} is {found}, expected {name}")


def _stale(archive: Archive, why: str) -> EditError:
    return EditError(f"the plan is not for this archive: {why}", where=archive.where, hint="Make the plan again.")


def carry_index(
    index: Index | None,
    members: Sequence[Member],
    origins: Sequence[int],
    entries: Mapping[int, tuple[str, ...]] | None = None,
) -> Index | None:
    """Return `index` after an edit: entries of untouched members carried over, those of new ones read from the object.

    Args:
        index: The index before the edit; None stays None (a planner that wants one adds a `Reindex`).
        members: The members after the edit.
        origins: For each of them its position before the edit, or -1 if its bytes are new.
        entries: Position -> what the index lists for a new member, if that is known without reading the object.

    Returns:
        The index; None if no object is left to index, as GNU ar has it.
    """
    if index is None:
        return None
    carried = _index_at_new_positions(index, origins)
    fresh = [position for position, old in enumerate(origins) if old == _NEW]
    if fresh:
        carried = _with_entries_of(carried, members, fresh, entries or {})
    if not carried.names:
        from arfix.edits.index_state import is_object  # noqa: PLC0415 (asked only when an index has no entry)

        return carried if any(is_object(member) for member in members) else None
    return carried


def _index_at_new_positions(index: Index, origins: Sequence[int]) -> Index:
    """Return the entries of the members that are still there, at their new positions."""
    last = max(max(index.members, default=0), max(origins, default=0))
    # One element more: entries astray have position -1, and list[-1] is the last, which stays NO_MEMBER.
    position_of = [NO_MEMBER] * (last + 2)
    for new, old in enumerate(origins):
        if old != _NEW:
            position_of[old] = new
    moved = list(map(position_of.__getitem__, index.members))
    gone = _positions_of(NO_MEMBER, moved)
    if not gone:
        return replace(index, members=tuple(moved))
    stay = tuple([position for position in moved if position != NO_MEMBER])
    return replace(index, names=without(index.names, gone), members=stay)


def _positions_of(value: int, numbers: list[int]) -> list[int]:
    """Return where `value` is among `numbers`."""
    found, at = [], -1
    with suppress(ValueError):
        while True:
            at = numbers.index(value, at + 1)
            found.append(at)
    return found


def _with_entries_of(
    index: Index, members: Sequence[Member], fresh: list[int], known: Mapping[int, tuple[str, ...]]
) -> Index:
    """Return `index` with the entries of the members at `fresh`, which has none of them yet, in member order."""
    from arfix.edits.index import names_of  # noqa: PLC0415 (only new members are read)

    entries = list(index)
    for position in fresh:
        names = known[position] if position in known else names_of(members[position]) or ()
        entries += [(name, position) for name in names]
    if index.sorted_by_name:
        entries.sort(key=lambda entry: entry[0].encode("utf-8", "surrogateescape"))
    elif all(a <= b for a, b in zip(index.members, index.members[1:], strict=False)):
        entries.sort(key=lambda entry: entry[1])
    return replace(index, names=tuple(name for name, _ in entries), members=tuple(position for _, position in entries))
