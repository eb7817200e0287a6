"""Finds a sysroot's library folders and the file a link takes for each name; reads nothing outside the root.

Paths are resolved as inside a chroot: an absolute link or path begins at the sysroot, and `..` does not leave it. A
linker would follow such a link to the host's own libraries, which say nothing about the platform.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.archive.paths import is_file, is_folder, names_in, real_path, resolve, status_of, system_fails
from arfix.errors import AccessError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from arfix.formats.model import Machine

#: Folders of a sysroot that hold libraries; below them may be those of a multiarch triple.
_LIBRARY_FOLDERS: Final = ("lib", "usr/lib", "lib64", "usr/lib64", "lib32", "usr/lib32", "usr/local/lib")
#: Where GCC keeps its own libraries, as TRIPLE/VERSION below these. Debian's cross compilers use `gcc-cross`.
_COMPILER_FOLDERS: Final = ("usr/lib/gcc", "lib/gcc", "usr/lib64/gcc", "usr/lib/gcc-cross", "usr/local/lib/gcc")
#: Below a version: the libraries for the other word size.
_MULTILIB: Final = ("32", "64", "x32")
#: How first words of triples begin, and what arfix calls the machine.
_MACHINES: Final = (
    ("x86_64", "x86-64"),
    ("amd64", "x86-64"),
    ("aarch64", "aarch64"),
    ("arm64", "aarch64"),
    ("arm", "arm"),
    ("riscv", "riscv"),
    ("powerpc64le", "ppc64le"),
    ("powerpc64", "ppc64"),
    ("powerpc", "ppc"),
    ("s390x", "s390x"),
    ("mips", "mips"),
    ("sparc64", "sparc64"),
    ("m68k", "m68k"),
    ("alpha", "alpha"),
    ("hppa", "parisc"),
    ("loongarch", "loongarch"),
    ("wasm32", "wasm32"),
)
#: Libraries of GCC that replace functions of the C library in instrumented programs. No ordinary
#: link has them.
_INSTRUMENTING: Final = re.compile(r"lib(?:.*san|gcov|clang_rt\..*san.*|.*san_preinit)(?:\.|$)")
#: What a C library is called, without its ending: of Unix, musl, macOS, and of MinGW and the UCRT.
_C_LIBRARY: Final = re.compile(r"libc|libc\.musl-.*|libSystem(?:\.B)?|libmsvcrt.*|libucrt.*|libcygwin|libmsys-2\.0")
#: Libraries that every program may use, without being asked for.
_RUNTIME: Final = re.compile(
    r"lib(?:m|pthread|dl|rt|util|resolv|crypt|gcc_s|stdc\+\+|atomic|c\+\+|c\+\+abi|unwind|gomp|quadmath|ssp)"
)
_SHARED_NAME: Final = re.compile(r"(?P<stem>lib.+?)\.so(?:\.(?P<version>[\d.]+))?")


class LibraryForm(IntEnum):
    """Which kind of file a library is, in the order in which `ld -lNAME` prefers them within a folder."""

    SHARED = 0
    ARCHIVE = 1
    VERSIONED = 2
    """`libx.so.6` alone, as on a machine that only runs programs: `-lx` does not take it, naming the file does."""


class LibraryFile(NamedTuple):
    """One file that may be the library of a name.

    Attributes:
        path: As a person would write it.
        real: What is opened.
        stem: The library's name without its ending.
        form: Which kind of file it is.
        version: The numbers behind `.so`.
        fault: Why it cannot be opened; None if it can.
    """

    path: str
    real: str
    stem: str
    form: LibraryForm
    version: tuple[int, ...] = ()
    fault: str | None = None


@dataclass(slots=True)
class Sysroot:
    """A platform's tree of files, or only some library folders of it. Its folders are looked for once.

    Attributes:
        root: The folder as the user named it.
        only: Its library folders if they are known already, in search order; None to look for them.
    """

    root: str
    only: tuple[str, ...] | None = None
    _real: str | None = field(default=None, init=False, repr=False, compare=False)
    _folders: dict[Machine | None, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def find(self, path: str) -> str | None:
        """Return where `path`, which lies below the root as written, really is, or None if it leads nowhere inside.

        The result has no link in it. Where the operating system would end at the same file, that is `path` itself.

        Raises:
            AccessError: The system refuses to say what is there.
        """
        inside = os.path.relpath(path, self.root)
        real = resolve(inside, self._real_root())
        if real is None or status_of(real, follow=False) is None:
            return None
        return path if os.path.abspath(path) == real or real_path(path) == real else real

    def _real_root(self) -> str:
        if self._real is None:
            self._real = real_path(self.root)
        return self._real

    def below(self, path: str) -> str:
        """Return a path of the platform, absolute or not, as it is written on this machine."""
        return os.path.join(self.root, path.lstrip("/"))

    def contains(self, path: str) -> bool:
        """Return whether a path lies below the root."""
        root, real = self._real_root(), real_path(path)
        return real == root or real.startswith(root.rstrip(os.sep) + os.sep)

    def folders(self, machine: Machine | None = None) -> tuple[str, ...]:
        """Return the folders that hold libraries, in search order; the root first where it holds archives itself.

        Those of triples that are plainly of another machine are left out, and so are those that we may not enter.

        Raises:
            AccessError: The system refuses to say what is there, for another reason than permission.
        """
        if machine not in self._folders:
            self._folders[machine] = tuple(self._existing_folders(machine))
        return self._folders[machine]

    def _existing_folders(self, machine: Machine | None) -> Iterable[str]:
        wanted = self.only if self.only is not None else self._usual_folders(machine)
        found: dict[str, str] = {}
        for folder in wanted:
            real = self._enterable(folder)
            if real is not None and is_folder(real):
                found.setdefault(real if os.path.abspath(folder) == real else real_path(real), real)
        return found.values()

    def closed_folders(self) -> tuple[AccessError, ...]:
        """Return an error for each of the library folders that we may not read."""
        errors = []
        for folder in self.folders():
            try:
                names_in(folder)
            except AccessError as error:
                errors.append(error)
        return tuple(errors)

    def _enterable(self, path: str) -> str | None:
        """Return where a path really is; None also where we may not go."""
        try:
            return self.find(path)
        except AccessError as error:
            if system_fails(error):
                raise
            return None

    def _usual_folders(self, machine: Machine | None) -> Iterator[str]:
        if any(name.endswith(".a") or _SHARED_NAME.fullmatch(name) for name in self._names(self.root)):
            yield self.root
        for name in _LIBRARY_FOLDERS:
            folder = self.below(name)
            yield folder
            for below in self._names(folder):
                if "-" in below and _may_be_for(below, machine):
                    yield os.path.join(folder, below)
        for base in map(self.below, _COMPILER_FOLDERS):
            for triple in self._names(base):
                if _may_be_for(triple, machine, multilib=True):
                    yield from self._compiler_folders(os.path.join(base, triple))
        yield from self._folders_of_triples(machine)

    def _folders_of_triples(self, machine: Machine | None) -> Iterator[str]:
        """Yield `TRIPLE/lib`, where a cross toolchain keeps its libraries."""
        for base in (self.root, self.below("usr")):
            for triple in self._names(base):
                if triple.count("-") >= 1 and _may_be_for(triple, machine):
                    yield os.path.join(base, triple, "lib")

    def _compiler_folders(self, folder: str) -> Iterator[str]:
        """Yield the folders of the newest GCC that is there with its libraries."""
        versions = sorted((name for name in self._names(folder) if name[:1].isdigit()), key=_numbers, reverse=True)
        for version in versions:
            names = self._names(os.path.join(folder, version))
            if "libgcc.a" in names:
                yield os.path.join(folder, version)
                yield from (os.path.join(folder, version, name) for name in _MULTILIB if name in names)
                return

    def _names(self, folder: str) -> list[str]:
        real = self._enterable(folder)
        if real is None:
            return []
        try:
            return names_in(real)
        except AccessError as error:
            if system_fails(error):
                raise
            return []

    def candidates(self, *, static: bool = False, machine: Machine | None = None) -> dict[str, list[LibraryFile]]:
        """Return for each library's name the files it may be, in the order in which a linker would try them.

        Args:
            static: Archives only, as `-static` wants it. Otherwise a shared object goes before an archive.
            machine: Leaves out folders that are plainly for another one.

        Raises:
            AccessError: The system refuses to say what is there, for another reason than permission.
        """
        found: dict[str, list[LibraryFile]] = {}
        for folder in self.folders(machine):
            here = sorted(self._libraries(folder, static=static), key=_preference)
            for one in here:
                found.setdefault(one.stem, []).append(one)
        for files in found.values():
            files.sort(key=lambda one: one.form is LibraryForm.VERSIONED)  # stable: folders stay in order
        return found

    def _libraries(self, folder: str, *, static: bool) -> Iterator[LibraryFile]:
        for name in self._names(folder):
            if _INSTRUMENTING.match(name):
                continue
            path = os.path.join(folder, name)
            shared = None if static else _SHARED_NAME.fullmatch(name)
            if shared is not None:
                version = shared["version"]
                stem, form = shared["stem"], LibraryForm.SHARED if version is None else LibraryForm.VERSIONED
            elif name.endswith(".a"):
                version, stem, form = None, name[:-2], LibraryForm.ARCHIVE
            else:
                continue
            real, fault = self._opening(path)
            yield LibraryFile(path, real or path, stem, form, _numbers(version or ""), fault)

    def _opening(self, path: str) -> tuple[str | None, str | None]:
        """Return what is opened for a path, and why that cannot be done."""
        try:
            real = self.find(path)
            if real is None:
                return None, f"it leads to nothing inside {self.root}"
            # Opening a named pipe would wait for ever.
            return real, None if is_file(real) else "not a regular file"
        except AccessError as error:
            if system_fails(error):
                raise
            return None, error.message


def is_c_library(name: str) -> bool:
    """Return whether a library's name, with its ending or without, is that of a C library."""
    base = os.path.basename(name.replace("\\", "/"))
    shared = _SHARED_NAME.fullmatch(base)
    stem = shared["stem"] if shared else base.removesuffix(".a").removesuffix(".tbd").removesuffix(".dylib")
    return _C_LIBRARY.fullmatch(stem) is not None


