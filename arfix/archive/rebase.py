"""Rewrites the member paths of a thin archive that is saved in another folder.

A thin archive stores the paths of its members relative to its own folder. Written to another folder with the same
paths it names files that are not there; GNU ld then links nothing of it and exits 0. GNU ar rewrites the paths, and so
does arfix.

Source: BFD `adjust_relative_path`; measured with GNU ar 2.40 (`CREATETHIN out/m.a`).
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.archive.paths import real_path
from arfix.errors import EditError, Where

if TYPE_CHECKING:
    from arfix.archive.model import Archive, Member

#: What means standard output as the path of an archive.
_STANDARD_STREAM = "-"


def rebased(archive: Archive, path: str) -> Archive:
    """Return the archive with thin members named relative to the folder of `path`; itself where nothing changes.

    Args:
        archive: As read from `archive.where`, or planned for that place.
        path: Where it will be written; `-` for standard output.

    Raises:
        EditError: It is written to standard output, so there is no directory that its paths could be relative to.
    """
    if not archive.thin or archive.where is None:
        return archive
    old, new = _folder(archive.where.path), _folder(path)
    if old == new or all(os.path.isabs(member.thin_path or "/") for member in archive.members):
        return archive
    if path == _STANDARD_STREAM:
        raise EditError(
            "the paths in a thin archive are relative to its own folder, and standard output has none",
            where=archive.where,
            hint="Name the file to write with -o FILE.",
        )
    moved: dict[str, str] = {}
    members = tuple([_rebased_member(member, archive.where.path, path, moved) for member in archive.members])
    return replace(archive, members=members, where=Where(path), source=None)


def _rebased_member(member: Member, old: str, new: str, moved: dict[str, str]) -> Member:
    stored = member.thin_path
    if stored is None:
        return member
    if stored not in moved:
        moved[stored] = path_in_thin(os.path.join(os.path.dirname(old), stored), new)
    path = moved[stored]
    return replace(member, thin_path=path, name=path if member.thin_origin is None else member.name)


def _folder(path: str) -> str:
    return real_path(os.path.dirname(path) or ".")


def path_in_thin(file: str, archive: str) -> str:
    """Return how the thin archive at `archive` names `file`: relative to its folder, unless `file` is absolute.

    Folders are followed through symbolic links first, since `..` behind a link is the parent of where the link leads.
    """
    if os.path.isabs(file):
        return file
    whole = os.path.join(_folder(file), os.path.basename(file))
    try:
        return os.path.relpath(whole, _folder(archive)).replace(os.sep, "/")
    except ValueError:  # another drive of Windows
        return whole
