"""`make link-lines`: records the link commands of Debian source builds, and compares arfix with GNU ld and lld on each.

    python -m bench.link_lines [--only PACKAGE]... [--broken NUMBER] [--work FOLDER] [--page]

Each package is built once, in a folder of its own below `--work`. Its link commands are tried as recorded, and the
first `--broken` of them also broken in the ways of `bench/link_breaks.py`. For each trial, the members that enter, the
symbol and the file that each enters for, undefined symbols, duplicates and refusals are compared. The results are kept
in `bench/records/link-lines.json`; docs/link-lines.md is made of them (`--page`: of what is kept, without a trial).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.link_packages import PACKAGES
from bench.link_page import render_page
from bench.link_record import record_lines
from bench.link_trial import try_line, usable
from samples import debian

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.link_packages import SourcePackage
    from bench.link_record import RecordedLine
    from bench.link_trial import Tried

ROOT: Final = Path(__file__).parent.parent
RECORD: Final = Path(__file__).parent / "records" / "link-lines.json"
PAGE: Final = ROOT / "docs" / "link-lines.md"
#: The most lines of one package; builds of test programs repeat one line many times with another object.
_MOST: Final = 20
#: The most differences that are written down for one package.
_SHOWN: Final = 20
#: How much of a command is written down, in characters.
_LONGEST: Final = 300


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", action="append", metavar="PACKAGE")
    parser.add_argument("--broken", type=int, default=_MOST, metavar="NUMBER", help="lines of each package to break")
    parser.add_argument("--work", type=Path, default=ROOT / ".work" / "link-lines", metavar="FOLDER")
    parser.add_argument("--page", action="store_true", help="write the page from the records alone")
    options = parser.parse_args()
    status = 0
    for package in () if options.page else PACKAGES:
        if options.only and package.title not in options.only:
            continue
        try:
            found = run_package(package, options.work.absolute(), options.broken)
        except debian.Unavailable as why:
            print(f"{package.title}: {why}", file=sys.stderr)
            continue
        records = load() | {package.title: found}  # another run may have written meanwhile
        new = RECORD.with_suffix(".new")
        new.write_text(json.dumps(records, indent=1, sort_keys=True) + "\n", "utf-8")
        new.replace(RECORD)
        print(f"{package.title}: {found['lines']} lines, {found['trials']}, {len(found['differences'])} differences")
        status = 1 if found["differences"] else status
    PAGE.write_text(render_page(load()), "utf-8")
    return status


def load() -> dict[str, Any]:
    """Return the records that are kept."""
    return json.loads(RECORD.read_text("utf-8")) if RECORD.is_file() else {}


def run_package(package: SourcePackage, work: Path, broken: int) -> dict[str, Any]:
    """Return what the trials of one package's link commands gave."""
    recorded = record_lines(package, work / package.folder_name)
    lines = chosen(recorded)
    other = other_version(package, work / package.folder_name / "other") if lines else None
    tried: list[Tried] = []
    for number, (words, folder) in enumerate(lines):
        tried += try_line(words, folder, other, None if number < broken else 1)
        print(f"{package.title}: {number + 1}/{len(lines)}", file=sys.stderr)
    counts = Counter((one.linker, one.kind.value, not one.differences) for one in tried)
    return {
        "system": package.system.value,
        "language": package.language,
        "version": debian.version_of(debian.source(package.name)) if package.name else "",
        "recorded": len(recorded),
        "lines": len(lines),
        "trials": [[*key, number] for key, number in sorted(counts.items())],
        "failed": sum(one.failed for one in tried),
        "members": sum(one.pulled for one in tried),
        "undefined": sum(one.undefined for one in tried),
        "duplicates": sum(one.duplicates for one in tried),
        "differences": [shown(one) for one in tried if one.differences][:_SHOWN],
    }


def shown(one: Tried) -> str:
    """Return the first difference of a trial, and the command."""
    more = f" and {len(one.differences) - 1} more" if len(one.differences) > 1 else ""
    return f"{one.linker}, {one.kind.value}: {one.differences[0]}{more}: `{' '.join(one.words)[:_LONGEST]}`"


def chosen(recorded: Iterable[RecordedLine]) -> list[tuple[tuple[str, ...], str]]:
    """Return the words and folders of distinct commands that can be tried, those first that are of another shape."""
    shapes: Counter[tuple[str, ...]] = Counter()
    found: dict[tuple[object, ...], tuple[int, tuple[str, ...], str]] = {}
    for line in recorded:
        if _without_output(line.words) in found:
            continue
        words = usable(line)
        if words is None:
            continue
        shape = _shape(line.words)
        found[_without_output(line.words)] = (shapes[shape], words, line.folder)
        shapes[shape] += 1
    ranked = sorted(found.values(), key=lambda one: one[0])
    return [(words, folder) for _, words, folder in ranked[:_MOST]]


def _without_output(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words without `-o FILE` and without the folders that change with each run."""
    at = words.index("-o") if "-o" in words else len(words)
    return tuple("" if "/recorded/" in word else word for word in (*words[:at], *words[at + 2 :]))


def _shape(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words without the names of objects and sources."""
    return tuple(word for word in _without_output(words) if not word.endswith((".o", ".c", ".cc", ".cpp")))


def other_version(package: SourcePackage, folder: Path) -> Path | None:
    """Return a folder with the libraries of the Debian release before; None where there is no such package."""
    if package.other is None:
        return None
    if not folder.is_dir():
        folder.mkdir(parents=True)
        for path in _fetched(package.other, folder):
            subprocess.run(["dpkg-deb", "-x", path, folder], check=True)
    return folder


#: The Debian release whose libraries are the other version.
_SUITE: Final = "bullseye"


def _fetched(name: str, folder: Path) -> list[Path]:
    """Return the packages of that release: the one for development, and the library that it depends on."""
    lists = debian.CACHE / "other-lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    source = debian.CACHE / "other.list"
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    source.write_text(f"deb [signed-by={keyring}] http://deb.debian.org/debian {_SUITE} main\n", "utf-8")
    settings = {
        "Dir::Etc::sourcelist": source.absolute(),
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": lists.absolute(),
        "Dir::State::status": "/dev/null",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "APT::Sandbox::User": "root",
    }
    options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
    if not list(lists.glob("*_Packages*")):
        subprocess.run(["apt-get", "-q", *options, "update"], check=False, capture_output=True)
    shown = subprocess.run(
        ["apt-cache", *options, "depends", "--no-recommends", "--no-suggests", name],
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    needed = [line.split()[1] for line in shown.splitlines() if line.strip().startswith("Depends: lib")]
    names = [name, *(one for one in needed if not one.startswith("libc6"))]
    subprocess.run(["apt-get", "-q", *options, "download", *names], cwd=folder, check=False, capture_output=True)
    return sorted(folder.glob("*.deb"))


if __name__ == "__main__":
    sys.exit(main())
