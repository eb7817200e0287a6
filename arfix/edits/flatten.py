"""Flattening an archive: nested archives are dropped, or replaced by their members.

No linker reads nested archives: GNU ld, gold and lld refuse them under `--whole-archive`, and mold silently leaves
their symbols out. A library that exists nowhere else should be spliced. A copy of a platform library should be dropped:
spliced, it would be a second C library.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from arfix.edits.index_state import index_trouble
from arfix.edits.nested_archives import open_nested
from arfix.edits.plan import Add, Drop, Plan, Reindex
from arfix.edits.platform import is_platform_copy
from arfix.edits.requests import FlattenChoice
from arfix.edits.spliced_members import (
    PresentMembers,
    ResultMember,
    SplicedMember,
    as_new_member,
    find_clashes,
    needed_candidates,
)
from arfix.formats.identify import identify
from arfix.formats.model import Content
from arfix.symbols.member_label import labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Archive, Member
    from arfix.edits.nested_archives import OpenArchive
    from arfix.edits.plan import Edit
    from arfix.edits.platform import Platform, Provided
    from arfix.edits.spliced_members import SymbolClash

#: Content types of nested archives, and of text files that no linker accepts as members.
_ARCHIVES = frozenset({Content.ARCHIVE, Content.THIN_ARCHIVE})
_SCRIPTS = {
    Content.LINKER_SCRIPT: "a linker script, which no linker takes as a member",
    Content.LIBTOOL_LA: "a libtool library file, which no linker takes as a member",
}

#: Number of clashes listed; the others are counted.
_LISTED = 10


@dataclass(slots=True)
class _Work:
    """An archive being flattened: the options, and the notes and warnings so far."""

    archive: Archive
    choice: FlattenChoice | None
    platform: Platform | None
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Nested:
    """A member that is an archive or a linker script: why it is removed, and what replaces it."""

    position: int
    reason: str
    candidates: Sequence[SplicedMember] = ()


def plan_flatten(opened: OpenArchive, choice: FlattenChoice | None = None, platform: Platform | None = None) -> Plan:
    """Return the plan that leaves no nested archive.

    Args:
        opened: The archive (`arfix.edits.nested_archives.outermost` makes one).
        choice: What to do with every nested archive. None: drop those that the platform provides, splice the others.
        platform: The libraries of the platform.

    Raises:
        ArfixError: A nested archive is damaged, nested too deep, contains itself, or is too large in all.
    """
    archive = opened.archive
    work = _Work(archive, choice, platform)
    written = labels(archive)
    nested: list[_Nested] = []
    own: list[Member] = []
    for position, member in enumerate(archive.members):
        content = identify(member.data)
        if content in _ARCHIVES:
            nested.append(_open(work, opened, position, written[position]))
        elif content in _SCRIPTS:
            nested.append(_Nested(position, _SCRIPTS[content]))
        else:
            own.append(member)
    if choice is FlattenChoice.NEEDED:
        nested = _only_needed(nested, own)
    nested = _without_identical(work, nested, own)
    path = archive.where.path if archive.where else ""
    edits = [edit for one in nested for edit in _edits(archive, one)]
    _tell_clashes(work, nested, written)
    trouble = index_trouble(archive) if edits else ""
    if trouble:
        edits.append(Reindex(trouble))
    return Plan(path, tuple(edits), tuple(work.notes), tuple(work.warnings))


def _edits(archive: Archive, nested: _Nested) -> list[Edit]:
    drop = Drop(nested.position, archive.members[nested.position].name, nested.reason)
    return [drop, *(Add(nested.position, one.member, one.origin, "") for one in nested.candidates)]


def _open(work: _Work, outer: OpenArchive, position: int, written: str) -> _Nested:
    """Return the decision about the nested archive at `position` of the outermost archive."""
    member = outer.archive.members[position]
    inner = open_nested(outer, member, written)
    reason = _why_drop(work, member, inner)
    if reason:
        return _Nested(position, reason)
    candidates = _candidates(work, member, inner)
    return _Nested(position, f"{_its_members(len(candidates))} its place", candidates)


def _candidates(work: _Work, outer_member: Member, inner: OpenArchive) -> list[SplicedMember]:
    """Return the members of a nested archive that is not dropped, those of archives in it included, in order."""
    if is_platform_copy(outer_member.name, outer_member.data):
        work.warnings.append(
            f"{inner.where} has the name of a platform library, and its members are put into this one: "
            "a second copy breaks links. Where the platform has it, `FlattenChoice.DROP` or `platform=...` leaves it "
            "out"
        )
    candidates: list[SplicedMember] = []
    for written, member in zip(labels(inner.archive), inner.archive.members, strict=True):
        place = inner.where.inside(written)
        content = identify(member.data)
        if content in _ARCHIVES:
            deeper = open_nested(inner, member, written)
            reason = _why_drop(work, member, deeper)
            if reason:
                work.notes.append(f"{place} is left out: {reason}")
            else:
                candidates += _candidates(work, member, deeper)
        elif content in _SCRIPTS:
            work.notes.append(f"{place} is left out: {_SCRIPTS[content]}")
        else:
            new = as_new_member(member, outer_member, inner.where, into_thin=work.archive.thin)
            candidates.append(SplicedMember(new, str(place)))
    return candidates


def _why_drop(work: _Work, member: Member, inner: OpenArchive) -> str:
    """Return why a nested archive is dropped; empty if its members are spliced."""
    members = inner.archive.members
    if not members:
        return "an empty archive"
    if work.choice is FlattenChoice.DROP:
        return f"an archive of {'1 member' if len(members) == 1 else f'{len(members)} members'}"
    if work.choice is not None or work.platform is None:
        return ""
    provided = work.platform.find(member.name, inner.archive)
    if provided is None:
        return ""
    if provided.lost:
        work.warnings.append(
            f"{provided.path}, in whose favour {inner.where} is dropped, does not define "
            f"{_say_names(provided.lost)}; `FlattenChoice.SPLICE` keeps it"
        )
    return _say_provided(provided)


def _say_names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_LISTED])
    return shown if len(names) <= _LISTED else f"{shown} and {len(names) - _LISTED} more"


def _say_provided(provided: Provided) -> str:
    if not provided.by_name:
        return f"every member is in {provided.path}"
    if provided.common is None:
        return f"{provided.path} has its name"
    return f"{provided.path} has its name, and {provided.common} of its {provided.members} members"


def _its_members(count: int) -> str:
    return "its 1 member takes" if count == 1 else f"its {count} members take"


def _only_needed(nested: Sequence[_Nested], own: Sequence[Member]) -> list[_Nested]:
    """Return the nested archives, reduced to the members that the archive's own objects need."""
    every = [candidate for one in nested for candidate in one.candidates]
    needed = {id(candidate) for candidate in needed_candidates(own, every)}
    result = []
    for one in nested:
        kept = [candidate for candidate in one.candidates if id(candidate) in needed]
        reason = one.reason
        if one.candidates:
            reason = f"{len(kept)} of its {len(one.candidates)} members are needed" if kept else "nothing needs it"
        result.append(replace(one, reason=reason, candidates=kept))
    return result


