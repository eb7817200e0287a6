"""(Archive, Plan) -> Archive: all of a plan or nothing of it.

Nothing is written here; the result is a new value whose untouched members are the old ones, so that the writer copies
their bytes as they stand. The symbol index follows design decision 3: entries of untouched members are carried over,
entries of new and replaced members are read from the object, and only a `Reindex` builds the whole of it anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from arfix.archive.model import NO_MEMBER, Index
from arfix.edits.plan import Add, Drop, Reindex, Replace
from arfix.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Archive, Member
    from arfix.edits.plan import Plan

#: In a list of origins: the member is new, or its bytes are.
_NEW = -1


def apply(archive: Archive, plan: Plan) -> Archive:
    """Return the archive after every edit of `plan`; the same archive where the plan is empty.

    Raises:
        EditError: The plan was made for another archive: a name no longer stands where the plan says.
    """
    if not plan:
        return archive
    members, origins, reindex = _edited_members(archive, plan)
    if reindex:
        from arfix.edits.index import build_index  # noqa: PLC0415 (reads every object; only a rebuild pays for it)

        index = build_index(members, archive.index, origins)
    else:
        index = carry_index(archive.index, members, origins)
    return replace(archive, members=tuple(members), index=index, source=None)


def _edited_members(archive: Archive, plan: Plan) -> tuple[list[Member], list[int], bool]:
    """Return the new members, for each its old position (`_NEW` for new bytes), and whether to rebuild the index."""
    dropped: set[int] = set()
    replaced: dict[int, Member] = {}
    added: dict[int, list[Member]] = {}
    reindex = False
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
                added.setdefault(position, []).append(member)
            case Reindex():
                reindex = True
            case _:
                assert_never(edit)
    members: list[Member] = []
    origins: list[int] = []
    for position, member in enumerate(archive.members):
        new = added.get(position, ())
        members += new
        origins += [_NEW] * len(new)
        if position in replaced:
            members.append(replaced[position])
            origins.append(_NEW)
        elif position not in dropped:
            members.append(member)
            origins.append(position)
    last = added.get(len(archive.members), ())
    return [*members, *last], [*origins, *[_NEW] * len(last)], reindex


def _expect(archive: Archive, position: int, name: str) -> None:
    if not 0 <= position < len(archive.members):
        raise _stale(archive, f"it names member {position} ({name}) of {len(archive.members)}")
    if (found := archive.members[position].name) != name:
        raise _stale(archive, f"member {position} is {found}, expected {name}")


def _stale(archive: Archive, why: str) -> EditError:
    return EditError(f"the plan is not for this archive: {why}", where=archive.where, hint="Make the plan again.")


def carry_index(index: Index | None, members: Sequence[Member], origins: Sequence[int]) -> Index | None:
    """Return `index` after an edit: entries of untouched members carried over, those of new ones read from the object.

    Args:
        index: The index before the edit; None stays None (a planner that wants one adds a `Reindex`).
        members: The members after the edit.
        origins: For each of them its position before the edit, or -1 where its bytes are new.

    Returns:
        The index; None where no object is left to index, as GNU ar has it.
    """
    if index is None:
        return None
    moved = dict.fromkeys(index.members, NO_MEMBER)
    moved |= {old: new for new, old in enumerate(origins) if old != _NEW and old in moved}
    if all(old == new for old, new in moved.items()):
        carried = index
    elif NO_MEMBER in moved.values():
        kept = [(name, new) for name, old in index if (new := moved[old]) != NO_MEMBER]
        carried = replace(index, names=tuple(name for name, _ in kept), members=tuple(new for _, new in kept))
    else:
        carried = replace(index, members=tuple([moved[old] for old in index.members]))
    fresh = [position for position, old in enumerate(origins) if old == _NEW]
    if fresh:
        carried = _with_entries_of(carried, members, fresh)
    if not carried.names:
        from arfix.edits.index import is_object  # noqa: PLC0415 (asked only when an index has no entry)

        return carried if any(is_object(member) for member in members) else None
    return carried


def _with_entries_of(index: Index, members: Sequence[Member], fresh: list[int]) -> Index:
    """Return `index` with the entries of the members at `fresh`, which has none of them yet, in member order."""
    from arfix.edits.index import names_of  # noqa: PLC0415 (only new members are read)

    entries = list(index)
    for position in fresh:
        entries += [(name, position) for name in names_of(members[position]) or ()]
    if index.sorted_by_name:
        entries.sort(key=lambda entry: entry[0].encode("utf-8", "surrogateescape"))
    elif all(a <= b for a, b in zip(index.members, index.members[1:], strict=False)):
        entries.sort(key=lambda entry: entry[1])
    return replace(index, names=tuple(name for name, _ in entries), members=tuple(position for _, position in entries))
