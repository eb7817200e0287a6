"""The conditions of a recipe (`when`), which decide what it concerns in a sysroot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.formats.elf.file import Elf

if TYPE_CHECKING:
    from arfix.archive.model import Archive
    from arfix.recipe.model import Condition
    from arfix.recipe.sysroot import RecipeSysroot


def paths_exist(when: Condition, sysroot: RecipeSysroot) -> bool:
    """Return whether the paths of a condition exist; this can be decided before any archive is found."""
    return all(sysroot.exists(name) for name in when.exists)


def holds(when: Condition, sysroot: RecipeSysroot, archive: Archive | None, sha256: str) -> bool:
    """Return whether a condition holds.

    Args:
        when: The condition.
        sysroot: The sysroot of its paths.
        archive: The archive before any step; None if the condition concerns no archive, or names no machine.
        sha256: The hash of that archive.
    """
    if not paths_exist(when, sysroot):
        return False
    if when.sha256 and sha256 not in when.sha256:
        return False
    return not when.machines or (archive is not None and _machine_name(archive) in when.machines)


def _machine_name(archive: Archive) -> str:
    """Return the machine of the first ELF object; empty if there is none."""
    for member in archive:
        try:
            elf = Elf(member.data)
            if elf.has_magic:
                return elf.machine.name
        except ArfixError:
            continue
    return ""
