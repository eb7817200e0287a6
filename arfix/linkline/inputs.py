"""Opens the files of a link command as the inputs of a link.

What a linker script names takes the script's place. A linker passes over a library for another machine when it looks
for `-lNAME`, and so does this module.
"""

from __future__ import annotations

import os
import re
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.archive.files import archive_in, open_source, read_start
from arfix.archive.format import MAGIC_SIZE
from arfix.archive.paths import is_file, is_folder, system_fails
from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource
from arfix.errors import AccessError, ArfixError, FormatError, UnsupportedError, Where
from arfix.formats.constants import ARCHIVE_MAGICS, THIN_ARCHIVE_MAGIC
from arfix.formats.identify import identify, is_elf_object
from arfix.formats.inspect import inspect_object
from arfix.formats.model import OBJECT_CONTENTS, Content
from arfix.linkage.inputs import archive_input, image_input, inspected_input, names_input
from arfix.linkage.layout_script import read_layout_script
from arfix.linkage.model import InputMode, Link, Linker, LinkRules, Target
from arfix.linkage.needed import open_needed
from arfix.linkage.script import ScriptReader, find_file
from arfix.linkage.sysroot import is_runtime
from arfix.linkline.libraries import candidates, search_folders
from arfix.linkline.model import InputState, LineInput, Unresolved
from arfix.linkline.tool import Flavour, makes_pe
from arfix.symbols.object_symbols import defined_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import ExitStack

    from arfix.archive.model import Archive
    from arfix.archive.source import Source
    from arfix.formats.inspect import ObjectFacts
    from arfix.formats.model import Machine
    from arfix.linkage.layout_script import LayoutScript
    from arfix.linkage.model import Input
    from arfix.linkage.script import Script
    from arfix.linkline.model import LinkCommand

#: How deep scripts may lead to scripts.
_DEPTH: Final = 8
#: No script that only assigns symbols is longer; bytes.
_LONGEST_SCRIPT: Final = 1 << 20
_ARCHIVES: Final = frozenset({Content.ARCHIVE, Content.THIN_ARCHIVE})
_MAGICS: Final = frozenset({*ARCHIVE_MAGICS, THIN_ARCHIVE_MAGIC})
#: Bytes of a file that say whether it is an archive or an ELF object.
_START: Final = 20
_NAME: Final = re.compile(r"(?<![\w.$])[A-Za-z_.$][\w.$@]*")
#: An expression that calls a function of scripts, `ADDR(.text)`: not all names in it are symbols.
_CALL: Final = re.compile(r"\w\s*\(")


@dataclass(frozen=True, slots=True, eq=False)
class LineFile:
    """A file of the line, open.

    Attributes:
        item: What the line says about it.
        path: Its path.
        input: The file as an input of the link.
        archive: The archive, if it is one.
    """

    item: LineInput
    path: str
    input: Input
    archive: Archive | None = None


#: Options with which gold takes no shared object, unlike `-Bstatic`.
_STATIC: Final = frozenset({"-static", "--static", "-non_shared"})


class LineFiles(NamedTuple):
    """The files of a line.

    Attributes:
        files: In order.
        errors: Files of the user's line that cannot be opened or found, or that no linker takes.
        notes: Remarks: libraries of the driver that are not there.
    """

    files: tuple[LineFile, ...]
    errors: tuple[ArfixError, ...] = ()
    notes: tuple[str, ...] = ()


def open_files(command: LinkCommand, stack: ExitStack, planned: Mapping[str, Archive] | None = None) -> LineFiles:
    """Return the files of a completed command, open as long as `stack`; archives in `planned` are taken from there."""
    opener = _Opener(command, stack, planned or {})
    has_own_rules = command.tool.flavour in (Flavour.DARWIN, Flavour.WINDOWS)
    files = _foreign_files(command, opener) if has_own_rules else opener.all_files(command.inputs)
    return LineFiles(tuple(files), tuple(opener.errors), tuple(dict.fromkeys(opener.notes)))


