"""A sysroot of real archives for two machines, with faults planted in twenty of them: the same ones each time."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.archive.files import open_archive, save
from arfix.archive.header import new_header
from arfix.archive.model import Archive, Index, Member
from arfix.archive.source import extent_of
from arfix.edits.apply import apply
from arfix.edits.plan import Add, Plan
from arfix.errors import Where
from tests.ar_builder import ar
from tests.debian import package
from tests.elf_builder import elf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PACKAGES = (
    *(f"lib{name}-dev" for name in ("absl", "c6", "dpdk", "ffi", "gmp", "ncurses", "ssl")),
    "zlib1g-dev",
    *(f"lib{name}-dev:i386" for name in ("absl", "c6", "ffi", "gmp", "ncurses", "ssl")),
    "zlib1g-dev:i386",
)
FAULTS = 20


def build(folder: Path) -> list[Path]:
    """Make the sysroot and return its archives: regular files, sorted."""
    for name in PACKAGES:
        shutil.copytree(package(name) / "usr" / "lib", folder / "usr" / "lib", symlinks=True, dirs_exist_ok=True)
    return sorted(path for path in folder.rglob("*.a") if path.is_file() and not path.is_symlink())


def plant(archives: list[Path]) -> dict[Path, str]:
    """Plant a fault in twenty archives and return which."""
    choice = random.Random(5)  # noqa: S311 (the same each time)
    able = [path for path in archives if _has_index(path)]
    faults = dict(zip(choice.sample(able, FAULTS), [*_FAULTS] * (FAULTS // len(_FAULTS)), strict=True))
    for path, name in faults.items():
        with open_archive(path) as archive:
            save(_FAULTS[name](archive), path)
    return faults


def _has_index(path: Path) -> bool:
    try:
        with open_archive(path) as archive:
            return not archive.thin and archive.index is not None and len(archive.index) > 1
    except Exception:  # noqa: BLE001 (glibc's libm.a is a linker script)
        return False


def _with(archive: Archive, name: str, data: bytes) -> Archive:
    member = Member(name, new_header(), extent_of(data, Where(name)))
    return apply(archive, Plan("", (Add(len(archive.members), member, "planted", "", ()),)))


def _without_index(archive: Archive) -> Archive:
    return replace(archive, index=None, source=None)


def _with_stale_index(archive: Archive) -> Archive:
    index = archive.index or Index((), ())
    return replace(archive, index=replace(index, names=("planted_name", *index.names[1:])), source=None)


def _with_nested(archive: Archive) -> Archive:
    i386 = archive.where is not None and "i386" in archive.where.path
    data = elf("planted_function", machine=3, bits=32) if i386 else elf("planted_function")
    return _with(archive, "libplanted.a", ar(("planted.o", data), index=(("planted_function", 0),)))


def _with_text(archive: Archive) -> Archive:
    return _with(archive, "planted.txt", b"left behind by a build\n")


_FAULTS: dict[str, Callable[[Archive], Archive]] = {
    "no index": _without_index,
    "stale index": _with_stale_index,
    "nested": _with_nested,
    "text": _with_text,
}
