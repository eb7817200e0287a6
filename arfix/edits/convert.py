"""Converting an archive to another kind: what each kind can store, and what the conversion loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.model import Kind
from arfix.edits.plan import Plan, Rewrite
from arfix.errors import ArfixError, EditError, UnsupportedError
from arfix.formats.identify import identify
from arfix.formats.model import ELF_CONTENTS, Content

if TYPE_CHECKING:
    from arfix.archive.model import Archive
    from arfix.edits.requests import Convert

_AIX = frozenset({Kind.AIX_BIG, Kind.AIX_SMALL})
_GNU = frozenset({Kind.GNU, Kind.GNU64})
_APPLE = frozenset({Kind.BSD, Kind.DARWIN, Kind.DARWIN64})


def plan_convert(archive: Archive, request: Convert, *, in_place: bool = True) -> Plan:
    """Return the plan that writes the archive as another kind; empty if it is of that kind already.

    Args:
        archive: The archive.
        request: The kind, and whether the result is thin.
        in_place: The result replaces the archive, so that it cannot refer to it.

    Raises:
        UnsupportedError: The kind cannot hold what the archive has, or arfix does not write it.
        EditError: A thin archive would refer to the file that it replaces.
    """
    kind, thin = request.kind, request.thin
    if kind in _AIX or archive.kind in _AIX:
        raise UnsupportedError("arfix reads AIX archives but does not write them", where=archive.where)
    if thin and kind not in _GNU:
        raise UnsupportedError(f"only GNU archives can be thin, not {kind.value} ones", where=archive.where)
    if archive.extras and kind is not Kind.COFF:
        raise UnsupportedError(
            f"the archive holds {archive.extras[0].name}, which only a COFF library can hold", where=archive.where
        )
    if kind is archive.kind and thin == archive.thin:
        return Plan(_path(archive))
    if thin and not archive.thin:
        _check_references(archive, in_place=in_place)
    reason = f"from {archive.kind.value}{', thin' if archive.thin else ''}"
    return Plan(_path(archive), (Rewrite(kind, thin, reason),), warnings=_warnings(archive, kind, thin=thin))


def _check_references(archive: Archive, *, in_place: bool) -> None:
    """Check that a thin archive can name the members where they are now."""
    if archive.kind not in _GNU:
        raise UnsupportedError(
            f"a thin archive can refer to members of a GNU archive, and this is a {archive.kind.value} one",
            where=archive.where,
            hint="Take the members out with `arfix extract` and make the thin archive with `ar rcT`.",
        )
    if in_place:
        raise EditError(
            "the thin archive would refer to members of the file that it replaces",
            where=archive.where,
            hint="Write it to another file with -o FILE; it refers to members of this one.",
        )


def _warnings(archive: Archive, kind: Kind, *, thin: bool) -> tuple[str, ...]:
    contents = set()
    for member in archive.members:
        try:
            contents.add(identify(member.data))
        except ArfixError:
            continue
    warnings = []
    if kind in _APPLE and contents & ELF_CONTENTS:
        warnings.append(
            f"the members are ELF objects, and neither GNU ld nor gold reads the index of a {kind.value} archive"
        )
    if kind not in _APPLE and Content.MACHO in contents:
        warnings.append(f"the members are Mach-O objects, and Apple's linker does not read a {kind.value} archive")
    if thin and not archive.thin:
        warnings.append(
            "the thin archive refers to members of another archive, which GNU ld and gold read, but not lld and mold"
        )
    return tuple(warnings)


def _path(archive: Archive) -> str:
    return archive.where.path if archive.where else ""