def _foreign_files(command: LinkCommand, opener: _Opener) -> Sequence[LineFile]:
    """Return the files of a line for Mach-O or Windows, with the libraries that objects name."""
    from arfix.linkline import darwin, windows  # noqa: PLC0415 (few lines are for them)

    refused = command.refused
    if command.tool.flavour is Flavour.DARWIN:
        files = darwin.read_once(command, opener.all_files(command.inputs))
        files = darwin.with_named_libraries(command, files, opener.take_default)
    else:
        files = windows.read_once(command, opener.all_files(windows.without_excluded(command)))
        files = windows.with_default_libraries(command, files, opener.take_default)
        if not opener.errors:
            refused += windows.windows_refusals(command, [one.input for one in files])
    opener.errors += [UnsupportedError(f"{command.tool.program} refuses this: {reason}") for reason in refused]
    return files


def link_of(command: LinkCommand, files: Iterable[LineFile], stack: ExitStack, extra: Sequence[Input] = ()) -> Link:
    """Return the link of these files with the options of the command; `extra` inputs come last."""
    inputs = (*(one.input for one in files), *extra)
    if command.tool.flavour is Flavour.WINDOWS:
        from arfix.linkline.windows import windows_link  # noqa: PLC0415 (few lines are for it)

        return windows_link(command, inputs)
    if command.tool.flavour is Flavour.DARWIN:
        from arfix.linkline.darwin import darwin_link  # noqa: PLC0415 (the same)

        return darwin_link(command, inputs)
    scripted = next((one.entry for one in reversed(command.layouts) if one.entry), None)
    entry = command.entry or scripted or ("_start" if command.target in (Target.EXECUTABLE, Target.PIE) else None)
    aliases = [name for _, value in command.defined for name in _NAME.findall(value)]
    plain = [value for _, value in command.defined if not _CALL.search(value)]
    extern = [name for one in command.layouts for name in one.wanted]
    roots = dict.fromkeys([*([entry] if entry else []), *command.roots, *extern, *aliases])
    kept = {entry, *command.roots, *extern}
    rules = LinkRules(
        frozenset(name for name, _ in command.defined).union(*(one.defined for one in command.layouts)),
        command.unresolved is not Unresolved.ERROR,
        frozenset(command.may_stay_unresolved),
        command.allow_multiple,
        frozenset(command.required),
        frozenset(command.wrapped),
        command.gc_sections,
        tuple(pattern for one in command.layouts for pattern in one.kept),
        any(_replaces_layout(one, command.tool.linker) for one in command.layouts),
        command.versions,
        command.undefined_version,
        command.symbolic,
        command.symbolic_functions,
        command.dynamic_list,
        frozenset(name for value in plain for name in _NAME.findall(value) if name != "."),
        command.text_relocations,
        command.shared_may_lack,
    )
    return Link(
        inputs,
        command.target,
        tuple(roots),
        export_dynamic=command.export_dynamic,
        needed=open_needed(inputs, stack, command.sysroot, _loader_folders(command)),
        rules=rules,
        aliased=tuple(name for name in dict.fromkeys(aliases) if name not in kept),
    )


def _loader_folders(command: LinkCommand) -> tuple[str, ...]:
    """Return the folders in which GNU ld looks for what shared objects need, by options and variables.

    `-R` with a folder is `-rpath`. Source: ld manual, `-rpath-link`; `LD_RUN_PATH` counts without any of the options.
    """
    named = [*command.loader_folders, *(one.name for one in command.inputs if one.state.names_only)]
    if command.sysroot is None:
        variables = ("LD_LIBRARY_PATH",) if named else ("LD_RUN_PATH", "LD_LIBRARY_PATH")
        named += [folder for name in variables for folder in os.environ.get(name, "").split(":") if folder]
    return tuple(
        [one if one.startswith("$") else os.path.join(command.folder, one) for one in named]  # noqa: PTH118 (any bytes)
    )


