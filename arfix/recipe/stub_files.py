"""Archives of stubs that a recipe wants made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.archive.files import open_archive
from arfix.archive.layout import lay_out
from arfix.errors import EditError
from arfix.recipe.encode import encode_stubs
from arfix.recipe.model import When
from arfix.recipe.planning import Planned, digest
from arfix.recipe.record import Provenance, Record, StepRecord
from arfix.recipe.steps import holds, stubs_of

if TYPE_CHECKING:
    from arfix.archive.model import Archive
    from arfix.objects.stub.target import Target
    from arfix.recipe.model import StubEntry
    from arfix.recipe.planning import Planner


def plan_stub_file(planner: Planner, entry: StubEntry) -> Planned | None:
    """Return the archive that an entry wants made; None where its condition does not hold.

    Raises:
        EditError: A file of that name is there, and arfix did not make it.
        ArfixError: The archive whose machine it is to have cannot be read, or there is no code for the machine.
    """
    from arfix.edits.stub import make_stub_archive  # noqa: PLC0415 (machine tables)
    from arfix.objects.stub.build import Options  # noqa: PLC0415 (the same)

    sysroot = planner.sysroot
    like: Archive | None = None
    if entry.like is not None and holds(_exists_only(entry), sysroot, None, ""):
        like = planner.stack.enter_context(open_archive(sysroot.find(entry.like, entry.where).path))
    if not holds(entry.when, sysroot, like, ""):
        return None
    path = sysroot.locate(entry.path, entry.where)
    name = path.relative_to(sysroot.root).as_posix()
    if name in planner.prospect.files:
        raise EditError(f"{name} is an archive of the recipe already", where=entry.where)
    archive = make_stub_archive(_target(entry, like), stubs_of(entry.symbols), Options(), str(path))
    chunks = lay_out(archive).chunks
    out = planner.output_of(name, path)
    before = planner.hash_of(name, out)
    members = tuple(Provenance("added", one.name, digest([one.content]), "arfix stub") for one in archive)
    record = Record("", digest(chunks), (StepRecord(encode_stubs(entry), entry.reason, members),))
    ours = {one.output for one in (planner.locked.get(name),) if one is not None}
    if name in planner.known:
        ours.add(planner.known[name].record.output)
    if before and before not in {*ours, record.output}:
        raise EditError(f"{name} is there already, and is not what arfix made", where=entry.where)
    return Planned(name, path, out, before, record, archive, chunks=chunks)


def _exists_only(entry: StubEntry) -> When:
    return When(exists=entry.when.exists)


def _target(entry: StubEntry, like: Archive | None) -> Target:
    from arfix.edits.stub import target_of_archive  # noqa: PLC0415 (machine tables)
    from arfix.objects.stub.target import target_of_triple  # noqa: PLC0415 (the same)

    target = target_of_triple(entry.triple or "") if like is None else target_of_archive(like)
    return target if entry.library is None else replace(target, library=entry.library)
