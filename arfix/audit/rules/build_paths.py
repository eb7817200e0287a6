"""Members contain paths of the machine that built them.

The rule is off by default: most debug information contains such paths, and they do not affect a link. To turn it
on, use `--enable build-paths`, or `enable = ["build-paths"]` in the `[check]` table of `arfix.toml`.

## What it finds

Absolute paths of the build machine: in debug information, every path outside the system directories; in the strings
of the program, paths of source files (`__FILE__`), of directories that the debug information names, and of home and
build directories. One finding per archive. Debug sections compressed with zlib are searched, GCC bytecode is not.
In objects other than ELF, only source files and home and build directories are found.

## Why it matters

Builds in different directories produce different bytes, so caches and comparisons report a change where there is
none, and the names of users and projects are shipped. Yocto's QA check `buildpaths` rejects packages that contain
them.

## What linkers do

Linkers copy the paths into the output.

## How to repair

Compile with `-ffile-prefix-map=DIR=.` (GCC 8, clang 10), which covers debug information and `__FILE__`, or
`-fdebug-prefix-map` for debug information alone; Rust has `--remap-path-prefix`. If the debug information is not
needed, `objcopy --strip-debug` removes it.

## Example

    $ arfix check --enable build-paths libx.a
    warning build-paths: paths of the build machine
      libx.a
        x.o  names /home/me/src/x.c, a path of the build machine; so do 11 more
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
    title="paths of the build machine",
    why="Builds in different directories differ, and the names of users and projects are shipped.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    default=False,
)


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding if any member contains a path of the build machine."""
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
        f"names {paths[0]}, a path of the build machine{said}",
        archive=library.path,
        member=library.labels[first],
        related=tuple(f"{library.path}({library.labels[position]})" for position, _ in found),
    )


RULE = ArchiveRule(TEXT, check)
