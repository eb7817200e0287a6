"""The state of an archive's index and container: whether an edit can keep them or must rebuild them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.format import DARWIN_ALIGNMENT, MAGIC_SIZE
from arfix.archive.model import NO_MEMBER, Kind
from arfix.errors import ArfixError
from arfix.formats.constants import ELF_MAGIC
from arfix.formats.model import OBJECT_CONTENTS

if TYPE_CHECKING:
    from arfix.archive.model import Archive, Member
    from arfix.archive.oddity import Oddity

#: What a missing index is called, in `Reindex.reason` and by `--check`.
MISSING = "there is no index"


def index_trouble(archive: Archive) -> str:
    """Return why an edit cannot keep the index (it is missing or wrong); empty if it can.

    An archive without any object has no index and needs none.
    """
    index = archive.index
    if index is None:
        return MISSING if any(is_object(member) for member in archive.members) else ""
    astray = index.members.count(NO_MEMBER)
    if astray:
        return f"{astray} of {len(index)} index entries point at no member"
    return ""


def is_container_trouble(oddity: Oddity) -> bool:
    """Return whether `arfix index` repairs the oddity by rewriting the container."""
    traits = oddity.kind.traits
    return traits.mended_by_edit and not traits.forgiven and not traits.in_index


def container_trouble(archive: Archive) -> str:
    """Return what some linkers refuse about the container and a rewrite repairs; empty if nothing.

    Source: measured with GNU ld and gold 2.40, lld 14 and 19, mold 1.10.
    """
    said = [oddity.message for oddity in archive.oddities if is_container_trouble(oddity)]
    count = len(misaligned(archive))
    if count:
        members = "1 Mach-O member is" if count == 1 else f"{count} Mach-O members are"
        said.append(f"{members} not at a multiple of {DARWIN_ALIGNMENT} bytes")
    return "; ".join(said)


#: First bytes of 64-bit Mach-O objects.
_MACHO64_MAGICS = frozenset({b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe"})


def misaligned(archive: Archive) -> tuple[int, ...]:
    """Return the positions of 64-bit Mach-O members whose bytes do not start at a multiple of 8 in the archive.

    Apple's linker maps the archive and reads such objects in place: older versions warn, newer ones refuse.
    """
    if archive.source is None or archive.kind not in _APPLE_KINDS:
        return ()
    start = archive.source.offset
    return tuple(
        position
        for position, member in enumerate(archive.members)
        if (member.content.offset - start) % DARWIN_ALIGNMENT and bytes(member.data[:4]) in _MACHO64_MAGICS
    )


#: Kinds that Apple's linker reads.
_APPLE_KINDS = frozenset({Kind.BSD, Kind.DARWIN, Kind.DARWIN64})


def foreign_kind(archive: Archive) -> str:
    """Return why GNU linkers cannot read the ELF objects of a BSD or Darwin archive; empty if they can.

    GNU ld reads a `__.SYMDEF` in the header's name field or of 20 bytes behind it, as Apple's tools write it, and takes
    one of 12 bytes, as llvm-ar writes it, for a member. gold reads no BSD name at all. lld takes a `__.SYMDEF` in the
    name field for a member. Measured with binutils 2.40, lld 14 and 19.
    """
    if archive.kind not in _APPLE_KINDS or not any(_is_elf(member) for member in archive.members):
        return ""
    name = "BSD" if archive.kind is Kind.BSD else "Darwin"
    if archive.index is None:
        return f"ELF objects in a {name} archive, whose member names gold does not read"
    field = b"" if archive.source is None else bytes(archive.source.view[MAGIC_SIZE : MAGIC_SIZE + 16]).rstrip(b" ")
    if field.startswith(b"__.SYMDEF"):
        return f"ELF objects in a {name} archive, whose index gold and lld do not read"
    if field in _INDEXES_THAT_GNU_READS:
        return f"ELF objects in a {name} archive, whose index and member names gold does not read"
    return f"ELF objects in a {name} archive, whose index GNU ld and gold read as a member"


#: Name fields of indexes behind the header that GNU ld reads. Source: BFD `bfd_slurp_armap`.
_INDEXES_THAT_GNU_READS = frozenset({b"#1/20"})


def _is_elf(member: Member) -> bool:
    try:
        return bytes(member.data[:4]) == ELF_MAGIC
    except ArfixError:
        return False


def is_object(member: Member) -> bool:
    """Return whether the member is object code; GNU ar writes an index only if some member is."""
    from arfix.formats.identify import identify  # noqa: PLC0415 (ELF objects are recognized by their magic)

    try:
        view = member.data
    except ArfixError:
        return False
    return bytes(view[:4]) == ELF_MAGIC or identify(view) in OBJECT_CONTENTS
