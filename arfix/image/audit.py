"""An audit of a program with its modules: embedded libraries, missing symbols, and exports that should not be there."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from arfix.api.link_settings import link_command
from arfix.archive.files import open_archive, open_source
from arfix.arguments import command_given, path_given, paths_given, words_given
from arfix.errors import ArfixError, FormatError, Where
from arfix.formats.elf.linked_image import read_image
from arfix.formats.identify import identify
from arfix.formats.model import Content
from arfix.image.duplicates import find_duplicates
from arfix.image.embedded import SearchedLibrary, Searcher
from arfix.image.loader import LoadedImage, LoaderOptions, load_libraries
from arfix.image.plan import ImageRequest, is_planned, plan_command, plan_module
from arfix.linkage.exports import find_preempted, module_of_image, resolve_module
from arfix.linkage.forbidden import find_forbidden
from arfix.linkage.inputs import archive_input
from arfix.linkage.model import Target
from arfix.unpicklable import refuse_to_pickle

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from arfix.formats.elf.linked_image import LinkedImage
    from arfix.image.duplicates import SharedMembers
    from arfix.image.embedded import LibraryCopy
    from arfix.linkage.exports import Module, Preempted, Resolved
    from arfix.linkage.forbidden import ForbiddenExport

    AnyPath = str | os.PathLike[str]


class Definer(NamedTuple):
    """A member that defines a symbol, and whether it is in the program."""

    place: str
    is_embedded: bool


@dataclass(frozen=True, eq=False)
class AuditedFile:
    """One audited image.

    Attributes:
        path: The path as given.
        size: Bytes of its file.
        image: Its contents.
        copies: The copy of each library in it, in order; None for a library that is not in it.
    """

    path: str
    size: int
    image: LinkedImage
    copies: tuple[LibraryCopy | None, ...]

    @property
    def name(self) -> str:
        """Its file name."""
        return Path(self.path).name

    @property
    def rest(self) -> int:
        """The bytes of its file that belong to no library."""
        return self.size - sum(copy.size_in_file for copy in self.copies if copy is not None)


@dataclass(frozen=True, eq=False)
class ImageAudit:
    """The result of an audit.

    Attributes:
        files: The images that are linked, the executable first.
        libraries: The libraries that were searched for.
        on_demand: Archives of the platform that planned images link on demand.
        before: File name -> the earlier build of that image.
        duplicates: Members that several of the files contain.
        resolved: For each module, planned ones too, where its symbols come from.
        forbidden: Exports that should not be there.
        preempted: Shared objects whose symbols the program preempts.
    """

    files: tuple[AuditedFile, ...]
    libraries: tuple[SearchedLibrary, ...]
    on_demand: tuple[SearchedLibrary, ...]
    before: Mapping[str, AuditedFile]
    duplicates: tuple[SharedMembers, ...]
    resolved: tuple[Resolved, ...]
    forbidden: tuple[ForbiddenExport, ...]
    preempted: tuple[Preempted, ...]

    def __repr__(self) -> str:
        """Return the number of files and libraries, and whether it is sound, on one line."""
        sound = "sound" if self.is_sound else "not sound"
        return f"<ImageAudit: {len(self.files)} images, {len(self.libraries)} libraries, {sound}>"

    def __reduce__(self) -> NoReturn:
        """Refuse: images and libraries are open files."""
        refuse_to_pickle(self, "Send the paths, and call `arfix.image` in the other process.")

    def libraries_of(self, symbols: Iterable[str]) -> Mapping[str, int]:
        """Return file name of a library -> how many of the symbols it defines; each counts for the first library."""
        counts: dict[str, int] = {}
        for symbol in symbols:
            library = next((one for one in self.libraries if symbol in one.definers), None)
            if library is not None:
                name = Path(library.path).name
                counts[name] = counts.get(name, 0) + 1
        return counts

    def definer(self, symbol: str) -> Definer | None:
        """Return the member that defines a symbol, preferably one in the program; None if there is none."""
        found: list[Definer] = []
        copies = self.files[0].copies if self.files else ()
        for library, copy in zip_longest((*self.libraries, *self.on_demand), copies):
            member = library.definers.get(symbol)
            if member is not None:
                found.append(
                    Definer(f"{Path(library.path).name}({member})", copy is not None and member in copy.members)
                )
        return min(found, key=lambda one: not one.is_embedded, default=None)

    @property
    def is_sound(self) -> bool:
        """Whether every module finds its symbols, and none has forbidden exports."""
        return not self.forbidden and not any(one.errors for one in self.resolved)


def image(  # noqa: PLR0913 (one parameter per option of the verb)
    images: AnyPath | Iterable[AnyPath],
    *,
    archives: AnyPath | Iterable[AnyPath] = (),
    before: AnyPath | None = None,
    deny: str | Iterable[str] = (),
    allow: str | Iterable[str] = (),
    providers: AnyPath | Iterable[AnyPath] = (),
    folders: AnyPath | Iterable[AnyPath] = (),
    sysroot: AnyPath | None = None,
    is_plan: bool = False,
    command: Sequence[str] = (),
    step: Callable[[str], None] = lambda _: None,
) -> AbstractContextManager[ImageAudit]:
    """Return the audit of linked images, for a `with` block: the static libraries in them, and missing symbols.

    Libraries are found by their bytes, in stripped images too.

    Args:
        images: An executable, then shared objects that it loads, or folders of them; with `is_plan` also
            `exe=FILE,FILE` and `so=FILE,FILE`: archives and objects of an image that is not linked yet.
        archives: Static libraries to look for.
        before: A folder with an earlier build of the same files, to compare sizes with.
        deny: Names or globs of symbols that must not be exported.
        allow: Names or globs of symbols that may be exported anyway.
        providers: Parts of the platform, as for `check`.
        folders: Folders in which the loader looks (`-rpath-link`).
        sysroot: Where the libraries of the platform are; None for `/`.
        is_plan: Some of the images are not linked yet.
        command: With `is_plan`, the words of the command that links the executable.
        step: Called with the path of each file before it is read.

    Raises:
        ArfixError: At the start of the block: a file cannot be read, or does not have the expected type.
    """
    request = ImageRequest(
        paths_given(images, "images"),
        paths_given(archives, "archives"),
        None if before is None else path_given(before, "before"),
        words_given(deny, "deny"),
        words_given(allow, "allow"),
        paths_given(providers, "providers"),
        paths_given(folders, "folders"),
        None if sysroot is None else path_given(sysroot, "sysroot"),
        is_plan,
        link_command(command_given(command)) if command else None,
    )
    return open_image_audit(request, step)


@contextmanager
def open_image_audit(request: ImageRequest, step: Callable[[str], None] = lambda _: None) -> Iterator[ImageAudit]:
    """Audit the files of a request; they stay open during the block.

    Args:
        request: The request.
        step: Called with the path of each file before it is read.

    Raises:
        ArfixError: A file cannot be read, or does not have the expected type.
    """
    with ExitStack() as stack:
        yield _Audit(request, stack, step).run()


class _Audit:
    """One audit under way."""

    def __init__(self, request: ImageRequest, stack: ExitStack, step: Callable[[str], None]) -> None:
        self.request = request
        self.stack = stack
        self.step = step

    def run(self) -> ImageAudit:
        """Run the audit and return the result."""
        linked: list[LoadedImage] = []
        modules: list[Module] = []
        platform: dict[str, Module | None] = {}
        on_demand: list[SearchedLibrary] = []
        command = self.request.command
        is_program_known = command is not None and command.target is not Target.SHARED
        for number, word in enumerate(self.request.images):
            if self.request.is_plan and is_planned(word):
                self.step(word)
                is_program = number == 0 and not is_program_known
                planned = plan_module(word, self.request, self.stack, is_program=is_program)
                modules.append(planned.module)
                platform |= planned.platform
                on_demand += planned.archives
            else:
                found = [self.load(path) for path in files_of(word)]
                linked += found
                _check_machine(linked)
                modules += [module_of_image(one.path, one.image) for one in found]
        if command is not None:
            planned = plan_command(command, self.stack)
            modules.insert(0 if is_program_known else len(modules), planned.module)
            platform |= planned.platform
            on_demand += planned.archives
        if not modules:
            raise FormatError(
                "no image in it", where=Where(next(iter(self.request.images), ".")), hint="Name an executable first."
            )
        platform |= self.libraries(linked)
        archives = tuple(self.library(path) for path in self.request.archives)
        searcher = Searcher(archives)
        files = tuple(self.search(loaded, searcher) for loaded in linked)
        return ImageAudit(
            files,
            archives,
            tuple(on_demand),
            {old.name: old for old in self.before(files, searcher)},
            find_duplicates({file.path: file.copies for file in files}),
            tuple(resolve_module(module, modules[0], platform) for module in modules),
            find_forbidden(modules, self.request.deny, self.request.allow),
            find_preempted(modules[0], tuple(one for one in platform.values() if one not in {None, *modules})),
        )

    def load(self, path: str) -> LoadedImage:
        """Return a linked image."""
        source = open_source(path)
        self.stack.callback(source.close)
        try:
            return LoadedImage(path, read_image(source.view))
        except ArfixError as error:
            raise error.within(Where(path)) from None

    def libraries(self, linked: Sequence[LoadedImage]) -> dict[str, Module | None]:
        """Return the shared objects that linked images need, by the names they need them by."""
        shared = [path for path in self.request.providers if _content(path) is Content.ELF_SHARED]
        given = [*linked, *(self.load(path) for path in shared)]
        return load_libraries(linked, LoaderOptions(given, self.request.folders, self.request.sysroot), self.stack)

    def library(self, path: str) -> SearchedLibrary:
        """Return a static library to search for."""
        archive = self.stack.enter_context(open_archive(path))
        return SearchedLibrary(path, archive_input(archive, Where(path)).units)

    def search(self, loaded: LoadedImage, searcher: Searcher) -> AuditedFile:
        """Return an image with the libraries that are embedded in it."""
        self.step(loaded.path)
        return AuditedFile(loaded.path, Path(loaded.path).stat().st_size, loaded.image, searcher.search(loaded.image))

    def before(self, files: Sequence[AuditedFile], searcher: Searcher) -> Iterator[AuditedFile]:
        """Yield the files of the earlier build: those with the same names, anywhere in its folder."""
        if self.request.before is None:
            return
        folder = Path(self.request.before)
        if not folder.is_dir():
            raise FormatError("no folder", where=Where(str(folder)), hint="Name the folder that holds the old images.")
        old = {path.name: path for path in sorted(folder.rglob("*"), reverse=True) if path.is_file()}
        for file in files:
            if file.name in old:
                yield self.search(self.load(str(old[file.name])), searcher)


def count_steps(images: Iterable[str], *, before: str | None = None, is_plan: bool = False) -> int:
    """Return the largest number of files that an audit reads; the arguments are those of `image`."""
    now = sum(1 if is_plan and is_planned(word) else len(files_of(word)) for word in images)
    return now if before is None else 2 * now


def files_of(word: str) -> tuple[str, ...]:
    """Return the file, or the shared objects in a folder at any depth, sorted by path."""
    if not Path(word).is_dir():
        return (word,)
    paths = [path for path in sorted(Path(word).rglob("*")) if path.is_file() and not path.is_symlink()]
    return tuple(str(path) for path in paths if _content(str(path)) is Content.ELF_SHARED)


def _check_machine(linked: Sequence[LoadedImage]) -> None:
    """Raise `FormatError` where an image is for another machine than the first."""
    for one in linked:
        machine, wanted = one.image.machine, linked[0].image.machine
        if machine != wanted:
            raise FormatError(
                f"for {machine.name} with {machine.bits} bits, but {linked[0].path} is for {wanted.name}"
                f" with {wanted.bits} bits",
                where=Where(one.path),
                hint="One process has one machine; name the images of one program.",
            )


def _content(path: str) -> Content:
    source = open_source(path)
    try:
        return identify(source.view)
    finally:
        source.close()
