"""Archives and members as plain values, for `pickle`, and so for `multiprocessing`.

A mapping cannot go to another process, so the bytes go: those of the file where the archive is unedited, otherwise
those of each member. A file that a thin member refers to stays where it is; its path goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.files import BesideSource
from arfix.archive.model import Archive, Member
from arfix.archive.source import BytesSource, Extent, Source
from arfix.archive.thin import FileBeside, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from arfix.archive.model import Index, Kind
    from arfix.archive.oddity import Oddity
    from arfix.errors import Where

#: Sources that are files beside a thin archive, or say that there is none.
_Beside = FileBeside | BesideSource | Unreachable


class _Blob(NamedTuple):
    """Bytes, and the file they come from."""

    data: bytes
    where: Where


class _PlainMember(NamedTuple):
    """A member; its content is the number of a blob, an offset and a size."""

    name: str
    header: bytes
    content: tuple[int, int, int]
    header_offset: int | None
    thin_path: str | None
    thin_origin: int | None


class _PlainArchive(NamedTuple):
    """An archive; its blobs are bytes, or the files of thin members. `source` is the number of a blob."""

    kind: Kind
    members: tuple[_PlainMember, ...]
    entries: Index | None
    thin: bool
    oddities: tuple[Oddity, ...]
    where: Where | None
    extras: tuple[_PlainMember, ...]
    has_name_table: bool
    source: tuple[int, int, int] | None
    blobs: tuple[_Blob | _Beside, ...]


class _Packer:
    """Collects the bytes of members, each once."""

    def __init__(self, whole: Extent | None) -> None:
        self.blobs: list[_Blob | _Beside] = []
        self._numbers: dict[tuple[int, int, int], int] = {}
        self._whole = whole
        if whole is not None:
            self.blobs.append(_Blob(bytes(whole.view), whole.source.where))

    def pack(self, content: Extent) -> tuple[int, int, int]:
        source, offset, size = content
        if self._whole is not None and source is self._whole.source:
            return 0, offset - self._whole.offset, size
        if isinstance(source, _Beside):
            return self._number((id(source), 0, 0), lambda: source), offset, size
        return self._number((id(source), offset, size), lambda: _Blob(bytes(content.view), source.where)), 0, size

    def _number(self, key: tuple[int, int, int], make: Callable[[], _Blob | _Beside]) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self.blobs)
            self.blobs.append(make())
        return self._numbers[key]

    def members(self, members: Iterable[Member]) -> tuple[_PlainMember, ...]:
        return tuple(
            _PlainMember(
                one.name, one.header, self.pack(one.content), one.header_offset, one.thin_path, one.thin_origin
            )
            for one in members
        )


def reduce_archive(archive: Archive) -> tuple[object, ...]:
    """Return what `pickle` keeps of an archive."""
    packer = _Packer(archive.source)
    members, extras = packer.members(archive.members), packer.members(archive.extras)
    return make_archive, (
        _PlainArchive(
            archive.kind,
            members,
            archive.index,
            archive.thin,
            archive.oddities,
            archive.where,
            extras,
            archive.has_name_table,
            None if archive.source is None else (0, 0, archive.source.size),
            tuple(packer.blobs),
        ),
    )


def reduce_member(member: Member) -> tuple[object, ...]:
    """Return what `pickle` keeps of a member that is not in an archive: its own bytes alone."""
    packer = _Packer(None)
    (plain,) = packer.members([member])
    return make_member, (plain, tuple(packer.blobs))


def make_member(plain: _PlainMember, blobs: tuple[_Blob | _Beside, ...]) -> Member:
    """Return the member that was pickled."""
    (member,) = _members([plain], _sources(blobs))
    return member


def make_archive(plain: _PlainArchive) -> Archive:
    """Return the archive that was pickled."""
    sources = _sources(plain.blobs)
    return Archive(
        plain.kind,
        _members(plain.members, sources),
        plain.entries,
        plain.thin,
        plain.oddities,
        plain.where,
        None if plain.source is None else _extent(plain.source, sources),
        _members(plain.extras, sources),
        plain.has_name_table,
    )


def _sources(blobs: Iterable[_Blob | _Beside]) -> list[Source]:
    return [one if isinstance(one, _Beside) else BytesSource(one.where, memoryview(one.data)) for one in blobs]


def _extent(place: tuple[int, int, int], sources: list[Source]) -> Extent:
    return Extent(sources[place[0]], place[1], place[2])


def _members(plain: Iterable[_PlainMember], sources: list[Source]) -> tuple[Member, ...]:
    return tuple(
        Member(one.name, one.header, _extent(one.content, sources), one.header_offset, one.thin_path, one.thin_origin)
        for one in plain
    )
