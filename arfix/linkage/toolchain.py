"""Finds the folders in which this machine's own compiler looks for libraries.

Only the compiler driver is run, with `-print-search-dirs`; without a driver, the folders are those in which
distributions keep libraries. Source: GCC manual, "Developer Options".
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from arfix.errors import AccessError
from arfix.linkage.linkers import triples_for
from arfix.linkage.process import run
from arfix.linkage.sysroot import Sysroot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.formats.model import Machine

#: What begins the line of a driver that names the folders of libraries.
_LIBRARIES = "libraries: ="
#: Options by which a driver for another word size becomes one for this machine.
_WORD_SIZE = {("x86-64", 32): "-mx32", ("i386", 32): "-m32", ("x86-64", 64): "-m64"}


def find_toolchain(machine: Machine | None) -> Sysroot:
    """Return the library folders of a compiler for the machine, as a platform whose root is that of this machine."""
    for driver, *options in _drivers(machine):
        path = shutil.which(driver)
        folders = () if path is None else _driver_folders([path, *options, "-print-search-dirs"])
        if folders:
            return Sysroot("/", folders)
    return Sysroot("/", Sysroot("/").folders(machine))


def _drivers(machine: Machine | None) -> Iterator[tuple[str, ...]]:
    """Yield the command lines that may be a compiler for the machine, best first."""
    prefix = os.environ.get("CROSS_COMPILE")
    if prefix:
        yield (f"{prefix}gcc",)
    host = os.uname().machine if hasattr(os, "uname") else ""
    native = {"x86_64": ("x86-64", "i386"), "aarch64": ("aarch64",)}.get(host, ())
    if machine is None or machine.name in native:
        option = () if machine is None else tuple(filter(None, [_WORD_SIZE.get((machine.name, machine.bits))]))
        yield from ((name, *option) for name in ("gcc", "cc", "clang"))
    if machine is not None:
        yield from ((f"{triple}-gcc",) for triple in triples_for(machine))


def _driver_folders(command: list[str]) -> tuple[str, ...]:
    """Return the existing folders that a compiler driver prints; none if it cannot be run."""
    try:
        said = run(command, timeout=20).output
    except AccessError:
        return ()
    line = next((line for line in said.splitlines() if line.startswith(_LIBRARIES)), "")
    folders = line.removeprefix(_LIBRARIES).split(os.pathsep)
    return tuple(dict.fromkeys(os.path.realpath(one) for one in folders if one and os.path.isdir(one)))
