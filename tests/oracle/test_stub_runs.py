"""Stubs are linked by the machine's own compiler, without a warning, and run: static, position-independent, shared."""

from __future__ import annotations

import os
import resource
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from arfix.stubs.behaviour import parse_behaviour
from arfix.stubs.build import StubSymbol, accessor_of, make_object
from arfix.stubs.machines import machine_code
from arfix.stubs.platform import CLibrary, number_of
from arfix.stubs.target import target_of_triple
from tests.tools import need

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

pytestmark = pytest.mark.oracle

SOURCES = Path(__file__).parent / "stubs"
CONSTANT = 200
BEHAVIOURS = {
    "s_void": "void",
    "s_0": "0",
    "s_m1": "-1",
    "s_null": "null/ENOSYS",
    "s_enosys": "ENOSYS",
    "s_wide": "-1/ENOSYS",
    "s_alias": "alias:s_enosys",
    "s_const": str(CONSTANT),
    "s_weof": "-1u/EOVERFLOW",
    "s_trap": "trap",
    "s_data": "data:24",
}
#: How a program is linked; "shared" has the stubs in a library of their own.
FLAGS = {
    "static": ("-static",),
    "pie": ("-fPIE", "-pie"),
    "no-pie": ("-fno-pie", "-no-pie"),
    "shared": ("-fPIE", "-pie", "-rdynamic"),
}
MODES = tuple(FLAGS)


@dataclass(frozen=True)
class Hosted:
    """A machine with a cross compiler and its C library.

    Attributes:
        triple: The compiler's prefix, and the folder of the C library in /usr.
        runner: The qemu that runs it; None natively; "" where nothing can run it, so that it is only linked.
        modes: The kinds of program to make; without one whose programs run nowhere here, stubs or none.
        loader: The dynamic loader, where a program has to be started through it.
    """

    triple: str
    runner: str | None
    modes: tuple[str, ...] = MODES
    loader: str = ""


HOSTED = (
    Hosted("x86_64-linux-gnu", None),
    # qemu-i386 8 does not come back from a fork of a dynamic program; the processor itself runs i386.
    Hosted("i686-linux-gnu", None, loader="ld-linux.so.2"),
    Hosted("x86_64-linux-gnux32", ""),
    Hosted("arm-linux-gnueabihf", "qemu-arm"),
    Hosted("arm-linux-gnueabi", "qemu-arm"),
    Hosted("aarch64-linux-gnu", "qemu-aarch64"),
    Hosted("riscv64-linux-gnu", "qemu-riscv64"),
    Hosted("mips-linux-gnu", "qemu-mips"),
    Hosted("mipsel-linux-gnu", "qemu-mipsel"),
    Hosted("mips64-linux-gnuabi64", "qemu-mips64"),
    Hosted("mips64el-linux-gnuabi64", "qemu-mips64el"),
    Hosted("powerpc-linux-gnu", "qemu-ppc"),
    Hosted("powerpc64-linux-gnu", "qemu-ppc64"),
    Hosted("powerpc64le-linux-gnu", "qemu-ppc64le"),
    Hosted("s390x-linux-gnu", "qemu-s390x"),
    Hosted("sparc64-linux-gnu", "qemu-sparc64"),
    Hosted("m68k-linux-gnu", "qemu-m68k"),
    Hosted("hppa-linux-gnu", "qemu-hppa"),
    # Static programs of Debian's alpha glibc crash under qemu, stubs or none.
    Hosted("alpha-linux-gnu", "qemu-alpha", ("pie", "no-pie", "shared")),
    # No program of Debian's sh4 glibc starts under qemu; test_stub_runs_without_a_c_library runs the code.
    Hosted("sh4-linux-gnu", ""),
    Hosted("arc-linux-gnu", ""),
)


def stub_object(target: StubTarget, folder: Path, *, jump: bool = True) -> Path:
    """Write every kind of stub into one object and return its path."""
    stubs = [StubSymbol(name, parse_behaviour(text)) for name, text in BEHAVIOURS.items()]
    if jump and machine_code(target.machine).jump:
        stubs.append(StubSymbol("s_jump", parse_behaviour("alias:outer")))
    path = folder / "stubs.o"
    path.write_bytes(make_object(target, stubs))
    return path


def silent(*command: str | Path, expected: int = 0) -> str:
    """Run a tool that must succeed without a word on standard error; return its output."""
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=300,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    )
    words = " ".join(os.fspath(word) for word in command)
    assert (ran.returncode, ran.stderr) == (expected, ""), f"{words}\n{ran.stderr}{ran.stdout}"
    return ran.stdout


@pytest.mark.parametrize(
    ("machine", "mode"),
    [pytest.param(machine, mode, id=f"{machine.triple}-{mode}") for machine in HOSTED for mode in machine.modes],
)
def test_stub_runs(machine: Hosted, mode: str, tmp_path: Path) -> None:
    compiler = need(f"{machine.triple}-gcc")
    target = target_of_triple(machine.triple)
    stubs = stub_object(target, tmp_path)
    program = tmp_path / "program"
    command = [compiler, "-O2", f"-DCONSTANT={CONSTANT}", "-Wl,--fatal-warnings", *FLAGS[mode]]
    if machine_code(target.machine).jump:
        command.append("-DWITH_JUMP")
    if mode == "shared":
        library = tmp_path / "libstubs.so"
        silent(compiler, "-shared", "-Wl,--fatal-warnings", "-Wl,-z,text", "-o", library, stubs)
        stubs = library
        command.append(f"-Wl,-rpath,{tmp_path}")
    silent(*command, "-o", program, SOURCES / "hosted.c", stubs)
    if machine.runner != "":
        assert run(machine, program, dynamic=mode != "static") == "0 failures\n"


