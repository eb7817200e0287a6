"""Finds the installed linkers for a format and machine, with their rules and the options of a test link.

This is one of the few modules that run programs: `arfix verify` compares with real linkers.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, assert_never

from arfix.errors import AccessError, UnsupportedError
from arfix.linkage.dialects import MINGW_EMULATIONS, Format, foreign_options
from arfix.linkage.model import Linker, Target
from arfix.linkage.process import run
from arfix.linkage.releases import release_of

if TYPE_CHECKING:
    from arfix.formats.model import Machine
    from arfix.linkage.releases import Release

#: Programs that answer to the four words, best first. LLVM's distribution puts `ld.lld` beside versioned names.
_PROGRAMS = {
    Linker.LD: ("ld.bfd", "ld"),
    Linker.GOLD: ("ld.gold", "gold"),
    Linker.LLD: ("ld.lld", *(f"ld.lld-{version}" for version in range(30, 12, -1))),
    Linker.MOLD: ("ld.mold", "mold"),
}
#: Programs for other formats, by whose rules they link. lld's have names of their own and versions behind them.
_FOREIGN_PROGRAMS = {
    (Format.COFF, Linker.LD): ("ld",),
    (Format.COFF, Linker.LLD): ("lld-link", *(f"lld-link-{version}" for version in range(30, 12, -1))),
    (Format.WASM, Linker.LLD): ("wasm-ld", *(f"wasm-ld-{version}" for version in range(30, 12, -1))),
    (Format.MACHO, Linker.LLD): ("ld64.lld", *(f"ld64.lld-{version}" for version in range(30, 12, -1))),
}
#: What the program's name says of the format it links; any other name is one of ELF.
_FORMAT_NAMES = (
    ("lld-link", Format.COFF),
    ("mingw", Format.COFF),
    ("wasm-ld", Format.WASM),
    ("ld64", Format.MACHO),
)
_MINGW_TRIPLES = {
    "x86-64": "x86_64-w64-mingw32",
    "i386": "i686-w64-mingw32",
    "aarch64": "aarch64-w64-mingw32",
    "arm": "armv7-w64-mingw32",
}
#: What to install for a format that none of the linkers found links.
_PACKAGES = {
    Format.ELF: "binutils, lld or mold (for another machine its cross binutils)",
    Format.COFF: "MinGW's binutils or lld (lld-link)",
    Format.WASM: "lld (wasm-ld)",
    Format.MACHO: "lld (ld64.lld)",
    Format.XCOFF: "none: arfix knows no linker of that format",
}

#: How each family introduces itself: the text that `--version` holds. lld and mold call themselves compatible with
#: GNU ld, so theirs are looked for first.
_INTRODUCTIONS = {"LLD ": Linker.LLD, "mold ": Linker.MOLD, "GNU gold": Linker.GOLD, "GNU ld": Linker.LD}

#: `-m` for each machine, by name, word size and byte order. Source: `ld -V` of binutils; lld `Driver.cpp`
#: (`parseEmulation`).
_EMULATIONS = {
    ("x86-64", 64, "little"): "elf_x86_64",
    ("x86-64", 32, "little"): "elf32_x86_64",
    ("i386", 32, "little"): "elf_i386",
    ("aarch64", 64, "little"): "aarch64linux",
    ("aarch64", 64, "big"): "aarch64linuxb",
    ("arm", 32, "little"): "armelf_linux_eabi",
    ("arm", 32, "big"): "armelfb_linux_eabi",
    ("riscv", 64, "little"): "elf64lriscv",
    ("riscv", 32, "little"): "elf32lriscv",
    ("mips", 32, "big"): "elf32btsmip",
    ("mips", 32, "little"): "elf32ltsmip",
    ("mips", 64, "big"): "elf64btsmip",
    ("mips", 64, "little"): "elf64ltsmip",
    ("ppc64le", 64, "little"): "elf64lppc",
    ("ppc64", 64, "big"): "elf64ppc",
    ("ppc", 32, "big"): "elf32ppclinux",
    ("s390x", 64, "big"): "elf64_s390",
    ("sparc64", 64, "big"): "elf64_sparc",
    ("loongarch64", 64, "little"): "elf64loongarch",
    ("loongarch", 64, "little"): "elf64loongarch",
    ("m68k", 32, "big"): "m68kelf",
    ("alpha", 64, "little"): "elf64alpha",
    ("parisc", 32, "big"): "hppalinux",
    ("sh", 32, "little"): "shlelf_linux",
    ("or1k", 32, "big"): "elf32or1k",
    ("xtensa", 32, "little"): "elf32xtensa",
    ("xtensa", 32, "big"): "elf32xtensa",
}
#: GNU triples of Debian's cross binutils, for machines the host's own ld does not link.
_TRIPLES = {
    "x86-64": ("x86_64-linux-gnu",),
    "i386": ("i686-linux-gnu", "i386-linux-gnu"),
    "aarch64": ("aarch64-linux-gnu",),
    "arm": ("arm-linux-gnueabihf", "arm-linux-gnueabi", "arm-none-eabi"),
    "riscv": ("riscv64-linux-gnu", "riscv64-unknown-elf"),
    "ppc64le": ("powerpc64le-linux-gnu",),
    "ppc64": ("powerpc64-linux-gnu",),
    "ppc": ("powerpc-linux-gnu",),
    "s390x": ("s390x-linux-gnu",),
    "mips": ("mips-linux-gnu", "mipsel-linux-gnu", "mips64-linux-gnuabi64", "mips64el-linux-gnuabi64"),
    "sparc64": ("sparc64-linux-gnu",),
    "m68k": ("m68k-linux-gnu",),
    "xtensa": ("xtensa-lx106-elf",),
    "alpha": ("alpha-linux-gnu",),
    "parisc": ("hppa-linux-gnu",),
    "sh": ("sh4-linux-gnu",),
    "or1k": ("or1k-elf",),
    "loongarch": ("loongarch64-linux-gnu",),
}
_MIPS_TRIPLES = {
    (32, "big"): "mips-linux-gnu",
    (32, "little"): "mipsel-linux-gnu",
    (64, "big"): "mips64-linux-gnuabi64",
    (64, "little"): "mips64el-linux-gnuabi64",
}


class Program(NamedTuple):
    """A linker that is installed.

    Attributes:
        linker: The family whose rules it follows.
        path: The program.
        version: The first line it prints for `--version`.
        format: The format that it is to link.
    """

    linker: Linker
    path: str
    version: str
    format: Format = Format.ELF

    @property
    def word(self) -> str:
        """Its usual name: `ld`, `gold`, `lld`, `mold`; for other formats than ELF the program's own name."""
        return self.linker.value if self.format is Format.ELF else Path(self.path).name

    @property
    def release(self) -> Release | None:
        """The first two numbers of its version, or None if it names none: (19, 1) for `Debian LLD 19.1.7`."""
        return release_of(self.linker, self.version)

    @property
    def label(self) -> str:
        """Its word with its release: `lld 19.1`."""
        return self.word if self.release is None else f"{self.word} {self.release[0]}.{self.release[1]}"


