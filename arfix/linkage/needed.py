"""Finds shared objects that are not on the command line but that those on it need.

A linker reads them but does not take symbols from them: GNU ld checks whether the shared objects on the command line
find their symbols, and reports a symbol that is there ("DSO missing from command line").
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.files import open_source
from arfix.archive.paths import is_file, system_fails
from arfix.errors import ArfixError, Where
from arfix.formats.identify import identify
from arfix.formats.model import Content
from arfix.linkage.inputs import image_input
from arfix.linkage.model import NeededLibrary
from arfix.linkage.sysroot import Sysroot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import ExitStack

    from arfix.formats.model import Machine
    from arfix.linkage.model import Input


def open_needed(
    inputs: Sequence[Input], stack: ExitStack, sysroot: str | None = None, named: Sequence[str] | None = None
) -> tuple[NeededLibrary, ...]:
    """Return the shared objects that `inputs` need, directly or not, each once, open as long as `stack`.

    A library is looked for in the folders that the command line names for this, in those that the library which needs
    it names, then in those of the sysroot, or of this machine if there is none. GNU ld looks nowhere else; a library
    beside the one that needs it is found, too, and marked. Only one for the same machine is taken.
    Source: ld manual, `-rpath-link`; measured with GNU ld 2.40.

    Args:
        inputs: What is linked.
        stack: Closes the libraries.
        sysroot: The sysroot of the link.
        named: The folders of `-rpath-link` and `-rpath`; None if there is no command line that could name them.
    """
    given = {name for item in inputs if item.is_linked_against for name in _names(item)}
    platform = Sysroot(sysroot or "/")
    found: dict[str, NeededLibrary] = {}
    todo = deque((at, item) for at, item in enumerate(inputs) if item.is_linked_against)
    while todo:
        by, item = todo.popleft()
        if item.shared is None:
            continue
        for name in item.shared.needed:
            if name in given or name in found:
                continue
            own, machine = str(Path(item.where.path).parent), item.shared.machine
            searched = (*_folders(item, named or (), is_native=sysroot is None), *platform.folders())
            library = _open(name, searched if named is not None else (own, *searched), machine, stack)
            unsearched = None
            if library is None and named is not None:
                library = _open(name, (own,), machine, stack)
                unsearched = None if library is None else own
            found[name] = NeededLibrary(name, by, library, unsearched)
            if library is not None:
                todo.append((by, library))
    return tuple(found.values())


def _names(item: Input) -> Iterator[str]:
    """Yield the names that others may need a shared object by."""
    yield Path(item.where.path).name
    if item.shared is not None and item.shared.soname is not None:
        yield item.shared.soname


def _folders(item: Input, named: Sequence[str], *, is_native: bool) -> Iterator[str]:
    """Yield the folders in which to look for what a shared object needs, before those of the platform.

    An absolute folder that the object names itself is one of the machine that it runs on.
    """
    own = str(Path(item.where.path).parent)
    for folder in (*named, *(() if item.shared is None else item.shared.folders)):
        if "ORIGIN" in folder or folder in named or is_native:
            yield folder.replace("${ORIGIN}", own).replace("$ORIGIN", own)


def _open(name: str, folders: Sequence[str], machine: Machine, stack: ExitStack) -> Input | None:
    paths = [name] if "/" in name else [f"{folder}/{name}" for folder in folders]
    for path in paths:
        if not is_file(path):
            continue
        try:
            source = open_source(path)
            stack.callback(source.close)
            if identify(source.view) not in (Content.ELF_SHARED, Content.ELF_EXECUTABLE):
                continue
            item = image_input(Where(path), source.view)
        except ArfixError as error:
            if system_fails(error):
                raise
            continue
        if item.shared is not None and item.shared.machine == machine:
            return item
    return None
