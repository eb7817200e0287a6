"""`make demo`: a small broken sysroot, what a whole-archive link says of it, and how arfix repairs it.

Needs Python alone. Where a C compiler for x86-64 is installed, each step is also put to the real linker.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from samples.story import ROOT, Story
from samples.sysroot import build_sysroot

SYSROOT = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".work" / "demo"
WHOLE = ["lib/libcrypto.a", "lib/libffi.a"]
ON_DEMAND = ["lib/libz.a", "lib/libposix.a", "lib/libm.a", "lib/libc.a"]
LIBRARIES = ["lib/libcrypto.a", "lib/libffi.a", "lib/libz.a"]
FIRST_LINK = "The link as it stands"

STORY = Story(SYSROOT)


def main() -> None:
    """Tell the story from the broken sysroot to the program that runs."""
    shutil.rmtree(SYSROOT, ignore_errors=True)
    build_sysroot(SYSROOT)
    compiler = find_compiler()

    STORY.say(
        f"A sysroot stands in {os.path.relpath(SYSROOT)}: a C library without syslog, and three libraries for one"
        " program. Two of them, libcrypto and libffi, must go into it whole, so that all their functions are exported."
    )
    link(compiler, FIRST_LINK)

    STORY.say(
        "A linker stops at the first thing it cannot use. arfix tells everything that is wrong, and what repairs it."
    )
    STORY.arfix("check", *LIBRARIES, "--sysroot", ".")

    STORY.say("libffi.a holds archives, and no linker looks into them.")
    STORY.arfix("inspect", "lib/libffi.a")
    STORY.say(
        "Three belong to the platform, which has them already; libtramp.a exists nowhere else, so its member is needed."
    )
    STORY.arfix("flatten", "lib/libffi.a", "--platform", "lib")
    link(compiler, "Now the next problem shows")

    STORY.say("libz.a has no symbol index, and without one a linker takes nothing from an archive on demand.")
    STORY.arfix("index", "lib/libz.a", "--check")
    STORY.arfix("index", "lib/libz.a")
    link(compiler, "Once more")

    STORY.say("One member of libcrypto.a logs to syslog. Nothing needs it, yet --whole-archive takes it all the same.")
    STORY.arfix("strip", "lib/libcrypto.a", "bss_log.o", "--dry-run")
    STORY.arfix("strip", "lib/libcrypto.a", "bss_log.o")
    STORY.say("A member that somebody needs does not go so easily:")
    STORY.arfix("strip", "lib/libcrypto.a", "sha256.o")
    link(compiler, "And now")
    STORY.arfix("check", *LIBRARIES, "--sysroot", ".")

    STORY.say("All of that can be had at once. On the sysroot as it was:")
    build_sysroot(SYSROOT)
    STORY.arfix("fix", *LIBRARIES, "--sysroot", ".", "--fail-on", "warning", "--yes", "--no-verify")
    link(compiler, "The same link again")

    if compiler is None:
        STORY.say(
            "No C compiler for x86-64 was found, so nothing was linked here; the archives are repaired all the same."
        )
    STORY.say(f"Look around: {os.path.relpath(SYSROOT)}")


def find_compiler() -> str | None:
    """Return a C compiler that links for x86-64 Linux, as the demo's objects want, or None."""
    for name in ("cc", "gcc", "clang", "x86_64-linux-gnu-gcc"):
        path = shutil.which(name)
        if path is None:
            continue
        target = subprocess.run([path, "-dumpmachine"], capture_output=True, text=True, check=False).stdout
        if target.startswith("x86_64") and "linux" in target:
            return path
    return None


def link(compiler: str | None, title: str) -> None:
    """Link the program with the whole libraries and run it, showing what the linker says."""
    if compiler is None:
        return
    STORY.say(f"{title}:")
    whole = ["-Wl,--whole-archive", *WHOLE, "-Wl,--no-whole-archive"]
    command = [Path(compiler).name, "-nostdlib", "-static", "main.o", *whole, *ON_DEMAND, "-o", "program"]
    STORY.show(" ".join(command) if title == FIRST_LINK else f"{command[0]} ... -o program")
    ran = subprocess.run([compiler, *command[1:]], cwd=SYSROOT, capture_output=True, text=True, check=False)
    for line in ran.stderr.splitlines():
        print(line.removeprefix("/usr/bin/"))
    if ran.returncode == 0:
        STORY.show("./program")
        code = subprocess.run([SYSROOT / "program"], check=False).returncode
        print(f"(it runs, exit {code})")


if __name__ == "__main__":
    main()
