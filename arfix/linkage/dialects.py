"""Command-line options of each format's linkers for the parts of a link.

Source: the manuals of GNU ld and of LLVM's `ld.lld`, `lld-link`, `wasm-ld` and `ld64.lld`;
tried with LLVM 14 and 19.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, assert_never

from arfix.formats.model import ELF_CONTENTS, Content
from arfix.linkage.model import Linker, Target

if TYPE_CHECKING:
    from arfix.formats.model import Machine
    from arfix.linkage.model import Link


class Format(Enum):
    """The format of the objects in a link, which decides what can link them. The value is the word for people."""

    ELF = "ELF"
    COFF = "COFF"
    WASM = "WebAssembly"
    MACHO = "Mach-O"
    XCOFF = "XCOFF"


_FORMATS: Final = {
    **dict.fromkeys(ELF_CONTENTS, Format.ELF),
    Content.COFF: Format.COFF,
    Content.COFF_BIGOBJ: Format.COFF,
    Content.COFF_IMPORT: Format.COFF,
    Content.COFF_ANONYMOUS: Format.COFF,
    Content.WASM: Format.WASM,
    Content.MACHO: Format.MACHO,
    Content.MACHO_UNIVERSAL: Format.MACHO,
    Content.XCOFF: Format.XCOFF,
}


def format_of(link: Link) -> Format:
    """Return the format of the first object under test that has one; ELF where none has (text, bitcode)."""
    for item in link.inputs:
        if not item.provider:
            for unit in item.units:
                if unit.content in _FORMATS:
                    return _FORMATS[unit.content]
    return Format.ELF


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words of one command line; `{}` stands for the path or name.

    Attributes:
        output: Where the output goes.
        root: A symbol that is wanted from the start.
        whole: An archive of which every member is taken.
        group: What stands around archives that are searched again and again; None where the linker always does so.
        listed: A line of a response file that says a symbol will be there; None where that cannot be said.
        lenient: Options that let a link with duplicates and undefined symbols go on to its end; none where there are no
            such options.
    """

    output: tuple[str, ...] = ("-o", "{}")
    root: tuple[str, ...] = ("-u", "{}")
    whole: tuple[str, ...] = ("--whole-archive", "{}", "--no-whole-archive")
    group: tuple[str, str] | None = ("--start-group", "--end-group")
    listed: str | None = "--defsym={}=0"
    lenient: tuple[str, ...] = ("-z", "muldefs", "--warn-unresolved-symbols")


_ELF: Final = Dialect()
_MINGW: Final = Dialect(lenient=("--allow-multiple-definition", "--warn-unresolved-symbols"))
_LLD_LINK: Final = Dialect(
    output=("/out:{}",),
    root=("/include:{}",),
    whole=("/wholearchive:{}",),
    group=None,
    listed=None,
    lenient=("/force",),
)
_WASM: Final = Dialect(group=None, listed=None, lenient=())
_MACHO: Final = Dialect(whole=("-force_load", "{}"), group=None, listed="-U {}", lenient=())


def dialect_of(object_format: Format, linker: Linker) -> Dialect:
    """Return the words that a linker of a format knows."""
    match object_format:
        case Format.ELF | Format.XCOFF:
            return _ELF
        case Format.COFF:
            return _LLD_LINK if linker is Linker.LLD else _MINGW
        case Format.WASM:
            return _WASM
        case Format.MACHO:
            return _MACHO
        case _:
            assert_never(object_format)


#: `-m` of GNU ld for MinGW, and `/machine:` of lld-link.
MINGW_EMULATIONS: Final = {"x86-64": "i386pep", "i386": "i386pe", "aarch64": "arm64pe", "arm": "thumb2pe"}
_LLD_LINK_MACHINES: Final = {"x86-64": "x64", "i386": "x86", "aarch64": "arm64", "arm": "arm"}
_MACHO_ARCHITECTURES: Final = {"x86-64": "x86_64", "i386": "i386", "aarch64": "arm64", "arm": "armv7"}