def find_linker(word: str, machine: Machine | None = None, object_format: Format = Format.ELF) -> Program:
    """Return the program for `ld`, `gold`, `lld`, `mold`, a program's name on PATH, or a path.

    For a machine that the host's `ld` or `gold` does not link, `ld` and `gold` mean the cross linkers for that machine;
    so do they if `CROSS_COMPILE` in the environment is the prefix of a linker that supports the machine.

    Raises:
        AccessError: It is not installed.
        UnsupportedError: It is not a linker whose rules are known, or it does not link the format.
    """
    known = next((linker for linker in Linker if linker.value == word), None)
    if object_format is not Format.ELF:
        return _find_foreign(word, known, machine, object_format)
    cross = None if known is None else _of_cross_build(known, machine)
    if cross is not None:
        return cross
    names = (word,) if known is None else _names(known, machine)
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        raise AccessError(
            f"no linker {word!r} on PATH; looked for {', '.join(names[:4])}",
            hint="Install it (binutils, lld, mold, or binutils for the target), or name another with `linkers=...`.",
        )
    return identify_linker(path)


def _find_foreign(word: str, known: Linker | None, machine: Machine | None, object_format: Format) -> Program:
    """Return the linker of another format than ELF that a word means."""
    names = (word,) if known is None else _FOREIGN_PROGRAMS.get((object_format, known), ())
    if known is Linker.LD and object_format is Format.COFF:
        triple = _MINGW_TRIPLES.get(machine.name if machine is not None else "x86-64")
        names = (*((f"{triple}-ld",) if triple else ()), *names)
    for name in names:
        path = shutil.which(name)
        if path is None:
            continue
        program = identify_linker(path)._replace(format=object_format)
        named = next((one for part, one in _FORMAT_NAMES if part in Path(path).name), None)
        if named is not object_format and not (
            named is None and program.linker is Linker.LD and links_for(program, machine)
        ):
            raise UnsupportedError(
                f"{name} does not link {object_format.value}, and the archives hold {object_format.value} objects",
                hint=f"Install or name a linker that does: {_PACKAGES[object_format]}.",
            )
        return program
    if known is not None and not names:
        raise UnsupportedError(
            f"{word} does not link {object_format.value}", hint=f"Install {_PACKAGES[object_format]}."
        )
    raise AccessError(
        f"no linker {word!r} for {object_format.value} on PATH; looked for {', '.join(names[:4])}",
        hint=f"Install {_PACKAGES[object_format]}, or name one with `linkers=...`.",
    )


