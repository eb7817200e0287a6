"""Archives of stubs that a recipe wants made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.archive.layout import lay_out
from arfix.errors import EditError
from arfix.recipe.encode import encode_stubs
from arfix.recipe.model import Condition
from arfix.recipe.planning import PlannedFile, digest
from arfix.recipe.state.record import ArchiveRecord, MemberRecord, StepRecord
from arfix.recipe.steps import holds, stubs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Archive
    from arfix.errors import Where
    from arfix.recipe.model import StubEntry
    from arfix.recipe.planning import Planner
    from arfix.stubs.target import StubTarget


def plan_stub_file(planner: Planner, entry: StubEntry) -> PlannedFile | None:
    """Return the archive that an entry wants made; None where its condition does not hold.

    Raises:
        EditError: A file of that name is there, and arfix did not make it.
        ArfixError: The archive whose machine it is to have cannot be read, or there is no code for the machine.
    """
    from arfix.edits.stub import make_stub_archive  # noqa: PLC0415 (machine tables)
    from arfix.stubs.build import Options  # noqa: PLC0415 (the same)

    sysroot = planner.sysroot
    like: Archive | None = None
    if entry.like is not None and holds(_exists_only(entry), sysroot, None, ""):
        like = planner.result(_like(planner, entry.like, entry.where))
    if not holds(entry.when, sysroot, like, ""):
        return None
    path = sysroot.locate(entry.path, entry.where)
    name = path.relative_to(sysroot.root).as_posix()
    if name in planner.recipe_plan.files:
        raise EditError(f"{name} is an archive of the recipe already", where=entry.where)
    archive = make_stub_archive(_target(entry, like), stubs_of(entry.symbols), Options(), str(path))
    chunks = lay_out(archive).chunks
    out = planner.output_of(name, path)
    before = planner.written_hash(name)
    members = tuple(MemberRecord("added", one.name, digest([one.content]), "arfix stub") for one in archive)
    record = ArchiveRecord("", digest(chunks), (StepRecord(encode_stubs(entry), entry.reason, members),))
    ours = {one.output for one in (planner.locked.get(name),) if one is not None}
    if name in planner.state.known:
        ours.add(planner.state.known[name].record.output)
    if before and before not in {*ours, record.output}:
        raise EditError(f"{name} is there already, and is not what arfix made", where=entry.where)
    return PlannedFile(name, path, out, before, record, archive, chunks=chunks)


def in_order(entries: Sequence[StubEntry]) -> list[StubEntry]:
    """Return the entries so that one whose archive another is made like comes before that one."""
    waiting, ordered = list(entries), []
    while waiting:
        paths = {entry.path for entry in waiting}
        ready = [entry for entry in waiting if entry.like not in paths] or waiting
        ordered += ready
        waiting = [entry for entry in waiting if entry not in ready]
    return ordered


def _like(planner: Planner, name: str, where: Where) -> str:
    """Return the name of the archive that stubs are made like: as the recipe leaves it, so that every run sees one."""
    real = planner.sysroot.locate(name, where).relative_to(planner.sysroot.root).as_posix()
    return real if real in planner.recipe_plan.files else planner.sysroot.find(name, where).name


def _exists_only(entry: StubEntry) -> Condition:
    return Condition(exists=entry.when.exists)


def _target(entry: StubEntry, like: Archive | None) -> StubTarget:
    from arfix.edits.stub import target_of_archive  # noqa: PLC0415 (machine tables)
    from arfix.stubs.target import target_of_triple  # noqa: PLC0415 (the same)

    target = target_of_triple(entry.triple or "") if like is None else target_of_archive(like)
    return target if entry.library is None else replace(target, library=entry.library)
