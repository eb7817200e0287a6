"""Sysroots unpacked from Debian packages, and links against them by each linker, on the machine itself and for i386."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.debian import package
from tests.elf_builder import elf
from tests.tools import need, output_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LINKERS = ("ld", "ld.gold", "ld.lld", "mold")

_UNDEFINED = re.compile(r"undefined (?:reference to|symbol:) [`']?(?P<name>[\w.@]+)")


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine and the Debian names of what is needed to link for it.

    Attributes:
        name: Shown in test ids.
        suffix: Behind a package's name.
        triple: The library folder.
        emulation: For `-m`.
        elf: `e_machine`.
        bits: 32 or 64.
        loader: The program interpreter.
    """

    name: str
    suffix: str
    triple: str
    emulation: str
    elf: int
    bits: int
    loader: str

    def file(self, package_name: str, filename: str) -> Path:
        """Return a file of a package by its name; symbolic links are followed."""
        found = sorted(package(package_name + self.suffix).rglob(filename))
        assert found, f"{package_name}{self.suffix} has no {filename}"
        return found[0].resolve()

    def main(self, folder: Path) -> Path:
        """Return an object that defines `main` and nothing else."""
        path = folder / "main.o"
        path.write_bytes(elf("main", machine=self.elf, bits=self.bits))
        return path


AMD64 = Machine("amd64", "", "x86_64-linux-gnu", "elf_x86_64", 62, 64, "/lib64/ld-linux-x86-64.so.2")
I386 = Machine("i386", ":i386", "i386-linux-gnu", "elf_i386", 3, 32, "/lib/ld-linux.so.2")
MACHINES = (AMD64, I386)


#: Libraries that libcrypto.pc may name besides those of glibc -> package and archive.
_PRIVATE = {"-lz": ("zlib1g-dev", "libz.a"), "-lzstd": ("libzstd-dev", "libzstd.a")}


def needed_by_libcrypto(machine: Machine) -> list[Path]:
    """Return the archives that libcrypto.a needs, as libcrypto.pc has them: none with OpenSSL 3.0, two with 3.5."""
    text = machine.file("libssl-dev", "libcrypto.pc").read_text()
    words = " ".join(re.findall(r"^Libs.private: (.*)$", text, re.MULTILINE)).split()
    return [machine.file(*_PRIVATE[word]) for word in words if word in _PRIVATE]


@dataclass(frozen=True, slots=True)
class Linked:
    """What a link gave: exit code, messages, and the output file."""

    code: int
    messages: str
    output: Path

    @property
    def undefined(self) -> set[str]:
        """The symbols that the linker missed."""
        return {match["name"] for match in _UNDEFINED.finditer(self.messages)}

    @property
    def exported(self) -> set[str]:
        """The symbols that the dynamic symbol table of the output defines."""
        return exported_by(self.output)


def exported_by(image: Path) -> set[str]:
    """Return the symbols that the dynamic symbol table of an image defines, as nm says."""
    listing = output_of(need("nm"), "-D", "--defined-only", "--format=posix", image)
    return {line.split(" ")[0].partition("@")[0] for line in listing.splitlines()}


def link(linker: str, machine: Machine, folder: Path, *arguments: str | Path) -> Linked:
    """Return what `linker` makes of the arguments."""
    output = folder / f"linked-by-{linker}"
    output.unlink(missing_ok=True)
    more = ["--error-limit=0"] if linker == "ld.lld" else []
    command = [need(linker), "-m", machine.emulation, "-o", output, *more, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return Linked(ran.returncode, ran.stdout + ran.stderr, output)


def static_link(linker: str, machine: Machine, folder: Path, whole: Sequence[Path], libc: Path, *more: Path) -> Linked:
    """Link `whole` under --whole-archive, statically, with `libc` and libgcc on demand."""
    start = [machine.file("libc6-dev", name) for name in ("crt1.o", "crti.o")]
    gcc = [machine.file("libgcc-12-dev", name) for name in ("libgcc.a", "libgcc_eh.a")]
    end = machine.file("libc6-dev", "crtn.o")
    group: tuple[str | Path, ...] = ("--start-group", libc, *more, *gcc, "--end-group")
    archives: tuple[str | Path, ...] = ("--whole-archive", *whole, "--no-whole-archive")
    return link(linker, machine, folder, "-static", *start, machine.main(folder), *archives, *group, end)


def dynamic_link(linker: str, machine: Machine, folder: Path, *whole: Path) -> Linked:
    """Link `whole` under --whole-archive into a program that exports everything, against the shared C library."""
    start = [machine.file("libc6-dev", name) for name in ("crt1.o", "crti.o")]
    libc = [machine.file("libc6", "libc.so.6"), machine.file("libc6-dev", "libc_nonshared.a")]
    loader = machine.file("libc6", machine.loader.rpartition("/")[2])
    end = machine.file("libc6-dev", "crtn.o")
    options = ("-dynamic-linker", machine.loader, "--export-dynamic")
    archives: tuple[str | Path, ...] = ("--whole-archive", *whole, "--no-whole-archive")
    return link(linker, machine, folder, *options, *start, machine.main(folder), *archives, *libc, loader, end)
