"""Planning the archives of stubs that a recipe asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.archive.layout import lay_out
from arfix.errors import EditError
from arfix.recipe.conditions import holds, paths_exist
from arfix.recipe.encode import encode_stubs
from arfix.recipe.plan import PlannedFile, hash_chunks
from arfix.recipe.state.record import ArchiveRecord, MemberRecord, StepRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arfix.archive.model import Archive
    from arfix.recipe.context import PlanningContext
    from arfix.recipe.model import StubEntry
    from arfix.stubs.build import StubSymbol
    from arfix.stubs.target import StubTarget


def plan_stub_archive(
    entry: StubEntry, files: Mapping[str, PlannedFile], context: PlanningContext
) -> PlannedFile | None:
    """Return the plan of an archive of stubs; None if its condition does not hold.

    Args:
        entry: The recipe's `[[stubs]]`.
        files: What is planned so far: stubs can be made like one of these archives.
        context: The sysroot and the records.

    Raises:
        EditError: A file of that name is there, and arfix did not make it.
        ArfixError: The archive given with `like` cannot be read, or arfix has no code for its machine.
    """
    from arfix.edits.stub import make_stub_archive  # noqa: PLC0415 (machine tables)
    from arfix.stubs.build import Options  # noqa: PLC0415 (the same)

    sysroot = context.sysroot
    like: Archive | None = None
    if entry.like is not None and paths_exist(entry.when, sysroot):
        like = _like(entry, entry.like, files, context)
    if not holds(entry.when, sysroot, like, ""):
        return None
    name = sysroot.locate(entry.path, entry.where)
    path = sysroot.path_of(name)
    if name in files:
        raise EditError(f"{name} is an archive of the recipe already", where=entry.where)
    archive = make_stub_archive(_target(entry, like), _stubs(entry.symbols), Options(), str(path))
    chunks = lay_out(archive).chunks
    before = context.written_hash(name)
    members = tuple(MemberRecord("added", one.name, hash_chunks([one.content]), "arfix stub") for one in archive)
    record = ArchiveRecord("", hash_chunks(chunks), (StepRecord(encode_stubs(entry), entry.reason, members),))
    ours = {one.output for one in (context.locked.get(name),) if one is not None}
    if name in context.state.known:
        ours.add(context.state.known[name].record.output)
    if before and before not in {*ours, record.output}:
        raise EditError(f"{name} is there already, and is not what arfix made", where=entry.where)
    return PlannedFile(name, path, before, record, context.in_overlay, archive, chunks=chunks)


def in_order(entries: Sequence[StubEntry]) -> list[StubEntry]:
    """Return the entries sorted so that an archive comes before those that are made like it."""
    waiting, ordered = list(entries), []
    while waiting:
        paths = {entry.path for entry in waiting}
        ready = [entry for entry in waiting if entry.like not in paths] or waiting
        ordered += ready
        waiting = [entry for entry in waiting if entry not in ready]
    return ordered


def _like(entry: StubEntry, name: str, files: Mapping[str, PlannedFile], context: PlanningContext) -> Archive:
    """Return the archive that gives the machine and ABI, as the recipe leaves it: every run then gives the same."""
    real = context.sysroot.locate(name, entry.where)
    if real not in files:
        real = context.sysroot.find(name, entry.where)
    planned = files.get(real)
    if planned is not None and planned.archive is not None:
        return planned.archive
    copied = planned is not None and planned.in_overlay and bool(planned.wanted)
    return context.stack.enter_context((context.state.tree if copied else context.sysroot.tree).archive(real))


def _target(entry: StubEntry, like: Archive | None) -> StubTarget:
    from arfix.edits.stub import target_of_archive  # noqa: PLC0415 (machine tables)
    from arfix.stubs.target import target_of_triple  # noqa: PLC0415 (the same)

    target = target_of_triple(entry.triple or "") if like is None else target_of_archive(like)
    return target if entry.libc is None else replace(target, libc=entry.libc)


def _stubs(words: Sequence[str]) -> list[StubSymbol]:
    """Return the stubs for `NAME` and `NAME=WHAT`."""
    from arfix.edits.stub import parse_request  # noqa: PLC0415 (the knowledge base)

    return [parse_request(word).stub for word in words]