def is_runtime(stem: str) -> bool:
    """Return whether a library's name without ending is one of the C library's or the compiler's."""
    return _RUNTIME.fullmatch(stem) is not None or _C_LIBRARY.fullmatch(stem) is not None


def find_c_libraries(root: str) -> tuple[str, ...]:
    """Return folders near `root`, above and below it, that hold a C library: what the user may have meant."""
    path = Path(os.path.abspath(root))
    near = [path, *list(path.parents)[:3]]
    near += [path / name for name in _folders_in(path) if name not in {"lib", "lib64", "usr", "include"}]
    return tuple(str(folder) for folder in near if str(folder) != folder.anchor and _has_c_library(str(folder)))


def _folders_in(path: Path) -> list[str]:
    """Return the first names of folders in a folder, for a hint: what cannot be read has none."""
    try:
        return [name for name in names_in(str(path)) if is_folder(path / name) and not (path / name).is_symlink()][:50]
    except AccessError:
        return []


def _has_c_library(folder: str) -> bool:
    try:
        return any(is_c_library(stem) for stem in Sysroot(folder).candidates())
    except AccessError:
        return False


def _may_be_for(triple: str, machine: Machine | None, *, multilib: bool = False) -> bool:
    """Return whether libraries of a triple may be for the machine; unknown triples may be for any.

    With `multilib`, a compiler for x86-64 may have libraries for i386 too, and so on.
    """
    if machine is None:
        return True
    if multilib and machine.name == "i386" and triple.startswith(("x86_64", "amd64")):
        return True
    name = "i386" if re.match(r"i\d86-", triple) else next((to for of, to in _MACHINES if triple.startswith(of)), None)
    return name is None or machine.name.startswith(name)


def _preference(one: LibraryFile) -> tuple[str, int, tuple[int, ...]]:
    return (one.stem, one.form, tuple(-number for number in one.version))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
