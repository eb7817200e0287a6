"""The request of an image audit, and the needs and exports of an image that is not linked yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.archive.files import archive_in, open_source
from arfix.errors import FormatError, Where
from arfix.formats.identify import identify
from arfix.formats.model import OBJECT_CONTENTS, Content
from arfix.image.embedded import SearchedLibrary
from arfix.linkage.exports import Module, module_of_link
from arfix.linkage.inputs import archive_input, object_input
from arfix.linkage.model import InputMode, Link, Target
from arfix.linkage.providers import open_providers
from arfix.linkage.resolve import resolve
from arfix.linkline.inputs import link_of, open_files
from arfix.symbols.name import SymbolName

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

    from arfix.linkage.model import Input
    from arfix.linkline.model import LinkCommand

#: How a planned image begins on the command line, and what its link makes.
_TARGETS: Final = {"exe=": Target.PIE, "so=": Target.SHARED}
#: Placeholder for an unknown program's needs.
_UNKNOWN_PLATFORM: Final = "the platform (--provider, --sysroot)"


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """The request of an audit.

    Attributes:
        images: The executable, then shared objects that it loads, or folders of such; with `is_plan` also
            `exe=FILE,FILE` and `so=FILE,FILE`, archives and objects of an image that is not linked yet.
        archives: Static libraries to search for.
        before: Folder with an earlier build of the files.
        deny: Patterns of names that must not be exported.
        allow: Patterns of names that may be exported, regardless of other rules.
        providers: Shared objects, and for planned links also archives and lists of names, that the platform has.
        folders: Folders that the loader searches.
        sysroot: The root of the platform's own library folders.
        is_plan: Some of the images are planned.
        command: A link command whose output is one of the images: the program, or with `-shared` a module.
    """

    images: tuple[str, ...]
    archives: tuple[str, ...] = ()
    before: str | None = None
    deny: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    sysroot: str | None = None
    is_plan: bool = False
    command: LinkCommand | None = None


def is_planned(word: str) -> bool:
    """Return whether a word of the command line is an image that is not linked yet."""
    return word.startswith(tuple(_TARGETS))


class Planned(NamedTuple):
    """An image that is not linked yet.

    Attributes:
        module: Its needs and exports.
        platform: The shared objects and lists of names of the platform, by name; None for an unknown one.
        archives: The platform's archives, which a program links on demand.
    """

    module: Module
    platform: Mapping[str, Module | None]
    archives: tuple[SearchedLibrary, ...]


def plan_module(word: str, request: ImageRequest, stack: ExitStack, *, is_program: bool) -> Planned:
    """Return the planned image that `exe=FILE,FILE` or `so=FILE,FILE` describes.

    All files are linked whole. A program links the platform's archives on demand; a module does not use them, since it
    finds their symbols in the program.

    Raises:
        ArfixError: A file cannot be read, or is neither an archive nor an object.
    """
    kind, _, files = word.partition("=")
    inputs = [_input(path, stack) for path in files.split(",") if path]
    if not inputs:
        raise FormatError(f"{word}: no files", hint=f"Write {kind}=FILE,FILE.")
    platform: dict[str, Module | None] = {}
    provided: tuple[Input, ...] = ()
    if is_program:
        provided = open_providers(request.providers, stack, sysroot=request.sysroot).inputs
        platform = {item.where.path: _as_module(item) for item in provided if item.use is InputMode.NAMES}
        if not provided:
            platform = {_UNKNOWN_PLATFORM: None}
    result = resolve(Link((*inputs, *provided), _TARGETS[f"{kind}="]))
    module = replace(module_of_link(word, result), libraries=tuple(platform))
    return Planned(
        module, platform, tuple(SearchedLibrary(item.where.path, item.units) for item in provided if item.units)
    )


def plan_command(command: LinkCommand, stack: ExitStack) -> Planned:
    """Return what the output of a link command will be; its shared objects and the driver's archives are the platform.

    Raises:
        ArfixError: An input is not there or cannot be read.
    """
    opened = open_files(command, stack)
    if opened.errors:
        raise opened.errors[0]
    result = resolve(link_of(command, opened.files, stack), command.tool.linker)
    platform = {one.path: _as_module(one.input) for one in opened.files if one.input.image}
    module = replace(module_of_link(command.output or "a.out", result), libraries=tuple(platform))
    added = {one.path: one.input for one in opened.files if one.item.added and one.archive is not None}
    return Planned(module, platform, tuple(SearchedLibrary(path, item.units) for path, item in added.items()))


def _input(path: str, stack: ExitStack) -> Input:
    source = open_source(path)
    stack.callback(source.close)
    view = source.view
    content = identify(view)
    if content in {Content.ARCHIVE, Content.THIN_ARCHIVE}:
        return archive_input(stack.enter_context(archive_in(source)), Where(path))
    if content in OBJECT_CONTENTS:
        return object_input(Where(path), lambda: view)
    raise FormatError(
        f"{content.value}: an image is planned from archives and objects",
        where=Where(path),
        hint="A linked image is named by its path alone; what the platform has, with `providers=...`.",
    )


def _as_module(item: Input) -> Module:
    """Return a provider of names as a loader sees it."""
    exports: dict[str, set[str | None]] = {}
    for name in item.names:
        symbol = SymbolName.parse(name)
        exports.setdefault(symbol.base, set()).add(symbol.version)
    return Module(item.where.path, (), {name: frozenset(versions) for name, versions in exports.items()})
