"""The archive was put together by libtool from convenience libraries.

## What it finds

Members named `lt<N>-name.o`: libtool renames an object this way if the name is already taken when it unpacks one
archive into another. One finding per archive. Debian's libgmp.a has 105 of them.

## Why it matters

The names do no harm. They show that the archive contains objects of other libraries, which may also be in another
archive, and that a rebuild may number them differently: a recipe that names `lt3-x.o` may mean another object after
the next build.

## What linkers do

All accept it; member names mean nothing to them.

## How to repair

Nothing needs repair. In recipes prefer `defines:SYMBOL` over such names.

## Example

    $ arfix check --all libgmp.a
    info libtool-residue: members renamed by libtool
      libgmp.a
        lt1-add.o  105 members were renamed by libtool, which merged other libraries into this one
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Confidence, Severity
from arfix.audit.rule import ArchiveRule, RuleText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="libtool-residue",
    title="members renamed by libtool",
    why="The archive was merged from others: its objects may be in other archives too, and a rebuild may rename them.",
    explanation=__doc__ or "",
    severity=Severity.INFO,
    confidence=Confidence.LIKELY,
)


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding if any member has a name made by libtool."""
    renamed = [position for position, member in enumerate(library.archive.members) if _is_renamed(member.name)]
    if renamed:
        what = "1 member was" if len(renamed) == 1 else f"{len(renamed)} members were"
        yield TEXT.finding(
            f"{what} renamed by libtool, which merged other libraries into this one",
            archive=library.path,
            member=library.labels[renamed[0]],
            related=tuple(f"{library.path}({library.labels[position]})" for position in renamed),
        )


def _is_renamed(name: str) -> bool:
    """Return whether the name is `lt<N>-<name>`. Source: libtool 2.4.7, `func_extract_archives`."""
    head, dash, tail = name.partition("-")
    return head.startswith("lt") and head[2:].isascii() and head[2:].isdecimal() and bool(dash and tail)


RULE = ArchiveRule(TEXT, check)
