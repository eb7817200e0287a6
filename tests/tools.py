"""The real tools that tests compare with: found on PATH, or the test is skipped; in CI a missing one is a failure."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

#: True where everything must run: a test that cannot is a failure there.
IN_CI = bool(os.environ.get("CI"))

#: Where tools stand that Debian keeps off PATH.
EXTRA_FOLDERS = ("/usr/lib/llvm-19/bin", "/usr/lib/llvm-14/bin", "/usr/sbin")

#: Versions of GCC whose cross compilers are tried, newest first: Debian 13 has 14, and Debian 12 has 12.
GCC_VERSIONS = (14, 13, 12)


def give_up(reason: str) -> NoReturn:
    """Skip the test, or fail it in CI."""
    if IN_CI:
        pytest.fail(f"in CI nothing may be missing: {reason}")
    pytest.skip(reason)


#: Before the reason of a skip that is right in CI too.
NOT_HERE = "not in this release: "


def not_here(reason: str) -> NoReturn:
    """Skip the test, in CI too: this release of the system does not have what the test is about."""
    pytest.skip(f"{NOT_HERE}{reason}")


@functools.cache
def find(*names: str) -> str | None:
    """Return the path of the first of these tools that is installed, or None."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *EXTRA_FOLDERS))
    tried = (each for name in names for each in (name, *_other_releases(name)))
    return next((found for name in tried if (found := shutil.which(name, path=path))), None)


def _other_releases(name: str) -> tuple[str, ...]:
    """Return what Debian's releases call a cross compiler: some have it under its version alone."""
    base = name.removesuffix("-gcc")
    return tuple(f"{name}-{version}" for version in GCC_VERSIONS) if base != name else ()


def need(*names: str) -> str:
    """Return the path of the first of these tools that is installed; else skip the test, or fail it in CI."""
    return find(*names) or give_up(f"not installed: {' or '.join(names)}")


@functools.cache
def _writes(llvm_ar: str, form: str) -> bool:
    """Return whether this llvm-ar writes archives of the format: it grows with the releases of LLVM."""
    with tempfile.TemporaryDirectory() as folder:
        command = [llvm_ar, f"--format={form}", "rc", "x.a", os.devnull]
        return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def need_llvm_ar(form: str) -> str:
    """Return the path of an llvm-ar that writes this format; else skip the test, or fail it in CI."""
    installed = filter(None, map(find, ("llvm-ar-19", "llvm-ar")))
    found = next((path for path in installed if _writes(path, form)), None)
    return found or give_up(f"not installed: an llvm-ar that knows --format={form}")


def output_of(
    *command: str | os.PathLike[str],
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    check: bool = True,
) -> str:
    """Return what a tool prints on standard output, under the C locale; its own messages fail the test with it."""
    environment = {**os.environ, "LC_ALL": "C", **(env or {})}
    ran = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, check=False)
    if check and ran.returncode:
        pytest.fail(f"{Path(command[0]).name} returned {ran.returncode}: {os.fsdecode(ran.stderr)}")
    return os.fsdecode(ran.stdout)