def foreign_options(
    object_format: Format, linker: Linker, target: Target, machine: Machine | None, platform: tuple[str, str] | None
) -> tuple[str, ...]:
    """Return the options for a link of what is not ELF: no start files, every symbol must be found, every error shown.

    Args:
        object_format: Of the objects; not ELF.
        linker: Whose options.
        target: What is made. Formats that know no such thing as an executable without start files get a library.
        machine: Of the output.
        platform: For Mach-O the platform and its version.
    """
    name = machine.name if machine is not None else "x86-64"
    match object_format:
        case Format.COFF if linker is Linker.LLD:
            words = ("/nologo", "/dll", "/noentry", "/nodefaultlib", "/errorlimit:0", "/demangle:no")
            return (*words, f"/machine:{_LLD_LINK_MACHINES.get(name, 'x64')}")
        case Format.COFF:
            kind: tuple[str, ...] = {Target.SHARED: ("-shared",), Target.RELOCATABLE: ("-r",)}.get(target, ())
            return ("-m", MINGW_EMULATIONS.get(name, "i386pep"), *kind, "--no-demangle")
        case Format.WASM:
            kind = {
                Target.EXECUTABLE: ("--no-entry", "--export-dynamic"),
                Target.PIE: ("--no-entry", "-pie", "--experimental-pic"),
                Target.SHARED: ("-shared", "--experimental-pic"),
                Target.RELOCATABLE: ("-r",),
            }[target]
            return (
                *kind,
                *(("-mwasm64",) if name == "wasm64" else ()),
                "--error-limit=0",
                "--no-demangle",
                "--no-gc-sections",
            )
        case Format.MACHO:
            system, version = platform or ("macos", "11.0")
            architecture = _MACHO_ARCHITECTURES.get(name, name)
            # A program would need its start files: what a library needs is the same without them.
            return ("-arch", architecture, "-platform_version", system, version, version, "-dylib", "--error-limit=0")
        case _:
            return ()


#: Load commands that name a platform, and what ld64 calls it. Source: LLVM, `BinaryFormat/MachO.h`.
_LC_BUILD_VERSION: Final = 0x32
_LC_VERSION_MIN: Final = {0x24: "macos", 0x25: "ios", 0x2F: "tvos", 0x30: "watchos"}
_PLATFORMS: Final = {
    1: "macos",
    2: "ios",
    3: "tvos",
    4: "watchos",
    5: "bridgeos",
    6: "mac-catalyst",
    7: "ios-simulator",
    8: "tvos-simulator",
    9: "watchos-simulator",
    10: "driverkit",
    11: "xros",
    12: "xros-simulator",
}
_MACHO_MAGICS: Final = {
    b"\xce\xfa\xed\xfe": ("<", 28),
    b"\xcf\xfa\xed\xfe": ("<", 32),
    b"\xfe\xed\xfa\xce": (">", 28),
    b"\xfe\xed\xfa\xcf": (">", 32),
}
#: Commands of one object that are looked at.
_MOST_COMMANDS: Final = 256


def platform_of(link: Link) -> tuple[str, str] | None:
    """Return the platform and version that the first Mach-O object was built for, as ld64 writes them, or None."""
    for unit in link.units:
        if unit.content is Content.MACHO:
            return _platform(unit.view)
    return None


def _platform(view: memoryview) -> tuple[str, str] | None:
    """Return the platform of an object. Offsets count from its start; commands begin behind its header."""
    order, at = _MACHO_MAGICS.get(bytes(view[:4]), ("", 0))
    if not order or len(view) < at:
        return None
    (count,) = struct.unpack_from(f"{order}I", view, 16)
    for _ in range(min(count, _MOST_COMMANDS)):
        if at + 16 > len(view):
            return None
        command, size, first, second = struct.unpack_from(f"{order}4I", view, at)
        if command == _LC_BUILD_VERSION:
            return _PLATFORMS.get(first, "macos"), _version(second)
        if command in _LC_VERSION_MIN:
            return _LC_VERSION_MIN[command], _version(first)
        if size < 8:
            return None
        at += size
    return None


def _version(number: int) -> str:
    """Return `14.0` for 0x000e0000: 16 bits, then twice 8."""
    return f"{number >> 16}.{number >> 8 & 0xFF}"
