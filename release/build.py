"""Build a release: wheel, sdist, zipapp, man pages, completions, JSON schemas and checksums.

    python -m release.build [FOLDER]          (`make release`: into dist/)
    python -m release.build --twice           (builds twice and compares the bytes)

The same source gives the same bytes: files are copied in order, with the date of the last commit, or of the newest
heading of the changelog where there is no repository (or `SOURCE_DATE_EPOCH`), and with modes that do not depend on
the umask. Sources: https://reproducible-builds.org/specs/source-date-epoch/; PEP 427; PEP 625.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipapp
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.version import REPOSITORY, __version__
from release.pinned import PipError, install_pinned, pip_install

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent

#: The owner in the address of the repository, as long as there is none.
PLACEHOLDER = "OWNER"

#: What a working copy holds beside its sources, where no `git` says what belongs to them.
_MADE = {".git", ".venv", ".work", ".nox", "build", "dist", "__pycache__", ".hypothesis"}

#: The first file that Python runs. Old Pythons have to be able to read it.
_MAIN = """\
import sys

if sys.version_info < (3, 11):
    sys.exit("arfix needs Python 3.11 or newer, and this is Python " + sys.version.split()[0])
from arfix.__main__ import start

if __name__ == "__main__":
    start()
"""


class ReleaseError(Exception):
    """The release cannot be built."""


def main(arguments: list[str]) -> int:
    """Build a release, and print what was built."""
    parser = argparse.ArgumentParser(prog="python -m release.build", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", default="dist", type=Path, help="where to put the files (dist)")
    parser.add_argument("--twice", action="store_true", help="build a second time elsewhere, and compare the bytes")
    options = parser.parse_args(arguments)
    try:
        check_changelog()
        names = build(options.folder.absolute())
        if options.twice:
            compare(options.folder.absolute())
    except (ReleaseError, PipError) as error:
        sys.stderr.write(f"release: {error}\n")
        return 1
    for name in names:
        sys.stdout.write(f"{options.folder / name}\n")
    if is_placeholder(REPOSITORY):
        sys.stderr.write(
            f"release: warning: {REPOSITORY} is a placeholder; `python -m release.address https://HOST/NAME/arfix` "
            "puts the address of the repository in its place\n"
        )
    return 0


def is_placeholder(address: str) -> bool:
    """Return whether the address of the repository was never set."""
    return f"/{PLACEHOLDER}/" in address


def check_changelog() -> None:
    """Raise `ReleaseError` if the changelog has no section for this version."""
    if not re.search(rf"^## \[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d$", _changelog(), re.MULTILINE):
        raise ReleaseError(
            f"CHANGELOG.md has no heading `## [{__version__}] - YYYY-MM-DD`; see CONTRIBUTING.md, Releases"
        )


def build(folder: Path) -> list[str]:
    """Build everything into a folder, which is emptied first, and return the names of the files."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    date = source_date()
    old = os.umask(0o022)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            source = Path(scratch) / f"arfix-{__version__}"
            copy_source(source, date)
            wheel, sdist = build_python(source, Path(scratch) / "built", date)
            shutil.copyfile(wheel, folder / wheel.name)
            normalize_sdist(sdist, folder / sdist.name, date)
            build_zipapp(wheel, folder / "arfix.pyz", date)
    finally:
        os.umask(old)
    copy_data(folder)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    sums = "".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (folder / "SHA256SUMS").write_text(sums, "ascii")
    return [*names, "SHA256SUMS"]


def compare(folder: Path) -> None:
    """Build again elsewhere, with another umask and later, and raise `ReleaseError` if any byte differs."""
    with tempfile.TemporaryDirectory() as scratch:
        time.sleep(2)  # the dates in a zip file have a resolution of two seconds
        old = os.umask(0o077)
        try:
            build(Path(scratch) / "again")
        finally:
            os.umask(old)
        first, second = ((each / "SHA256SUMS").read_text("ascii") for each in (folder, Path(scratch) / "again"))
    if differing := {*first.splitlines()} ^ {*second.splitlines()}:
        raise ReleaseError(f"not reproducible: {sorted({line.split()[1] for line in differing})}")


