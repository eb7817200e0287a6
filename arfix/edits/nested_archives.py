"""Opening nested archives at any depth, within limits.

libtool makes these when a dependency is given by its absolute path (`ar cr libx.a /abs/libdep.a main.o`). A nested
archive may be empty, thin, nested again, or a thin one that lists itself; so depth, number and total size are
limited, and no archive is opened inside itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.files import opener_beside
from arfix.archive.read import read_archive
from arfix.arguments import archive_given
from arfix.errors import ArfixError, FormatError, UnsupportedError, Where
from arfix.formats.identify import identify
from arfix.formats.model import Content
from arfix.symbols.member_label import labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.archive.model import Archive, Member, OpenBeside

_ARCHIVES = frozenset({Content.ARCHIVE, Content.THIN_ARCHIVE})

#: How deep archives may be nested. The deepest seen in real libraries is 2.
MAX_DEPTH = 16
#: How many nested archives one archive may hold, and how many bytes in them, counted at every depth.
MAX_ARCHIVES = 10_000
MAX_BYTES = 16 * 1024**3


@dataclass(slots=True)
class _Spent:
    """The number and size of nested archives opened so far, at all depths."""

    archives: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class OpenArchive:
    """An open archive and the archives that contain it.

    Attributes:
        archive: The archive.
        open_beside: Opens files beside the outermost archive, for thin ones; None if that is bytes in memory.
        around: The bytes of the archives it is in, from the outside in, its own the last.
    """

    archive: Archive
    open_beside: OpenBeside | None = None
    around: tuple[memoryview, ...] = ()
    _spent: _Spent = field(default_factory=_Spent)

    @property
    def where(self) -> Where:
        """The archive's place."""
        return self.archive.where or Where("<bytes>")

    @property
    def depth(self) -> int:
        """How many archives it is in; 0 for the outermost."""
        return max(len(self.around) - 1, 0)


def outermost(archive: Archive, open_beside: OpenBeside | None = None) -> OpenArchive:
    """Return an archive that is not nested, ready for opening those inside it."""
    around = () if archive.source is None else (archive.source.view,)
    return OpenArchive(archive, open_beside, around)


def open_nested(outer: OpenArchive, member: Member, written: str | None = None) -> OpenArchive:
    """Return the nested archive stored as `member` of `outer`.

    Args:
        outer: The archive that contains it.
        member: The member.
        written: How the member is written in messages (`x.a#2`), if that is not its name.

    Raises:
        FormatError: The member is not an archive, is damaged, or contains itself.
        UnsupportedError: It is nested too deep, a limit is exceeded, or arfix does not read its kind.
        AccessError: Its file cannot be read.
    """
    where = outer.where.inside(member.name if written is None else written)
    view = member.data
    if any(len(view) == len(around) and view == around for around in outer.around):
        raise FormatError("the archive contains itself", where=where, hint="`arfix strip` removes the member.")
    if outer.depth >= MAX_DEPTH:
        raise UnsupportedError(f"an archive nested deeper than {MAX_DEPTH} archives", where=where)
    spent = outer._spent  # noqa: SLF001 (shared by all that is opened inside one archive)
    spent.archives += 1
    spent.size += len(view)
    if spent.archives > MAX_ARCHIVES or spent.size > MAX_BYTES:
        raise UnsupportedError(
            f"more than {MAX_ARCHIVES} archives or {MAX_BYTES:,} bytes are nested in one archive", where=where
        )
    archive = read_archive(member.content, where, open_beside=outer.open_beside)
    return OpenArchive(archive, outer.open_beside, (*outer.around, view), spent)


class WalkedMember(NamedTuple):
    """A member of an archive or of one inside it, as `walk` yields it.

    Attributes:
        where: Its place: `libffi.a(libposix.a(open.o))` as text.
        member: The member.
        archive: The archive that contains it directly.
        nested: The archive that it is; its members follow. None if it is something else, or cannot be read.
        problem: Why its bytes or the archive in it cannot be read; None if they can.
    """

    where: Where
    member: Member
    archive: Archive
    nested: Archive | None = None
    problem: ArfixError | None = None

    def __repr__(self) -> str:
        """Return place and size on one line: `<WalkedMember 'libffi.a(libposix.a(open.o))': 832 bytes>`."""
        place = str(self.where)
        place = place if len(place) <= 70 else f"...{place[-70:]}"
        problem = "" if self.problem is None else ", unreadable"
        return f"<WalkedMember {place!r}: {self.member.content.size:,} bytes{problem}>"

    @property
    def depth(self) -> int:
        """How many archives are around that of the member: 0 for one of the outermost archive."""
        return len(self.where.members) - 1


def walk(archive: Archive) -> Iterator[WalkedMember]:
    """Yield every member of an archive, and behind each nested archive the members of that, at any depth.

    A member that cannot be read is yielded with its `problem`. Depth, number and total size of nested archives are
    limited, and an archive that contains itself is a problem.
    """
    archive_given(archive)
    path = archive.where.path if archive.where else ""
    return _walk(outermost(archive, opener_beside(path) if path else None))


def _walk(opened: OpenArchive) -> Iterator[WalkedMember]:
    archive = opened.archive
    for label, member in zip(labels(archive), archive.members, strict=True):
        where = opened.where.inside(label)
        try:
            inner = open_nested(opened, member, label) if identify(member.data) in _ARCHIVES else None
        except ArfixError as error:
            yield WalkedMember(where, member, archive, problem=error)
            continue
        yield WalkedMember(where, member, archive, None if inner is None else inner.archive)
        if inner is not None:
            yield from _walk(inner)
