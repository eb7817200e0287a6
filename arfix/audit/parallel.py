"""Archive rules over many archives: in this process, or dealt out by bytes to several.

A process is started only when there is enough to read: forking, importing and sending findings back costs some 50 ms.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from arfix.archive.files import STANDARD_STREAM, open_archive
from arfix.audit.library import library_of
from arfix.audit.registry import archive_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from arfix.audit.finding import Finding
    from arfix.audit.library import Library
    from arfix.audit.settings import Settings

#: With fewer bytes than this to read, one process is faster than two. Measured: 9 MB take about 0.1 s.
BYTES_FOR_A_PROCESS = 48_000_000


def check_library(library: Library) -> tuple[Finding, ...]:
    """Return what the archive rules find in one open archive."""
    return tuple(finding for rule in archive_rules() for finding in rule.check(library))


def check_paths(settings: Settings, paths: Sequence[str]) -> list[tuple[str, tuple[Finding, ...]]]:
    """Return what the archive rules find in these archives, with their paths."""
    found = []
    for path in paths:
        with open_archive(path) as archive:
            found.append((path, check_library(library_of(path, archive, settings))))
    return found


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


def start_checks(
    settings: Settings, libraries: Sequence[Library], *, in_memory: bool = False
) -> Callable[[], tuple[Finding, ...]]:
    """Begin to check these archives and return a function that waits for the findings, in the archives' order.

    Archives that are `in_memory` and not in files are checked in this process.

    Whatever the caller does in between goes on beside it when there are processes for it.
    """
    paths = [library.path for library in libraries]
    sizes = [library.size for library in libraries]
    workers = 0 if in_memory or STANDARD_STREAM in paths else worker_count(settings, sizes)
    if workers == 0:
        return lambda: tuple(finding for library in libraries for finding in check_library(library))
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 (30 ms, for large inputs only)
    from multiprocessing import get_all_start_methods, get_context  # noqa: PLC0415

    method = "fork" if "fork" in get_all_start_methods() else "spawn"
    pool = ProcessPoolExecutor(workers, mp_context=get_context(method))
    futures: list[Future[list[tuple[str, tuple[Finding, ...]]]]] = [
        pool.submit(check_paths, settings, hand) for hand in deal_out(paths, sizes, workers)
    ]

    def collect() -> tuple[Finding, ...]:
        with pool:
            by_path = dict(entry for future in futures for entry in future.result())
        return tuple(finding for path in dict.fromkeys(paths) for finding in by_path[path])

    return collect