def _replaces_layout(script: LayoutScript, linker: Linker | None) -> bool:
    """Return whether a script replaces the linker's own: for GNU ld any does that does not add to it."""
    return not script.inserts and (script.has_sections or linker is Linker.LD)


def archives_of(command: LinkCommand) -> tuple[str, ...]:
    """Return the archives that the user's own words name, each once; the objects where there is none.

    Libraries of C and of the compiler are left out: they belong to the platform.
    """
    folders = search_folders(command)
    paths = dict.fromkeys(
        next(candidates(item, command, folders), "") for item in command.inputs if not (item.added or item.defines)
    )
    starts = {path: _start_of(path) for path in paths}
    archives = [path for path in paths if starts[path][:MAGIC_SIZE] in _MAGICS and not is_of_platform(path)]
    return tuple(archives or (path for path in paths if is_elf_object(starts[path]) or _is_object(path)))


def with_files(command: LinkCommand, moved: Mapping[str, str]) -> LinkCommand:
    """Return the command with other files in place of those that its inputs mean: path -> the new path."""
    folders = search_folders(command)

    def replaced(item: LineInput) -> LineInput:
        path = None if item.defines else next(candidates(item, command, folders), None)
        new = path if path is None else moved.get(path, path)
        if new is None or new == path:
            return item
        return item._replace(name=os.path.abspath(new), is_library=False)  # noqa: PTH100

    return command._replace(inputs=tuple(map(replaced, command.inputs)))


def is_of_platform(path: str) -> bool:
    """Return whether a library is one of the C library or the compiler, by its name."""
    return is_runtime(os.path.splitext(os.path.basename(path))[0])  # noqa: PTH119, PTH122 (any bytes)


def _start_of(path: str) -> bytes:
    """Return the first bytes of a file; none if it cannot be read."""
    try:
        return read_start(path, _START)
    except ArfixError:
        return b""


def _is_object(path: str) -> bool:
    """Return whether a file can be read and is an object."""
    try:
        with closing(open_source(path)) as source:
            return identify(source.view) in OBJECT_CONTENTS
    except ArfixError:
        return False