def _of_cross_build(linker: Linker, machine: Machine | None) -> Program | None:
    """Return the linker with the prefix `$CROSS_COMPILE`; None if there is none or it is for another machine."""
    prefix, names = os.environ.get("CROSS_COMPILE"), {Linker.LD: ("ld.bfd", "ld"), Linker.GOLD: ("ld.gold",)}
    if not prefix:
        return None
    path = next((found for name in names.get(linker, ()) if (found := shutil.which(f"{prefix}{name}"))), None)
    program = None if path is None else identify_linker(path)
    return program if program is not None and links_for(program, machine) else None


def identify_linker(path: str) -> Program:
    """Return the linker that the program at `path` says it is.

    Raises:
        AccessError: It cannot be run.
        UnsupportedError: It is not a linker whose rules are known.
    """
    version = run([path, "--version"], timeout=20).output.partition("\n")[0]
    for introduction, linker in _INTRODUCTIONS.items():
        if introduction in version:
            return Program(linker, path, version)
    raise UnsupportedError(
        f"{path} says it is {version!r}, which is none of GNU ld, gold, lld and mold",
        hint="Name one of these with `linkers=...`.",
    )


def packages_for(object_format: Format) -> str:
    """Return what to install to link a format, as a phrase."""
    return _PACKAGES[object_format]


def installed_linkers(machine: Machine | None = None, object_format: Format = Format.ELF) -> tuple[Program, ...]:
    """Return one program of each family that is installed and links the format for `machine`."""
    found = []
    for linker in Linker:
        try:
            program = find_linker(linker.value, machine, object_format)
        except (AccessError, UnsupportedError):
            continue
        if links_for(program, machine):
            found.append(program)
    return tuple(found)


def links_for(program: Program, machine: Machine | None) -> bool:
    """Return whether a linker supports the machine; all but lld list their machines."""
    emulation = emulation_of(machine) if program.format is Format.ELF else _mingw_emulation(machine)
    if program.format is not Format.ELF and program.linker is Linker.LLD:
        return True  # it reports unknown machines itself, and the list keeps growing
    if machine is None or program.linker is Linker.LLD:
        return machine is None or emulation in _LLD_EMULATIONS
    listed = set(run([program.path, "-V"], timeout=20).output.split())
    names = {emulation, _BARE_EMULATIONS.get(emulation or ""), _GOLD_EMULATIONS.get(emulation or "")}
    return bool(names & listed)


