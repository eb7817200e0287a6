"""Absolute paths of the machine that compiled an object: in its debug information, and in strings of its program.

What a path is for cannot be read from its bytes, so two rules decide. In debug information every absolute path outside
the directories that every system has is one of the build. Elsewhere a path is one of the build if it names a source
file (`__FILE__` in an assertion), or lies in a directory of the build that the debug information names, or is three
names deep in the directories where people and build services work.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.formats.elf.constants import SHF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.sections import Section
    from arfix.formats.inspect import ObjectFacts

#: An absolute path of two or more names, at the start of a string or behind -I, -L or -B.
_PATH = re.compile(rb"(?:(?<![\w.+~@%/:\\-])|(?<=-[ILB]))/(?:[\w.+~@%-]+/)+[\w.+~@%-]*")

#: First names of paths that mean the same on every machine; /rustc is what Rust puts in place of its own directory.
_SYSTEM = frozenset(
    b"usr lib lib32 lib64 libx32 include etc dev proc sys bin sbin run var nix gnu rustc System Library".split()
)
#: Paths below those that are of a build all the same.
_BUILD_BELOW_SYSTEM = (
    b"/var/tmp/",
    b"/var/lib/jenkins/",
    b"/var/lib/buildkite",
    b"/usr/local/src/",
    b"/usr/src/packages/",
)

#: First names of directories where people and build services work.
_WORK = frozenset(b"home root Users build builds builddir buildbot workspace work jenkins".split())
_DEPTH_OF_WORK = 3

#: How names of source files end.
_SOURCE = re.compile(
    rb"\.(?:[cChHsSmdfFyl]|cc|cpp|cxx|c\+\+|hh|hpp|hxx|inc|inl|ipp|tcc|mm|rs|go|zig|f90|F90|f95|f03|f08|asm|pyx|adb|ads)$"
)

#: A compressed section that would become larger is not looked at, in bytes.
_MOST_DEBUG_BYTES = 256 << 20
_COMPRESSED_BY_ZLIB = 1
_NARROW_HEADER, _WIDE_HEADER = 12, 24


def find_build_paths(facts: ObjectFacts) -> tuple[str, ...]:
    """Return the paths of the build machine in an object, each once, in the order of the file.

    Compressed debug sections are read where zlib compressed them. What is not ELF is searched as a whole. The
    bytecode of GCC is compressed and not searched.
    """
    if not facts.is_elf:
        return _decoded(path for path in _paths(facts.view) if _is_source(path) or _is_work(path))
    try:
        sections = facts.elf.sections
    except ArfixError:
        return ()
    debug: list[bytes] = []
    rest: list[bytes] = []
    for section in sections:
        is_debug = ".debug_" in section.name or section.name.startswith((".zdebug_", ".stab"))
        (debug if is_debug else rest).extend(_paths(_contents(facts.elf, section)))
    of_build = [path for path in debug if not _is_system(path)]
    folders = tuple({path.rpartition(b"/")[0] + b"/" for path in of_build})
    of_build += [
        path for path in rest if _is_source(path) or _is_work(path) or (bool(folders) and path.startswith(folders))
    ]
    return _decoded(of_build)


def _decoded(paths: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(path.decode("utf-8", "surrogateescape") for path in dict.fromkeys(paths))


def _paths(data: memoryview | bytes) -> Iterator[bytes]:
    return (match.group() for match in _PATH.finditer(data))


def _is_system(path: bytes) -> bool:
    return path.split(b"/", 2)[1] in _SYSTEM and not path.startswith(_BUILD_BELOW_SYSTEM)


def _is_source(path: bytes) -> bool:
    return not _is_system(path) and b"%" not in path and _SOURCE.search(path) is not None


def _is_work(path: bytes) -> bool:
    """Return whether a path lies deep enough in a directory where people work; `/home/%s/x` is a pattern."""
    names = [name for name in path.split(b"/") if name]
    return names[0] in _WORK and len(names) >= _DEPTH_OF_WORK and b"%" not in path


def _contents(elf: Elf, section: Section) -> memoryview | bytes:
    """Return the bytes of a section, uncompressed; none if they cannot be had.

    Source: ELF gABI, "Section Compression": `ch_type`, `ch_size` and `ch_addralign` are in front.
    """
    try:
        data = elf.contents(section)
    except ArfixError:
        return b""
    if not section.flags & SHF.COMPRESSED:
        return data
    wide, order = elf.header.bits == 64, elf.header.byteorder
    header = _WIDE_HEADER if wide else _NARROW_HEADER
    start, width = (8, 8) if wide else (4, 4)
    size = int.from_bytes(data[start : start + width], order)
    if int.from_bytes(data[:4], order) != _COMPRESSED_BY_ZLIB or size > _MOST_DEBUG_BYTES:
        return b""
    try:
        return zlib.decompressobj().decompress(data[header:], size)
    except zlib.error:
        return b""
