"""Members name directories of the machine that built them.

Off by default: most debug information does, and it changes nothing in a link. `--enable build-paths`, or
`enable = ["build-paths"]` in the `[check]` table of `arfix.toml`, switches it on.

## What it finds

Absolute paths of the building machine: in debug information every path outside the system's own directories, and in
the program's strings paths of source files (`__FILE__`), of directories that the debug information names, and of home
and build directories. One finding per archive. Compressed debug sections are read where zlib compressed them; GCC's
bytecode is not searched. In objects that are not ELF only source files and home and build directories are found.

## Why it matters

Two builds in different directories give different bytes, so caches and comparisons see a change where there is none,
and names of users and projects get into what is shipped. Yocto's QA check `buildpaths` fails a package for them.

## What linkers do

They copy them into the output.

## How to repair

Compile with `-ffile-prefix-map=DIR=.` (GCC 8, clang 10), which covers debug information and `__FILE__`, or
`-fdebug-prefix-map` for debug information alone; Rust has `--remap-path-prefix`. `objcopy --strip-debug` removes debug
information that nobody needs.

## Example

    $ arfix check --enable build-paths libx.a
    warning build-paths: paths of the building machine
      libx.a
        x.o  names /home/me/src/x.c, a path of the machine that built it; so do 11 more
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Confidence, Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.formats.build_paths import find_build_paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="build-paths",
    title="paths of the building machine",
    why="Builds in two directories differ, and names of users and projects get into what is shipped.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    default=False,
)


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding if any member contains a path of the machine that built it."""
    found = [
        (position, paths)
        for position, facts in enumerate(library.facts)
        if facts is not None and (paths := find_build_paths(facts))
    ]
    if not found:
        return
    (first, paths), *others = found
    said = "" if not others else f"; so do {len(others)} more" if len(others) > 1 else "; so does 1 more"
    yield TEXT.finding(
        f"names {paths[0]}, a path of the machine that built it{said}",
        archive=library.path,
        member=library.labels[first],
        related=tuple(f"{library.path}({library.labels[position]})" for position, _ in found),
    )


RULE = ArchiveRule(TEXT, check)
