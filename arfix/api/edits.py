"""The verbs that edit archives, as functions from archives to plans. Nothing is written: `arfix.save` does that."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from arfix.arguments import (
    archive_given,
    choice_given,
    path_given,
    paths_given,
    words_given,
    wrong_argument,
)
from arfix.edits.requests import (
    Convert,
    Flatten,
    Normalize,
    RebuildIndex,
    Strip,
    Symbols,
    plan,
)
from arfix.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arfix.archive.model import Archive, Kind, Member
    from arfix.edits.index import IndexDifference
    from arfix.edits.inspect import Inspection
    from arfix.edits.merge import Merge
    from arfix.edits.plan import Plan
    from arfix.edits.requests import FlattenChoice, SymbolEdit
    from arfix.edits.salvage import Salvage
    from arfix.edits.stub import StubRequest
    from arfix.stubs.build import Options
    from arfix.stubs.platform import CLibrary
    from arfix.stubs.target import StubTarget

    #: A path, as the standard library takes them.
    AnyPath = str | os.PathLike[str]
    #: Members: selectors as for `arfix strip`, or members of the archive; one, or several.
    Members = str | Member | Iterable[str | Member]


def strip(
    archive: Archive, members: Members, *, cascade: bool = False, force: bool = False, if_present: bool = False
) -> Plan:
    """Return the plan that removes members, unless a remaining member needs them.

    Args:
        archive: The archive.
        members: Members, or selectors: a name means every member of that name, `x.o#2` the second; globs,
            `defines:SYM`, `needs:SYM` and `kind:WORD` work too.
        cascade: Also remove the members that need a removed one.
        force: Remove members even if they are needed; `Plan.dangling` lists the references that stay.
        if_present: Ignore a selector that matches nothing, with a note.

    Raises:
        EditError: A remaining member needs a symbol that only removed members define, or a selector matches nothing.
    """
    archive_given(archive)
    request = Strip(_selectors(archive, members), cascade=cascade, force=force, if_present=if_present)
    return plan(archive, request)


def flatten(
    archive: Archive,
    choice: FlattenChoice | None = None,
    *,
    platform: AnyPath | Iterable[AnyPath] = (),
    allow_outside: bool = False,
) -> Plan:
    """Return the plan that removes nested archives, or replaces them with their members.

    Args:
        archive: The archive.
        choice: What to do with every nested archive; None: drop those that `platform` has, and splice the others.
        platform: Folders and archives of the platform.
        allow_outside: Let nested thin archives refer to files outside the folder of the archive.

    Raises:
        UsageError: Both `choice` and `platform` are given.
        EditError: The edit would break the archive.
        ArfixError: A nested archive or a file of the platform cannot be read.
    """
    from contextlib import closing  # noqa: PLC0415 (start-up: each verb loads what it needs)

    from arfix.api.platform_archives import open_platform  # noqa: PLC0415 (the same)
    from arfix.archive.files import opener_beside  # noqa: PLC0415 (the same)
    from arfix.edits.requests import FlattenChoice  # noqa: PLC0415 (the same)

    archive_given(archive)
    if choice is not None:
        choice_given(choice, FlattenChoice, "choice")
    named = paths_given(platform, "platform")
    if named and choice is not None:
        raise UsageError(
            f"`FlattenChoice.{choice.name}` and `platform=...` exclude each other: one is for all nested archives, "
            "one for each",
            hint="Use one of the two.",
        )
    file = _file_of(archive)
    with closing(open_platform(named, besides=[file])) as provided:
        beside = opener_beside(file, anywhere=allow_outside)
        return plan(archive, Flatten(choice, named), provided if named else None, beside)


def symbols(  # noqa: PLR0913 (one parameter per option of the verb)
    archive: Archive,
    change: SymbolEdit,
    patterns: str | Iterable[str] = (),
    *,
    renames: Mapping[str, str] | None = None,
    prefix: str = "",
    members: Members = (),
    force: bool = False,
) -> Plan:
    """Return the plan that changes the names, binding or visibility of symbols that the archive defines.

    Symbols that it needs from elsewhere are never renamed, and members without changed symbols keep every byte.

    Args:
        archive: The archive.
        change: How the symbols are changed.
        patterns: Names and globs of symbols; for `HIDE_ALL_BUT` those to leave alone. For `PREFIX`, none means all.
        renames: For `RENAME`: old name -> new name.
        prefix: For `PREFIX`; for `HIDE_ALL_BUT`, in place of a prefix made from the content of the archive.
        members: Change only definitions in these members, as for `strip`.
        force: Go ahead even if references dangle or names collide.

    Raises:
        UsageError: An argument is missing, or does not belong to this change.
        EditError: A pattern matches nothing, or a link would break.
        UnsupportedError: A member with such a symbol cannot be edited.
    """
    from arfix.edits.requests import SymbolEdit  # noqa: PLC0415 (the name is used in annotations above)

    archive_given(archive)
    choice_given(change, SymbolEdit, "change")
    chosen = words_given(patterns, "patterns")
    if (change is SymbolEdit.RENAME) is not bool(renames):
        raise UsageError("a rename takes `renames`, and no other change does")
    if change is SymbolEdit.RENAME and chosen:
        raise UsageError("a rename takes no patterns")
    if change is SymbolEdit.PREFIX and not prefix:
        raise UsageError("a prefix is missing: `prefix`")
    if change not in {SymbolEdit.RENAME, SymbolEdit.PREFIX} and not chosen:
        raise UsageError("no symbol is named: `patterns`")
    request = Symbols(change, chosen, tuple((renames or {}).items()), prefix, _selectors(archive, members), force)
    return plan(archive, request)


def stub(  # noqa: PLR0913 (one parameter per option of the verb)
    archive: Archive,
    symbols: str | Iterable[str | StubRequest],
    *,
    like: Archive | AnyPath | None = None,
    target: str | StubTarget | None = None,
    libc: CLibrary | None = None,
    strong: bool = False,
    hidden: bool = False,
    warn: bool = False,
) -> Plan:
    """Return the plan that adds an object with a stub for each symbol, made without a compiler.

    Args:
        archive: The archive.
        symbols: `NAME`, which fails as POSIX or ISO C lets that function fail, or `NAME=WHAT`, as for `arfix stub`.
        like: An archive or object whose machine, ABI and hardening the stubs have; by default the archive itself.
        target: A triple such as `arm-none-eabi`, instead of `like`.
        libc: The C library, which decides how errno is reached, if it cannot be detected.
        strong: Define global symbols instead of weak ones.
        hidden: Define hidden symbols, which no shared object exports.
        warn: Make GNU ld and gold warn where a stub is used.

    Raises:
        EditError: The archive defines a symbol already, or a symbol is known to be a variable.
        UnsupportedError: There is no code for the machine.
    """
    from arfix.edits.stub import plan_stub, target_of_archive  # noqa: PLC0415 (start-up)

    archive_given(archive)
    requests = stub_requests(symbols)
    if like is None and target is None:
        wanted = _with_library(target_of_archive(archive), libc)
    else:
        wanted = stub_target(like=like, target=target, libc=libc)
    return plan_stub(archive, wanted, [one.stub for one in requests], _options(strong, hidden, warn))


def stub_archive(  # noqa: PLR0913 (one parameter per option of the verb)
    symbols: str | Iterable[str | StubRequest],
    *,
    like: Archive | AnyPath | None = None,
    target: str | StubTarget | None = None,
    libc: CLibrary | None = None,
    strong: bool = False,
    hidden: bool = False,
    warn: bool = False,
) -> Archive:
    """Return a new archive with one object for each stub, so that a link takes only what it needs.

    Exactly one of `like` and `target` is needed; the arguments are those of `stub`.
    """
    from arfix.edits.stub import make_stub_archive  # noqa: PLC0415 (start-up)

    requests = stub_requests(symbols)
    wanted = stub_target(like=like, target=target, libc=libc)
    return make_stub_archive(wanted, [one.stub for one in requests], _options(strong, hidden, warn), "<bytes>")


def stub_object(  # noqa: PLR0913 (one parameter per option of the verb)
    symbols: str | Iterable[str | StubRequest],
    *,
    like: Archive | AnyPath | None = None,
    target: str | StubTarget | None = None,
    libc: CLibrary | None = None,
    strong: bool = False,
    hidden: bool = False,
    warn: bool = False,
) -> bytes:
    """Return a relocatable object with all of the stubs; the arguments are those of `stub_archive`."""
    from arfix.stubs.build import make_object  # noqa: PLC0415 (start-up)

    requests = stub_requests(symbols)
    wanted = stub_target(like=like, target=target, libc=libc)
    return make_object(wanted, [one.stub for one in requests], _options(strong, hidden, warn))


def stub_requests(symbols: str | Iterable[str | StubRequest]) -> tuple[StubRequest, ...]:
    """Return the stubs that `NAME` or `NAME=WHAT` ask for, with what is known of the functions.

    Raises:
        EditError: A symbol is known to be a variable, or WHAT is none of the behaviours.
    """
    from arfix.edits.stub import StubRequest, parse_request  # noqa: PLC0415 (start-up)

    every = (symbols,) if isinstance(symbols, str) else tuple(symbols)
    for one in every:
        if not isinstance(one, (str, StubRequest)):
            raise wrong_argument("symbols", one, "names of symbols", '"openlog", or "openlog=ENOSYS"')
    return tuple(parse_request(one) if isinstance(one, str) else one for one in every)


def stub_target(
    *, like: Archive | AnyPath | None = None, target: str | StubTarget | None = None, libc: CLibrary | None = None
) -> StubTarget:
    """Return the machine, ABI and hardening of stubs.

    Args:
        like: An archive, or the path of an archive or object, to take them from.
        target: A triple such as `arm-none-eabi`.
        libc: The C library, if it cannot be detected.

    Raises:
        UsageError: Not exactly one of `like` and `target` is given.
        ArfixError: The target cannot be determined.
    """
    from arfix.archive.files import open_archive, open_source  # noqa: PLC0415 (start-up)
    from arfix.archive.model import Archive  # noqa: PLC0415 (the same)
    from arfix.edits.stub import target_of_archive  # noqa: PLC0415 (the same)
    from arfix.formats.constants import ELF_MAGIC  # noqa: PLC0415 (the same)
    from arfix.stubs.like import target_of_object  # noqa: PLC0415 (the same)
    from arfix.stubs.target import target_of_triple  # noqa: PLC0415 (the same)

    if (like is None) is (target is None):
        raise UsageError("stubs need either `like`, an archive or object, or `target`, a triple")
    if target is not None:
        return _with_library(target_of_triple(target) if isinstance(target, str) else target, libc)
    if isinstance(like, Archive):
        return _with_library(target_of_archive(like), libc)
    path = path_given("" if like is None else like, "like")
    source = open_source(path)
    try:
        if bytes(source.view[:4]) == ELF_MAGIC:
            return _with_library(target_of_object(source.view, path), libc)
    finally:
        source.close()
    with open_archive(path) as opened:
        return _with_library(target_of_archive(opened), libc)


def _options(strong: bool, hidden: bool, warn: bool) -> Options:  # noqa: FBT001 (three options, passed on)
    from arfix.stubs.build import Options  # noqa: PLC0415 (start-up)

    return Options(strong=strong, hidden=hidden, warn=warn)


def _with_library(target: StubTarget, library: CLibrary | None) -> StubTarget:
    from dataclasses import replace  # noqa: PLC0415 (start-up)

    return target if library is None else replace(target, libc=library)


def index(archive: Archive) -> Plan:
    """Return the plan that rebuilds the symbol index; empty if the index is right.

    No entry is lost: entries of members whose symbols cannot be read are kept, or the edit is refused.

    Raises:
        EditError: Entries would be lost.
        UnsupportedError: The archive is of a kind that arfix does not write.
    """
    return plan(archive_given(archive), RebuildIndex())


def index_difference(archive: Archive) -> IndexDifference:
    """Return how the stored index differs from what the members define; falsy if it does not."""
    from arfix.edits.index import plan_index  # noqa: PLC0415 (start-up)

    return plan_index(archive_given(archive))[1]


def merge(
    archives: Archive | Iterable[Archive],
    *,
    prefer: str | Iterable[str] = (),
    output: AnyPath = "<bytes>",
    allow_outside: bool = False,
) -> Merge:
    """Return the plan that merges archives into one, in order, with an index.

    Members that share a name are all kept; identical members are stored once. Nested archives are replaced with their
    members. `arfix.merge([one, other]).apply()` is the result.

    Args:
        archives: The archives; they stay open for as long as the result is used.
        prefer: Paths or file names of archives, the most preferred first: where two members define a symbol strongly,
            that of the less preferred archive is left out.
        output: The path of the result, for messages.
        allow_outside: Let nested thin archives refer to files outside the folder of their archive.

    Raises:
        UsageError: No archive is given.
        EditError: They hold objects of different formats, or a member that would be left out is needed.
        UnsupportedError: The result would be of a kind that arfix does not write.
    """
    from arfix.archive.files import opener_beside  # noqa: PLC0415 (start-up)
    from arfix.archive.model import Archive  # noqa: PLC0415 (the same)
    from arfix.edits.merge import plan_merge  # noqa: PLC0415 (the same)
    from arfix.edits.nested_archives import outermost  # noqa: PLC0415 (the same)

    if isinstance(archives, (Archive, str, bytes, os.PathLike)):
        archives = (archive_given(archives, "archives"),)
    every = [archive_given(one, "archives") for one in archives]
    inputs = [outermost(one, opener_beside(_file_of(one), anywhere=allow_outside)) for one in every]
    if not inputs:
        raise UsageError("no archive is given to merge")
    return plan_merge(inputs, path_given(output, "output"), words_given(prefer, "prefer"))


def convert(archive: Archive, kind: Kind, *, thin: bool = False, in_place: bool = False) -> Plan:
    """Return the plan that writes the archive as another kind; empty if it is of that kind already.

    Members keep their bytes, dates, owners and modes, and the index is rebuilt.

    Args:
        archive: The archive.
        kind: The kind to write.
        thin: Whether the result refers to the members where they are now.
        in_place: The result will replace the archive, so that a thin one is refused.

    Raises:
        UnsupportedError: The kind cannot hold what the archive has, or arfix does not write it.
        EditError: A thin archive would refer to the file that it replaces.
    """
    from arfix.archive.model import Kind  # noqa: PLC0415 (start-up)
    from arfix.edits.convert import plan_convert  # noqa: PLC0415 (the same)

    archive_given(archive)
    choice_given(kind, Kind, "kind")
    return plan_convert(archive, Convert(kind, thin), in_place=in_place)


def normalize(archive: Archive) -> Plan:
    """Return the plan that zeroes dates, owners and modes of all members, and repairs the container.

    Two builds of the same objects then give the same archive, byte for byte.

    Raises:
        UnsupportedError: The archive is of a kind that arfix does not write.
    """
    return plan(archive_given(archive), Normalize())


def inspect(archive: Archive) -> Inspection:
    """Return what each member is, nested archives included; a member that cannot be read has a `problem`."""
    from arfix.archive.files import opener_beside  # noqa: PLC0415 (start-up)
    from arfix.edits.inspect import inspect_archive  # noqa: PLC0415 (the same)
    from arfix.edits.nested_archives import outermost  # noqa: PLC0415 (the same)

    archive_given(archive)
    return inspect_archive(outermost(archive, opener_beside(_file_of(archive))))


def salvage(path: AnyPath) -> Salvage:
    """Return the readable part of a damaged archive as an archive, and what was lost. The file is not changed.

    Close `Salvage.archive` after use, or use it in a `with` block.

    Raises:
        AccessError: The file cannot be read.
        EditError: Nothing can be salvaged.
    """
    from arfix.archive.files import open_source, opener_beside  # noqa: PLC0415 (start-up)
    from arfix.archive.salvage import salvage as read_damaged  # noqa: PLC0415 (the same)
    from arfix.archive.source import Extent  # noqa: PLC0415 (the same)
    from arfix.edits.salvage import plan_salvage  # noqa: PLC0415 (the same)
    from arfix.errors import Where  # noqa: PLC0415 (the same)

    name = path_given(path, "path")
    source = open_source(name)
    try:
        extent = Extent(source, 0, len(source.view))
        return plan_salvage(read_damaged(extent, Where(name), open_beside=opener_beside(name)))
    except BaseException:
        source.close()
        raise


def _file_of(archive: Archive) -> str:
    return archive.where.path if archive.where else "<bytes>"


def _selectors(archive: Archive, members: Members) -> tuple[str, ...]:
    """Return selectors; only where members are given is the module loaded that finds them."""
    if isinstance(members, str):
        return (members,)
    if isinstance(members, (list, tuple)) and all(isinstance(one, str) for one in members):
        return tuple(members)
    from arfix.api.values import selectors_of  # noqa: PLC0415 (start-up)

    return selectors_of(archive, members)
