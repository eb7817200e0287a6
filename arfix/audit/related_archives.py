"""Archives that are one library: equal copies, builds of the same sources, or versions.

Distributions ship variants side by side (`libform.a` and `libformw.a`, `libffi.a` and `libffi_pic.a`); a link should
use one of them.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arfix.linkage.model import Input

#: What distinguishes the file names of variants: wide characters, position independent, profiled, debug, threaded, ...
#: Source: the archives of Debian 12's -dev packages that define the same symbols.
VARIANT_SUFFIXES = (
    "_nonshared",
    "_static",
    "-static",
    "_pic",
    "-pic",
    "_dbg",
    "_debug",
    "-mt",
    "_mt",
    "_nano",
    "_s",
    "_g",
    "_p",
    "_r",
    "tw",
    "t",
    "w",
)


class LibraryRelation(Enum):
    """How two archives are related. The value is used in messages."""

    SAME = "holds the same objects as"
    VARIANT = "is a variant of"
    VERSION = "is another version of"


def relation_of(one: Input, other: Input, *, shared_definitions: int) -> LibraryRelation | None:
    """Return how two archives are related, or None if they are different libraries.

    Args:
        one: An archive.
        other: Another.
        shared_definitions: Number of strong definitions they share; half of the smaller archive's make a variant.
    """
    if _same_objects(one, other):
        return LibraryRelation.SAME
    stems = _stem(one.where.path), _stem(other.where.path)
    smaller = min(_strong_count(one), _strong_count(other))
    if stems[0] == stems[1] and shared_definitions * 2 >= smaller:
        return LibraryRelation.VARIANT
    if shared_definitions > 1 and _are_versions(one, other):
        return LibraryRelation.VERSION
    return None


def _are_versions(one: Input, other: Input) -> bool:
    """Return whether half of the smaller archive's members, two at least, are in the other by name and differ there."""
    members = {unit.name: unit for unit in one.units}
    differing = sum(1 for unit in other.units if unit.name in members and unit.view != members[unit.name].view)
    return differing > 1 and differing * 2 >= min(len(one.units), len(other.units))


def _same_objects(one: Input, other: Input) -> bool:
    if len(one.units) != len(other.units) or not one.units:
        return False
    return all(a.view == b.view for a, b in zip(one.units, other.units, strict=True))


def _strong_count(item: Input) -> int:
    return sum(len(unit.table.strong) for unit in item.units)


def _stem(path: str) -> str:
    """Return the library's name without a variant suffix: `form` for `/usr/lib/libformw.a`."""
    stem = path.replace("\\", "/").rpartition("/")[2].removesuffix(".a").removeprefix("lib")
    for suffix in VARIANT_SUFFIXES:
        if stem.endswith(suffix) and len(stem) > len(suffix) + 1:
            return stem.removesuffix(suffix)
    return stem


def pic_sibling_name(path: str) -> str | None:
    """Return the usual path of this archive's position-independent build; None if this is that build."""
    head, dot, _ = path.rpartition(".a")
    return None if not dot or head.endswith("_pic") else f"{head}_pic.a"
