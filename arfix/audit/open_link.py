"""Opening the inputs of a check: archives under test, providers, and modules that need symbols."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.files import STANDARD_STREAM, open_archive, open_source
from arfix.archive.format import AIX_BIG_MAGIC, AIX_SMALL_MAGIC, MAGIC, MAGIC_SIZE, THIN_MAGIC
from arfix.audit.checked_library import CheckedLibrary, checked_library
from arfix.audit.rules.malformed import unreadable
from arfix.errors import ArfixError, EditError, FormatError, UnsupportedError, Where
from arfix.formats.identify import identify
from arfix.formats.model import Content
from arfix.linkage.inputs import image_input, object_input
from arfix.linkage.model import InputMode, Link
from arfix.linkage.needed import open_needed
from arfix.linkage.providers import open_providers
from arfix.linkage.sysroot import Sysroot
from arfix.linkline.inputs import link_of, open_files
from arfix.steps import steps
from arfix.symbols.demangled import looks_demangled, mangled_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from arfix.archive.model import Archive
    from arfix.audit.finding import Finding
    from arfix.audit.settings import Settings
    from arfix.formats.model import Machine
    from arfix.linkage.model import Input
    from arfix.linkline.model import LinkCommand

_ARCHIVE_MAGICS = frozenset({MAGIC, THIN_MAGIC, AIX_BIG_MAGIC, AIX_SMALL_MAGIC})


class OpenedLink(NamedTuple):
    """The opened inputs of a check.

    Attributes:
        libraries: The archives under test that could be read, in order.
        link: Their link with the providers and the modules.
        damaged: A finding for each archive that cannot be read.
        errors: Files that no linker accepts, or that cannot be opened.
        notes: Remarks on files that are not archives but valid inputs: linker scripts, objects.
        unchecked: Paths that were not checked: linker scripts.
    """

    libraries: tuple[CheckedLibrary, ...]
    link: Link
    damaged: tuple[Finding, ...] = ()
    errors: tuple[ArfixError, ...] = ()
    notes: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


@contextmanager
def open_link(
    settings: Settings, planned: Mapping[str, Archive] | None = None, known: dict[int, CheckedLibrary] | None = None
) -> Iterator[OpenedLink]:
    """Open all inputs of a check for the duration of the block; archives in `planned` are taken from there.

    An archive that cannot be read does not stop the check of the others. A provider or module that cannot be read
    raises `ArfixError`, since every answer would be wrong without it.

    `known` caches planned archives by `id` for the next check of the same archives.
    """
    with ExitStack() as stack:
        if settings.command is not None:
            yield _open_command(settings, settings.command, stack, planned or {}, {} if known is None else known)
            return
        tested = _InputOpener(settings, stack, planned or {}, {} if known is None else known)
        for path in steps("opening", settings.archives, str):
            tested.open(path)
        inputs = tested.inputs
        modules = [_module(path, stack) for path in settings.needed_by]
        provided = open_providers(
            settings.providers,
            stack,
            sysroot=None if settings.sysroot is None else Sysroot(settings.sysroot, settings.folders),
            without=settings.archives,
            planned=planned or {},
            machine=_machine_of(inputs),
            static=settings.static,
            wanted=lambda: _wanted_of(inputs).union(settings.roots, *(module.needs for module in modules)),
        )
        if provided.lacking is not None and inputs:
            raise provided.lacking
        inputs += provided.inputs
        tested.notes += provided.notes
        inputs += modules
        needed = open_needed(inputs, stack, settings.sysroot)
        link = Link(tuple(inputs), settings.target, _roots(settings.roots, inputs), needed=needed)
        yield OpenedLink(
            tuple(tested.libraries),
            link,
            tuple(tested.damaged),
            tuple(tested.errors),
            tuple(tested.notes),
            tuple(tested.unchecked),
        )


def _open_command(
    settings: Settings,
    command: LinkCommand,
    stack: ExitStack,
    planned: Mapping[str, Archive],
    known: dict[int, CheckedLibrary],
) -> OpenedLink:
    """Return the inputs of a link command: what its own words name is under test, the rest are providers."""
    opened = open_files(command, stack, planned)
    libraries: dict[str, CheckedLibrary] = {}
    files = []
    for one in opened.files:
        is_tested = one.archive is not None and one.path in settings.archives and not one.item.added
        if one.archive is not None and is_tested:
            library = libraries.get(one.path) or known.get(id(one.archive))
            if library is None:
                on_demand = one.input.use is InputMode.ON_DEMAND
                library = CheckedLibrary(one.path, one.archive, replace(settings, on_demand=on_demand), one.input)
            if one.path in planned:
                known[id(one.archive)] = library
            libraries[one.path] = library
            # What was read of the members of one library serves each of its places on the line.
            files.append(replace(one, input=replace(one.input, units=library.units)))
        else:
            is_provider = one.item.added or one.archive is not None or one.input.provider
            same = one.input.provider == is_provider
            files.append(one if same else replace(one, input=replace(one.input, provider=is_provider)))
    extra = open_providers(settings.providers, stack, planned=planned).inputs
    modules = [_module(path, stack) for path in settings.needed_by]
    link = link_of(command, files, stack, (*extra, *modules))
    link = replace(link, roots=(*link.roots, *_roots(settings.roots, link.inputs)))
    damaged = {error: finding for error in opened.errors if (finding := _damage(error)) is not None}
    errors = [error for error in opened.errors if error not in damaged]
    errors += [_not_compiled(source) for source in command.sources]
    notes = (*command.remarks, *opened.notes)
    return OpenedLink(tuple(libraries.values()), link, tuple(damaged.values()), tuple(errors), notes)


def _not_compiled(source: str) -> ArfixError:
    """Return the error for a source file on the line: what its object will need cannot be known."""
    return UnsupportedError(
        "a source file: the object that the compiler would make of it is not in the check",
        where=Where(source),
        hint="Compile it first (-c), and name the object in the command.",
    )


def _damage(error: ArfixError) -> Finding | None:
    """Return the finding for an archive that cannot be read; None for any other error."""
    if not isinstance(error, FormatError) or error.where is None:
        return None
    path = error.where.path
    try:
        with closing(open_source(path)) as source:
            is_archive = bytes(source.view[:MAGIC_SIZE]) in _ARCHIVE_MAGICS
    except ArfixError:
        return None
    return unreadable(path, error) if is_archive else None


class _InputOpener:
    """The files under test as they are opened."""

    def __init__(
        self, settings: Settings, stack: ExitStack, planned: Mapping[str, Archive], known: dict[int, CheckedLibrary]
    ) -> None:
        self.settings = settings
        self.seen: set[str] = set()
        self.stack = stack
        self.planned = planned
        self.known = known
        self.libraries: list[CheckedLibrary] = []
        self.inputs: list[Input] = []
        self.damaged: list[Finding] = []
        self.errors: list[ArfixError] = []
        self.notes: list[str] = []
        self.unchecked: list[str] = []

    def open(self, path: str) -> None:
        """Open one file and classify it; a file named twice is only linked twice."""
        if path in self.seen:
            self.inputs += [item for item in self.inputs if item.where.path == path][:1]
            return
        self.seen.add(path)
        try:
            known = path in self.planned
            archive = self.planned[path] if known else self.stack.enter_context(open_archive(path))
        except FormatError as error:
            self._take_other(path, error)
        except ArfixError as error:
            self.errors.append(error)
        else:
            library = self.known.get(id(archive)) or checked_library(path, archive, self.settings)
            if known:
                self.known[id(archive)] = library
            self.libraries.append(library)
            self.inputs.append(library.input)

    def _take_other(self, path: str, error: FormatError) -> None:
        """Classify a file that is not a readable archive: glibc's libm.a is a linker script, which linkers accept."""
        if path == STANDARD_STREAM:
            self.errors.append(error)
            return
        view = _map(path, self.stack)
        content = identify(view)
        if bytes(view[:MAGIC_SIZE]) in _ARCHIVE_MAGICS:
            self.damaged.append(unreadable(path, error))
        elif content is Content.LINKER_SCRIPT:
            self.notes.append(f"{path} is a linker script and was not checked: check the archives that it names")
            self.unchecked.append(path)
        elif content is Content.ELF_RELOCATABLE:
            self.notes.append(f"{path} is an object, not an archive: it takes part in the link")
            self.inputs.append(object_input(Where(path), lambda: view))
        else:
            self.errors.append(error)


