"""What a command line for a linker for Windows means: default libraries, the entry symbol, exports.

Options in objects (`.drectve`) count as if the line had them.
Source: Microsoft's linker reference; lld `COFF/Driver.cpp`; measured with lld-link 14 and 19.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.formats.coff import read_directives
from arfix.formats.model import Content
from arfix.linkage.model import InputMode, Link, Linker, LinkRules, Target
from arfix.linkage.resolve import resolve
from arfix.linkline.definition_file import read_definition_file
from arfix.linkline.model import LineInput, Unresolved
from arfix.linkline.options import Effect
from arfix.linkline.windows_options import find_windows_option
from arfix.linkline.words import read_response, split_windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from arfix.linkage.model import Input, Unit
    from arfix.linkline.darwin import OpenDefault
    from arfix.linkline.inputs import LineFile
    from arfix.linkline.model import LinkCommand

_COFF = (Content.COFF, Content.COFF_BIGOBJ)
#: Symbol that a program defines -> the entry symbol of the C library that calls it, and whether it has windows.
_ENTRIES = {
    "main": ("mainCRTStartup", False),
    "wmain": ("wmainCRTStartup", False),
    "WinMain": ("WinMainCRTStartup", True),
    "wWinMain": ("wWinMainCRTStartup", True),
}


@dataclass(slots=True)
class Directives:
    """What objects say to the linker.

    Attributes:
        libraries: Default libraries, in order.
        roots: Symbols of `/include:`.
        exports: Values of `/export:`.
        alternates: `/alternatename:`.
        without: `/nodefaultlib:`.
        entry: `/entry:`; None without.
        subsystem: `/subsystem:`; None without.
    """

    libraries: list[str] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    alternates: dict[str, str] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    entry: str | None = None
    subsystem: str | None = None

    def take(self, text: str) -> None:
        """Add the words of one object's section."""
        for word in split_windows(text):
            found = find_windows_option(word)
            value = "" if found is None else found.value or ""
            match None if found is None else found.option.effect:
                case Effect.DEFAULT_LIBRARY:
                    self.libraries.append(value)
                case Effect.ROOT:
                    self.roots.append(value)
                case Effect.EXPORT_SYMBOL:
                    self.exports.append(value)
                case Effect.ALIAS:
                    name, _, other = value.partition("=")
                    self.alternates.setdefault(name, other)
                case Effect.NO_DEFAULT_LIBRARY:
                    self.without.append(value)
                case Effect.ENTRY:
                    self.entry = self.entry or value
                case Effect.SUBSYSTEM:
                    self.subsystem = self.subsystem or value.partition(",")[0].lower()
                case _:
                    pass


def directives_of(units: Iterable[Unit]) -> Directives:
    """Return what objects say; those that cannot be read say nothing."""
    found = Directives()
    for unit in units:
        if unit.content in _COFF:
            try:
                found.take(read_directives(unit.view, unit.content))
            except ArfixError:
                continue
    return found


def read_once(command: LinkCommand, files: Sequence[LineFile]) -> list[LineFile]:
    """Return the files as the linker reads them: each once, and those of `/wholearchive` whole, wherever they are."""
    whole = {one.path for one in files if one.item.state.whole}
    found: dict[str, LineFile] = {}
    for one in sorted(files, key=lambda one: one.item.is_default):  # default libraries come behind all others
        found.setdefault(one.path, _in_use(one, whole=one.path in whole or command.windows.takes_all))
    return list(found.values())


def without_excluded(command: LinkCommand) -> tuple[LineInput, ...]:
    """Return the inputs of a command without the default libraries that `/nodefaultlib` leaves out."""
    without = command.windows.without
    return tuple(one for one in command.inputs if not (one.is_default and _is_excluded(one.name, without, command)))


def _in_use(one: LineFile, *, whole: bool) -> LineFile:
    if one.archive is None:
        return one
    return replace(one, input=replace(one.input, use=InputMode.WHOLE if whole else InputMode.ON_DEMAND))


def _is_excluded(name: str, without: Iterable[str], command: LinkCommand) -> bool:
    """Return whether `/nodefaultlib` leaves a default library out."""
    return command.windows.no_defaults or _library_name(name) in map(_library_name, without)


def _library_name(name: str) -> str:
    base = name.replace("\\", "/").rpartition("/")[2].lower()
    return base if "." in base else f"{base}.lib"


def with_default_libraries(command: LinkCommand, files: Sequence[LineFile], opener: OpenDefault) -> list[LineFile]:
    """Return the files with the default libraries that objects in the link name (`/defaultlib` in `.drectve`).

    A member's own words count once it is in the link.
    """
    found = list(files)
    seen: set[str] = set()
    while not command.windows.no_defaults:
        inputs = [one.input for one in found]
        on_line = [unit for item in inputs if item.use is InputMode.WHOLE for unit in item.units]
        libraries = _new_libraries(command, directives_of(on_line), seen)
        if not libraries:
            entered = resolve(windows_link(command, inputs), Linker.LLD).entered
            units = [unit for item in inputs for unit in item.units]
            libraries = _new_libraries(command, directives_of(units[one.unit] for one in entered), seen)
        if not libraries:
            break
        paths = {one.path for one in found}
        for name in libraries:
            seen.add(_library_name(name))
            for one in opener(LineInput(name, added=True, is_default=True), is_error=True):
                if one.path not in paths:
                    paths.add(one.path)
                    found.append(_in_use(one, whole=command.windows.takes_all))
    return found


def _new_libraries(command: LinkCommand, directives: Directives, seen: set[str]) -> list[str]:
    without = (*command.windows.without, *directives.without)
    names = dict.fromkeys(directives.libraries)
    return [name for name in names if _library_name(name) not in seen and not _is_excluded(name, without, command)]