def _without_identical(work: _Work, nested: Sequence[_Nested], own: Sequence[Member]) -> list[_Nested]:
    """Return the nested archives without members that are already present with the same name and bytes."""
    present = PresentMembers(own)
    result = []
    for one in nested:
        kept = [candidate for candidate in one.candidates if present.add(candidate.member)]
        identical = len(one.candidates) - len(kept)
        if identical:
            name = work.archive.members[one.position].name
            what = "1 member is" if identical == 1 else f"{identical} members are"
            work.notes.append(f"{what} left out of {name}: the archive already has a member with this name and content")
        result.append(replace(one, candidates=kept))
    return result


def _tell_clashes(work: _Work, nested: Sequence[_Nested], written: Sequence[str]) -> None:
    """Warn about strong symbols that an added member and another member both define."""
    if not any(one.candidates for one in nested):
        return
    by_position = {one.position: one for one in nested}
    members: list[ResultMember] = []
    for position, member in enumerate(work.archive.members):
        if position in by_position:
            members += [ResultMember(one.member, one.origin, added=True) for one in by_position[position].candidates]
        else:
            members.append(ResultMember(member, written[position], added=False))
    clashes = find_clashes(members)
    work.warnings += [_say_clash(clash) for clash in clashes[:_LISTED]]
    if len(clashes) > _LISTED:
        work.warnings.append(f"{len(clashes) - _LISTED} more symbols are defined twice")


def _say_clash(clash: SymbolClash) -> str:
    return f"{clash.symbol} is defined in {clash.first} and in {clash.second}; a whole-archive link refuses that"