def run(machine: Hosted, program: Path, *, dynamic: bool) -> str:
    """Run a program of the machine and return what it prints; qemu reports the child's trap on standard error."""
    root = f"/usr/{machine.triple}"
    command: list[str | Path] = [program]
    if machine.runner:
        command = [need(machine.runner), "-L", root, program]
    elif machine.loader and dynamic:
        command = [f"{root}/lib/{machine.loader}", "--library-path", f"{root}/lib", program]
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=300,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    )
    return ran.stdout


@pytest.mark.parametrize("machine", HOSTED, ids=lambda machine: machine.triple)
def test_readelf_has_nothing_to_say(machine: Hosted, tmp_path: Path) -> None:
    stubs = stub_object(target_of_triple(machine.triple), tmp_path)
    assert "stubs.o" not in silent(need("readelf"), "--all", "--wide", stubs)


@dataclass(frozen=True)
class Bare:
    """A machine whose compiler has no C library here: the program brings `_start` and the accessor."""

    name: str
    triple: str
    compiler: tuple[str, ...]
    runner: tuple[str, ...]
    flags: tuple[str, ...] = ()


CLANG = ("clang-19", "-fuse-ld=lld-19", "-Wno-unused-command-line-argument")
BARE = (
    Bare("riscv32", "riscv32-linux-gnu", (*CLANG, "--target=riscv32-linux-gnu"), ("qemu-riscv32",), ("-mabi=ilp32d",)),
    Bare(
        "riscv32-soft",
        "riscv32-unknown-elf",
        ("riscv64-unknown-elf-gcc",),
        ("qemu-riscv32",),
        ("-march=rv32i", "-mabi=ilp32", "-Wl,--no-relax"),
    ),
    Bare(
        "riscv64-soft",
        "riscv64-unknown-elf",
        ("riscv64-unknown-elf-gcc",),
        ("qemu-riscv64",),
        ("-march=rv64imac", "-mabi=lp64", "-Wl,--no-relax"),
    ),
    Bare("aarch64_be", "aarch64_be-linux-gnu", ("aarch64-linux-gnu-gcc",), ("qemu-aarch64_be",), ("-mbig-endian",)),
    Bare("loongarch64", "loongarch64-linux-gnu", (*CLANG, "--target=loongarch64-linux-gnu"), ("qemu-loongarch64",)),
    Bare("sh4", "sh4-linux-gnu", ("sh4-linux-gnu-gcc",), ("qemu-sh4",), ("-fno-pie", "-no-pie")),
    Bare("or1k", "or1k-elf", ("or1k-elf-gcc",), ("qemu-or1k",)),
    Bare("xtensa", "xtensa-lx106-elf", ("xtensa-lx106-elf-gcc",), ("qemu-xtensa", "-cpu", "lx106")),
    Bare(
        "mips-n32",
        "mips64-linux-gnuabin32",
        ("mips64-linux-gnuabi64-gcc",),
        ("qemu-mipsn32",),
        ("-mabi=n32", "-fno-pie", "-no-pie", "-DEXIT_NUMBER=6058"),
    ),
    Bare(
        "mips-r6",
        "mipsisa32r6-linux-gnu",
        ("mips-linux-gnu-gcc",),
        ("qemu-mips", "-cpu", "mips32r6-generic"),
        ("-mips32r6", "-mnan=2008", "-mcompact-branches=optimal", "-fno-pie", "-no-pie", "-DEXIT_NUMBER=4001"),
    ),
    Bare(
        "thumb",
        "thumbv7m-none-eabi",
        ("arm-none-eabi-gcc",),
        ("qemu-arm",),
        ("-mthumb", "-march=armv7-a"),
    ),
    Bare("sparc32", "sparc-linux-gnu", ("sparc64-linux-gnu-gcc",), ("qemu-sparc",), ("-m32", "-mcpu=v8")),
)


@pytest.mark.parametrize("machine", BARE, ids=lambda machine: machine.name)
def test_stub_runs_without_a_c_library(machine: Bare, tmp_path: Path) -> None:
    target = target_of_triple(machine.triple)
    target = replace(target, libc=target.libc or CLibrary.NEWLIB)
    assert target.libc is not None
    stubs = stub_object(target, tmp_path, jump=False)
    program = tmp_path / "program"
    silent(
        need(machine.compiler[0]),
        *machine.compiler[1:],
        *("-O2", "-ffreestanding", "-nostdlib", "-static", "-Wl,--fatal-warnings,-e,_start", *machine.flags),
        *(f"-DCONSTANT={CONSTANT}", f"-DACCESSOR={accessor_of(target).symbol}"),
        f"-DENOSYS={number_of('ENOSYS', target.libc, target.machine)}",
        *("-o", program, SOURCES / "bare.c", stubs),
    )
    silent(need(machine.runner[0]), *machine.runner[1:], program)
