"""Builds Debian source packages with recorders in place of the compiler drivers, and reads what they recorded.

A recorder runs the real driver. When that has linked, it writes the words and the folder down, and keeps the files in
the folder for temporary files, since rustc and go remove theirs after the link.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.link_packages import System
from samples import debian

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bench.link_packages import SourcePackage

#: The drivers that are recorded, by the names under which builds call them.
_DRIVERS: Final = ("cc", "c++", "gcc", "g++", "x86_64-linux-gnu-gcc", "x86_64-linux-gnu-g++")
#: Links of configure scripts, cmake and meson, which try what the compiler can; their files are gone at once.
_TRIES: Final = (
    "CompilerId",
    "conftest",
    "CMakeTmp",
    "cmTC_",
    "TryCompile",
    "CMakeScratch",
    "sanitycheck",
    "meson-private",
)
_RECORDER: Final = """#!/bin/sh
real={real}
for word; do
  case $word in
    -c|-E|-S|-M|-MM|-v|-V|-###|-fsyntax-only|--version|--help|-dump*|-print-*|--print-*) exec "$real" "$@" ;;
  esac
done
"$real" "$@" || exit
case $* in {tries}) exit 0 ;; esac
keep="$ARFIX_RECORDED/$$"
[ -e "$keep" ] && exit 0
cp -al "$TMPDIR" "$keep"
for word; do
  case $word in *.rcgu.o) cp -l "$word" "$keep" ;; esac
done
made='/rustc[A-Za-z0-9]{{6}}'
printf '%s\\n' "$@" | sed -nE "s,^[^/]*(/.*$made)/.*,\\1,p" | sort -u | while IFS= read -r folder; do
  cp -al "$folder" "$keep"
done
printf '%s\\0' "$PWD" {name} "$@" | sed -zE "s|$TMPDIR|$keep|g
  s,^/.*(/[^/]*[.]rcgu[.]o)$,$keep\\1,
  s,/.*($made/),$keep\\1," > "$keep.line"
"""
#: Seconds for a whole build.
_TIMEOUT: Final = 900


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """A link command that a build ran.

    Attributes:
        words: The driver and its words.
        folder: Where it ran.
    """

    words: tuple[str, ...]
    folder: str


def record_lines(package: SourcePackage, work: Path) -> tuple[RecordedLine, ...]:
    """Return the link commands of a package's build, in order; it is built in `work` unless it has been.

    Raises:
        Unavailable: apt does not have the source.
    """
    recorded = work / "recorded"
    if not (work / "done").is_file():
        shutil.rmtree(work, ignore_errors=True)
        recorded.mkdir(parents=True)
        _lay_out(package, work / "source")
        _install(package.needs)
        with (work / "log").open("wb") as log:
            for command in _commands(package):
                _run(command, work / "source" / package.folder, _environment(work), log.fileno())
        (work / "done").touch()
    return tuple(_read(recorded))


def _lay_out(package: SourcePackage, folder: Path) -> None:
    """Write the source of a package."""
    if not package.files:
        shutil.copytree(debian.source(package.name), folder, symlinks=True)
    for name, text in package.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip(), "utf-8")


def _install(names: tuple[str, ...]) -> None:
    missing = [one for one in names if subprocess.run(["dpkg", "-s", one], capture_output=True, check=False).returncode]
    if missing:
        apt = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing]
        subprocess.run(apt, check=False, capture_output=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def _environment(work: Path) -> Mapping[str, str]:
    """Return the environment of a build: the recorders come first on PATH."""
    tools, scratch = work / "bin", work / "tmp"
    for folder in (tools, scratch):
        folder.mkdir(exist_ok=True)
    for name in _DRIVERS:
        real = shutil.which(name)
        if real is not None:
            tries = "|".join(f"*{one}*" for one in _TRIES)
            (tools / name).write_text(_RECORDER.format(real=real, name=name, tries=tries), "utf-8")
            (tools / name).chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{tools}:{os.environ['PATH']}",
        "TMPDIR": str(scratch),
        "ARFIX_RECORDED": str(work / "recorded"),
        "LC_ALL": "C",
        **dict.fromkeys(("CFLAGS", "CXXFLAGS"), "-g -O0 -w"),
        "GOPROXY": "off",
    }


def _commands(package: SourcePackage) -> Iterator[str]:
    """Yield the commands of the shell that build a package."""
    if package.prepare is not None:
        yield package.prepare
    options = " ".join(package.options)
    match package.system:
        case System.AUTOTOOLS:
            yield f"./configure --enable-static --enable-shared --disable-nls {options}"
            yield "make"
            yield f"make -k {' '.join(package.targets)}"
        case System.CMAKE:
            yield f"cmake -S . -B arfix-build {options}"
            yield "make -k -C arfix-build"
        case System.MESON:
            yield f"meson setup arfix-build {options}"
            yield "ninja -j1 -k0 -C arfix-build"
        case System.MAKE:
            yield f"make -k {' '.join(package.targets)}"
        case System.CARGO:
            yield from (f"cargo {verb} -j1 {options}" for verb in _CARGO)
        case System.GO:
            yield "test -f go.mod || go mod init example.org/package"
            yield from (f"go {verb} -p 1 -o arfix-{at} {options} ." for at, verb in enumerate(_GO))


#: What cargo and go are asked to make.
_CARGO: Final = (
    "build --all-targets",
    "build --release --bins --config 'build.rustflags=[\"-Cprefer-dynamic\"]'",
    "build --release --bins --config 'build.rustflags=[\"-Ctarget-feature=+crt-static\"]'",
    "build --release --lib --bin threads --config 'profile.release.lto=true'",
)
_GO: Final = (
    *("build -buildmode=c-shared", "build -buildmode=c-archive", "build -buildmode=pie"),
    *("build -ldflags=-linkmode=external", "test -c -ldflags=-linkmode=external", "test -c -buildmode=pie"),
    "test -c -ldflags=-extldflags=-static",
)


def _run(command: str, folder: Path, environment: Mapping[str, str], log: int) -> None:
    shell = ["sh", "-c", command]
    try:
        ran = subprocess.run(shell, cwd=folder, env=environment, stdout=log, stderr=log, check=False, timeout=_TIMEOUT)
    except subprocess.TimeoutExpired:
        print(f"{command}: not done after {_TIMEOUT} seconds", file=sys.stderr)
        return
    if ran.returncode:
        print(f"{folder.parent.name}: {command}: exit status {ran.returncode}", file=sys.stderr)


def _read(recorded: Path) -> Iterator[RecordedLine]:
    """Yield the recorded commands in the order in which they ended."""
    for path in sorted(recorded.glob("*.line"), key=lambda one: one.stat().st_mtime_ns):
        folder, *words = path.read_text("utf-8", "surrogateescape").split("\0")[:-1]
        yield RecordedLine(tuple(words), folder)
