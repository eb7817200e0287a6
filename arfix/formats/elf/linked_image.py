"""A linked ELF image: its segments, sections, symbols, and where it lets the loader look.

LIEF reads what only images have: program headers and the dynamic section. Symbols and sections come from the readers
that objects have too, and what an image exports and needs from `arfix/formats/elf/dynamic.py`, which `check` uses.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.formats.elf.constants import SHF
from arfix.formats.elf.file import Elf
from arfix.formats.elf.section_kinds import SectionKind, kind_of
from arfix.formats.errors import malformed
from arfix.formats.identify import identify
from arfix.formats.lief_package import require_lief
from arfix.formats.model import Content, Place, SymbolType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import lief

    from arfix.formats.elf.dynamic import DynamicFacts
    from arfix.formats.elf.sections import Section
    from arfix.formats.model import Machine, Symbol

_IMAGES: Final = frozenset({Content.ELF_EXECUTABLE, Content.ELF_SHARED})
#: Symbols that name no thing of the program.
_NO_THING: Final = frozenset({SymbolType.SECTION, SymbolType.FILE})


class Segment(NamedTuple):
    """One segment that a loader maps.

    Attributes:
        address: Where it is loaded, relative to the image's base.
        size: Bytes it takes in memory; more than `data` has where zeros follow.
        data: Its bytes in the file.
        is_writable: Whether it is mapped for writing (RELRO, which is closed after relocation, included).
    """

    address: int
    size: int
    data: memoryview
    is_writable: bool


class SearchPath(NamedTuple):
    """A folder in which an image lets the loader look.

    Attributes:
        folder: As written; `$ORIGIN` is the image's own folder.
        is_inherited: True for DT_RPATH, which holds for what the image loads as well; False for DT_RUNPATH.
    """

    folder: str
    is_inherited: bool


@dataclass(frozen=True, eq=False)
class LinkedImage:
    """A linked image.

    Attributes:
        content: `ELF_EXECUTABLE` (a PIE too: it names an interpreter) or `ELF_SHARED`.
        machine: Its machine.
        dynamic: What it exports and needs.
        segments: What is loaded, by address.
        sections: Its section headers; empty if they were stripped.
        symbols: `.symtab` in order, as stored; empty if it was stripped.
        thread_local: Address of what thread-local variables begin with; their symbols count from there.
        interpreter: The loader it asks for by path; None for a shared object.
        search: Where it lets the loader look for what it needs, in order.
    """

    content: Content
    machine: Machine
    dynamic: DynamicFacts
    segments: tuple[Segment, ...]
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]
    thread_local: int
    interpreter: str | None
    search: tuple[SearchPath, ...]

    @cached_property
    def definitions(self) -> Mapping[str, tuple[Symbol, ...]]:
        """Name -> its definitions at different addresses, from `.symtab` and `.dynsym`: local and hidden ones too.

        `value` is an address, that of the first bytes of a thread-local variable as well.
        """
        found: dict[str, dict[int, Symbol]] = {}
        for symbol in (*self.symbols, *(row.symbol for row in self.dynamic.symbols)):
            if symbol.place is Place.DEFINED and symbol.type not in _NO_THING:
                address = symbol.value + (self.thread_local if symbol.type is SymbolType.TLS else 0)
                found.setdefault(symbol.name, {}).setdefault(address, symbol._replace(value=address))
        return {name: tuple(places.values()) for name, places in found.items()}

    @cached_property
    def sizes(self) -> Mapping[SectionKind, int]:
        """Bytes of each kind of section that is loaded; where section headers were stripped, of each kind of segment.

        BSS counts what it takes in memory; everything else takes as much in the file.
        """
        rows = [(kind_of(section), section.size) for section in self.sections if section.flags & SHF.ALLOC]
        if not rows:
            for segment in self.segments:
                kind = SectionKind.DATA if segment.is_writable else SectionKind.CODE
                rows += [(kind, len(segment.data)), (SectionKind.BSS, segment.size - len(segment.data))]
        sizes: dict[SectionKind, int] = {}
        for kind, size in rows:
            sizes[kind] = sizes.get(kind, 0) + size
        return {kind: size for kind, size in sizes.items() if size}


def read_image(view: memoryview) -> LinkedImage:
    """Return the linked ELF image in `view`, which must stay mapped for as long as the result is used.

    Raises:
        FormatError: These bytes are no linked image, or its tables do not lie within it.
        MissingPackageError: LIEF is not installed.
    """
    content = identify(view)
    if content not in _IMAGES:
        raise malformed(f"{content.value}: no executable and no shared object", 0)
    elf = Elf(view)
    loading = _read_loading(view)
    return LinkedImage(
        content if loading.interpreter is None else Content.ELF_EXECUTABLE,
        elf.machine,
        elf.dynamic,
        tuple(sorted(loading.segments, key=lambda segment: segment.address)),
        elf.sections,
        elf.symbols,
        loading.thread_local,
        loading.interpreter,
        loading.search,
    )


class _Loading(NamedTuple):
    """What an image says to a loader beyond its dynamic symbols."""

    interpreter: str | None
    segments: tuple[Segment, ...]
    thread_local: int
    search: tuple[SearchPath, ...]


def _read_loading(view: memoryview) -> _Loading:
    require_lief("reading a linked image")
    import lief  # noqa: PLC0415 (half a second that only image audits pay)

    lief.logging.disable()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a segment type that LIEF has no name for
        binary = lief.ELF.parse(BytesIO(view))
        if binary is None:
            raise malformed("these bytes are no linked image, though they begin like one", 0)
        types = lief.ELF.Segment.TYPE
        by_type = [(segment.type, segment) for segment in binary.segments]
        segments = tuple(_segment(view, segment) for type_, segment in by_type if type_ == types.LOAD)
        thread_local = next((segment.virtual_address for type_, segment in by_type if type_ == types.TLS), 0)
        try:
            interpreter = binary.interpreter if binary.has_interpreter else None
            search = tuple(_search(binary))
        except UnicodeDecodeError as error:  # LIEF gives these as text, and takes only UTF-8 for that
            raise malformed(f"the loader's path or a search path is not UTF-8: {error.object!r:.80}", 0) from error
    return _Loading(interpreter, segments, thread_local, search)


def _segment(view: memoryview, segment: lief.ELF.Segment) -> Segment:
    start, size = segment.file_offset, segment.physical_size
    if start + size > len(view):
        raise malformed(f"a segment should end at {start + size:#x}, but the image ends at {len(view):#x}", start)
    is_writable = bool(int(segment.flags) & int(segment.FLAGS.W))
    return Segment(segment.virtual_address, max(segment.virtual_size, size), view[start : start + size], is_writable)


def _search(binary: lief.ELF.Binary) -> Iterator[SearchPath]:
    """Yield the folders of DT_RUNPATH, or if there is none those of DT_RPATH: a loader heeds no RPATH beside it.

    Source: ld.so(8).
    """
    import lief  # noqa: PLC0415 (loaded already)

    for kind, is_inherited in ((lief.ELF.DynamicEntryRunPath, False), (lief.ELF.DynamicEntryRpath, True)):
        entries = [entry for entry in binary.dynamic_entries if isinstance(entry, kind)]
        if entries:
            yield from (SearchPath(folder, is_inherited) for folder in entries[0].paths if folder)
            return
