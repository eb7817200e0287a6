"""Command-line options of each format's linkers for the parts of a link.

Source: the manuals of GNU ld and of LLVM's `ld.lld`, `lld-link`, `wasm-ld` and `ld64.lld`;
tried with LLVM 14 and 19.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from arfix.formats.macho_platform import read_macho_platform
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


class Dialect(NamedTuple):
    """The words of one command line; `{}` stands for the path or name.

    Attributes:
        output: Where the output goes.
        root: A symbol that is wanted from the start.
        whole: An archive of which every member is taken.
        group: The options around archives that are searched again and again; None if the linker always does so.
        listed: A line of a response file that says a symbol will be there; None if that cannot be said.
        lenient: Options that let a link with duplicates and undefined symbols go on to its end; none if there are no
            such options.
        plain_names: Options for messages that name symbols as objects do.
    """

    output: tuple[str, ...] = ("-o", "{}")
    root: tuple[str, ...] = ("-u", "{}")
    whole: tuple[str, ...] = ("--whole-archive", "{}", "--no-whole-archive")
    group: tuple[str, str] | None = ("--start-group", "--end-group")
    listed: str | None = "--defsym={}=0"
    lenient: tuple[str, ...] = ("-z", "muldefs", "--warn-unresolved-symbols")
    plain_names: tuple[str, ...] = ("--no-demangle",)


_ELF: Final = Dialect()
_MINGW: Final = Dialect(lenient=("--allow-multiple-definition", "--warn-unresolved-symbols"))
_LLD_LINK: Final = Dialect(
    output=("/out:{}",),
    root=("/include:{}",),
    whole=("/wholearchive:{}",),
    group=None,
    listed=None,
    lenient=("/force",),
    plain_names=("/demangle:no", "/errorlimit:0"),
)
_WASM: Final = Dialect(group=None, listed=None, lenient=())
_MACHO: Final = Dialect(
    whole=("-force_load", "{}"), group=None, listed="-U {}", lenient=(), plain_names=("--error-limit=0",)
)


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


def platform_of(link: Link) -> tuple[str, str] | None:
    """Return the platform and version that the first Mach-O object was built for, as ld64 writes them, or None."""
    for unit in link.units:
        if unit.content is Content.MACHO:
            platform = read_macho_platform(unit.view)
            return None if platform is None else (platform.word, platform.version)
    return None
