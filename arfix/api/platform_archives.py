"""The archives of a platform, from `--platform` or a sysroot, for deciding which nested archives it has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.files import STANDARD_STREAM, open_archive
from arfix.edits.platform import Platform
from arfix.errors import AccessError, Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from arfix.linkage.sysroot import Sysroot


def open_platform(named: Iterable[str], *, besides: Sequence[str], sysroot: Sysroot | None = None) -> Platform:
    """Return the platform that these directories and archives make, without the archives that are edited.

    Args:
        named: Archives, and directories that are searched with all that is below them.
        besides: The archives that are edited.
        sysroot: A sysroot, of which the library folders are searched and nothing else.

    Raises:
        AccessError: There is no such file or directory.
    """
    edited = [Path(path) for path in besides if path != STANDARD_STREAM and Path(path).exists()]
    found = [*_archives_in(named), *(() if sysroot is None else _libraries_of(sysroot))]
    others = (path for path in found if path.is_file() and not any(path.samefile(one) for one in edited))
    return Platform(tuple(map(str, others)), open_archive)


def _archives_in(named: Iterable[str]) -> Iterator[Path]:
    """Yield the paths, those in a directory sorted."""
    for name in named:
        path = Path(name)
        if not path.exists():
            raise AccessError("there is no such file or directory", where=Where(name))
        if path.is_dir():
            folders = os.walk(path)  # passes over what vanishes or may not be read
            yield from sorted(Path(folder, file) for folder, _, files in folders for file in files if file[-2:] == ".a")
        else:
            yield path


def _libraries_of(sysroot: Sysroot) -> Iterator[Path]:
    for files in sysroot.candidates(static=True).values():
        yield from (Path(one.real) for one in files)
