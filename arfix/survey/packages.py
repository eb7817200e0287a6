"""Opens packages without unpacking them: yields the archives inside, one at a time, as bytes that can be mapped.

The container is recognized by its first bytes. The standard library reads tar, zip, gzip, bzip2 and xz, the package
`zstandard` reads zstd, arfix itself reads the `ar` archive that a Debian package is, and libarchive reads RPM. A file
inside goes to memory, or to a temporary file without a name if it is large, and is gone after it was read.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import hashlib
import io
import lzma
import mmap
import os
import tarfile
import tempfile
import zipfile
import zlib
from contextlib import closing, contextmanager
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple, cast

from arfix.archive.format import MAGIC, MAGIC_SIZE
from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource, Extent, forget_pages
from arfix.errors import ArfixError, FormatError, UnsupportedError, Where
from arfix.extras import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    from arfix.archive.source import Source

#: Files up to this size are kept in memory, in bytes; larger ones are in a temporary file that is mapped.
IN_MEMORY: Final = 8 << 20
#: The most bytes that one file in a package may have, and that are read out of one package.
MOST_OF_A_FILE: Final = 8 << 30
MOST_OF_A_PACKAGE: Final = 256 << 30
_CHUNK: Final = 1 << 20

_ZIP: Final = b"PK\x03\x04"
_RPM: Final = b"\xed\xab\xee\xdb"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_GZIP: Final = b"\x1f\x8b"
_XZ: Final = b"\xfd7zXZ\0"
_BZIP2: Final = b"BZh"
_USTAR: Final = 257

#: What the libraries raise for damaged files.
_DAMAGE: Final = (
    *(tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, gzip.BadGzipFile, EOFError),
    *(OSError, ValueError, RuntimeError, NotImplementedError, OverflowError, UnicodeError),
)


#: What the system answers where a temporary file or a table cannot be written, whatever was read.
CANNOT_WRITE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.EACCES})


class PackagedFile(NamedTuple):
    """A file in a package that has the name of an archive.

    Attributes:
        path: Its path in the package, without a leading `./` or `/`.
        source: Its bytes; none for a hard link to a file that came before.
        hash: SHA-256 of its bytes, in hexadecimal.
    """

    path: str
    source: Source
    hash: str


class MappedSource:
    """A temporary file without a name, mapped: a `Source`. Nobody else can change it."""

    #: None, as the mapping is not copied from in the kernel.
    descriptor: int | None = None

    def __init__(self, file: IO[bytes], where: Where) -> None:
        """Map the file, which may be closed afterwards."""
        self.where = where
        self._mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._view = memoryview(self._mapping)
        self._file: int | None = os.dup(file.fileno())

    @property
    def view(self) -> memoryview:
        """All bytes."""
        return self._view

    def read(self, offset: int, size: int) -> bytes:
        """Return a copy of some bytes; that they are read takes no page of the mapping."""
        if self._file is None:
            return bytes(self._view[offset : offset + size])
        return os.pread(self._file, size, offset)

    def forget(self) -> None:
        """Give back the memory of the mapping; the bytes come again when looked at."""
        forget_pages(self._view)

    def close(self) -> None:
        """Let go of the file. The mapping goes with the last view of it."""
        descriptor, self._file = self._file, None
        if descriptor is not None:
            os.close(descriptor)


class _Budget:
    """The bytes that may still be read out of a package."""

    def __init__(self, where: Where) -> None:
        self.where = where
        self.left = MOST_OF_A_PACKAGE

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise UnsupportedError(f"the files in it have more than {MOST_OF_A_PACKAGE:,} bytes", where=self.where)


def read_package(source: Source, where: Where) -> Iterator[PackagedFile]:
    """Yield the archives in a package, each valid until the next one is asked for.

    Args:
        source: The bytes of the package.
        where: Its path, for messages.

    Raises:
        ArfixError: It is damaged, no package of a known kind, or too large. What came before is right.
    """
    try:
        yield from _walk(Extent(source, 0, len(source.view)), where, _Budget(where), 0)
    except ArfixError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in CANNOT_WRITE:
            raise
        if not isinstance(error, _DAMAGE) and type(error).__name__ not in {"ZstdError", "ArchiveError"}:
            raise
        raise FormatError(f"cannot unpack: {str(error) or type(error).__name__}", where=where) from error


def _walk(package: Extent, where: Where, budget: _Budget, depth: int) -> Iterator[PackagedFile]:
    head = package.read(0, min(512, package.size))
    if head.startswith(MAGIC) and head[MAGIC_SIZE:].startswith(b"debian-binary"):
        yield from _walk_debian(package, where, budget, depth)
        return
    with io.BufferedReader(_File(package), _CHUNK) as file:
        if head.startswith(_ZIP):
            yield from _walk_zip(file, where, budget)
        elif head.startswith(_RPM):
            yield from _walk_rpm(file, where, budget)
        else:
            yield from _walk_tar(file, where, budget)


def _walk_debian(package: Extent, where: Where, budget: _Budget, depth: int) -> Iterator[PackagedFile]:
    """Yield the archives in `data.tar.*`. Source: deb(5)."""
    for member in read_archive(package, where).members:
        if member.name.startswith("data.tar") and depth == 0:
            yield from _walk(member.content, where, budget, depth + 1)
            return
    raise FormatError("a Debian package without a member data.tar", where=where)


def _walk_zip(file: IO[bytes], where: Where, budget: _Budget) -> Iterator[PackagedFile]:
    """Yield the archives in a zip file; those of a Conda package are in a `pkg-*.tar.zst` inside."""
    with zipfile.ZipFile(file) as opened:
        for info in opened.infolist():
            if info.is_dir():
                continue
            if is_archive_name(info.filename):
                with opened.open(info) as stream:
                    yield _take(stream, info.filename, where, budget)
            elif info.filename.startswith("pkg-") and info.filename.endswith((".tar.zst", ".tar.bz2")):
                with opened.open(info) as stream:
                    yield from _walk_tar(stream, where, budget)


def _walk_tar(file: IO[bytes], where: Where, budget: _Budget) -> Iterator[PackagedFile]:
    """Yield the archives in a tar file. The tar files of an Alpine package follow each other, hence `ignore_zeros`."""
    with (
        _decompressed(file, where) as stream,
        tarfile.open(mode="r|", fileobj=stream, bufsize=_CHUNK, ignore_zeros=True, errors="surrogateescape") as opened,
    ):
        found = False
        hashes: dict[str, str] = {}
        for info in opened:
            found = True
            vars(opened)["members"] = []  # else every header is kept
            path, linked = _path(info.name), _path(info.linkname)
            if info.isreg():
                budget.spend(info.size)
                data = opened.extractfile(info) if is_archive_name(info.name) else None
                if data is not None:
                    one = _take(data, info.name, where, budget)
                    hashes[path] = one.hash
                    yield one
            elif info.islnk() and is_archive_name(info.name) and linked in hashes:
                # A second name of a file that came before: its bytes are not stored again.
                yield PackagedFile(path, BytesSource(Where(path), memoryview(b"")), hashes[linked])
    if not found:
        raise _unknown(where)


def _unknown(where: Where) -> FormatError:
    return FormatError("no package of a kind that arfix knows: not deb, rpm, zip or tar", where=where)


def _walk_rpm(file: IO[bytes], where: Where, budget: _Budget) -> Iterator[PackagedFile]:
    libarchive = _libarchive(where)
    with libarchive.stream_reader(file) as entries:
        for entry in entries:
            name = entry.pathname
            if entry.isfile:
                budget.spend(entry.size or 0)
                if is_archive_name(name):
                    yield _take(io.BufferedReader(_Blocks(entry.get_blocks()), _CHUNK), name, where, budget)


def _libarchive(where: Where) -> ModuleType:
    try:
        return require("libarchive", "survey")
    except (AttributeError, TypeError, OSError) as error:  # the package is here, and the library it loads is not
        raise UnsupportedError(
            f"RPM packages are read with libarchive, which cannot be loaded: {error}",
            where=where,
            hint="Install libarchive (`apt install libarchive13`), or convert the package with `rpm2archive`.",
        ) from error


def is_archive_name(name: str) -> bool:
    """Return whether a file in a package is read as an archive."""
    return name.lower().endswith((".a", ".lib"))


def _path(name: str) -> str:
    """Return a path in a package as the tables have it."""
    return name.removeprefix("./").lstrip("/")


def _take(stream: IO[bytes], name: str, where: Where, budget: _Budget) -> PackagedFile:
    """Copy a file out of the package, to memory or to a temporary file."""
    path = _path(name)
    place = Where(path)
    digest = hashlib.sha256()
    size = 0
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > MOST_OF_A_FILE:
                raise UnsupportedError(f"{path} has more than {MOST_OF_A_FILE:,} bytes", where=where)
            budget.spend(len(chunk))
            digest.update(chunk)
            spool.write(chunk)
        if size <= IN_MEMORY:
            spool.seek(0)
            source: Source = BytesSource(place, memoryview(spool.read()))
        else:
            spool.flush()
            source = MappedSource(spool, place)
    return PackagedFile(path, source, digest.hexdigest())


@contextmanager
def _decompressed(file: IO[bytes], where: Where) -> Iterator[IO[bytes]]:
    """Yield the bytes of a file that may be compressed."""
    head = file.read(512)
    file.seek(0)
    if head.startswith(_GZIP):
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    elif head.startswith(_XZ):
        stream = lzma.LZMAFile(file)  # noqa: SIM115 (closed below)
    elif head.startswith(_BZIP2):
        stream = bz2.BZ2File(file)
    elif head.startswith(_ZSTD):
        stream = require("zstandard", "survey").ZstdDecompressor().stream_reader(file, read_across_frames=True)
    elif head[_USTAR : _USTAR + 5] == b"ustar":
        stream = file
    else:
        raise _unknown(where)
    with closing(stream):
        yield stream


class _File(io.RawIOBase):
    """A stretch of bytes, as a file."""

    def __init__(self, extent: Extent) -> None:
        super().__init__()
        self._extent, self._at = extent, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._extent.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 (any writable buffer)
        data = self._extent.read(self._at, max(0, min(len(buffer), self._extent.size - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class _Blocks(io.RawIOBase):
    """Blocks of bytes, as a file."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        super().__init__()
        self._blocks = iter(blocks)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 (any writable buffer)
        while not self._left:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._left = block
        part, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)
