"""A member holds a compiler's intermediate code and no machine code.

## What it finds

LLVM bitcode (`clang -flto`) and slim GCC LTO objects (`gcc -flto` without `-ffat-lto-objects`). One finding per member.

## Why it matters

Only the linker plugin of the compiler that made it can turn it into code, and only the same major version: the
formats change with each. An archive that is installed outlives its compiler.

## What linkers do

GNU ld and gold without the plugin see no symbols in bitcode (`file format not recognized`) and only
`__gnu_lto_slim` in slim objects: `plugin needed to handle lto object`. lld reads bitcode of its own version and not
GCC's; mold needs the plugin for either.

## How to repair

Compile again with `-ffat-lto-objects` (GCC, and clang since 17), or without `-flto`. No edit of the archive can
make machine code.

## Example

    $ arfix check libx.a
    warning lto-only: member with intermediate code only
      libx.a
        x.o  slim GCC LTO: there is no machine code in it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.finding import Finding
    from arfix.audit.libraries import Library

TEXT = RuleText(
    id="lto-only",
    title="member with intermediate code only",
    why="Only the linker plugin of the very compiler that made it can link it; any other linker sees no symbols.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)

_WORDS = {
    Content.BITCODE: "LLVM bitcode",
    Content.LTO_SLIM: "slim GCC LTO",
    Content.COFF_ANONYMOUS: "MSVC link-time code (/GL)",
}


def check(library: Library) -> Iterator[Finding]:
    """Yield a finding for each member without machine code."""
    for position, content in enumerate(library.contents):
        if content in _WORDS:
            yield TEXT.finding(
                f"{_WORDS[content]}: there is no machine code in it",
                archive=library.path,
                member=library.labels[position],
            )


RULE = ArchiveRule(TEXT, check)