def _roots(roots: Sequence[str], inputs: Sequence[Input]) -> tuple[str, ...]:
    """Return the roots as objects spell them (`_ZN2ns1fEi` for `ns::f(int)`); raise `EditError` for an unknown one."""
    if not any(map(looks_demangled, roots)):
        return tuple(roots)
    known = {name for item in inputs for unit in item.units for name in (*unit.definitions, *unit.table.undefined)}
    found: list[str] = []
    for root in roots:
        names = mangled_names(root, known) if looks_demangled(root) else (root,)
        if not names:
            raise EditError(f"nothing defines {root}", hint="`arfix inspect --symbols` lists what an archive defines.")
        found += names
    return tuple(found)


def _machine_of(inputs: Sequence[Input]) -> Machine | None:
    """Return the machine of the archives under test, taken from the first member that has one."""
    return next((unit.machine for item in inputs for unit in item.units if unit.machine is not None), None)


def _wanted_of(inputs: Sequence[Input]) -> frozenset[str]:
    """Return the symbols that the archives under test need and do not define."""
    wanted = {name for item in inputs for unit in item.units for name in unit.table.undefined}
    defined = {name for item in inputs for unit in item.units for name in unit.definitions} if wanted else set()
    return frozenset(wanted - defined)


def _module(path: str, stack: ExitStack) -> Input:
    """Return a module as an input that needs symbols and provides none."""
    return replace(image_input(Where(path), _map(path, stack), provider=False), names=frozenset())


def _map(path: str, stack: ExitStack) -> memoryview:
    source = open_source(path)
    stack.callback(source.close)
    return source.view
