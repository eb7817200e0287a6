"""The files of Debian packages for tests: `samples.debian`, where a package that cannot be had skips the test."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from samples import debian
from samples.debian import Unavailable
from tests.tools import give_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def package(name: str) -> Path:
    """Return the folder that holds the package's files as they would be under `/`.

    Of names with `|` between them the first is taken that this release of Debian has. Skips the test where packages
    cannot be fetched; fails it in CI.
    """
    *others, last = name.split("|")
    for other in others:
        with contextlib.suppress(Unavailable):
            return debian.package(other)
    try:
        return debian.package(last)
    except Unavailable as why:
        give_up(str(why))


def versions(name: str) -> list[str]:
    """Return the versions of a package that apt can fetch, newest first; skips the test where it knows none."""
    try:
        return debian.versions(name)
    except Unavailable as why:
        give_up(str(why))


def archives_of(name: str) -> list[Path]:
    """Return every `.a` file of a package that is a regular file, sorted."""
    return sorted(_regular_files(package(name)))


def library(name: str, filename: str) -> Path:
    """Return the one archive of that file name in a package; several or none fail the test."""
    found = [path for path in archives_of(name) if path.name == filename]
    assert len(found) == 1, f"{name} holds {len(found)} files {filename}: {found}"
    return found[0]


def _regular_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.a") if path.is_file() and not path.is_symlink())