def windows_link(command: LinkCommand, inputs: Sequence[Input]) -> Link:
    """Return the link of these inputs with the options of the command and of the objects on it."""
    units = [unit for item in inputs if item.use is InputMode.WHOLE for unit in item.units]
    said = directives_of(units)
    names = _Names(command, inputs)
    options = command.windows
    roots = [*command.roots, *said.roots]
    if options.delays:
        roots.append(names.mangled("__delayLoadHelper2", 8))
    entry = _entry(command, said, names)
    exports = [_exported(one) for one in (*options.exports, *said.exports, *_definitions(command))]
    late = dict.fromkeys(names.known_as(one) for one in (*([entry] if entry else []), *filter(None, exports)))
    rules = LinkRules(
        tolerates_undefined=command.unresolved is not Unresolved.ERROR,
        allows_multiple=command.allow_multiple,
        required=frozenset((*roots, *late)),
        late=tuple(late),
        optional=options.optional_roots,
        alternates={**said.alternates, **dict(options.alternates)},
    )
    return Link(tuple(inputs), command.target, tuple(dict.fromkeys(roots)), rules=rules)


class _Names:
    """The symbols of a link, and how C names are spelt in it: on x86 with an underscore."""

    def __init__(self, command: LinkCommand, inputs: Sequence[Input]) -> None:
        self.inputs = inputs
        self.is_x86 = self._is_x86(command)
        self._defined: frozenset[str] | None = None

    def _is_x86(self, command: LinkCommand) -> bool:
        if command.emulation is not None:
            return command.emulation.lower() in ("x86", "i386")
        machine = next((unit.machine for item in self.inputs for unit in item.units if unit.machine is not None), None)
        return machine is not None and machine.name == "i386"

    @property
    def defined(self) -> frozenset[str]:
        """The names that the inputs define, of archives too."""
        if self._defined is None:
            names: set[str] = set()
            for item in self.inputs:
                if item.index is not None and item.use is InputMode.ON_DEMAND:
                    names.update(name for name, _ in item.index)
                else:
                    names.update(name for unit in item.units for name in unit.definitions)
            self._defined = frozenset(names)
        return self._defined

    def mangled(self, name: str, stack: int | None = None) -> str:
        """Return a C name as objects spell it; `stack` is the number of bytes of its arguments if it is `__stdcall`."""
        if not self.is_x86:
            return name
        return f"_{name}" if stack is None else f"_{name}@{stack}"

    def known_as(self, name: str) -> str:
        """Return the symbol that a name on the line means: itself, or where nothing defines it a decorated one.

        Source: lld `COFF/SymbolTable.cpp` (`findMangle`).
        """
        spelt = self.mangled(name)
        if name in self.defined or spelt in self.defined or name.startswith("?"):
            return name if name in self.defined and not self.is_x86 else spelt if spelt in self.defined else name
        beginnings = [f"?{name}@@Y", *([f"_{name}@", f"@{name}@"] if self.is_x86 else [])]
        return next((one for one in sorted(self.defined) if one.startswith(tuple(beginnings))), spelt)

    def has(self, name: str) -> bool:
        """Return whether a function is defined, under its C or C++ name."""
        return self.known_as(name) in self.defined


def _entry(command: LinkCommand, said: Directives, names: _Names) -> str | None:
    """Return the entry symbol without decoration; None for a library with none, or where it cannot be known."""
    options = command.windows
    named = command.entry or said.entry
    if command.target is Target.SHARED:
        if named is not None or options.no_entry:
            return named
        return "_DllMainCRTStartup@12" if names.is_x86 else "_DllMainCRTStartup"
    if named is not None or options.no_entry:
        return named
    subsystem = options.subsystem or said.subsystem
    if options.no_defaults:  # the entry symbol itself is looked for
        found = [entry for entry, windows in _ENTRIES.values() if windows is (subsystem == "windows")]
        return next((one for one in found if names.has(one)), found[0])
    if subsystem is None:
        first = next((name for name in _ENTRIES if names.has(name)), "main")
        is_windows = _ENTRIES[first][1]
    else:
        is_windows = subsystem == "windows"
    usual, wide = ("WinMain", "wWinMain") if is_windows else ("main", "wmain")
    return _ENTRIES[wide if names.has(wide) and not names.has(usual) else usual][0]


def windows_refusals(command: LinkCommand, inputs: Sequence[Input]) -> tuple[str, ...]:
    """Return why the linker refuses a command besides its symbols."""
    if _lacks_subsystem(command, inputs):
        return ("it has no /subsystem, and nothing defines main or WinMain, from which the linker infers it",)
    return ()


def _lacks_subsystem(command: LinkCommand, inputs: Sequence[Input]) -> bool:
    """Return whether the linker cannot find out for which subsystem a program is."""
    if command.target is Target.SHARED or command.windows.subsystem is not None:
        return False
    units = [unit for item in inputs if item.use is InputMode.WHOLE for unit in item.units]
    names = _Names(command, inputs)
    return directives_of(units).subsystem is None and not any(map(names.has, _ENTRIES))


def _exported(value: str) -> str | None:
    """Return the symbol that a value of `/export:` wants; None for one that is forwarded to another DLL."""
    name, _, internal = value.partition(",")[0].partition("=")
    wanted = internal or name
    return None if "." in wanted else wanted.strip()


def _definitions(command: LinkCommand) -> Iterator[str]:
    """Yield the exports of the files of `/def:`, as values of `/export:`."""
    for path in command.windows.definition_files:
        try:
            text = read_response(os.path.join(command.folder, path))  # noqa: PTH118 (any bytes)
        except ArfixError:
            continue  # `with_scripts` notes it
        yield from read_definition_file(text)
