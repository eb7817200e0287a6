"""A member whose only purpose is a side effect, such as a constructor, is not linked on demand.

## What it finds

With `--on-demand`: members of the archives under test that contain constructors (`.init_array`, `.ctors`, `.init`),
destructors (`.fini_array`, `.dtors`, `.fini`) or entries of a table (a section whose name is a C identifier), and
whose symbols nothing in the link needs. One finding per member: a warning if another member of the archive is in the
link, otherwise info.

## Why it matters

Codecs, drivers and tests often register themselves in a constructor that no other code refers to. This works with
an object file. From an archive linked on demand, the linker never takes the member, and the program starts with an
empty list.

## What linkers do

No linker reports it: to the linker, the member is not needed.

## How to repair

Link the archive whole (`-Wl,--whole-archive`), or request one of the member's symbols with `-u`.

## Example

    $ arfix check libmain.a libcodec.a --on-demand -u main
    warning constructor-left-out: members with side effects that are not linked
      libcodec.a
        wave.o  its constructor (.init_array) runs only when the library is linked whole
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.linkage.model import InputMode
from arfix.symbols.effects import self_acting_sections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="constructor-left-out",
    title="members with side effects that are not linked",
    why="On demand a member that only registers itself is not linked, and nothing is registered at run time.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)

#: Beginnings of the names of sections with code that runs at start or exit; the other kind is an entry of a table.
_CODE = (".init", ".fini", ".preinit_array", ".ctors", ".dtors")
_AT_EXIT = (".fini", ".dtors")


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each member under test that would have an effect but is not in the link."""
    inputs = context.result.link.inputs
    awake = {context.owners[number] for number in context.result.cause}
    rejected = {one.unit for one in context.result.rejected}
    for number in context.under_test:
        owner = context.owners[number]
        if number in context.result.cause or number in rejected or inputs[owner].use is not InputMode.ON_DEMAND:
            continue
        sections = self_acting_sections(context.units[number].facts.elf)
        if sections:
            yield TEXT.finding(
                lost_effect(sections),
                archive=context.path(number),
                member=context.member(number),
                severity=TEXT.severity if owner in awake else Severity.INFO,
            )


def lost_effect(sections: tuple[str, ...]) -> str:
    """Return the effect that is missing without these sections."""
    code = [name for name in sections if name.startswith(_CODE)]
    if code:
        what = "destructor" if code[0].startswith(_AT_EXIT) else "constructor"
        return f"its {what} ({code[0]}) runs only when the library is linked whole"
    return f"its entry in the table {sections[0]} is there only when the library is linked whole"


RULE = LinkRule(TEXT, check)
