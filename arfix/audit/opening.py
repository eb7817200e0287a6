"""The paths of a request, opened: archives under test, what the platform provides, modules to be served."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from arfix.archive.files import open_archive, open_source
from arfix.archive.format import AIX_BIG_MAGIC, AIX_SMALL_MAGIC, MAGIC, MAGIC_SIZE, THIN_MAGIC
from arfix.audit.library import library_of
from arfix.audit.rules.malformed import unreadable
from arfix.errors import ArfixError, FormatError, Where
from arfix.linkage.inputs import image_input
from arfix.linkage.model import Link
from arfix.linkage.providers import open_providers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from arfix.archive.model import Archive
    from arfix.audit.finding import Finding
    from arfix.audit.library import Library
    from arfix.audit.settings import Settings
    from arfix.linkage.model import Input

_ARCHIVE_MAGICS = frozenset({MAGIC, THIN_MAGIC, AIX_BIG_MAGIC, AIX_SMALL_MAGIC})


@dataclass(frozen=True, slots=True)
class Opened:
    """What a request named.

    Attributes:
        libraries: The archives under test that could be read, in order.
        link: The link they make with what the platform provides and the modules that want something of it.
        damaged: A finding for each archive that calls itself one and cannot be read.
        errors: What is no archive at all, or cannot be opened.
    """

    libraries: tuple[Library, ...]
    link: Link
    damaged: tuple[Finding, ...] = ()
    errors: tuple[ArfixError, ...] = ()


@contextmanager
def open_link(settings: Settings, planned: Mapping[str, Archive] | None = None) -> Iterator[Opened]:
    """Open everything a request names, for as long as the block lasts; archives in `planned` are taken from there.

    One archive that cannot be read does not keep the others from being looked at; raises `ArfixError` for a provider
    or module that cannot be read, since every answer would be wrong without it.
    """
    with ExitStack() as stack:
        libraries: list[Library] = []
        damaged: list[Finding] = []
        errors: list[ArfixError] = []
        for path in settings.archives:
            try:
                archive = None if planned is None else planned.get(path)
                if archive is None:
                    archive = stack.enter_context(open_archive(path))
                libraries.append(library_of(path, archive, settings))
            except FormatError as error:
                if _calls_itself_an_archive(path):
                    damaged.append(unreadable(path, error))
                else:
                    errors.append(error)
            except ArfixError as error:
                errors.append(error)
        inputs = [library.input for library in libraries]
        inputs += open_providers(settings.providers, stack, sysroot=settings.sysroot, without=settings.archives)
        inputs += [_module(path, stack) for path in settings.needed_by]
        link = Link(tuple(inputs), settings.target, settings.roots)
        yield Opened(tuple(libraries), link, tuple(damaged), tuple(errors))


def _calls_itself_an_archive(path: str) -> bool:
    source = open_source(path)
    try:
        return bytes(source.view[:MAGIC_SIZE]) in _ARCHIVE_MAGICS
    finally:
        source.close()


def _module(path: str, stack: ExitStack) -> Input:
    """Return what a module wants; what it defines itself is nobody's."""
    return replace(image_input(Where(path), _map(path, stack), provider=False), names=frozenset())


def _map(path: str, stack: ExitStack) -> memoryview:
    source = open_source(path)
    stack.callback(source.close)
    return source.view
