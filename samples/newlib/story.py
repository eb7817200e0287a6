"""`make newlib`: OpenSSL whole in a program for ARM with newlib, which has no syslog, no folders and no users; it runs.

Builds libcrypto.a from Debian's source, links it whole, makes stubs of what newlib lacks, and runs the program in qemu.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from samples.debian import Unavailable
from samples.newlib.libcrypto import INCLUDE, MACHINE, PREFIX, build
from samples.story import ROOT, Story, need_tools

TOOLS = {
    f"{PREFIX}gcc": "gcc-arm-none-eabi",
    "qemu-arm": "qemu-user",
    "perl": "perl",
    "make": "make",
    "dpkg-source": "dpkg-dev",
    "patch": "patch",
}
WORD = "exactly-once"
#: The libraries that the compiler adds to every program for a machine with semihosting.
PLATFORM = ("libc.a", "libm.a", "librdimon.a", "libgcc.a")
COMPILE = (f"{PREFIX}gcc", MACHINE, "--specs=rdimon.specs")
WHOLE = ("-Wl,--whole-archive", "libcrypto.a", "-Wl,--no-whole-archive")
#: What is worth reading of what the linker says.
MISSES = r"\S+\.c:.*undefined reference to .*"
#: The compiler for ARM without a system writes no .note.GNU-stack into any object; there is no kernel to read it.
QUIET = ("--ignore", "executable-stack")

MISSING = (
    *("openlog", "syslog", "closelog"),
    *("opendir", "readdir", "closedir"),
    *("getuid", "geteuid", "getgid", "getegid"),
)


def main() -> None:
    """Tell the story from the library that does not link whole to the program that runs."""
    need_tools(TOOLS)
    work = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / ".work" / "newlib"
    try:
        library, source, version = build(work)
    except Unavailable as why:
        sys.exit(str(why))
    story = Story(work / "sysroot")
    lay_out(story.folder, library, source)

    story.say(
        f"libcrypto.a of OpenSSL {version}, built with {PREFIX}gcc from Debian's source as it is, is to go whole into a"
        " program for ARM. The C library is newlib, which has no syslog, no folders and no users."
    )
    link(story)

    story.say("What the linker says, arfix says before, with the member that wants it and what would help:")
    story.arfix("check", "libcrypto.a", "--sysroot", ".", *QUIET)

    story.say(
        "The first advice is to do without the member that logs. This program logs, which the check is told with -u;"
        " now all that is missing is to be stubbed."
    )
    story.arfix("check", "libcrypto.a", "--sysroot", ".", "-u", "BIO_s_log", *QUIET)

    story.say("The stubs come for the machine and the ABI of the library, each failing as POSIX says it may:")
    story.arfix("stub", *MISSING, "--like", "libcrypto.a", "-o", "libstubs.a")
    story.arfix("check", "libcrypto.a", "libstubs.a", "--sysroot", ".", "-u", "BIO_s_log", *QUIET)
    link(story, "libstubs.a")

    story.say(
        "It runs, and calls the stubs: the log takes what it is given, and the folder cannot be opened, for the reason"
        " that is true. qemu lists each function that it ran:"
    )
    story.run("qemu-arm", "-d", "in_asm", "-D", "trace.txt", "program", WORD)
    story.run("grep", "-oE", f"IN: ({'|'.join(MISSING)})$", "trace.txt")


def lay_out(sysroot: Path, library: Path, source: Path) -> None:
    """Make the sysroot: the platform's libraries under `lib/`, libcrypto.a and the compiled program beside it."""
    shutil.rmtree(sysroot, ignore_errors=True)
    (sysroot / "lib").mkdir(parents=True)
    for name in PLATFORM:
        found = subprocess.run([*COMPILE, f"-print-file-name={name}"], capture_output=True, text=True, check=True)
        shutil.copy(found.stdout.strip(), sysroot / "lib" / name)
    shutil.copy(library, sysroot)
    headers = [f"-I{folder}" for folder in (INCLUDE, library.parent / "include", source / "include")]
    program = Path(__file__).parent / "program.c"
    subprocess.run([*COMPILE, "-Wall", *headers, "-c", program, "-o", sysroot / "program.o"], check=True)


def link(story: Story, *more: str) -> None:
    """Link the program with libcrypto.a whole."""
    story.run(*COMPILE, "program.o", *WHOLE, *more, "-o", "program", only=MISSES, environment={"LC_ALL": "C"})


if __name__ == "__main__":
    main()