def source_date() -> int:
    """Return the date of the sources, in seconds since 1970."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    if (ROOT / ".git").exists():
        return int(_git("log", "-1", "--format=%ct"))
    dates = re.findall(r"^## \[[\d.]+\] - (\d{4}-\d\d-\d\d)$", _changelog(), re.MULTILINE)
    if not dates:
        raise ReleaseError("CHANGELOG.md has no release, so the date of the sources is unknown")
    return int(datetime.fromisoformat(dates[0]).replace(tzinfo=UTC).timestamp())


def copy_source(folder: Path, date: int) -> None:
    """Copy the sources, all of the same date, with the mode 644 or 755."""
    for name in source_files():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)  # what a symbolic link names
        target.chmod(0o755 if (ROOT / name).stat().st_mode & 0o100 else 0o644)
        os.utime(target, (date, date))


def source_files() -> list[str]:
    """Return the paths of the sources: what `git` has, or all files of an unpacked sdist."""
    if (ROOT / ".git").exists():
        return sorted(name for name in _git("ls-files", "-z").split("\0") if name and (ROOT / name).is_file())
    names = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    made = (*_MADE, "arfix.egg-info", "PKG-INFO", "setup.cfg")
    return sorted(
        name.as_posix() for name in names if not any(part in made or part.endswith("_cache") for part in name.parts)
    )


def build_python(source: Path, out: Path, date: int) -> tuple[Path, Path]:
    """Build wheel and sdist with the backend of pyproject.toml, and return their paths."""
    script = "import sys, setuptools.build_meta as b; to = sys.argv[1]; b.build_sdist(to); b.build_wheel(to)"
    out.mkdir()
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(date)}
    ran = subprocess.run(
        [sys.executable, "-c", script, str(out)],
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise ReleaseError(f"setuptools failed:\n{ran.stderr}")
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


def normalize_sdist(sdist: Path, target: Path, date: int) -> None:
    """Write a tar file again in the order of names, with one date, and without owners."""
    with (
        tarfile.open(sdist) as old,
        target.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=date) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = date, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isreg() else None)


def build_zipapp(wheel: Path, target: Path, date: int) -> None:
    """Write arfix and the packages of `zipapp.txt` as one file that Python runs."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        install_pinned(folder)
        pip_install(folder, "--no-index", str(wheel))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            _add(archive, "__main__.py", _MAIN.encode(), date)
            for name in _files_of_zipapp(folder):
                _add(archive, name, (folder / name).read_bytes(), date)
        packed.seek(0)
        zipapp.create_archive(packed, target, interpreter="/usr/bin/env python3")
        target.chmod(0o755)


def _files_of_zipapp(folder: Path) -> Iterator[str]:
    """Yield the modules, their data, and the metadata with the licences; no scripts, and nothing about the install."""
    install = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "WHEEL"}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_dir() or name.parts[0] in {"bin", "share"} or {"__pycache__", ".agents"} & {*name.parts}:
            continue
        if not (name.parts[0].endswith(".dist-info") and name.name in install):
            yield name.as_posix()


def _add(archive: zipfile.ZipFile, name: str, data: bytes, date: int) -> None:
    entry = zipfile.ZipInfo(name, time.gmtime(max(date, 315532800))[:6])  # a zip file has no dates before 1980
    entry.external_attr, entry.compress_type, entry.create_system = 0o644 << 16, zipfile.ZIP_DEFLATED, 3
    archive.writestr(entry, data)


def copy_data(folder: Path) -> None:
    """Copy man pages, completions and schemas; tests compare them with the program."""
    for source, target in (("docs/man", "man/man1"), ("share/completions", "completions"), ("docs/schema", "schema")):
        (folder / target).mkdir(parents=True)
        for path in sorted((ROOT / source).iterdir()):
            shutil.copyfile(path, folder / target / path.name)


def _changelog() -> str:
    return (ROOT / "CHANGELOG.md").read_text("utf-8")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
