"""Finds the file that `-lNAME` means.

Source: ld manual, "-l namespec" and "-L searchdir"; the default folders are those that `ld --verbose` prints for each
emulation on Debian. lld and mold have none.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from arfix.archive.paths import is_file, is_folder
from arfix.linkage.model import Linker
from arfix.linkline.tool import Flavour, ToolKind, makes_pe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.linkline.model import LineInput, LinkCommand

#: `-m` -> the triple in the names of Debian's library folders.
_TRIPLES: Final = {
    "elf_x86_64": "x86_64-linux-gnu",
    "elf32_x86_64": "x86_64-linux-gnux32",
    "elf_i386": "i386-linux-gnu",
    "aarch64linux": "aarch64-linux-gnu",
    "armelf_linux_eabi": "arm-linux-gnueabihf",
    "elf64lriscv": "riscv64-linux-gnu",
    "elf64lppc": "powerpc64le-linux-gnu",
    "elf64_s390": "s390x-linux-gnu",
}
_FOLDERS: Final = (
    "/usr/local/lib/{}",
    "/lib/{}",
    "/usr/lib/{}",
    "/usr/local/lib",
    "/lib64",
    "/lib",
    "/usr/lib64",
    "/usr/lib",
)


def search_folders(command: LinkCommand) -> tuple[str, ...]:
    """Return the folders in which `-l` looks, as paths from here: `-L` in order, then the linker's own."""
    if command.tool.flavour is Flavour.WINDOWS:
        return _windows_folders(command)
    named = (_rooted(one, command) for one in command.folders)
    default = _default_folders(command) if command.uses_default_folders else ()
    paths = [*(_shortened(os.path.join(command.folder, one)) for one in named), *default]  # noqa: PTH118
    return tuple(dict.fromkeys(paths))


def _windows_folders(command: LinkCommand) -> tuple[str, ...]:
    """Return where a linker for Windows looks: where it runs, `/libpath:` in order, and what `LIB` names."""
    of_system = os.environ.get("LIB", "").split(";") if command.windows.uses_environment else []
    paths = (os.path.join(command.folder, one) for one in (".", *command.folders, *filter(None, of_system)))  # noqa: PTH118
    return tuple(dict.fromkeys(paths))


def framework_folders(command: LinkCommand) -> tuple[str, ...]:
    """Return the folders in which `-framework` looks."""
    default = ("/Library/Frameworks", "/System/Library/Frameworks") if command.uses_default_folders else ()
    named = [_rooted_darwin(one, command) for one in (*command.darwin.framework_folders, *default)]
    return tuple(dict.fromkeys(os.path.join(command.folder, one) for one in named))  # noqa: PTH118


def _rooted_darwin(folder: str, command: LinkCommand) -> str:
    """Return an absolute path below `-syslibroot` where there is one of that name, as ld64 does."""
    root = (command.sysroot or "").rstrip("/")
    inside = f"{root}{folder}"
    return inside if root and folder.startswith("/") and (is_folder(inside) or is_file(inside)) else folder


def _shortened(folder: str) -> str:
    """Return an absolute path without `..`, as gcc names its folders, if that is the same folder."""
    if ".." not in folder or not os.path.isabs(folder):  # noqa: PTH117
        return folder
    short = os.path.normpath(folder)
    return short if os.path.realpath(short) == os.path.realpath(folder) else folder


def _rooted(folder: str, command: LinkCommand) -> str:
    """Return a folder with `=` or `$SYSROOT` at its start replaced by the sysroot."""
    if command.tool.flavour is Flavour.DARWIN:
        return _rooted_darwin(folder, command)
    for prefix in ("=", "$SYSROOT"):
        if folder.startswith(prefix):
            return f"{(command.sysroot or '').rstrip('/')}{folder.removeprefix(prefix)}"
    return folder


def _default_folders(command: LinkCommand) -> Iterator[str]:
    if command.tool.flavour is Flavour.DARWIN:
        yield from (_rooted_darwin(one, command) for one in ("/usr/lib", "/usr/local/lib"))
    if command.tool.linker not in (Linker.LD, Linker.GOLD) or command.tool.flavour is not Flavour.GNU:
        return
    is_bare = command.tool.kind is ToolKind.LINKER
    root = (command.sysroot or "").rstrip("/")
    triple = command.tool.triple or _TRIPLES.get(command.emulation or "elf_x86_64" if is_bare else "", "")
    if command.tool.triple is not None:
        yield f"{root}/usr/{triple}/lib"
    for folder in _FOLDERS:
        if "{}" not in folder or triple:
            yield root + folder.format(triple)


