"""The tasks of `make bench`. arfix is the first side of each; goals are limits for its ratios to the other sides."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.__main__ import COLLECT_EVERY
from bench.measure import Side, file_system_of
from samples.debian import CACHE
from tests.ar_builder import ar
from tests.debian import archives_of, library
from tests.elf_builder import ALLOC, EXEC, Rel, Sec, elf
from tests.real_sysroot import build, plant
from tests.tools import need

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

WORK = CACHE.parent / "bench"
ARFIX = (sys.executable, "-m", "arfix")
#: A memory file system, where the work of a program is not hidden by the disk.
MEMORY = Path("/dev/shm")  # noqa: S108 (the files are named for the bench, and removed)
#: What every run of arfix costs before it does anything.
START = Side("import typer", [sys.executable, "-c", "import typer"])
_PROGRAM = f"""
import gc
gc.set_threshold({COLLECT_EVERY})
import typer
app = typer.Typer(add_completion=False, rich_markup_mode=None)
@app.command()
def main(words: list[str], force: bool = False) -> None: ...
try:
    app()
finally:
    gc.freeze()
"""
#: A typer program that does nothing with its arguments, and looks for garbage as seldom as arfix does. With the first
#: word to convert, typer loads pydantic.
PARSER = Side("typer program that parses", [sys.executable, "-c", _PROGRAM, "lib.a", "x.o"])
#: What no Python program can do without: start, read a file, write it anew under its name.
_COPY = """
import os, sys
old, new = os.open(sys.argv[1], os.O_RDONLY), os.open(sys.argv[1] + ".new", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
at, end = 0, os.fstat(old).st_size
while at < end:
    at += os.sendfile(new, old, at, end - at)
os.replace(sys.argv[1] + ".new", sys.argv[1])
"""

#: Both, as the last sides of a task whose ratios are of the work above them.
STARTS = (PARSER, START)
FLOORS = frozenset({PARSER.name, START.name, "Python, copying"})


@dataclass(frozen=True, slots=True)
class Task:
    """One comparison.

    Attributes:
        name: What is done to what.
        sides: arfix first.
        rounds: How many runs of each side are counted.
        goals: Side to the greatest ratio of arfix's time to that side's.
        extra: Side to the greatest number of milliseconds of CPU time that arfix may take more.
        start: The side that only starts up; the ratios are then of what arfix takes above it.
        floors: Sides that do less than the task, and show what a part of it costs at the least.
        leaner: Whether arfix must also use less memory than each side that does the task.
        check: Raises when the sides did not do the same work.
    """

    name: str
    sides: Sequence[Side]
    rounds: int
    goals: Mapping[str, float] = field(default_factory=dict)
    extra: Mapping[str, float] = field(default_factory=dict)
    start: str | None = None
    floors: frozenset[str] = frozenset()
    leaner: bool = False
    check: Callable[[], object] = lambda: None


def libcrypto() -> Path:
    """Return libcrypto.a of Debian's libssl-dev: about 900 members, 9 MB."""
    return library("libssl-dev", "libcrypto.a")


def llvm() -> Path:
    """Return all libraries of Debian's llvm-14-dev merged into one archive: about 2,340 members, 250 MB."""
    path = WORK / "libLLVM-merged.a"
    if not path.exists():
        parts = [part for part in archives_of("llvm-14-dev") if part.name.startswith("libLLVM")]
        subprocess.run([need("llvm-ar-19"), "qcLD", path, *parts], check=True)
    return path


def all_tasks() -> Mapping[str, Callable[[], Task]]:
    """Return what makes each task, by its name; making one may download its input."""
    tasks: dict[str, Callable[[], Task]] = {}
    for folder, ending in ((MEMORY, ""), (WORK, "-disk")):
        if folder.is_dir() or folder == WORK:
            tasks[f"strip-libcrypto{ending}"] = partial(_strip_libcrypto, folder)
            tasks[f"strip-llvm{ending}"] = partial(_strip_llvm, folder)
    tasks["inspect-libcrypto"] = lambda: inspect_task("libcrypto.a", libcrypto(), 15)
    tasks["inspect-llvm"] = lambda: inspect_task("merged LLVM", llvm(), 5)
    tasks |= {"check": check_task, "prefix": prefix_task, "image": image_task, "why": why_task, "stub": stub_task}
    tasks["start"] = start_task
    tasks |= {f"check-line-{count}": partial(check_line_task, count) for count in (50, 500, 5000)}
    tasks |= {f"diagnose-{name}": partial(diagnose_task, name) for name in _LOGS}
    tasks |= {name: partial(_sysroot_task, name) for name in ("apply", "apply-again", "apply-check")}
    return tasks


def _strip_libcrypto(folder: Path) -> Task:
    return strip_task("libcrypto.a", libcrypto(), "libcrypto-lib-bss_log.o", 15, folder)


def _strip_llvm(folder: Path) -> Task:
    return strip_task("merged LLVM", llvm(), "DlltoolDriver.cpp.o", 7, folder)


def _sysroot_task(name: str) -> Task:
    return sysroot_tasks()[name]


def strip_task(name: str, archive: Path, member: str, rounds: int, folder: Path) -> Task:
    """Return the removal of one member, in place, each side on a fresh copy of its own in `folder`.

    On a disk arfix waits until its result is written, and its peers do not: the wall times differ by that. The row
    `sync` measures the wait alone.
    """
    commands = {
        "arfix": [*ARFIX, "strip", "--force"],
        "ar dD": [need("ar"), "dD"],
        "llvm-ar dD": [need("llvm-ar-19"), "dD"],
        "Python, copying": [sys.executable, "-I", "-S", "-c", _COPY],
    }
    copies = {side: folder / f"arfix-bench-{side.replace(' ', '-')}.a" for side in commands}

    def fresh(side: str) -> Callable[[], object]:
        return lambda: shutil.copyfile(archive, copies[side])

    def same() -> None:
        if copies["arfix"].read_bytes() != copies["ar dD"].read_bytes():
            raise SystemExit(f"strip of {member}: arfix and ar do not agree on the bytes")
        for copy in copies.values():
            copy.unlink()

    sides = [Side(side, [*command, str(copies[side]), member], fresh(side)) for side, command in commands.items()]
    sides += STARTS
    goals = {"ar dD": 0.25, "llvm-ar dD": 1.2} if folder == MEMORY else {}
    title = f"strip {name}, {file_system_of(folder)}"
    return Task(title, sides, rounds, goals, start=START.name, floors=FLOORS, leaner=folder == MEMORY, check=same)


def inspect_task(name: str, archive: Path, rounds: int) -> Task:
    """Return the listing of an archive with its symbol counts, beside nm's listing of its symbols."""
    sides = [Side("arfix", [*ARFIX, "inspect", str(archive)]), Side("nm", [need("nm"), str(archive)])]
    return Task(f"inspect {name}", [*sides, *STARTS], rounds, {"nm": 1.0}, start=START.name, floors=FLOORS)


def start_task() -> Task:
    """Return the start of the program, beside the import of typer alone."""
    return Task("start", [Side("arfix", [*ARFIX, "--version"]), START], 31, extra={START.name: 25})


def check_task() -> Task:
    """Return what a whole link of libcrypto.a would run into, beside the nm and ld that people try for it."""
    crypto, libc = libcrypto(), library("libc6-dev", "libc.a")
    tries = f"{need('nm')} -A {crypto} {libc}; {need('ld')} -r --whole-archive {crypto} -o {WORK}/whole.o"
    arfix = Side("arfix", [*ARFIX, "check", str(crypto), "--provider", str(libc)], codes=(0, 1))
    sides = [arfix, Side("nm -A, ld -r", ["/bin/sh", "-c", tries]), *STARTS]
    return Task("check libcrypto.a", sides, 9, {"nm -A, ld -r": 0.5}, start=START.name, floors=FLOORS)


def check_line_task(objects: int) -> Task:
    """Return the check of a link command of so many objects with zlib and the C library, beside that link with lld."""
    folder = WORK / f"objects-{objects}"
    if not folder.exists():
        folder.mkdir(parents=True)
        for at in range(objects):
            (folder / f"m{at}.o").write_bytes(_object(at, objects))
    paths = [str(folder / f"m{at}.o") for at in range(objects)]
    command = [need("gcc"), "-nostartfiles", "-o", str(WORK / "linked"), *paths, "-Wl,-e,f0_0", "-lz"]
    sides = [
        Side("arfix", [*ARFIX, "check", "--", *command]),
        Side("gcc, lld", [*command[:1], "-fuse-ld=lld", *command[1:]]),
        *STARTS,
    ]
    return Task(f"check a line of {objects:,} objects", sides, 9, {"gcc, lld": 1.0}, start=START.name, floors=FLOORS)


def _object(number: int, objects: int) -> bytes:
    """Return an object with ten functions that call one another, functions of the C library, and other objects."""
    own = [f"f{number}_{at}" for at in range(10)]
    others = [f"f{(number + at) % objects}_0" for at in range(1, 4)]
    needed = ["malloc", "free", "printf", "strcpy", "crc32", *others]
    calls = tuple(Rel(1 + 5 * at, 4, name, -4) for at, name in enumerate([*needed, *own]))  # R_X86_64_PLT32
    code = Sec(".text", bytes.fromhex("e800000000") * len(calls), flags=ALLOC | EXEC, relocations=calls)
    return elf(*own, *(f"?{name}" for name in needed), sections=(code,))


#: Logs of `diagnose`: what each line is made of, with a number in it.
_LOGS: Mapping[str, Sequence[str]] = {
    "build": ("gcc -DHAVE_CONFIG_H -I. -I../include -O2 -g -Wall -c -o src/file_{0}.o src/file_{0}.c",),
    "errors": (
        "part{0}.c:(.text+0x{0}): undefined reference to `ns::Class{0}::method(int, std::string const&)'",
        "ld.lld: error: undefined symbol: thing_{0}\n>>> referenced by thing.c:{0}\n>>>               t{0}.o:(main)",
        "/usr/bin/ld: b{0}.o:(.data+0x0): multiple definition of `d_{0}'; a.o:(.data+0x0): first defined here",
        "main{0}.obj : error LNK2019: unresolved external symbol fn_{0} referenced in function main",
        "/usr/bin/ld: p{0}.o: relocation R_X86_64_32 against `t_{0}' can not be used when making a shared object",
    ),
}


def diagnose_task(name: str) -> Task:
    """Return the diagnosis of a log of 10 MB, whose lines all differ, beside that of 50 MB."""
    sides = []
    for side, size in (("arfix", 10_000_000), ("arfix, 50 MB", 50_000_000)):
        path = WORK / f"{name}-{size}.log"
        if not path.exists():
            with path.open("w", encoding="utf-8") as file:
                for at in itertools.count():
                    file.write("".join(f"{text.format(at)}\n" for text in _LOGS[name]))
                    if file.tell() >= size:
                        break
        sides.append(Side(side, [*ARFIX, "diagnose", str(path)], codes=(0, 1)))
    return Task(f"diagnose 10 MB of {name}", [*sides, *STARTS], 3, start=START.name, floors=FLOORS)


def prefix_task() -> Task:
    """Return one prefix for every symbol that libcrypto.a defines; objcopy renames the undefined ones with them."""
    crypto, result = str(libcrypto()), str(WORK / "prefixed.a")
    sides = [
        Side("arfix", [*ARFIX, "symbols", crypto, "--prefix", "my_", "-o", result]),
        Side("objcopy", [need("objcopy"), "--prefix-symbols=my_", crypto, result]),
    ]
    return Task("prefix libcrypto.a", [*sides, *STARTS], 9, {"objcopy": 1.0}, start=START.name, floors=FLOORS)


def image_task() -> Task:
    """Return which members of libcrypto.a are in a program, beside a shell script that knows names alone.

    The script says nothing of a stripped program, of local functions, or of what a member costs.
    """
    crypto, program = str(libcrypto()), str(WORK / "program")
    source = WORK / "main.c"
    source.write_text("int main(void) { return 0; }\n")
    whole = ["-rdynamic", "-Wl,--whole-archive", crypto, "-Wl,--no-whole-archive"]
    subprocess.run([need("gcc"), "-o", program, source, *whole], check=True)
    script = (
        f"{need('nm')} --defined-only -P {program} | cut -d' ' -f1 | sort -u > {WORK}/names;"
        f" {need('nm')} -A -P --defined-only {crypto} | cut -d' ' -f1,2 | sort -k2 | join -2 2 {WORK}/names -"
        " | cut -d' ' -f2 | sort | uniq -c"
    )
    arfix = Side("arfix", [*ARFIX, "image", program, "--archive", crypto])
    return Task("image with libcrypto.a", [arfix, Side("nm, join", ["/bin/sh", "-c", script])], 7)


def why_task() -> Task:
    """Return why the last member of a chain of 10,000 is in a link, beside the same of 1,000: ten times the work."""
    sides = []
    for name, count in (("arfix", 10_000), ("arfix, 1,000 members", 1_000)):
        path = WORK / f"chain-{count}.a"
        if not path.exists():
            members = [(f"m{at}.o", elf(f"f{at}", *([f"?f{at + 1}"] if at + 1 < count else []))) for at in range(count)]
            path.write_bytes(ar(*members, index=tuple((f"f{at}", at) for at in range(count))))
        sides.append(Side(name, [*ARFIX, "why", str(path), f"m{count - 1}.o", "-u", "f0"]))
    return Task("why, chain of 10,000 members", sides, 3, {"arfix, 1,000 members": 12.0})


def stub_task() -> Task:
    """Return an archive of 200 stubs, beside a typer program that only parses."""
    names = [f"missing_{number}" for number in range(200)]
    command = [*ARFIX, "stub", *names, "--target", "x86_64-linux-gnu", "-o", str(WORK / "stubs.a")]
    return Task("200 stubs", [Side("arfix", command), PARSER], 15, extra={PARSER.name: 60})


@cache
def sysroot_tasks() -> Mapping[str, Task]:
    """Return a recipe over 374 real archives with 20 faults: the first run, the second, and the checking one.

    Beside the first stands `bench/sysroot.sh`, which makes the same edits with ar and ranlib.
    """
    folder = WORK / "sysroot"
    shutil.rmtree(folder, ignore_errors=True)
    planted, script, recipe = folder / "planted", folder / "script", folder / "arfix.toml"
    faults = plant(build(planted))
    shutil.copytree(planted, script, symlinks=True)
    subprocess.run([*ARFIX, "recipe", "init", planted, "-o", recipe], check=True, stdout=subprocess.DEVNULL)
    words = [f"{_VERBS[fault]}:{path.relative_to(planted)}" for path, fault in faults.items()]
    originals = {path: path.read_bytes() for path in faults}

    def pristine(root: Path) -> Callable[[], object]:
        def put_back() -> None:
            for path, data in originals.items():
                (root / path.relative_to(planted)).write_bytes(data)

        return put_back

    def same() -> None:
        for path in faults:
            if path.read_bytes() != (script / path.relative_to(planted)).read_bytes():
                raise SystemExit(f"{path.name}: arfix and the script do not agree on the bytes")

    apply = [*ARFIX, "apply", str(recipe), "--sysroot", str(planted)]
    program = Path(__file__).with_name("sysroot.sh")
    shell = Side("ar, ranlib", ["/bin/sh", str(program), str(script), *words], pristine(script))
    return {
        "apply": Task("apply, 20 of 374 archives", [Side("arfix", apply, pristine(planted)), shell], 5, check=same),
        "apply-again": Task("apply, nothing to do", [Side("arfix", apply), PARSER], 31, extra={PARSER.name: 30}),
        "apply-check": Task("apply --check", [Side("arfix", [*apply, "--check"]), shell], 7),
    }


#: What the script does about each fault of `tests/real_sysroot.py`.
_VERBS = {"no index": "index", "stale index": "index", "nested": "splice", "text": "strip"}
