"""Finds the files of a survey: archives and packages, in folders and by name, on disk or behind fsspec."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from arfix.errors import AccessError, Where
from arfix.extras import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: How names of archives end in a folder; of other files only packages are read. A file named by itself is always read.
_ARCHIVES = (".a", ".lib")
_PACKAGES = (
    *(".deb", ".udeb", ".ipk", ".rpm", ".apk", ".whl", ".conda", ".zip", ".nupkg", ".tar"),
    *(".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tar.zst", ".tzst", ".crate"),
)


class InputFile(NamedTuple):
    """A file to read.

    Attributes:
        url: Where workers find it: an absolute path, or a URL that fsspec knows.
        source: The PATH that led to it, as the user gave it; for a package the package's own path.
        path: Its path below that folder; the file name of a file named by itself.
        size: In bytes.
        stamp: What changes when the file does: its time of modification, or what the storage has for that.
    """

    url: str
    source: str
    path: str
    size: int
    stamp: str

    @property
    def is_package(self) -> bool:
        """Whether its name is that of a package."""
        return self.path.lower().endswith(_PACKAGES)


def is_remote(path: str) -> bool:
    """Return whether a path is a URL for fsspec (`s3://bucket/folder`) and not a path of this machine."""
    scheme, separator, _ = path.partition("://")
    return bool(separator) and scheme.isascii() and scheme.replace("+", "").isalnum() and len(scheme) > 1


def find_inputs(paths: Iterable[str]) -> Iterator[InputFile]:
    """Yield every archive and package that the paths lead to, sorted within each folder; each file once.

    Symbolic links inside folders are not followed: their targets are found where they are.

    Raises:
        AccessError: A path does not exist or cannot be read.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _remote(path) if is_remote(path) else _local(path):
            if found.url not in seen:
                seen.add(found.url)
                yield found


def _local(path: str) -> Iterator[InputFile]:
    where = Where(path)
    try:
        top = Path(path).resolve(strict=True)
        if not top.is_dir():
            yield _file(top, path, top.name)
            return
        for folder, folders, names in os.walk(top, onerror=_raise):
            folders.sort()
            for name in sorted(names):
                if name.lower().endswith((*_ARCHIVES, *_PACKAGES)):
                    file = Path(folder, name)
                    if file.is_file() and not file.is_symlink():
                        yield _file(file, path, file.relative_to(top).as_posix())
    except OSError as error:
        raise AccessError(f"cannot read: {error.strerror or error}", where=where) from error


def _raise(error: OSError) -> None:
    raise error


def _file(file: Path, source: str, path: str) -> InputFile:
    status = file.stat()
    found = InputFile(str(file), source, path, status.st_size, str(status.st_mtime_ns))
    return (
        found._replace(source=str(Path(source, path)) if Path(source).is_dir() else source)
        if found.is_package
        else found
    )


def _remote(url: str) -> Iterator[InputFile]:
    fsspec = require("fsspec", "survey")
    try:
        system, top = fsspec.core.url_to_fs(url)
        if system.isfile(top):
            found = {top: system.info(top)}
        else:
            listed = system.find(top, detail=True)
            found = {name: listed[name] for name in sorted(listed) if name.lower().endswith((*_ARCHIVES, *_PACKAGES))}
            if not listed:
                raise AccessError("there is no such file or folder", where=Where(url))
    except (OSError, ValueError, ImportError) as error:
        raise AccessError(f"cannot read: {error}", where=Where(url)) from error
    for name, info in found.items():
        path = name.removeprefix(top).lstrip("/") or name.rpartition("/")[2]
        stamp = next(
            (str(info[key]) for key in ("ETag", "etag", "mtime", "LastModified", "created") if key in info), ""
        )
        one = InputFile(system.unstrip_protocol(name), url, path, int(info.get("size") or 0), stamp)
        yield one._replace(source=one.url) if one.is_package else one
