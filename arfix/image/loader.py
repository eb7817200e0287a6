"""Finds the files that a loader uses for the shared objects that images need.

The order is: files given by the user, files that are already loaded, the search path of the image (DT_RUNPATH, or
DT_RPATH, which is inherited from the images that load it), folders given by the user, and the library folders of the
sysroot. A file for another machine is skipped. Source: ld.so(8).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.archive.files import open_source
from arfix.archive.paths import is_file, system_fails
from arfix.errors import ArfixError
from arfix.formats.elf.linked_image import read_image
from arfix.linkage.exports import module_of_image
from arfix.linkage.sysroot import Sysroot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import ExitStack

    from arfix.formats.elf.linked_image import LinkedImage, SearchPath
    from arfix.formats.model import Machine
    from arfix.linkage.exports import Module

#: Spellings of the folder of the image itself in a search path. Source: ld.so(8), "Dynamic string tokens".
_ORIGIN: Final = ("$ORIGIN", "${ORIGIN}")


class LoadedImage(NamedTuple):
    """A file that a loader maps: its path and its contents."""

    path: str
    image: LinkedImage


@dataclass(frozen=True, slots=True)
class LoaderOptions:
    """Where to search in addition to the search paths of images.

    Attributes:
        given: Files given by the user; their sonames and file names are searched first.
        folders: Folders given by the user.
        sysroot: The root of absolute folders in images, whose library folders are searched; None for this machine.
    """

    given: Sequence[LoadedImage] = ()
    folders: Sequence[str] = ()
    sysroot: str | None = None


def load_libraries(starts: Iterable[LoadedImage], options: LoaderOptions, stack: ExitStack) -> dict[str, Module | None]:
    """Return needed name -> the file that the loader finds, or None, for all needs of `starts`, direct or not.

    As in glibc, a name refers to one file in a process, and the first request decides. Files stay open as long as
    `stack`.
    """
    found: dict[str, Module | None] = {}
    todo: list[tuple[LoadedImage, tuple[str, ...]]] = [(start, ()) for start in starts]
    interpreters = [loaded.image.interpreter for loaded, _ in todo if loaded.image.interpreter is not None]
    loader = _Loader(options, interpreters, stack)
    while todo:
        loaded, inherited = todo.pop(0)
        own = [path for path in loaded.image.search if not path.is_inherited]
        passed_on = (*_folders(loaded, loaded.image.search, options.sysroot, inherited=True), *inherited)
        folders = _folders(loaded, own, options.sysroot) if own else passed_on
        for name in loaded.image.dynamic.needed:
            if name not in found:
                library = loader.find(name, folders, loaded.image.machine)
                found[name] = None if library is None else module_of_image(library.path, library.image)
                if library is not None:
                    todo.append((library, passed_on))
    return found


def _folders(
    loaded: LoadedImage, search: Sequence[SearchPath], sysroot: str | None, *, inherited: bool = False
) -> tuple[str, ...]:
    """Return the folders of an image's search path, with its own folder filled in."""
    found = []
    for path in search:
        if inherited and not path.is_inherited:
            continue
        folder = path.folder
        is_own = folder.startswith(_ORIGIN)
        for word in _ORIGIN:
            folder = folder.replace(word, str(Path(loaded.path).parent))
        found.append(folder if is_own else _on_this_machine(folder, sysroot))
    return tuple(found)


def _on_this_machine(path: str, sysroot: str | None) -> str:
    """Return where an absolute path of the platform is on this machine."""
    return path if sysroot is None else f"{sysroot.rstrip('/')}/{path.lstrip('/')}"


class _Loader:
    """Finds files by name, and opens each once."""

    def __init__(self, options: LoaderOptions, interpreters: Iterable[str], stack: ExitStack) -> None:
        self._options = options
        self._interpreters = {Path(path).name: _on_this_machine(path, options.sysroot) for path in interpreters}
        self._stack = stack
        self._standard = Sysroot(options.sysroot or "/").folders()
        self._given = {Path(loaded.path).name: loaded for loaded in reversed(options.given)}
        self._given |= {
            loaded.image.dynamic.soname: loaded for loaded in reversed(options.given) if loaded.image.dynamic.soname
        }

    def find(self, name: str, folders: Sequence[str], machine: Machine) -> LoadedImage | None:
        """Return the file that the loader uses for `name`; a name with a slash is a path."""
        if name in self._given:
            return self._given[name]
        if "/" in name:
            candidates = [name]
        else:
            candidates = [self._interpreters[name]] if name in self._interpreters else []
            candidates += [f"{folder}/{name}" for folder in (*folders, *self._options.folders, *self._standard)]
        return next(self._openable(candidates, machine), None)

    def _openable(self, candidates: Iterable[str], machine: Machine) -> Iterator[LoadedImage]:
        for path in candidates:
            if not is_file(path):
                continue
            try:
                source = open_source(path)
                self._stack.callback(source.close)
                image = read_image(source.view)
            except ArfixError as error:
                if system_fails(error):
                    raise
                continue
            if image.machine == machine:
                yield LoadedImage(path, image)
