"""OpenSSL's libcrypto.a for ARM without an operating system, built from Debian's source with newlib."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from samples.debian import source, version_of

PREFIX = "arm-none-eabi-"
MACHINE = "-march=armv7-a"
INCLUDE = Path(__file__).parent / "include"

#: What newlib has not, or a library without an operating system has no use for.
WITHOUT_SYSTEM = [
    "asm",
    "async",
    "dso",
    "engine",
    "module",
    "posix-io",
    "secure-memory",
    "shared",
    "sock",
    "tests",
    "threads",
    "ui-console",
]
#: What this sample does not show; leaving it out shortens the build by a third.
UNUSED = [
    *("cmp", "cms", "ct", "deprecated", "dh", "dsa", "ec", "legacy", "ocsp", "srp", "ts"),
    *("aria", "bf", "blake2", "camellia", "cast", "chacha", "cmac", "idea", "md4", "mdc2", "poly1305"),
    *("rc2", "rc4", "rmd160", "scrypt", "seed", "siphash", "sm2", "sm3", "sm4", "whirlpool"),
]


def build(folder: Path) -> tuple[Path, Path, str]:
    """Return libcrypto.a, its source, and the version; a folder that holds a build of it is brought up to date.

    Raises:
        samples.debian.Unavailable: The source cannot be fetched.
    """
    tree = source("openssl")
    version = version_of(tree)
    made = folder / f"libcrypto-{version}"
    makefile = made / "Makefile"
    if makefile.is_file() and f"{tree}/" not in makefile.read_text(encoding="utf-8"):
        shutil.rmtree(made)  # its source was in another checkout, or this one has moved
    made.mkdir(parents=True, exist_ok=True)
    left_out = [f"no-{feature}" for feature in (*WITHOUT_SYSTEM, *UNUSED)]
    options = [f"--cross-compile-prefix={PREFIX}", "--with-rand-seed=none", *left_out, MACHINE, "-O0", f"-I{INCLUDE}"]
    with (made / "build.log").open("w", encoding="utf-8") as log:
        if not makefile.is_file():
            _run(log.fileno(), made, tree / "Configure", "gcc", *options)
        _run(log.fileno(), made, "make", f"-j{os.cpu_count() or 1}", "build_generated", "libcrypto.a")
    return made / "libcrypto.a", tree, version


def _run(log: int, folder: Path, *command: str | Path) -> None:
    """Run one command of the build; end the program where it fails, with the end of its log."""
    if subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=False).returncode:
        lines = (folder / "build.log").read_text(encoding="utf-8", errors="replace").splitlines()
        sys.exit("\n".join((*lines[-20:], f"libcrypto.a could not be built; see {folder / 'build.log'}")))
