"""A program that has a library whole, and a module that finds it there: linked by GNU ld from objects made here."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.ar_builder import ar
from tests.elf_builder import ALLOC, EXEC, FUNC, NOBITS, OBJECT, STACK_NOTE, WRITE, Sec, Sym, elf
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path

CODE = bytes(number * 7 % 251 for number in range(96))


def member(name: str, *, bits: int = 64) -> bytes:
    """Return an object with one function and a counter of its own."""
    code = Sec(".text", CODE + name.encode(), flags=ALLOC | EXEC, align=16)
    state = Sec(".bss", bytes(32), type=NOBITS, flags=ALLOC | WRITE, align=8)
    symbols = Sym(name, type=FUNC, size=len(CODE) + len(name)), Sym(f"{name}_count", ".bss", type=OBJECT, size=32)
    return elf(*symbols, sections=(code, state, STACK_NOTE), bits=bits, machine=62 if bits == 64 else 3)


def link(target: Path, *arguments: str | Path) -> Path:
    """Return what GNU ld makes of the arguments."""
    subprocess.run([need("ld"), "-o", target, *arguments], check=True)
    return target


def make_program(folder: Path) -> Path:
    """Make a library, a program that has it whole, a module that wants it, and objects for other links."""
    library = ar(("one.o", member("one")), ("two.o", member("two")), index=(("one", 0), ("two", 1)))
    (folder / "lib.a").write_bytes(library)
    for name, wants in (("main", ()), ("mod", ("?one",)), ("other", ("?absent",))):
        (folder / f"{name}.o").write_bytes(elf(name, *wants))
    link_program(folder, "--export-dynamic")
    link(folder / "mod.so", "-shared", folder / "mod.o")
    return folder


def link_program(folder: Path, *options: str) -> Path:
    """Link the program anew, with other options."""
    whole = ("--whole-archive", folder / "lib.a", "--no-whole-archive")
    dynamic = ("-dynamic-linker", "/lib/ld.so", "-pie", "-e", "main")
    return link(folder / "prog", *dynamic, *options, folder / "main.o", *whole)
