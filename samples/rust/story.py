"""`make rust`: a Rust library takes names of libm out of what a program exports; arfix tells which and repairs it.

Needs a rustc of 1.95 or newer, whose compiler_builtins holds copies of libm functions, and g++.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from samples.story import ROOT, Story, need_tools

HERE = Path(__file__).parent
TOOLS = {"rustc": "rustc-web", "g++": "g++", "ld": "binutils", "nm": "binutils"}
#: GNU ld, and those of the others that are installed.
LINKERS = tuple(name for name in ("ld", "ld.gold", "ld.lld", "mold") if shutil.which(name))

#: What goes whole into the program, beside the Rust library.
WHOLE = ("libm.a", "libstdc++.a")
START = ("rcrt1.o", "crti.o", "crtbeginS.o")
ON_DEMAND = ("libgcc.a", "libgcc_eh.a", "libc.a")
END = ("crtendS.o", "crtn.o")


def main() -> None:
    """Tell the story from the names that vanish to the program that exports them again."""
    need_tools(TOOLS)
    story = Story(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / ".work" / "rust")
    lay_out(story.folder)

    story.say("A library in Rust, for C; with it comes Rust's standard library, and what rustc calls by itself:")
    story.run("rustc", "--crate-type", "staticlib", "-C", "panic=abort", "-O", "mean.rs", "-o", "librust.a")
    story.say(
        "A program takes it whole, with libm and libstdc++, and exports all of them for modules that it loads. It is a"
        " static PIE: libc.a goes in too, on demand. What it exports of libm and libstdc++, without and with Rust:"
    )
    story.show(shlex.join(link_command("ld", "librust.a")))
    alone = {linker: exported(story.folder, linker) for linker in LINKERS}
    broken = {linker: exported(story.folder, linker, "librust.a") for linker in LINKERS}
    table(alone, broken)
    lost = sorted(set().union(*(alone[linker] - broken[linker] for linker in LINKERS)))
    story.say(f"No linker said a word. Lost: {' '.join(lost)}.")

    story.say("arfix says it, before the link:")
    check = ("check", "librust.a", *WHOLE, "--sysroot", ".", "--ignore", "warning-symbol")
    found = story.arfix(*check)
    advice = re.search(r"repair: arfix (symbols .*)", found)
    if advice is None:
        sys.exit("This rustc is too old: its compiler_builtins has no names of libm.")
    story.say("The repair, as it stands there:")
    story.arfix(*shlex.split(advice[1]))
    story.arfix(*check)

    story.say("The same links again, and a program that runs:")
    table(alone, {linker: exported(story.folder, linker, "librust.a") for linker in LINKERS})
    if running := [linker for linker in LINKERS if runs(story.folder, linker)]:
        story.run(f"./program-{running[-1]}")


def lay_out(folder: Path) -> None:
    """Make the folder: the source, the compiled host program, what goes whole; the compiler's files in `lib/`."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "lib").mkdir(parents=True)
    shutil.copy(HERE / "mean.rs", folder)
    for name in (*START, *ON_DEMAND, *END):
        shutil.copy(file_of_compiler(name), folder / "lib" / name)
    for name in WHOLE:
        shutil.copy(file_of_compiler(name), folder / name)
    subprocess.run(["g++", "-fPIE", "-O1", "-c", HERE / "host.cc", "-o", folder / "host.o"], check=True)


def file_of_compiler(name: str) -> Path:
    """Return a file that the compiler links; for a libm.a that is a linker script of glibc, the archive it names."""
    found = subprocess.run(["g++", f"-print-file-name={name}"], capture_output=True, text=True, check=True)
    path = Path(found.stdout.strip())
    return next(iter(sorted(path.parent.glob("libm-*.a"))), path) if name == "libm.a" else path


def link_command(linker: str, *more: str) -> list[str]:
    """Return the link of the program, with more libraries whole before the others."""
    static = [] if linker == "ld.gold" else ["-static", "--no-dynamic-linker"]  # gold makes no static PIE
    options = [*static, "-pie", "-z", "text", "--export-dynamic", "-o", f"program-{linker}"]
    whole = ["--whole-archive", *more, *WHOLE, "--no-whole-archive"]
    on_demand = ["--start-group", *(f"lib/{name}" for name in ON_DEMAND), "--end-group"]
    return [
        linker,
        *options,
        *(f"lib/{name}" for name in START),
        "host.o",
        *whole,
        *on_demand,
        *(f"lib/{name}" for name in END),
    ]


def exported(folder: Path, linker: str, *more: str) -> set[str]:
    """Link the program and return what it exports of the libraries that it takes whole, Rust's aside."""
    subprocess.run(link_command(linker, *more), cwd=folder, capture_output=True, check=True)
    return symbols(folder, "-D", f"program-{linker}") & symbols(folder, "-g", *WHOLE)


def runs(folder: Path, linker: str) -> bool:
    """Return whether the program that this linker made runs.

    With --export-dynamic a static PIE of GNU ld crashes before main, and with glibc 2.41 so does that of mold.
    """
    try:
        return subprocess.run([folder / f"program-{linker}"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def symbols(folder: Path, *arguments: str) -> set[str]:
    """Return the names that nm says are defined."""
    command = ["nm", "--defined-only", "--format=posix", *arguments]
    listed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    rows = (line.split() for line in listed.stdout.splitlines() if not line.endswith(":"))
    return {row[0].partition("@")[0] for row in rows if row}


def table(alone: dict[str, set[str]], beside: dict[str, set[str]]) -> None:
    """Print for each linker how many names of the whole libraries the program exports, and how many are lost."""
    print("\nlinker   without Rust  with Rust  lost")
    for linker, names in alone.items():
        print(f"{linker:8} {len(names):12,} {len(beside[linker]):10,} {len(names - beside[linker]):5}")


if __name__ == "__main__":
    main()
