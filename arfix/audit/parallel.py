"""Running archive rules over many archives, in this process or in several that share the bytes evenly.

A process is started only if there is enough to read: forking, importing and returning results costs about 50 ms.
"""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.files import STANDARD_STREAM, open_archive
from arfix.audit.checked_library import checked_library
from arfix.audit.registry import archive_rules
from arfix.steps import steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding
    from arfix.audit.settings import Settings
    from arfix.errors import ArfixError
    from arfix.formats.model import Content
    from arfix.symbols.object_symbols import ObjectSymbols


class Checked(NamedTuple):
    """What a process hands back of one archive: its findings, and of each member what it is and its symbols."""

    path: str
    findings: tuple[Finding, ...]
    readings: tuple[tuple[Content, ObjectSymbols | ArfixError], ...]


#: With fewer bytes than this to read, one process is faster than two. Measured: 9 MB take about 0.1 s.
BYTES_FOR_A_PROCESS = 48_000_000


def check_library(library: CheckedLibrary) -> tuple[Finding, ...]:
    """Return what the archive rules find in one open archive."""
    rules = steps("checking archives", archive_rules(library.settings.enabled), lambda _: library.path)
    return tuple(finding for rule in rules for finding in rule.check(library))


def check_paths(archives: Sequence[tuple[str, Settings]]) -> list[Checked]:
    """Return what the archive rules find in these archives, and the symbols that were read on the way."""
    gc.disable()  # this process ends soon, and what it makes holds no cycles
    checked = []
    for path, settings in archives:
        with open_archive(path) as archive:
            library = checked_library(path, archive, settings)
            found = check_library(library)
            checked.append(Checked(path, found, tuple((unit.content, unit.reading) for unit in library.units)))
    return checked


def worker_count(settings: Settings, sizes: Sequence[int]) -> int:
    """Return how many further processes are worth their start: 0 to do all the work here."""
    wanted = (settings.jobs or os.cpu_count() or 1) - 1
    return max(0, min(wanted, sum(sizes) // BYTES_FOR_A_PROCESS, len(sizes)))


def deal_out(paths: Sequence[str], sizes: Sequence[int], hands: int) -> list[list[str]]:
    """Return the paths in at most `hands` lists of about equal bytes: the largest first, each to the lightest list."""
    lists: list[list[str]] = [[] for _ in range(hands)]
    weights = [0] * hands
    for size, path in sorted(zip(sizes, paths, strict=True), reverse=True):
        lightest = weights.index(min(weights))
        lists[lightest].append(path)
        weights[lightest] += size
    return [one for one in lists if one]


def _path_of(library: CheckedLibrary) -> str:
    return library.path


def check_libraries(
    settings: Settings, libraries: Sequence[CheckedLibrary], *, in_memory: bool = False
) -> tuple[Finding, ...]:
    """Return what the archive rules find in these archives, in their order.

    With enough to read, other processes do a part of it and hand back the symbols they have read too, so that the
    link does not read them again. Archives that are `in_memory` and not in files are checked in this process.
    """
    sizes = [library.size for library in libraries]
    by_path = {library.path: library for library in libraries}
    workers = 0 if in_memory or STANDARD_STREAM in by_path else worker_count(settings, sizes)
    if workers == 0:
        return tuple(
            finding
            for library in steps("checking archives", libraries, _path_of)
            for finding in library.checked(check_library)
        )
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 (30 ms, for large inputs only)
    from multiprocessing import get_all_start_methods, get_context  # noqa: PLC0415

    found: dict[str, tuple[Finding, ...]] = {}
    own, *others = deal_out(list(by_path), sizes, workers + 1)
    method = "fork" if "fork" in get_all_start_methods() else "spawn"
    with ProcessPoolExecutor(workers, mp_context=get_context(method)) as pool:
        futures = [pool.submit(check_paths, [(path, by_path[path].settings) for path in hand]) for hand in others]
        found.update((path, check_library(by_path[path])) for path in steps("checking archives", own, str))
        for future in steps("waiting for other processes", futures):
            for checked in future.result():
                found[checked.path] = checked.findings
                for unit, (content, reading) in zip(by_path[checked.path].units, checked.readings, strict=True):
                    unit.remember(content, reading)
    return tuple(finding for path in by_path for finding in found[path])