class _Opener:
    """The files of one line as they are opened."""

    def __init__(self, command: LinkCommand, stack: ExitStack, planned: Mapping[str, Archive]) -> None:
        self.command = command
        self.stack = stack
        self.planned = planned
        self.folders = search_folders(command)
        self.machine: Machine | None = None
        self.files: list[LineFile] = []
        self.errors: list[ArfixError] = []
        self.notes: list[str] = []
        self.opened: dict[str, LineFile] = {}
        self.scripts = ScriptReader()
        self.excluded = frozenset(command.excluded_libraries)
        is_elf = command.tool.flavour in (Flavour.GNU, Flavour.WASM) and not makes_pe(command.tool, command.emulation)
        self.is_foreign = not is_elf
        self.groups = count(
            2 + max((one.state.group or one.state.latest_group or 1 for one in command.inputs), default=1)
        )

    def all_files(self, items: Iterable[LineInput]) -> list[LineFile]:
        """Return the files that these words of the line mean."""
        for item in items:
            self.take(item)
        return self.files

    def take(self, item: LineInput) -> None:
        """Open what one word of the line means."""
        if item.defines:
            # GNU ld reads definitions in order; for the other linkers they hold from the start (`LinkRules.defined`).
            if self.command.tool.linker is Linker.LD:
                self.files.append(LineFile(item, item.word, names_input(Where(item.word), (item.name,))))
            return
        if item.state.names_only and is_folder(item.name):
            return
        try:
            self.files += self._found(item)
        except ArfixError as error:
            if item.added and not system_fails(error):
                self.notes.append(f"the driver would add {item.word}: {error.message}")
            else:
                self.errors.append(error)

    def take_default(self, item: LineInput, *, is_error: bool) -> list[LineFile]:
        """Open a library that an object names; where it is not there, note that, or that the link fails."""
        try:
            return self._found(item)
        except ArfixError as error:
            if is_error or system_fails(error):
                self.errors.append(error)
            else:
                self.notes.append(f"an object names {item.word}: {error.message}")
            return []

    def _found(self, item: LineInput) -> list[LineFile]:
        """Return the files of the first candidate that is for the machine."""
        other: str | None = None
        for path in candidates(item, self.command, self.folders):
            try:
                files = list(self._open(item, path, 0))
            except FormatError:
                if not item.is_library:
                    raise
                other = other or path
                continue
            if item.is_library and any(self._is_other_machine(one.input) for one in files):
                other = other or path
                continue
            return files
        where = "in none of the folders that are searched" if other is None else f"{other} is not for this machine"
        raise AccessError(f"cannot find {item.word}: {where}", hint=_hint(item, self.command))

    def _is_other_machine(self, item: Input) -> bool:
        machine = item.shared.machine if item.shared is not None else _machine_of(item)
        return machine is not None and self.machine is not None and not self.machine.matches(machine)

    def _open(self, item: LineInput, path: str, depth: int) -> Iterator[LineFile]:
        """Yield the inputs of one file, or of the files that a script leads to."""
        known = self.opened.get(path)
        if known is not None:
            yield replace(known, item=item, input=self._in_state(known.input, item.state))
            return
        where = Where(path)
        script = self.scripts.known(path)
        if script is not None:
            yield from self._script(script, where, item, depth)
            return
        archive = self.planned.get(path)
        if archive is not None:
            found = LineFile(item, path, self._in_state(self._archive(archive, where, item), item.state), archive)
        else:
            source = open_source(path)
            self.stack.callback(source.close)
            facts = inspect_object(source.view)
            content = facts.content
            if content is Content.LINKER_SCRIPT:
                yield from self._script(self.scripts.read(bytes(source.view), where), where, item, depth)
                return
            if content is Content.TEXT and not self.is_foreign and (names := _assigned(source.view)):
                yield LineFile(item, path, names_input(where, names))
                return
            found = self._file(item, source, facts)
        # The start files of a driver that was asked are for the machine of the link; the user's objects may not be.
        says_machine = not item.added or self.command.emulation is not None
        if self.machine is None and says_machine and found.input.units:
            self.machine = _machine_of(found.input)
        self.opened[path] = found
        yield found

    def _file(self, item: LineInput, source: Source, facts: ObjectFacts) -> LineFile:
        where, view, content = source.where, facts.view, facts.content
        path = where.path
        is_part = False
        if self.is_foreign:
            from arfix.linkline.foreign_files import open_foreign  # noqa: PLC0415 (few lines are for it)

            foreign = open_foreign(self.command, item, path, view, content)
            if isinstance(foreign, LineFile):
                return foreign
            is_part = foreign is not view
            if is_part:
                facts = inspect_object(foreign)
                view, content = foreign, facts.content
        if item.state.binary:
            return LineFile(item, path, _data_input(where, item.name))
        if content in _ARCHIVES:
            opened = read_archive(BytesSource(where, view), where) if is_part else archive_in(source)
            archive = self.stack.enter_context(opened)
            return LineFile(item, path, self._in_state(self._archive(archive, where, item), item.state), archive)
        if item.state.names_only:
            names = () if content not in OBJECT_CONTENTS else defined_names(facts)
            return LineFile(item, path, names_input(where, names))
        if content in {Content.ELF_SHARED, Content.ELF_EXECUTABLE}:
            if item.state.static and not self._takes_shared():
                raise FormatError("a shared object in a static link (-static, -Bstatic)", where=where)
            return LineFile(item, path, self._in_state(image_input(where, view), item.state))
        if content in OBJECT_CONTENTS:
            found = inspected_input(where, facts, group=item.state.group, provider=item.added)
            return LineFile(item, path, self._in_state(found, item.state))
        raise FormatError(
            f"{content.value}: nothing that a linker reads", where=where, hint="`arfix inspect` describes the file."
        )

    def _takes_shared(self) -> bool:
        """Return whether the linker takes a shared object that is named by its path where `-l` finds archives only.

        Source: measured with gold 2.40 and mold 1.10 and 2.37.
        """
        linker = self.command.tool.linker
        return linker is Linker.MOLD or (linker is Linker.GOLD and _STATIC.isdisjoint(self.command.words))

    def _archive(self, archive: Archive, where: Where, item: LineInput) -> Input:
        found = archive_input(archive, where, InputMode.ON_DEMAND, provider=item.added)
        base = where.path.replace("\\", "/").rpartition("/")[2]
        return replace(found, sealed=item.state.hidden or "ALL" in self.excluded or base in self.excluded)

    def _in_state(self, found: Input, state: InputState) -> Input:
        """Return an input as the options at its place have it."""
        if found.use is InputMode.NAMES:
            return replace(found, as_needed=state.as_needed, group=state.group) if found.image else found
        is_archive = any(unit.where.members for unit in found.units) or not found.units
        if is_archive:
            return replace(found, use=InputMode.WHOLE if state.whole else InputMode.ON_DEMAND, group=state.group)
        if state.lazy:
            index = [(name, 0) for unit in found.units for name in unit.definitions]
            # gold searches what is between `--start-lib` and `--end-lib` repeatedly, like the members of one archive.
            is_searched_again = state.group is None and self.command.tool.linker is Linker.GOLD
            group = state.latest_group if is_searched_again else state.group
            return replace(found, use=InputMode.ON_DEMAND, group=group, index=index)
        if found.use is InputMode.WHOLE and found.group == state.group and found.index is None:
            return found
        return replace(found, use=InputMode.WHOLE, group=state.group, index=None)

    def _script(self, script: Script, where: Where, item: LineInput, depth: int) -> Iterator[LineFile]:
        if depth >= _DEPTH:
            raise FormatError(f"linker scripts lead to linker scripts {_DEPTH} times over", where=where)
        if script.defined:
            yield LineFile(item, where.path, names_input(where, script.defined))
        number = item.state.group or next(self.groups)
        for file in script.files:
            self.scripts.count(where)
            path = find_file(
                file.name, where, (*self.folders, *script.folders), sysroot=self.command.sysroot, exists=is_file
            )
            if path is None:
                if file.as_needed:
                    continue
                raise FormatError(f"the linker script names {file.name}, which is not there", where=where)
            state = item.state._replace(
                group=number if file.group else item.state.group,
                as_needed=item.state.as_needed or file.as_needed,
            )
            yield from self._open(item._replace(state=state), path, depth + 1)


def _hint(item: LineInput, command: LinkCommand) -> str:
    if command.tool.flavour is Flavour.WINDOWS:
        return "Name the folder with /libpath: or in LIB."
    kind, option = ("framework", "-F") if item.is_framework else ("library", "-L")
    return f"Name the folder of the {kind} with {option}."


def _assigned(view: memoryview) -> frozenset[str]:
    """Return the symbols that a text assigns if it is a linker script without files: it begins with something else."""
    return read_layout_script(bytes(view)).defined if view.nbytes <= _LONGEST_SCRIPT else frozenset()


def _machine_of(item: Input) -> Machine | None:
    """Return the machine of the first units that have one."""
    return next((unit.machine for unit in item.units[:16] if unit.machine is not None), None)


def _data_input(where: Where, name: str) -> Input:
    """Return the symbols that `-b binary` makes of a file. Source: ld manual, "-b input-format"."""
    stem = re.sub(r"[^A-Za-z0-9]", "_", name)
    return names_input(where, (f"_binary_{stem}_{end}" for end in ("start", "end", "size")))
