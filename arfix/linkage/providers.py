"""Opens what the platform provides: single files, what linker scripts name, and the libraries of a sysroot."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.archive.files import archive_in, open_source
from arfix.archive.paths import is_file, is_folder, real_path, system_fails
from arfix.errors import ArfixError, FormatError, Where
from arfix.formats.identify import identify
from arfix.formats.inspect import inspect_object
from arfix.formats.model import OBJECT_CONTENTS, Content
from arfix.linkage.inputs import archive_input, decode_names, image_input, names_input, object_input
from arfix.linkage.model import InputMode
from arfix.linkage.sysroot import LibraryForm, Sysroot, find_c_libraries, is_c_library, is_runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import ExitStack

    from arfix.archive.model import Archive
    from arfix.formats.model import Machine
    from arfix.linkage.model import Input
    from arfix.linkage.script import ScriptReader
    from arfix.linkage.sysroot import LibraryFile

#: Everything that is searched on demand is searched again until nothing new enters, so that the order of providers on
#: the command line does not decide what is missing.
GROUP: Final = 1
#: How deep scripts may lead to scripts.
_DEPTH: Final = 8
#: Members of an archive that are asked for its machine.
_ASKED: Final = 16
#: Remarks on files of one sysroot that are made, before the rest is only counted.
_REMARKS: Final = 3


class Providers(NamedTuple):
    """What the platform provides.

    Attributes:
        inputs: As inputs of a link, in order.
        notes: Remarks: files of the sysroot that were passed over though a link would want them.
        lacking: Why the sysroot is not usable as one: it has no library, or no C library for the machine while symbols
            are missing. None if it is usable.
    """

    inputs: tuple[Input, ...]
    notes: tuple[str, ...] = ()
    lacking: FormatError | None = None


def open_providers(  # noqa: PLR0913 (what a link is, in words)
    paths: Iterable[str],
    stack: ExitStack,
    *,
    sysroot: Sysroot | str | None = None,
    without: Collection[str] = (),
    planned: Mapping[str, Archive] | None = None,
    machine: Machine | None = None,
    static: bool = False,
    wanted: Callable[[], Collection[str]] | None = None,
) -> Providers:
    """Return the inputs that the named files and the libraries of a sysroot give, open as long as `stack`.

    Args:
        paths: Archives, objects, shared objects, executables, linker scripts, lists of names. What a script leads to
            takes its place.
        stack: Closes the files.
        sysroot: A folder whose libraries are taken too; it is also where absolute paths in its scripts begin. Nothing
            outside it is read for it.
        without: Files not to be taken from the sysroot: the archives under test.
        planned: Path -> an archive to take in place of the file, which need not be there yet.
        machine: Of the archives under test: libraries of the sysroot for another one are passed over. None takes all.
        static: Take archives of the sysroot only, as `gcc -static` does; otherwise a shared object goes first.
        wanted: Gives the symbols that the archives under test want from elsewhere; None if that is not known.
            Shared objects of a sysroot, and libraries that no `-lNAME` finds (`libx.so.6` alone), are taken for these
            only.

    Raises:
        ArfixError: A named file cannot be read or is nothing a link can use, or a script leads to a missing file. Such
            files of a sysroot are passed over instead, unless the system fails to read them.
    """
    paths = tuple(paths)
    platform = Sysroot(sysroot) if isinstance(sysroot, str) else sysroot
    opener = _Opener(stack, platform, planned or {}, machine)
    inputs = [item for path in paths for item in opener.open(path)]
    if platform is None:
        return Providers(tuple(inputs))
    _expect_folder(platform.root)
    opener.skip(without)
    named = tuple(inputs)
    found = _SysrootSearch(
        opener, platform, static=static, wanted=None if wanted is None else lambda: _all_wanted(wanted, named)
    )
    inputs += found.inputs()
    lacking = None if any(map(is_c_library, paths)) else found.lacking(inputs)
    return Providers(tuple(inputs), found.notes(), lacking)


def _all_wanted(wanted: Callable[[], Collection[str]], named: Sequence[Input]) -> frozenset[str]:
    """Return what is wanted of a sysroot: by the archives under test, and by the providers that were named."""
    names = {name for item in named for name in item.needs}
    names |= {name for item in named for unit in item.units for name in unit.table.undefined}
    names -= {name for item in named for unit in item.units for name in unit.definitions}
    return frozenset(wanted()) | names


def _expect_folder(path: str) -> None:
    """Refuse a sysroot that is no folder, or that the system does not let us look at."""
    if is_folder(path):
        return
    raise FormatError("no folder, so no sysroot", where=Where(path), hint="Name the folder above `lib`.")


class _SysrootSearch:
    """The libraries of a sysroot: for each name the first file that is for the machine and can be read."""

    def __init__(
        self, opener: _Opener, sysroot: Sysroot, *, static: bool, wanted: Callable[[], Collection[str]] | None
    ) -> None:
        self.opener = opener
        self.sysroot = sysroot
        self.static = static
        self.wanted = wanted
        self.has_c_library = False
        self.other_machines: dict[str, str] = {}
        self.faults: list[ArfixError] = []
        self.passed_over: list[str] = []

    def inputs(self) -> list[Input]:
        """Return what the libraries give."""
        candidates = self.sysroot.candidates(static=self.static, machine=self.opener.machine)
        inputs: list[Input] = []
        late: list[list[LibraryFile]] = []
        for stem, files in candidates.items():
            if self.wanted is not None and files[0].form is LibraryForm.VERSIONED and not is_runtime(stem):
                late.append(files)
                continue
            found = self._first(files)
            if found is not None:
                inputs += found
                self.has_c_library = self.has_c_library or is_c_library(stem)
        return [*self._as_needed(inputs), *self._needed_at_run_time(late, inputs)]

    def _as_needed(self, inputs: list[Input]) -> list[Input]:
        """Return the inputs without shared objects that nothing needs: a real command line would not have them.

        What an archive of the sysroot wants counts once anything wants something of it. The C library stays, since
        every compiler names it.
        """
        if self.wanted is None:
            return inputs
        wanted = set(self.wanted())
        kept = {position for position, item in enumerate(inputs) if item.image and is_c_library(item.where.path)}
        grows = True
        while grows:
            grows = False
            for position, item in enumerate(inputs):
                if position in kept or not _defines_any(item, wanted):
                    continue
                kept.add(position)
                grows = True
                wanted |= item.needs
                wanted.update(*(unit.table.undefined for unit in item.units))
        return [item for position, item in enumerate(inputs) if position in kept or not item.image]

    def _needed_at_run_time(self, libraries: list[list[LibraryFile]], inputs: list[Input]) -> list[Input]:
        """Return those of the libraries that only a running program finds which define what is still wanted."""
        missing = self._missing(inputs) if libraries else set()
        found: list[Input] = []
        for files in libraries:
            if not missing:
                break
            given = [item for item in self._first(files) or () if not missing.isdisjoint(item.names)]
            found += given
            missing.difference_update(*(item.names for item in given))
        return found

    def _missing(self, inputs: Iterable[Input]) -> set[str]:
        """Return the symbols that are wanted and that none of the inputs has."""
        missing = set() if self.wanted is None else set(self.wanted())
        for item in inputs:
            missing.difference_update(item.names)
            missing.difference_update(name for name, _ in item.index or ())
            if item.index is None:
                missing.difference_update(*(unit.definitions for unit in item.units))
        return missing

    def _first(self, files: Iterable[LibraryFile]) -> list[Input] | None:
        for one in files:
            if one.fault is not None:
                if one.form is not LibraryForm.VERSIONED:
                    self.passed_over.append(f"{one.path} was passed over: {one.fault}")
                continue
            if real_path(one.real) in self.opener.seen:
                return []
            try:
                return list(self.opener.open(one.real, named=False))
            except _OtherMachineError as error:
                self.other_machines.setdefault(one.path, error.message)
            except ArfixError as error:
                if system_fails(error):
                    raise
                if one.form is not LibraryForm.VERSIONED:
                    self.faults.append(error)
        return None

    def notes(self) -> tuple[str, ...]:
        """Return remarks on files that lead nowhere: a link would fail at them, so the user wants to know."""
        said = [*self.opener.astray, *self.passed_over]
        more = [f"{len(said) - _REMARKS} more files of the sysroot lead nowhere"] if len(said) > _REMARKS else []
        return (*said[:_REMARKS], *more)

    def lacking(self, inputs: Iterable[Input]) -> FormatError | None:
        """Return the error for a sysroot without libraries, or without a C library while symbols are missing."""
        is_empty = not self.sysroot.candidates(static=self.static)
        if self.has_c_library or (not is_empty and self.wanted is not None and not self._missing(inputs)):
            return None
        root, machine = self.sysroot.root, self.opener.machine
        for_machine = "" if machine is None else f" for {machine.name}"
        wrong = next((path for path in self.other_machines if is_c_library(path)), None)
        broken = next((error for error in self.faults if error.where and is_c_library(error.where.path)), None)
        if wrong is not None:
            said = f"no C library{for_machine}: {wrong} {self.other_machines[wrong]}"
        elif broken is not None:
            said = f"no C library that can be read: {broken}"
        elif is_empty:
            kind = "archive" if self.static else "library"
            folders = ", ".join(os.path.relpath(one, root) for one in self.sysroot.folders())
            said = f"no {kind} under it, so it is not a sysroot" + (f" (looked in {folders})" if folders else "")
        else:
            said = f"no C library{for_machine} under it" + (" as an archive" if self.static else "")
        if self.sysroot.only is not None:
            said = f"no toolchain{for_machine} on this machine: {said}"
        said = "; ".join([said, *map(str, self.sysroot.closed_folders()[:_REMARKS])])
        near = [one for one in find_c_libraries(root) if real_path(one) != real_path(root)]
        hint = (
            f"Did you mean `sysroot={str(near[0])!r}`?"
            if near and wrong is None
            else "Name the folder above `lib` and `usr/lib`, or name what the platform has with `providers=...`."
        )
        return FormatError(said, where=Where(root), hint=hint)


class _OtherMachineError(ArfixError):
    """A library is for another machine."""


class _Opener:
    """Opens each file once, even if several names lead to it."""

    def __init__(
        self, stack: ExitStack, sysroot: Sysroot | None, planned: Mapping[str, Archive], machine: Machine | None
    ) -> None:
        self.stack = stack
        self.planned = {real_path(path): archive for path, archive in planned.items()}
        self.sysroot = sysroot
        self.machine = machine
        self.folders = sysroot.folders(machine) if sysroot is not None and is_folder(sysroot.root) else ()
        self.seen: set[str] = set()
        self.astray: list[str] = []

    @cached_property
    def _scripts(self) -> ScriptReader:
        from arfix.linkage.script import ScriptReader  # noqa: PLC0415 (start-up: most inputs are no scripts)

        return ScriptReader()

    def skip(self, paths: Collection[str]) -> None:
        """Count files as opened already."""
        self.seen.update(real_path(path) for path in paths)

    def open(self, path: str, depth: int = 0, *, named: bool = True) -> Iterator[Input]:
        """Yield the inputs of one file, or of the files a script leads to; nothing the second time.

        A list of names or an object must have been `named`: any text in a sysroot would pass for a list, and an object
        there is linked only by those who name it. What was not named has to be for the machine.
        """
        real = real_path(path)
        if real in self.seen:
            return
        where = Where(path)
        if real in self.planned:
            self.seen.add(real)
            yield archive_input(self.planned[real], where, InputMode.ON_DEMAND, group=GROUP, provider=True)
            return
        source = open_source(path)
        self.stack.callback(source.close)
        view = source.view
        content = identify(view)
        if content in {Content.ARCHIVE, Content.THIN_ARCHIVE}:
            archive = self.stack.enter_context(archive_in(source))
            item = archive_input(archive, where, InputMode.ON_DEMAND, group=GROUP, provider=True)
            if not named:
                self._require_machine(_machine_of(item), where)
        elif content in {Content.ELF_SHARED, Content.ELF_EXECUTABLE}:
            if not named:
                self._require_machine(inspect_object(view, content).machine, where)
            item = image_input(where, view)
        elif content is Content.LINKER_SCRIPT:
            self.seen.add(real)
            yield from list(self._script(bytes(view), where, depth, named=named))
            return
        elif named and content in OBJECT_CONTENTS:
            item = object_input(where, lambda: view, provider=True)
        elif named and content in {Content.TEXT, Content.EMPTY}:
            item = names_input(where, decode_names(bytes(view)))
        else:
            raise FormatError(
                f"{content.value}: nothing that a link can take symbols from",
                where=where,
                hint="Name an archive, an object, a shared object, an executable, a linker script or a list of names.",
            )
        self.seen.add(real)
        yield item

    def _require_machine(self, machine: Machine | None, where: Where) -> None:
        if machine is not None and self.machine is not None and machine != self.machine:
            raise _OtherMachineError(f"is for {machine.name}", where=where)

    def _script(self, data: bytes, where: Where, depth: int, *, named: bool) -> Iterator[Input]:
        if depth >= _DEPTH:
            raise FormatError(f"linker scripts lead to linker scripts {_DEPTH} times over", where=where)
        script = self._scripts.read(data, where)
        inside = self.sysroot if self.sysroot is not None and self.sysroot.contains(where.path) else None
        folders = (*self.folders, *script.folders)
        for file in dict.fromkeys(script.files):
            self._scripts.count(where)
            path = _find(file.name, where, folders, inside)
            if path is not None:
                yield from self._named_by_script(path, where, depth, as_needed=file.as_needed, named=named)
            elif not file.as_needed:
                is_not_there = "is not there" if inside is None else f"is not inside {inside.root}"
                error = FormatError(
                    f"the linker script names {file.name}, which {is_not_there}",
                    where=where,
                    hint="Name the sysroot that it belongs to with `sysroot=...`." if inside is None else None,
                )
                self.astray.append(str(error))
                raise error

    def _named_by_script(self, path: str, where: Where, depth: int, *, as_needed: bool, named: bool) -> Iterator[Input]:
        """Yield the inputs of a file that a script names; what a script of the user's own names, the user has named."""
        is_inside = self.sysroot is not None and self.sysroot.contains(where.path)
        try:
            yield from list(self.open(path, depth + 1, named=named and not is_inside))
        except _OtherMachineError as error:
            if named and not as_needed:
                raise FormatError(f"the linker script names {path}, which {error.message}", where=where) from error
            if not as_needed:
                raise


def _find(name: str, where: Where, folders: tuple[str, ...], inside: Sysroot | None) -> str | None:
    """Return the file that a script names, or None. A script of a sysroot leads to files of that sysroot only."""
    from arfix.linkage.script import find_file  # noqa: PLC0415 (start-up)

    if inside is None:
        return find_file(name, where, folders, sysroot=None, exists=is_file)
    # SEARCH_DIR of a script of the sysroot means a folder of the sysroot.
    folders = tuple(one if inside.contains(one) else inside.below(one.removeprefix("=")) for one in folders)

    def is_inside(path: str) -> bool:
        real = inside.find(path)
        return real is not None and is_file(real)

    found = find_file(name, where, folders, sysroot=inside.root, exists=is_inside)
    return None if found is None else inside.find(found)


def _defines_any(item: Input, wanted: set[str]) -> bool:
    if item.image:
        return not wanted.isdisjoint(item.names)
    if item.index is not None:
        return any(name in wanted for name, _ in item.index)
    return any(not wanted.isdisjoint(unit.definitions) for unit in item.units)


def _machine_of(item: Input) -> Machine | None:
    """Return the machine of the first members that have one."""
    return next((unit.machine for unit in item.units[:_ASKED] if unit.machine is not None), None)