#: What lld 14 and later link for. Source: lld `ELF/Driver.cpp`, `parseEmulation`.
_LLD_EMULATIONS = frozenset(_EMULATIONS.values()) - {"armelfb_linux_eabi", "elf64loongarch"}
#: What bare-metal cross linkers call their one machine.
_BARE_EMULATIONS = {"armelf_linux_eabi": "armelf", "aarch64linux": "aarch64elf", "elf64lriscv": "elf64lriscv"}

#: What gold calls some machines in its own way.
_GOLD_EMULATIONS = {"aarch64linux": "aarch64_elf64_le_vec", "aarch64linuxb": "aarch64_elf64_be_vec"}


def triples_for(machine: Machine) -> tuple[str, ...]:
    """Return the GNU triples before the names of cross tools for a machine, the usual one first."""
    if machine.name.startswith("mips"):
        return (_MIPS_TRIPLES[machine.bits, machine.byte_order],)
    if (machine.name, machine.bits) == ("x86-64", 32):
        return ("x86_64-linux-gnux32", *_TRIPLES["x86-64"])
    return _TRIPLES.get(machine.name.removesuffix("64") if machine.name.startswith("riscv") else machine.name, ())


def _names(linker: Linker, machine: Machine | None) -> tuple[str, ...]:
    """Return the programs to look for, the host's own first unless the machine is another one."""
    own = _PROGRAMS[linker]
    if machine is None or linker in (Linker.LLD, Linker.MOLD):
        return own
    triples = triples_for(machine)
    suffix = "-ld" if linker is Linker.LD else "-ld.gold"
    cross = tuple(f"{triple}{suffix}" for triple in triples)
    host = os.uname().machine if hasattr(os, "uname") else ""
    native = {"x86_64": ("x86-64", "i386"), "aarch64": ("aarch64",)}.get(host, ())
    return (*own, *cross) if machine.name in native else (*cross, *own)


def emulation_of(machine: Machine | None) -> str | None:
    """Return the name of the machine for `-m`, or None if it is not known."""
    if machine is None:
        return None
    name = next((prefix for prefix in ("riscv", "mips") if machine.name.startswith(prefix)), machine.name)
    return _EMULATIONS.get((name, machine.bits, machine.byte_order))


def _mingw_emulation(machine: Machine | None) -> str | None:
    return None if machine is None else MINGW_EMULATIONS.get(machine.name)


def target_options(
    program: Program, target: Target, machine: Machine | None, platform: tuple[str, str] | None = None
) -> tuple[str, ...]:
    """Return the options for a link of that kind: no start files, every symbol must be found, every error shown.

    `platform` is that of Mach-O objects.
    """
    if program.format is not Format.ELF:
        return foreign_options(program.format, program.linker, target, machine, platform)
    match target:
        case Target.EXECUTABLE:
            kind: tuple[str, ...] = ("-no-pie", "--export-dynamic")
        case Target.PIE:
            kind = ("-pie", "--export-dynamic")
        case Target.SHARED:
            kind = ("-shared", "-z", "defs")
        case Target.RELOCATABLE:
            kind = ("-r",)
        case _:
            assert_never(target)
    emulation = emulation_of(machine)
    if program.linker is Linker.GOLD:
        emulation = _GOLD_EMULATIONS.get(emulation or "", emulation)
    # A cross linker made for bare metal has other names for its one machine, and needs none.
    named = ("-m", emulation) if emulation and ("-none-" not in program.path and "-elf-" not in program.path) else ()
    every = ("--error-limit=0",) if program.linker is Linker.LLD else ()
    # What the platform's own shared objects lack is not this link's fault.
    return (*named, *kind, "--allow-shlib-undefined", "--no-demangle", *every)
