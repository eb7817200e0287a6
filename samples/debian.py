"""Real software: the files of Debian packages and the source they were made from, fetched with apt and kept.

A package is kept under its name and version, so a newer one in the archive is fetched anew and nothing stale is used.
`ARFIX_PACKAGES` names the folder to keep them in (default: `.work/packages`); nothing is installed.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CACHE = Path(os.environ.get("ARFIX_PACKAGES", Path(__file__).parent.parent / ".work" / "packages"))

#: Where apt reads which archives there are, relative to /etc/apt.
_APT = Path("/etc/apt")
_FETCH = ("-q", "-o", "Acquire::Retries=5", "-o", "APT::Sandbox::User=root")


def _kept(name: str) -> tuple[str, ...]:
    """Return options with which apt keeps what it reads from its lists.

    Images for containers turn that off, and every call then reads all lists anew, for more than a second.
    """
    kinds = (("pkgcache", CACHE / f"{name}.bin"), ("srcpkgcache", CACHE / f"{name}-lists.bin"))
    return tuple(word for kind, path in kinds for word in ("-o", f"Dir::Cache::{kind}={path.absolute()}"))


_KEPT = _kept("apt")


class Unavailable(Exception):  # noqa: N818 (it says what is the matter with the package)
    """A package cannot be had here; the message says why."""


@functools.cache
def package(name: str) -> Path:
    """Return the folder that holds the package's files as they would be under `/`.

    `name` is apt's: `libssl-dev`, `libssl-dev:i386`, or `libssl-dev=3.0.20-1~deb12u2` for one of `versions`.

    Raises:
        Unavailable: apt does not know the package, cannot fetch it, or is not here.
    """
    _need("apt-get", "apt-cache", "dpkg-deb")
    CACHE.mkdir(parents=True, exist_ok=True)
    name, _, wanted = name.partition("=")
    version = wanted or _candidate_version(name)
    if version is None:
        raise Unavailable(f"apt knows no package {name}")
    folder = CACHE / _folder_name(name, version)
    with _only_one(folder) as there:
        if not there:
            _fetch(f"{name}={version}", folder)
    return folder


@functools.cache
def source(name: str) -> Path:
    """Return the folder with a source package unpacked and Debian's patches applied; its name tells the version.

    The newest version comes first; where a mirror lists one that it no longer holds, the one before.

    Raises:
        Unavailable: No version can be fetched, or the tools are not here.
    """
    _need("apt-get", "apt-cache", "dpkg-source", "patch")
    options = _source_lists()
    said = "apt knows no source package of this name"
    for version in _source_versions(name, options):
        folder = CACHE / _folder_name(f"{name}_source", version)
        with _only_one(folder) as there:
            said = "" if there else _fetch_source(f"{name}={version}", options, folder)
        if not said:
            return folder
    raise Unavailable(f"source package {name}: {said}")


def versions(name: str) -> list[str]:
    """Return the versions of a package that apt can fetch, newest first.

    Raises:
        Unavailable: apt knows none, or is not here.
    """
    _need("apt-cache")
    ran = _run("apt-cache", *_KEPT, "madison", name)
    found = [line.split("|")[1].strip() for line in ran.stdout.splitlines() if line.count("|") == 2]
    if not found:
        raise Unavailable(f"apt knows no package {name}")
    return list(dict.fromkeys(found))


def version_of(folder: Path) -> str:
    """Return the version of the package or source that `folder`, as returned here, holds."""
    return folder.name.rpartition("_")[2].replace("%3a", ":")


def _need(*tools: str) -> None:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        raise Unavailable(f"Debian packages need {', '.join(missing)}")


def _folder_name(name: str, version: str) -> str:
    return f"{name.replace(':', '_')}_{version.replace(':', '%3a')}"


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[bool]:
    """Keep other processes that want the same folder waiting, and tell whether it is there."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder.is_dir()


def _run(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def _candidate_version(name: str) -> str | None:
    """Return the version apt would fetch, or None."""
    words = [line.split() for line in _run("apt-cache", *_KEPT, "policy", name).stdout.splitlines()]
    version = next((line[1] for line in words if line[:1] == ["Candidate:"]), None)
    return None if version == "(none)" else version


def _source_versions(name: str, options: Sequence[str]) -> list[str]:
    """Return the versions of a source package that apt lists, newest first."""
    listed = re.findall(r"^Version: (\S+)$", _run("apt-cache", *options, "showsrc", name).stdout, re.MULTILINE)
    return sorted(set(listed), key=functools.cmp_to_key(_newer_first))


def _newer_first(one: str, other: str) -> int:
    return -1 if _run("dpkg", "--compare-versions", one, "gt", other).returncode == 0 else 1


def _fetch(package_and_version: str, folder: Path) -> None:
    """Download and unpack into `folder`, which appears only when it is whole."""
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=".fetch-") as scratch:
        ran = _run("apt-get", "download", *_FETCH, *_KEPT, package_and_version, cwd=Path(scratch))
        files = list(Path(scratch).glob("*.deb"))
        if ran.returncode or not files:
            raise Unavailable(f"apt-get download {package_and_version}: {ran.stderr.strip() or ran.stdout.strip()}")
        unpacked = Path(scratch) / "unpacked"
        subprocess.run(["dpkg-deb", "-x", files[0], unpacked], check=True)
        shutil.move(unpacked, folder)


def _fetch_source(package_and_version: str, options: Sequence[str], folder: Path) -> str:
    """Download and unpack a source package; return what went wrong, or nothing."""
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=".fetch-") as scratch:
        fetch = ("apt-get", *_FETCH, *options, "source", "--download-only", package_and_version)
        ran = _run(*fetch, cwd=Path(scratch))
        if ran.returncode == 0:
            description = next(Path(scratch).glob("*.dsc"))
            unpacked = Path(scratch) / "unpacked"
            ran = _run("dpkg-source", "--no-check", "-x", description, unpacked, cwd=Path(scratch))
        if ran.returncode:
            return f"{' '.join(map(str, ran.args))}: {ran.stderr.strip() or ran.stdout.strip()}"
        shutil.move(unpacked, folder)
    return ""


@functools.cache
def _source_lists() -> tuple[str, ...]:
    """Return options with which apt knows source packages, though the machine lists only binary ones.

    The machine's own lists are neither changed nor renewed: those for sources are kept beside the packages.
    """
    parts, lists = CACHE / "sources.list.d", CACHE / "lists"
    for folder in (parts, lists / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    for path in (*_APT.glob("sources.list.d/*.sources"), *_APT.glob("sources.list.d/*.list"), _APT / "sources.list"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            text = re.sub(r"^Types:.*$", "Types: deb-src", text, flags=re.MULTILINE)
            (parts / path.name).write_text(re.sub(r"^deb\s", "deb-src ", text, flags=re.MULTILINE), encoding="utf-8")
    where = (f"Dir::Etc::sourceparts={parts}", "Dir::Etc::sourcelist=/dev/null", f"Dir::State::Lists={lists}")
    options = (*(word for option in where for word in ("-o", option)), *_kept("apt-sources"))
    ran = _run("apt-get", *_FETCH, *options, "update")
    if ran.returncode and not any(lists.glob("*Sources*")):
        raise Unavailable(f"apt-get update for source packages: {ran.stderr.strip()}")
    return options
