"""Opens what only linkers for Mach-O and Windows take: DLLs, dylibs, text stubs, universal files, resources."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Final

from arfix.archive.files import open_source
from arfix.archive.paths import is_file
from arfix.archive.universal import decode_universal
from arfix.errors import ArfixError, FormatError, Where
from arfix.formats.identify import identify
from arfix.formats.macho import read_macho_machine
from arfix.formats.macho_commands import is_macho_object
from arfix.formats.macho_image import read_macho_library
from arfix.formats.model import Content
from arfix.formats.pe_image import is_pe_image, read_dll
from arfix.formats.tbd import is_tbd, read_tbd
from arfix.linkage.inputs import names_input
from arfix.linkage.model import Input, InputMode, SharedFacts
from arfix.linkline.tool import Flavour

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.formats.macho_image import MachoLibrary
    from arfix.linkline.inputs import LineFile
    from arfix.linkline.model import LineInput, LinkCommand

#: How a compiled resource file begins: an empty resource. Source: Microsoft, "Resource file formats".
_RESOURCES: Final = bytes.fromhex("00000000 20000000 ffff0000 ffff0000")
#: How deep libraries may export libraries again.
_DEPTH: Final = 8
#: `-arch` -> the machine of a slice, where that has another name.
_MACHINE_OF: Final = {
    "x86_64h": "x86_64",
    "arm64e": "arm64",
    **dict.fromkeys(("armv6", "armv7", "armv7s", "armv7k", "armv6m", "armv7m", "armv7em"), "arm"),
}


def open_foreign(
    command: LinkCommand, item: LineInput, path: str, view: memoryview, content: Content
) -> LineFile | memoryview:
    """Return a file that is read here; for any other its bytes.

    Of a universal file the bytes are those for the architecture of the command.

    Raises:
        FormatError: The file is damaged, or holds nothing for the architecture.
    """
    from arfix.linkline.inputs import LineFile  # noqa: PLC0415 (the caller)

    where = Where(path)
    if command.tool.flavour is Flavour.DARWIN:
        found = _of_darwin(command, where, view, content)
    elif is_pe_image(view):
        found = _dll(command, where, view)
    elif command.tool.flavour is Flavour.WINDOWS and bytes(view[: len(_RESOURCES)]) == _RESOURCES:
        found = names_input(where, ())
    else:
        found = view
    return LineFile(item, path, found) if isinstance(found, Input) else found


def _dll(command: LinkCommand, where: Where, view: memoryview) -> Input:
    """Return what a DLL exports; GNU ld alone links with one."""
    if command.tool.flavour is Flavour.WINDOWS:
        raise FormatError("a program or DLL: the linker wants the import library of a DLL", where=where)
    dll = read_dll(view)
    return _library_input(dll.symbols, where, SharedFacts(dll.machine))


def _of_darwin(command: LinkCommand, where: Where, view: memoryview, content: Content) -> Input | memoryview:
    """Return a library, or the bytes of any other file, those for the architecture of the command."""
    if content is Content.MACHO_UNIVERSAL:
        view = _slice(view, where, _architecture(command))
        content = identify(view)
    if content is Content.MACHO and not is_macho_object(view):
        library = read_macho_library(view)
        shared = SharedFacts(read_macho_machine(view), library.install_name)
        return _library_input(_names(library, command), where, shared)
    if is_tbd(view):
        library, *others = read_tbd(view, _architecture(command))
        return _library_input(_names(library, command, others), where)
    return view


def _architecture(command: LinkCommand) -> str:
    return command.emulation or "x86_64"


def _slice(view: memoryview, where: Where, architecture: str) -> memoryview:
    wanted = _MACHINE_OF.get(architecture, architecture)
    slices = decode_universal(view, where)
    found = next((one for one in slices if one.machine == wanted), None)
    if found is None:
        held = ", ".join(one.machine for one in slices) or "no machine"
        raise FormatError(f"a universal file for {held}, and not for {architecture}", where=where)
    return view[found.offset : found.offset + found.size]


def _library_input(names: frozenset[str], where: Where, shared: SharedFacts | None = None) -> Input:
    return Input(where, InputMode.NAMES, names=names, provider=True, image=True, shared=shared)


def _names(library: MachoLibrary, command: LinkCommand, inside: Iterable[MachoLibrary] = ()) -> frozenset[str]:
    """Return what a library exports, with what it exports of other libraries: those in its file, or below the SDK."""
    names = set(library.names)
    seen = {library.install_name}
    known = {one.install_name: one for one in inside}
    todo = [(name, 0) for name in library.reexports]
    while todo:
        name, depth = todo.pop()
        if name in seen or depth >= _DEPTH:
            continue
        seen.add(name)
        other = known.get(name) or _reexported(name, command)
        if other is not None:
            names |= other.names
            todo += [(one, depth + 1) for one in other.reexports]
    return frozenset(names)


def _reexported(name: str, command: LinkCommand) -> MachoLibrary | None:
    """Return the library of that install name below the SDK; None if it is not there, or cannot be read."""
    root = (command.sysroot or "").rstrip("/")
    stem, ending = os.path.splitext(name)  # noqa: PTH122 (any bytes)
    stub = f"{stem}.tbd" if ending == ".dylib" else f"{name}.tbd"
    for path in (f"{root}{stub}", f"{root}{name}"):
        if not name.startswith("/") or not is_file(path):
            continue
        try:
            with closing(open_source(path)) as source:
                view = source.view
                if is_tbd(view):
                    return read_tbd(view, _architecture(command))[0]
                if identify(view) is Content.MACHO and not is_macho_object(view):
                    return read_macho_library(view)
        except ArfixError:
            continue
    return None
