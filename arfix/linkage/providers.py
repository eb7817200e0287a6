"""What does the platform provide? Files named one by one, what scripts lead to, and the libraries of a sysroot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from arfix.archive.files import open_archive, open_source
from arfix.errors import ArfixError, FormatError, Where
from arfix.linkage.inputs import archive_input, decode_names, image_input, names_input, object_input
from arfix.linkage.model import Use
from arfix.objects.identify import identify
from arfix.objects.model import OBJECT_CONTENTS, Content

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from contextlib import ExitStack

    from arfix.archive.model import Archive
    from arfix.linkage.model import Input

#: Everything that is searched on demand is searched again until nothing new enters, so that the order of providers on
#: the command line does not decide what is missing.
GROUP: Final = 1
#: Folders of a sysroot that hold libraries, and below them those of a multiarch triple.
_LIBRARY_FOLDERS: Final = ("lib", "usr/lib", "lib64", "usr/lib64", "usr/local/lib")
#: How deep scripts may lead to scripts.
_DEPTH: Final = 8


def open_providers(
    paths: Iterable[str],
    stack: ExitStack,
    *,
    sysroot: str | None = None,
    without: Collection[str] = (),
    planned: Mapping[str, Archive] | None = None,
) -> tuple[Input, ...]:
    """Return the inputs that the named files and the libraries of a sysroot give, open as long as `stack`.

    Args:
        paths: Archives, objects, shared objects, executables, linker scripts, lists of names. What a script leads to
            takes its place.
        stack: Closes the files.
        sysroot: A folder whose libraries are taken too; it is also where absolute paths in scripts begin.
        without: Files not to be taken from the sysroot: the archives under test.
        planned: Path -> an archive to take in place of the file, which need not be there yet.

    Raises:
        ArfixError: A named file cannot be read or is nothing a link can use, or a script leads to a missing file. Such
            files of a sysroot are passed over instead.
    """
    opener = _Opener(stack, sysroot, planned or {})
    inputs = [item for path in paths for item in opener.open(path)]
    if sysroot is not None:
        if not Path(sysroot).is_dir():
            raise FormatError("no folder, so no sysroot", where=Where(sysroot), hint="Name the folder above `lib`.")
        opener.skip(without)
        for path in sysroot_libraries(sysroot):
            try:
                inputs += opener.open(path, named=False)
            except ArfixError:
                continue
    return tuple(inputs)


def library_folders(sysroot: str) -> tuple[str, ...]:
    """Return the folders of a sysroot that hold libraries, in search order; itself first where it holds archives."""
    root = Path(sysroot)
    found: list[Path] = [] if not any(root.glob("*.a")) else [root]
    for name in _LIBRARY_FOLDERS:
        folder = root / name
        if folder.is_dir():
            found.append(folder)
            found += sorted(below for below in folder.iterdir() if below.name.count("-") >= 1 and _has_libraries(below))
    return tuple(str(folder) for folder in dict.fromkeys(found))


def sysroot_libraries(sysroot: str) -> tuple[str, ...]:
    """Return the libraries of a sysroot: every archive, and shared objects that have no archive beside them."""
    chosen: dict[str, Path] = {}
    for folder in library_folders(sysroot):
        for path in sorted(Path(folder).glob("*.a")):
            chosen.setdefault(path.stem, path)
    for folder in library_folders(sysroot):
        for path in sorted(Path(folder).glob("lib*.so")):
            chosen.setdefault(path.stem, path)
    return tuple(str(path) for path in chosen.values())


def _has_libraries(folder: Path) -> bool:
    return folder.is_dir() and any(path.suffix in {".a", ".so"} for path in folder.iterdir())


class _Opener:
    """Opens files once each, whoever leads to them."""

    def __init__(self, stack: ExitStack, sysroot: str | None, planned: Mapping[str, Archive]) -> None:
        self.stack = stack
        self.planned = {Path(path).resolve(): archive for path, archive in planned.items()}
        self.sysroot = sysroot
        self.folders = library_folders(sysroot) if sysroot is not None else ()
        self.seen: set[Path] = set()

    def skip(self, paths: Collection[str]) -> None:
        """Count files as opened already."""
        self.seen.update(Path(path).resolve() for path in paths)

    def open(self, path: str, depth: int = 0, *, named: bool = True) -> Iterator[Input]:
        """Yield the inputs of one file, or of the files a script leads to; nothing the second time.

        A list of names must have been `named`: any text in a sysroot would pass for one.
        """
        real = Path(path).resolve()
        if real in self.seen:
            return
        self.seen.add(real)
        where = Where(path)
        if real in self.planned:
            yield archive_input(self.planned[real], where, Use.ON_DEMAND, group=GROUP, provider=True)
            return
        source = open_source(path)
        self.stack.callback(source.close)
        view = source.view
        content = identify(view)
        if content in {Content.ARCHIVE, Content.THIN_ARCHIVE}:
            archive = self.stack.enter_context(open_archive(path))
            yield archive_input(archive, where, Use.ON_DEMAND, group=GROUP, provider=True)
        elif content in {Content.ELF_SHARED, Content.ELF_EXECUTABLE}:
            yield image_input(where, view)
        elif content in OBJECT_CONTENTS:
            yield object_input(where, lambda: view, provider=True)
        elif content is Content.LINKER_SCRIPT:
            yield from self._script(bytes(view), where, depth)
        elif named and content in {Content.TEXT, Content.EMPTY}:
            yield names_input(where, decode_names(bytes(view)))
        else:
            raise FormatError(
                f"{content.value}: nothing that a link can take symbols from",
                where=where,
                hint="Name an archive, an object, a shared object, an executable, a linker script or a list of names.",
            )

    def _script(self, data: bytes, where: Where, depth: int) -> Iterator[Input]:
        from arfix.linkage.script import find_file, read_script  # noqa: PLC0415 (start-up: most inputs are no scripts)

        if depth >= _DEPTH:
            raise FormatError(f"linker scripts lead to linker scripts {_DEPTH} times over", where=where)
        script = read_script(data, where)
        for file in script.files:
            folders = (*self.folders, *script.folders)
            path = find_file(file.name, where, folders, sysroot=self.sysroot, exists=lambda one: Path(one).is_file())
            if path is not None:
                yield from self.open(path, depth + 1)
            elif not file.as_needed:
                raise FormatError(
                    f"the linker script names {file.name}, which is not there",
                    where=where,
                    hint="Name the sysroot that it belongs to with --sysroot.",
                )