def candidates(item: LineInput, command: LinkCommand, folders: Sequence[str]) -> Iterator[str]:
    """Yield the files that an input may mean, in the order in which a linker tries them; only those that are there.

    A linker passes over those for another machine. An input that is a path yields that path, whether it is there or
    not.
    """
    if command.tool.flavour is Flavour.WINDOWS:
        yield from _windows_candidates(item, command, folders)
        return
    if item.is_framework:
        yield from _frameworks(item, command)
        return
    if command.tool.flavour is Flavour.DARWIN:
        yield from _darwin_candidates(item, command, folders)
        return
    if not item.is_library:
        yield item.name if command.folder == "." else _without_dots(os.path.join(command.folder, item.name))  # noqa: PTH118
        return
    names = [item.name[1:]] if item.name.startswith(":") else _file_names(item, command)
    yield from _in_folders(names, folders)


def _windows_candidates(item: LineInput, command: LinkCommand, folders: Sequence[str]) -> Iterator[str]:
    """Yield the files that a name means to a linker for Windows; a name without a folder is looked for in all.

    Source: lld `COFF/Driver.cpp` (`doFindFile`, `doFindLib`); Microsoft's linker reference, "LINK input files".
    """
    path = item.name.replace("\\", "/") if os.sep == "/" else item.name
    has_ending = "." in path.rpartition("/")[2]
    if item.is_default and not has_ending:
        path, has_ending = f"{path}.lib", True
    if "/" in path or ":" in path:
        yield _without_dots(os.path.join(command.folder, path))  # noqa: PTH118
        return
    yield from _in_folders([path] if has_ending else [path, f"{path}.obj"], folders)


def _darwin_candidates(item: LineInput, command: LinkCommand, folders: Sequence[str]) -> Iterator[str]:
    """Yield the files that an input means to a linker for Mach-O; a text stub stands for its library."""
    name = item.name
    if not item.is_library:
        rooted = name if name.endswith(".o") else _rooted_darwin(name, command)
        yield _without_dots(os.path.join(command.folder, rooted))  # noqa: PTH118
    elif name.endswith(".o"):
        yield from _in_folders([name], folders)
    elif command.darwin.shared_first:
        yield from _in_folders([f"lib{name}.tbd", f"lib{name}.dylib"], folders)
        yield from _in_folders([f"lib{name}.a"], folders)
    else:
        yield from _in_folders([f"lib{name}.tbd", f"lib{name}.dylib", f"lib{name}.so", f"lib{name}.a"], folders)


def _frameworks(item: LineInput, command: LinkCommand) -> Iterator[str]:
    name, _, suffix = item.name.partition(",")
    names = [f"{name}.framework/{one}" for one in (f"{name}{suffix}.tbd", f"{name}{suffix}", f"{name}.tbd", name)]
    yield from _in_folders(list(dict.fromkeys(names)), framework_folders(command))


def find_library(name: str, folders: Sequence[str], *, static: bool = False) -> str | None:
    """Return the file that `-lNAME` means to a linker for ELF; None if it is in none of the folders."""
    names = [f"lib{name}.a"] if static else [f"lib{name}.so", f"lib{name}.a"]
    return next(_in_folders(names, folders), None)


def _in_folders(names: Sequence[str], folders: Sequence[str]) -> Iterator[str]:
    for folder in folders:
        for name in names:
            path = _without_dots(os.path.join(folder, name))  # noqa: PTH118
            if is_file(path):
                yield path


def _without_dots(path: str) -> str:
    """Return the path without `.` in it, so that `-L. -lz` and `libz.a` are one file."""
    return "/".join(part for part in path.split("/") if part != ".")


def _file_names(item: LineInput, command: LinkCommand) -> list[str]:
    name = item.name
    if makes_pe(command.tool, command.emulation):
        # Source: ld manual, "ld and WIN32 (cygwin/mingw)", direct linking to a dll.
        static = [f"lib{name}.a", f"{name}.lib", f"lib{name}.lib"]
        shared = [f"lib{name}.dll.a", f"{name}.dll.a", *static, f"cyg{name}.dll", f"lib{name}.dll", f"{name}.dll"]
        return [*static, f"{name}.a"] if item.state.static else shared
    if command.tool.flavour is Flavour.WASM or item.state.static:
        return [f"lib{name}.a"]
    return [f"lib{name}.so", f"lib{name}.a"]
