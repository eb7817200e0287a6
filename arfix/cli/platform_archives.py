"""The archives that `--platform` names, for deciding which nested archives the platform has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.files import STANDARD_STREAM, open_archive
from arfix.edits.platform import Platform
from arfix.errors import AccessError, Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def open_platform(named: Iterable[str], *, besides: Sequence[str]) -> Platform:
    """Return the platform of these directories and archives, without the archives that are being edited.

    Raises:
        AccessError: There is no such file or directory.
    """
    edited = [Path(path) for path in besides if path != STANDARD_STREAM and Path(path).exists()]
    return Platform(tuple(_archives_in(named, edited)), open_archive)


def _archives_in(named: Iterable[str], edited: Sequence[Path]) -> Iterator[str]:
    """Yield the paths, those in a directory sorted."""
    for name in named:
        path = Path(name)
        if not path.exists():
            raise AccessError("there is no such file or directory", where=Where(name))
        for found in sorted(path.rglob("*.a")) if path.is_dir() else [path]:
            if found.is_file() and not any(found.samefile(one) for one in edited):
                yield str(found)
