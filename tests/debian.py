"""Real libraries: the files of Debian packages, fetched once with `apt-get download` and kept.

A package is kept under its name and version, so a newer one in the archive is fetched anew and nothing stale is tested.
`ARFIX_PACKAGES` names the folder to keep them in (default: `.work/packages`); nothing is installed.
"""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.tools import find, give_up

if TYPE_CHECKING:
    from collections.abc import Iterator

CACHE = Path(os.environ.get("ARFIX_PACKAGES", Path(__file__).parent.parent / ".work" / "packages"))


@functools.cache
def package(name: str) -> Path:
    """Return the folder that holds the package's files as they would be under `/`.

    `name` is apt's: `libssl-dev`, `libssl-dev:i386`, or `libssl-dev=3.0.20-1~deb12u2` for one of `versions`.
    Skips the test where packages cannot be fetched; fails it in CI.
    """
    if find("apt-get") is None or find("dpkg-deb") is None:
        give_up("Debian packages need apt-get and dpkg-deb")
    name, _, wanted = name.partition("=")
    version = wanted or _candidate_version(name)
    if version is None:
        give_up(f"apt knows no package {name}")
    folder = CACHE / f"{name.replace(':', '_')}_{version.replace(':', '%3a')}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f".{folder.name}.lock").open("w") as lock:  # several test processes may want one package
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _fetch(f"{name}={version}", folder)
    return folder


def versions(name: str) -> list[str]:
    """Return the versions of a package that apt can fetch, newest first; skips the test where it knows none."""
    if find("apt-cache") is None:
        give_up("Debian packages need apt")
    ran = subprocess.run(["apt-cache", "madison", name], capture_output=True, text=True, check=False)
    found = [line.split("|")[1].strip() for line in ran.stdout.splitlines() if line.count("|") == 2]
    return list(dict.fromkeys(found)) or give_up(f"apt knows no package {name}")


def archives_of(name: str) -> list[Path]:
    """Return every `.a` file of a package that is a regular file, sorted."""
    return sorted(_regular_files(package(name)))


def library(name: str, filename: str) -> Path:
    """Return the one archive of that file name in a package; several or none fail the test."""
    found = [path for path in archives_of(name) if path.name == filename]
    assert len(found) == 1, f"{name} holds {len(found)} files {filename}: {found}"
    return found[0]


def _regular_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.a") if path.is_file() and not path.is_symlink())


def _candidate_version(name: str) -> str | None:
    """Return the version apt would fetch, or None."""
    ran = subprocess.run(
        ["apt-cache", "policy", name], env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False
    )
    words = [line.split() for line in ran.stdout.splitlines()]
    version = next((line[1] for line in words if line[:1] == ["Candidate:"]), None)
    return None if version == "(none)" else version


def _fetch(package_and_version: str, folder: Path) -> None:
    """Download and unpack into `folder`, which appears only when it is whole."""
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=".fetch-") as scratch:
        download = ["apt-get", "download", "-q", "-o", "Acquire::Retries=5", "-o", "APT::Sandbox::User=root"]
        ran = subprocess.run([*download, package_and_version], cwd=scratch, capture_output=True, text=True, check=False)
        files = list(Path(scratch).glob("*.deb"))
        if ran.returncode or not files:
            give_up(f"apt-get download {package_and_version}: {ran.stderr.strip() or ran.stdout.strip()}")
        unpacked = Path(scratch) / "unpacked"
        subprocess.run(["dpkg-deb", "-x", files[0], unpacked], check=True)
        try:
            unpacked.rename(folder)
        except OSError:  # `folder` is on another filesystem than its own parent only if someone mounted it so
            shutil.move(unpacked, folder)
