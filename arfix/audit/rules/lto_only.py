"""A member contains a compiler's intermediate code but no machine code.

## What it finds

LLVM bitcode (`clang -flto`) and slim GCC LTO objects (`gcc -flto` without `-ffat-lto-objects`). One finding per member.

## Why it matters

Only the compiler that wrote it can generate machine code from it, and often only the same major release, since the
formats change with each. An installed archive outlives its compiler.

## What linkers do

| | slim GCC LTO | LLVM bitcode |
|---|---|---|
| GNU ld, gold, mold through `gcc` | take it: gcc passes its plugin | refuse it |
| GNU ld, gold, mold through `clang -flto` | refuse it | take it, with LLVM's plugin installed |
| GNU ld, gold, mold without a plugin | `plugin needed to handle lto object` | `file format not recognized` |
| lld | reads it as an object without symbols | takes bitcode of its own release, and often of older ones |

`check` assumes a link through the compiler driver, so the symbols of such a member are those that the compiler's
plugin reports. A link has one plugin, so members from GCC and from clang cannot be combined. lld ignores slim GCC
objects; if another member needs their symbols, `linkers-differ` reports it. lld before release 15 does not read
bitcode of release 15 or later.

## How to repair

Compile again with `-ffat-lto-objects` (GCC, and clang since 17), or without `-flto`. No edit of the archive can
produce machine code.

## Example

    $ arfix check libx.a
    warning lto-only: member with intermediate code only
      libx.a
        x.o  slim GCC LTO: there is no machine code in it; link through gcc, but not with lld
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.formats.bitcode import bitcode_release
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="lto-only",
    title="member with intermediate code only",
    why="Only the compiler that wrote it can generate code from it, through its plugin or, for LLVM, lld.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)

_WORDS = {
    Content.BITCODE: "LLVM{0} bitcode: there is no machine code in it; link with lld{0} or through clang{0} -flto",
    Content.LTO_SLIM: "slim GCC LTO: there is no machine code in it; link through gcc, but not with lld",
    Content.COFF_ANONYMOUS: "MSVC link-time code (/GL): there is no machine code in it; link with MSVC's linker",
}


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each member without machine code."""
    for position, content in enumerate(library.contents):
        if content in _WORDS:
            release = bitcode_release(library.archive.members[position].data) if content is Content.BITCODE else None
            yield TEXT.finding(
                _WORDS[content].format("" if release is None else f" {release}"),
                archive=library.path,
                member=library.labels[position],
            )


RULE = ArchiveRule(TEXT, check)
